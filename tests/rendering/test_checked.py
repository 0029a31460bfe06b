"""Judging and explaining a federated object needs no file: manifests in, values out."""

from __future__ import annotations

from typing import Any

from kfed.core.cluster import Cluster
from kfed.core.manifest import Identity, parse_identity
from kfed.core.mistake import Mistake
from kfed.core.pointer import to_pointer
from kfed.rendering.checked import Outcome, render_checked
from kfed.rendering.explaining import explain
from kfed.rendering.types import FederatedKind, TypeBook
from kfed.rendering.world import World
from kfed.schema.upstream.documents import read_document

CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Widget", "plural": "widgets"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
                    }
                },
            }
        ],
    },
}


def judge(overrides: list[dict[str, Any]]) -> Outcome:
    manifest = {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": "FederatedWidget",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "template": {"spec": {"size": 1}},
            "placement": {"clusterSelector": {}},
            "overrides": [{"clusterName": "osaka", "clusterOverrides": overrides}],
        },
    }
    world = World({name: Cluster(name) for name in ("berlin", "osaka")})
    types = TypeBook({}, lambda: read_document(CRD, "the test"))
    identity = parse_identity(manifest)
    assert isinstance(identity, Identity)
    kind = types.find(identity.gvk)
    assert isinstance(kind, FederatedKind)
    return render_checked(manifest, kind, world, types)


def test_manifests_are_judged_with_no_file_on_disk() -> None:
    outcome = judge([{"path": "/spec/size", "value": 2}])
    sizes = {cluster: rendered.manifest["spec"]["size"] for cluster, rendered in outcome.rendered.items()}
    assert (sizes, outcome.mistakes) == ({"berlin": 1, "osaka": 2}, ())


def test_a_mistake_is_told_by_its_place_in_the_object() -> None:
    outcome = judge([{"path": "/spec/size", "value": "big"}])
    (mistake,) = outcome.mistakes
    assert isinstance(mistake, Mistake)
    at = ("spec", "overrides", 0, "clusterOverrides", 0, "value")
    assert (mistake.rule, mistake.at, mistake.expected) == ("wrong-type", at, "an integer")


def test_an_explanation_names_places_as_its_reader_does() -> None:
    outcome = judge([{"path": "/spec/size", "value": 2}])
    fields = explain(outcome.federated.template, outcome.rendered["osaka"], to_pointer)
    (size,) = [field for field in fields if field.path == "/spec/size"]
    assert [step.source for step in size.steps] == ["/spec/overrides/0/clusterOverrides/0"]
