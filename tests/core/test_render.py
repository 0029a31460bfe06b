"""Rendering: identity is the federated object's, what the server writes stays out, and nothing is copied in vain."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated
from kfed.core.finding import Severity
from kfed.core.render import Refused, Rendered, Rendering, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

WIDGET = Resource(Gvk("example.com", "v1", "Widget"), "widgets", Scope.NAMESPACED)
CONFIG_MAP = Resource(Gvk("", "v1", "ConfigMap"), "configmaps", Scope.NAMESPACED)
ROLE = Resource(Gvk("rbac.authorization.k8s.io", "v1", "ClusterRole"), "clusterroles", Scope.CLUSTER)
NAMESPACE = Resource(Gvk("", "v1", "Namespace"), "namespaces", Scope.CLUSTER)
CLUSTERS = {name: Cluster(name) for name in "abc"}
MANAGED = {"kubefed.io/managed": "true"}


def rendering(template: Any, target: Resource = WIDGET, **spec: Any) -> Rendering:
    name = "ns" if target is NAMESPACE else "web"
    manifest = {
        "metadata": {"name": name} if target is ROLE else {"namespace": "ns", "name": name},
        "spec": {"template": template, "placement": {"clusterSelector": {}}, **spec},
    }
    return render(parse_federated(manifest, TypeConfig(target, federated_resource(target))), CLUSTERS)


def rendered(template: Any, target: Resource = WIDGET) -> dict[str, Any]:
    one = rendering(template, target).clusters["a"]
    assert isinstance(one, Rendered), one
    return dict(one.manifest)


def test_name_namespace_type_and_managed_label_are_set() -> None:
    assert rendered({"spec": {"x": 1}}) == {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "web", "namespace": "ns", "labels": MANAGED},
        "spec": {"x": 1},
    }


@pytest.mark.parametrize("template", [None, {}, {"metadata": None}, {"metadata": {}}, {"metadata": {"labels": None}}])
def test_no_template_is_an_empty_object(template: Any) -> None:
    assert rendered(template) == {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "web", "namespace": "ns", "labels": MANAGED},
    }


@pytest.mark.parametrize(("target", "name"), [(ROLE, "web"), (NAMESPACE, "ns")])
def test_an_object_of_cluster_scope_gets_no_namespace(target: Resource, name: str) -> None:
    assert rendered({}, target)["metadata"] == {"name": name, "labels": MANAGED}


def test_the_templates_own_identity_gives_way_with_a_warning() -> None:
    template = {"kind": "Gadget", "metadata": {"name": "other", "namespace": "elsewhere", "labels": {"a": "b"}}}
    result = rendering(template)
    one = result.clusters["a"]
    assert isinstance(one, Rendered)
    assert (one.manifest["kind"], one.manifest["metadata"]["name"]) == ("Widget", "web")
    assert one.manifest["metadata"]["namespace"] == "ns"
    assert one.manifest["metadata"]["labels"] == {"a": "b", **MANAGED}
    assert {(mistake.rule, mistake.severity, mistake.at) for mistake in result.mistakes} == {
        ("template-identity", Severity.WARNING, ("spec", "template", "kind")),
        ("template-identity", Severity.WARNING, ("spec", "template", "metadata", "name")),
        ("template-identity", Severity.WARNING, ("spec", "template", "metadata", "namespace")),
    }


def test_a_template_that_repeats_the_identity_is_no_matter() -> None:
    template = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "web", "namespace": "ns"}}
    assert rendering(template).mistakes == ()


@pytest.mark.parametrize(
    ("given", "target", "expected"),
    [
        (None, WIDGET, "example.com/v1"),
        ("", WIDGET, "example.com/v1"),
        ("example.com/v2", WIDGET, "example.com/v2"),
        (None, CONFIG_MAP, "v1"),
        ("/v1", CONFIG_MAP, "v1"),  # as KubeFed writes the core group's
    ],
)
def test_the_version_is_the_templates_or_else_the_types(given: str | None, target: Resource, expected: str) -> None:
    template = {} if given is None else {"apiVersion": given}
    assert rendered(template, target)["apiVersion"] == expected


def test_a_template_whose_metadata_is_no_map_is_refused() -> None:
    for metadata in ("junk", [], 0):
        result = rendering({"metadata": metadata})
        assert all(isinstance(one, Refused) for one in result.clusters.values())
        assert [mistake.rule for mistake in result.mistakes] == ["wrong-type"]


@pytest.mark.parametrize(
    "field",
    [
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    ],
)
def test_what_the_server_writes_is_left_out_with_a_warning(field: str) -> None:
    result = rendering({"metadata": {field: "x", "labels": {}}})
    one = result.clusters["a"]
    assert isinstance(one, Rendered)
    assert field not in one.manifest["metadata"]
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.severity) == ("server-field", Severity.WARNING)
    assert (mistake.at, mistake.on_key) == (("spec", "template", "metadata", field), True)


def test_status_is_left_out_with_a_warning() -> None:
    result = rendering({"status": {"ready": 1}})
    assert "status" not in rendered({"status": {"ready": 1}})
    assert [mistake.at for mistake in result.mistakes] == [("spec", "template", "status")]


def test_the_null_timestamp_that_tools_write_is_left_out_without_a_word() -> None:
    result = rendering({"metadata": {"creationTimestamp": None}})
    one = result.clusters["a"]
    assert isinstance(one, Rendered)
    assert "creationTimestamp" not in one.manifest["metadata"]
    assert result.mistakes == ()


def test_no_owners_are_left_out_without_a_word() -> None:
    result = rendering({"metadata": {"ownerReferences": []}})
    assert "ownerReferences" not in rendered({"metadata": {"ownerReferences": []}})["metadata"]
    assert result.mistakes == ()


@pytest.mark.parametrize("field", ["generateName", "namespace"])
def test_what_an_object_of_cluster_scope_has_not_got_is_left_out_with_a_warning(field: str) -> None:
    result = rendering({"metadata": {field: "x"}}, ROLE)
    assert field not in rendered({"metadata": {field: "x"}}, ROLE)["metadata"]
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.severity) == ("template-identity", Severity.WARNING)
    assert mistake.at == ("spec", "template", "metadata", field)


def test_a_name_to_be_generated_gives_way_to_the_name() -> None:
    result = rendering({"metadata": {"generateName": "web-"}})
    assert "generateName" not in rendered({"metadata": {"generateName": "web-"}})["metadata"]
    assert [mistake.rule for mistake in result.mistakes] == ["template-identity"]


def test_the_namespace_of_a_federated_object_of_cluster_scope_is_left_out_with_a_warning() -> None:
    manifest = {"metadata": {"namespace": "ns", "name": "web"}, "spec": {"placement": {"clusterSelector": {}}}}
    federated = parse_federated(manifest, TypeConfig(ROLE, federated_resource(ROLE)))
    result = render(federated, CLUSTERS)
    assert [(mistake.rule, mistake.severity) for mistake in result.mistakes] == [("bad-name", Severity.WARNING)]
    assert (federated.namespace, {type(one) for one in result.clusters.values()}) == ("", {Rendered})


def test_finalizers_and_annotations_stay() -> None:
    kept = {"annotations": {"a": "b"}, "finalizers": ["x/y"]}
    metadata = rendered({"metadata": kept})["metadata"]
    assert {key: metadata[key] for key in kept} == kept


def test_clusters_share_what_does_not_differ() -> None:
    template = {"metadata": {"annotations": {"x": "y"}}, "spec": {"items": [{"deep": {}}], "other": {"n": 1}}}
    before = copy.deepcopy(template)
    patch = {"path": "/spec/other/n", "value": 2}
    result = rendering(template, overrides=[{"clusterName": "a", "clusterOverrides": [patch]}])
    a, b, c = (one.manifest for one in result.clusters.values() if isinstance(one, Rendered))
    assert b is c
    assert a["spec"]["items"] is b["spec"]["items"] is template["spec"]["items"]
    assert b["spec"] is template["spec"]
    assert a["metadata"] is b["metadata"]
    assert a["metadata"]["annotations"] is template["metadata"]["annotations"]
    assert (a["spec"]["other"], b["spec"]["other"]) == ({"n": 2}, {"n": 1})
    assert template == before


def test_one_container_in_two_places_of_the_template_is_changed_in_one() -> None:
    shared = {"x": 1}
    patch = {"path": "/spec/p/x", "value": 2}
    result = rendering(
        {"spec": {"p": shared, "q": shared}}, overrides=[{"clusterName": "a", "clusterOverrides": [patch]}]
    )
    one = result.clusters["a"]
    assert isinstance(one, Rendered)
    assert one.manifest["spec"] == {"p": {"x": 2}, "q": {"x": 1}}


def test_origins_name_the_rule_and_its_place() -> None:
    result = rendering(
        {"spec": {"x": 1}},
        selectorOverrides=[
            {"name": "all", "clusterSelector": {}, "clusterOverrides": [{"path": "/spec/x", "value": 2}]}
        ],
        overrides=[{"clusterName": "a", "clusterOverrides": [{"op": "remove", "path": "/spec/x"}]}],
    )
    one = result.clusters["a"]
    assert isinstance(one, Rendered)
    mine = [(origin.rule, origin.op, origin.path, origin.before, origin.at) for origin in one.origins if origin.at]
    assert mine == [
        (
            "selectorOverrides all",
            "replace",
            ("spec", "x"),
            1,
            ("spec", "selectorOverrides", 0, "clusterOverrides", 0),
        ),
        ("overrides of a", "remove", ("spec", "x"), 2, ("spec", "overrides", 0, "clusterOverrides", 0)),
    ]


def test_no_cluster_chosen_is_no_result() -> None:
    result = rendering({}, placement={"clusters": []})
    assert dict(result.clusters) == {}
    assert result.mistakes == ()
