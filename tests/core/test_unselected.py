"""What selects nobody is told, with the label to blame and the nearest right one."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated, parse_placement
from kfed.core.finding import Severity
from kfed.core.placement import NamespaceRule
from kfed.core.pointer import to_pointer
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource
from kfed.core.unselected import unselected_mistakes

CONFIG_MAP = Resource(Gvk("", "v1", "ConfigMap"), "configmaps", Scope.NAMESPACED)
CLUSTERS = {
    "alpha": Cluster("alpha", {"tier": "prod", "region": "east"}),
    "beta": Cluster("beta", {"tier": "prod", "region": "west"}),
    "gamma": Cluster("gamma", {"tier": "test", "region": "east"}),
}
EVERYWHERE: dict[str, Any] = {"clusterSelector": {}}


def told(
    placement: Any,
    selector: Any = None,
    rule: NamespaceRule | None = None,
    clusters: dict[str, Cluster] = CLUSTERS,
) -> list[tuple[str, str, str]]:
    spec: dict[str, Any] = {} if placement is None else {"placement": placement}
    if selector is not None:
        patches = [{"path": "/data/a", "value": "b"}]
        spec["selectorOverrides"] = [{"name": "few", "clusterSelector": selector, "clusterOverrides": patches}]
    manifest = {"metadata": {"namespace": "shop", "name": "web"}, "spec": spec}
    federated = parse_federated(manifest, TypeConfig(CONFIG_MAP, federated_resource(CONFIG_MAP)))
    mistakes = list(unselected_mistakes(federated, clusters, rule or NamespaceRule()))
    assert all(mistake.severity is Severity.WARNING for mistake in mistakes)
    return [(mistake.rule, to_pointer(mistake.at), mistake.nearest) for mistake in mistakes]


def labels(**pairs: str) -> dict[str, Any]:
    return {"matchLabels": pairs}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    requirement: dict[str, Any] = {"key": key, "operator": operator}
    return {"matchExpressions": [{**requirement, "values": list(values)} if values else requirement]}


NOWHERE = ("nothing-selected", "/spec/placement/clusterSelector")


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        (None, [("nothing-selected", "/spec/placement", "")]),
        ({}, [("nothing-selected", "/spec/placement", "")]),
        ({"clusters": []}, [("nothing-selected", "/spec/placement/clusters", "")]),
        ({"clusters": [], "clusterSelector": {}}, [("nothing-selected", "/spec/placement/clusters", "")]),
        ({"clusterSelector": labels(tier="prd")}, [(*NOWHERE, "prod")]),
        ({"clusterSelector": labels(tire="prod")}, [(*NOWHERE, "tier")]),
        ({"clusterSelector": labels(tier="prod", region="eastern")}, [(*NOWHERE, "east")]),
        ({"clusterSelector": labels(tier="test", region="west")}, [(*NOWHERE, "")]),
        ({"clusterSelector": expression("tier", "In", "prd", "tset")}, [(*NOWHERE, "prod")]),
        ({"clusterSelector": expression("tier", "NotIn", "prod", "test")}, [(*NOWHERE, "")]),
        ({"clusterSelector": expression("tires", "Exists")}, [(*NOWHERE, "tier")]),
        ({"clusterSelector": expression("tier", "DoesNotExist")}, [(*NOWHERE, "")]),
    ],
)
def test_an_object_that_goes_nowhere_is_told(placement: Any, expected: list[tuple[str, str, str]]) -> None:
    assert told(placement) == expected


@pytest.mark.parametrize(
    "placement",
    [
        EVERYWHERE,
        {"clusterSelector": labels(tier="test")},
        {"clusters": [{"name": "alpha"}]},
        {"clusters": [{"name": "nobody"}]},  # told as a cluster that there is not
        {"clusterSelector": {"matchExpressions": "junk"}},  # told as no selector
    ],
)
def test_nothing_is_told_of_what_goes_somewhere_or_is_told_elsewhere(placement: Any) -> None:
    assert told(placement) == []


def test_a_namespace_that_goes_elsewhere_is_told() -> None:
    gamma = NamespaceRule(parse_placement({"clusters": [{"name": "gamma"}]})[0])
    assert told({"clusterSelector": labels(tier="prod")}, rule=gamma) == [("nothing-selected", "/spec/placement", "")]
    assert told(EVERYWHERE, rule=gamma) == []


@pytest.mark.parametrize(
    ("placement", "selector", "expected"),
    [
        (EVERYWHERE, labels(tier="tset"), ["test"]),
        ({"clusterSelector": labels(tier="prod")}, labels(tier="test"), [""]),
        (EVERYWHERE, labels(tier="test"), []),
        (None, labels(tier="tset"), None),
    ],
)
def test_overrides_that_no_cluster_of_the_placement_sees_are_told(
    placement: Any, selector: Any, expected: list[str] | None
) -> None:
    at = "/spec/selectorOverrides/0/clusterSelector"
    if expected is None:
        assert [rule for rule, _, _ in told(placement, selector)] == ["nothing-selected"]
    else:
        assert told(placement, selector) == [("unused-override", at, near) for near in expected]


def test_without_clusters_nothing_is_told() -> None:
    assert told(None, clusters={}) == []
