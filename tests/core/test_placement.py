"""Placement is KubeFed's, law by law."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated, parse_placement
from kfed.core.finding import Severity
from kfed.core.placement import NamespaceRule, Placed, place
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

CONFIG_MAP = Resource(Gvk("", "v1", "ConfigMap"), "configmaps", Scope.NAMESPACED)
CLUSTER_ROLE = Resource(Gvk("rbac.authorization.k8s.io", "v1", "ClusterRole"), "clusterroles", Scope.CLUSTER)
NAMESPACE = Resource(Gvk("", "v1", "Namespace"), "namespaces", Scope.CLUSTER)
CLUSTERS = {
    "a": Cluster("a", {"region": "north"}),
    "b": Cluster("b", {"region": "north"}),
    "c": Cluster("c", {"region": "south"}),
    "d": Cluster("d"),
}
ALL = ("a", "b", "c", "d")
ABSENT: dict[str, Any] = {}
NORTH = {"matchLabels": {"region": "north"}}
NOT_SOUTH = {"matchExpressions": [{"key": "region", "operator": "NotIn", "values": ["south"]}]}


def named(*names: str) -> dict[str, Any]:
    return {"clusters": [{"name": name} for name in names]}


def placed(placement: Any, rule: NamespaceRule | None = None, target: Resource = CONFIG_MAP) -> Placed:
    manifest = {"metadata": {"namespace": "ns", "name": "web"}, "spec": {"placement": placement}}
    federated = parse_federated(manifest, TypeConfig(target, federated_resource(target)))
    return place(federated, CLUSTERS, rule or NamespaceRule())


def namespace(placement: dict[str, Any], *, strict: bool = False) -> NamespaceRule:
    return NamespaceRule(parse_placement(placement)[0], strict)


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        # clusters absent: the selector decides
        (None, ()),
        ({}, ()),
        ({"clusters": None}, ()),
        ({"clusterSelector": None}, ()),
        ({"clusterSelector": {}}, ALL),
        ({"clusterSelector": {"matchLabels": {}}}, ALL),
        ({"clusters": None, "clusterSelector": {}}, ALL),
        ({"clusterSelector": NORTH}, ("a", "b")),
        ({"clusterSelector": NOT_SOUTH}, ("a", "b", "d")),
        ({"clusterSelector": {**NORTH, **NOT_SOUTH}}, ("a", "b")),
        ({"clusterSelector": {"matchLabels": {"region": "east"}}}, ()),
        # clusters present: names only
        ({"clusters": []}, ()),
        ({"clusters": [], "clusterSelector": {}}, ()),
        (named("c", "a"), ("a", "c")),
        (named("c", "c"), ("c",)),
        ({**named("c"), "clusterSelector": {}}, ("c",)),
        ({**named("c"), "clusterSelector": NORTH}, ("c",)),
        # what has not the shape of a placement names nothing
        ("everywhere", ()),
        ({"clusters": "a"}, ()),
        ({"clusters": ["a"]}, ()),
        ({"clusters": [{"nome": "a"}]}, ()),
        ({"clusterSelector": "region=north"}, ()),
    ],
)
def test_names_switch_the_selector_off_and_no_selector_selects_nothing(
    placement: Any, expected: tuple[str, ...]
) -> None:
    result = placed(placement)
    assert (result.clusters, result.mistakes) == (expected, ())


def test_unknown_cluster_is_a_mistake_and_the_known_ones_stay() -> None:
    result = placed({"clusters": ["junk", {"name": "a"}, {"name": "e"}]})
    assert result.clusters == ("a",)
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.severity) == ("unknown-cluster", Severity.ERROR)
    assert mistake.at == ("spec", "placement", "clusters", 2, "name")


def test_unknown_cluster_is_told_with_the_nearest_name() -> None:
    clusters = {name: Cluster(name) for name in ("cluster1", "cluster2", "edge")}
    manifest = {"spec": {"placement": named("Cluster-1")}}
    federated = parse_federated(manifest, TypeConfig(CLUSTER_ROLE, federated_resource(CLUSTER_ROLE)))
    [mistake] = place(federated, clusters, NamespaceRule()).mistakes
    assert mistake.nearest == "cluster1"
    assert "'Cluster-1'" in mistake.message


@pytest.mark.parametrize(
    ("own", "of_namespace", "expected"),
    [
        ({"clusterSelector": {}}, {"clusterSelector": {}}, ALL),
        ({"clusterSelector": {}}, {"clusterSelector": NORTH}, ("a", "b")),
        ({"clusterSelector": {}}, named("b", "d"), ("b", "d")),
        ({"clusterSelector": {}}, {"clusters": []}, ()),
        ({"clusterSelector": {}}, ABSENT, ()),
        ({"clusterSelector": {}}, {**named("b"), "clusterSelector": {}}, ("b",)),
        (ABSENT, {"clusterSelector": {}}, ()),
        ({"clusterSelector": NORTH}, named("b", "c"), ("b",)),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_namespaced_objects_go_only_where_their_namespace_goes(
    own: dict[str, Any],
    of_namespace: dict[str, Any],
    expected: tuple[str, ...],
    strict: bool,  # noqa: FBT001  a table
) -> None:
    result = placed(own, namespace(of_namespace, strict=strict))
    assert (result.clusters, result.mistakes) == (expected, ())


def test_a_named_cluster_that_the_namespace_does_not_reach_is_a_warning() -> None:
    result = placed(named("a", "c"), namespace({"clusterSelector": NORTH}))
    assert result.clusters == ("a",)
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.severity, mistake.cluster) == ("namespace-not-placed", Severity.WARNING, "c")
    assert mistake.at == ("spec", "placement", "clusters", 1, "name")


def test_without_a_federated_namespace_the_own_placement_decides() -> None:
    assert placed({"clusterSelector": NORTH}, NamespaceRule()).clusters == ("a", "b")


def test_without_a_federated_namespace_strictness_sends_the_object_nowhere_and_says_so() -> None:
    result = placed({"clusterSelector": {}}, NamespaceRule(strict=True))
    assert result.clusters == ()
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.severity) == ("namespace-not-federated", Severity.WARNING)


@pytest.mark.parametrize("target", [CLUSTER_ROLE, NAMESPACE])
@pytest.mark.parametrize("rule", [NamespaceRule(strict=True), namespace({"clusters": []})])
def test_objects_of_cluster_scope_have_no_namespace_to_follow(target: Resource, rule: NamespaceRule) -> None:
    result = placed({"clusterSelector": {}}, rule, target)
    assert (result.clusters, result.mistakes) == (ALL, ())


def test_placement_depends_on_no_order_of_clusters() -> None:
    federated = parse_federated(
        {"spec": {"placement": {"clusterSelector": NOT_SOUTH}}},
        TypeConfig(CLUSTER_ROLE, federated_resource(CLUSTER_ROLE)),
    )
    backwards = dict(reversed(CLUSTERS.items()))
    assert place(federated, backwards, NamespaceRule()) == place(federated, CLUSTERS, NamespaceRule())


@pytest.mark.parametrize(
    ("own", "rule", "expected"),
    [
        (
            named("a"),
            NamespaceRule(),
            {"a": ("Named", "The placement names it."), "b": ("NotNamed", "The placement names other clusters.")},
        ),
        (
            {"clusterSelector": {}},
            NamespaceRule(),
            {"d": ("Selected", "The placement selects every cluster.")},
        ),
        (
            {"clusterSelector": {**NORTH, **NOT_SOUTH}},
            NamespaceRule(),
            {
                "a": ("Selected", "The placement selects region=north,region!=south."),
                "c": ("NotSelected", "Its labels do not meet region=north, as the placement asks."),
            },
        ),
        (ABSENT, NamespaceRule(), {"a": ("NoPlacement", "The placement chooses no cluster.")}),
        (
            {"clusterSelector": NORTH},
            NamespaceRule(strict=True),
            {
                "a": ("NamespaceNotFederated", "The namespace is not federated."),
                "c": ("NotSelected", "Its labels do not meet region=north, as the placement asks."),
            },
        ),
        (
            {"clusterSelector": {}},
            namespace(named("b")),
            {
                "a": (
                    "NamespaceNotPlaced",
                    "The namespace does not go there. The placement names other clusters.",
                ),
                "b": ("Selected", "The placement selects every cluster."),
            },
        ),
    ],
)
def test_each_cluster_has_a_reason_to_be_in_or_out(
    own: dict[str, Any], rule: NamespaceRule, expected: dict[str, tuple[str, str]]
) -> None:
    reasons = placed(own, rule).reasons
    assert list(reasons) == list(ALL)
    assert {name: (reasons[name].why, str(reasons[name])) for name in expected} == expected


def test_a_selector_that_is_refused_has_no_name_for_what_is_not_met() -> None:
    refused = {"clusterSelector": {"matchLabels": {"region ": "north"}}}
    assert str(placed(refused).reasons["a"]) == "The placement's selector cannot be read."
