"""A registry serves the built-in types of a release, and those of CustomResourceDefinitions as they come and go."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kfed.errors import SchemaError
from kfed.sandbox.kinds.served import Column, ScalePaths, ServedType
from kfed.sandbox.surface.registry import Registry, converted
from tests.sandbox.crd import crd, version


def deployments() -> ServedType:
    found = Registry().find("apps", "v1", "deployments")
    assert found is not None
    return found


def test_built_in_types_are_the_same_ones_in_every_cluster() -> None:
    assert Registry().find("", "v1", "pods") is Registry().find("", "v1", "pods")


def test_only_stable_versions_are_served() -> None:
    versions = {served.version for served in Registry().types()}
    assert versions == {"v1", "v2"}


def test_a_type_is_found_by_its_kind() -> None:
    registry = Registry()
    assert registry.by_kind("apps", "v1", "Deployment") is registry.find("apps", "v1", "deployments")
    assert registry.by_kind("apps", "v2", "Deployment") is None


def test_the_schema_has_the_status() -> None:
    schema = deployments().schema
    assert schema is not None
    assert "readyReplicas" in schema["properties"]["status"]["properties"]


@pytest.mark.parametrize(
    ("group", "plural", "subresources"),
    [
        ("apps", "deployments", {"status", "scale"}),
        ("apps", "daemonsets", {"status"}),
        ("", "serviceaccounts", {"token"}),
        ("", "namespaces", {"status", "finalize"}),
        ("", "configmaps", set()),
    ],
)
def test_built_in_types_have_their_subresources(group: str, plural: str, subresources: set[str]) -> None:
    served = Registry().find(group, "v1", plural)
    assert served is not None
    assert served.subresources == subresources


def test_a_review_can_only_be_created() -> None:
    served = Registry().find("authentication.k8s.io", "v1", "selfsubjectreviews")
    assert served is not None
    assert served.verbs == ("create",)
    assert served.storage == ""


@pytest.mark.parametrize(("kind", "counts"), [("Deployment", True), ("DaemonSet", True), ("ControllerRevision", False)])
def test_generations_are_counted_where_a_server_counts_them(kind: str, *, counts: bool) -> None:
    served = Registry().by_kind("apps", "v1", kind)
    assert served is not None
    assert served.generation is counts


def test_merge_keys_are_found_along_a_value() -> None:
    node: dict[str, Any] = deployments().merge or {}
    for field in ("spec", "template", "spec", "containers"):
        node = node["properties"][field]
    assert node["x-kubernetes-patch-merge-key"] == "name"
    assert node["items"]["properties"]["ports"]["x-kubernetes-patch-merge-key"] == "containerPort"


def test_what_stands_beside_a_reference_does_not_hide_it() -> None:
    strategy = (deployments().merge or {})["properties"]["spec"]["properties"]["strategy"]
    assert strategy["x-kubernetes-patch-strategy"] == "retainKeys"
    assert "rollingUpdate" in strategy["properties"]


def test_a_definition_that_contains_itself_is_found_below_itself() -> None:
    served = Registry().by_kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
    assert served is not None
    node: dict[str, Any] = (served.merge or {})["properties"]["spec"]["properties"]["versions"]["items"]
    schema = node["properties"]["schema"]["properties"]["openAPIV3Schema"]
    assert schema["properties"]["not"] is schema


def test_a_crd_is_served_once_it_is_added_and_no_more_once_it_is_removed() -> None:
    registry = Registry()
    before = registry.revision
    (served,) = registry.add_crd(crd())
    assert registry.find("example.com", "v1", "widgets") is served
    assert registry.revision > before
    before = registry.revision
    registry.remove_crd("widgets.example.com")
    assert registry.find("example.com", "v1", "widgets") is None
    assert registry.by_kind("example.com", "v1", "Widget") is None
    assert registry.storing("example.com", "widgets") is None
    assert registry.revision > before


def test_clusters_do_not_see_the_types_of_others() -> None:
    registry = Registry()
    registry.add_crd(crd())
    assert Registry().find("example.com", "v1", "widgets") is None


def test_adding_a_crd_again_replaces_what_it_defined() -> None:
    registry = Registry()
    registry.add_crd(crd(version("v1", storage=True), version("v2")))
    registry.add_crd(crd(version("v2", storage=True)))
    assert registry.find("example.com", "v1", "widgets") is None
    assert registry.groups()["example.com"] == ["v2"]


def test_removing_what_is_not_there_changes_nothing() -> None:
    registry = Registry()
    registry.remove_crd("widgets.example.com")
    assert registry.revision == 0


def test_versions_that_are_not_served_are_not_found() -> None:
    registry = Registry()
    registry.add_crd(crd(version("v1", storage=True), version("v2", served=False)))
    assert registry.find("example.com", "v2", "widgets") is None


def test_versions_stand_in_the_order_of_preference() -> None:
    registry = Registry()
    registry.add_crd(crd(version("v1alpha1"), version("v2", storage=True), version("v1"), version("v1beta2")))
    assert registry.groups()["example.com"] == ["v2", "v1", "v1beta2", "v1alpha1"]


def test_the_stored_version_stands_for_a_type() -> None:
    registry = Registry()
    registry.add_crd(crd(version("v2"), version("v1", storage=True)))
    storing = registry.storing("example.com", "widgets")
    assert storing is registry.find("example.com", "v1", "widgets")


def test_a_served_version_stands_for_a_type_whose_stored_one_is_not_served() -> None:
    registry = Registry()
    registry.add_crd(crd(version("v1", storage=True, served=False), version("v2"), version("v3")))
    storing = registry.storing("example.com", "widgets")
    assert storing is not None
    assert (storing.version, storing.storage) == ("v3", "v1")


def test_what_a_version_says_is_read() -> None:
    column = {"name": "Color", "type": "string", "jsonPath": ".spec.color", "priority": 1}
    scale = {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n", "labelSelectorPath": ".status.s"}
    given = version(
        storage=True,
        subresources={"status": {}, "scale": scale},
        additionalPrinterColumns=[column],
        selectableFields=[{"jsonPath": ".spec.color"}],
    )
    (served,) = Registry().add_crd(crd(given, scope="Cluster"))
    assert not served.is_namespaced
    assert served.subresources == {"status", "scale"}
    assert served.scale == ScalePaths(".spec.n", ".status.n", ".status.s")
    assert served.columns == (Column("Color", "string", ".spec.color", priority=1),)
    assert served.selectable == ("spec.color",)
    assert served.crd == "widgets.example.com"
    assert served.merge is None


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"metadata": {"name": "widgets.example.com"}},
        crd(versions=3) | {"spec": {"versions": 3}},
        crd(version(storage=True, additionalPrinterColumns=[{"name": "Color"}])),
        crd(version(storage=True, subresources={"scale": {"specReplicasPath": ".spec.n"}})),
        crd(version(storage=True, schema={"openAPIV3Schema": {"type": "object", "properties": 3}})),
        crd(scope="Everywhere"),
        crd(names={"plural": "UP", "kind": "Widget"}),
    ],
)
def test_a_malformed_crd_is_an_error_and_changes_nothing(broken: dict[str, Any]) -> None:
    registry = Registry()
    (served,) = registry.add_crd(crd())
    revision = registry.revision
    with pytest.raises(SchemaError):
        registry.add_crd(broken)
    assert registry.find("example.com", "v1", "widgets") is served
    assert registry.revision == revision


def test_another_version_shows_an_object_under_its_own_name() -> None:
    registry = Registry()
    v1, v2 = registry.add_crd(crd(version("v1", storage=True), version("v2")))
    stored = orjson.dumps({"apiVersion": "example.com/v1", "kind": "Widget", "spec": {"a": 1}})
    assert converted(stored, v1) is stored
    assert orjson.loads(converted(stored, v2)) == {"apiVersion": "example.com/v2", "kind": "Widget", "spec": {"a": 1}}
