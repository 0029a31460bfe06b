"""Federated objects are read as the API has them."""

from __future__ import annotations

from typing import Any

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated, parse_placement
from kfed.core.render import Rendered, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

WIDGET = Resource(Gvk("example.com", "v1", "Widget"), "widgets", Scope.NAMESPACED)
CONFIG = TypeConfig(WIDGET, federated_resource(WIDGET))
CLUSTERS = {"a": Cluster("a", {"region": "north"}), "b": Cluster("b")}
GOOD: dict[str, Any] = {
    "metadata": {"namespace": "ns", "name": "web"},
    "spec": {
        "template": {"metadata": {"labels": {"x": "y"}}, "spec": {"items": [{"name": "a"}]}},
        "placement": {
            "clusters": None,
            "clusterSelector": {
                "matchLabels": {},
                "matchExpressions": [{"key": "region", "operator": "NotIn", "values": ["x"]}],
            },
        },
        "selectorOverrides": [
            {
                "name": "north",
                "clusterSelector": {"matchLabels": {"region": "north"}},
                "clusterOverrides": [{"op": "add", "path": "/spec/items/-", "value": {"name": "b"}}],
            }
        ],
        "overrides": [
            {
                "clusterName": "a",
                "clusterOverrides": [{"op": "replace", "path": "/spec/items/[name=b]/name", "value": "c"}],
            }
        ],
    },
}


def test_the_good_object_is_good() -> None:
    rendering = render(parse_federated(GOOD, CONFIG), CLUSTERS)
    items = {
        name: [item["name"] for item in one.manifest["spec"]["items"]]
        for name, one in rendering.clusters.items()
        if isinstance(one, Rendered)
    }
    assert items == {"a": ["a", "c"], "b": ["a"]}
    assert rendering.mistakes == ()


def test_clusters_absent_and_no_clusters_are_not_the_same() -> None:
    assert parse_placement({})[0].clusters is None
    assert parse_placement({"clusters": None})[0].clusters is None
    assert parse_placement({"clusters": []})[0].clusters == {}


def test_one_mistake_hides_no_other() -> None:
    bad = {"matchExpressions": [{"key": "a", "operator": "Is"}]}
    spec = {
        "template": {},
        "placement": {"clusterSelector": bad},
        "selectorOverrides": ["junk", {"name": "n", "clusterSelector": bad}],
        "overrides": [7, {"clusterName": "z", "clusterOverrides": ["junk", {"path": "x"}]}],
    }
    federated = parse_federated({"metadata": {"name": "N", "namespace": 1}, "spec": spec}, CONFIG)
    assert [mistake.at for mistake in federated.mistakes] == [
        ("metadata", "namespace"),
        ("metadata", "name"),
        ("spec", "placement", "clusterSelector", "matchExpressions", 0, "operator"),
        ("spec", "selectorOverrides", 0),
        ("spec", "selectorOverrides", 1, "clusterSelector", "matchExpressions", 0, "operator"),
        ("spec", "overrides", 0),
    ]
    assert [patch.mistake.at for patch in federated.overrides[0].patches if patch.mistake] == [
        ("spec", "overrides", 1, "clusterOverrides", 0),
        ("spec", "overrides", 1, "clusterOverrides", 1, "path"),
    ]
