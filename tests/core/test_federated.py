"""Federated objects are parsed however malformed they are, and rendered only when they can be."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated, parse_placement
from kfed.core.placement import NamespaceRule
from kfed.core.render import Rendered, render, replay
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource
from kfed.core.rules import RULES

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
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a value but its own."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in [(*path, key), *places(item, (*path, key))]]


def spoiled(path: tuple[Any, ...], junk: Any) -> dict[str, Any]:
    """The good manifest with junk at one place."""
    manifest = copy.deepcopy(GOOD)
    container: Any = manifest
    for key in path[:-1]:
        container = container[key]
    container[path[-1]] = junk
    return manifest


def check_anything(manifest: dict[str, Any]) -> None:
    """What holds for all input: no exception, known rules, places that exist, and identity where there is a result."""
    federated = parse_federated(manifest, CONFIG)
    rendering = render(federated, CLUSTERS)
    refusals = [
        mistake for one in rendering.clusters.values() if not isinstance(one, Rendered) for mistake in one.mistakes
    ]
    for mistake in (*rendering.mistakes, *refusals):
        assert mistake.rule in RULES
        assert mistake.message.endswith(".")
        check_place(manifest, mistake.at)
    for one in rendering.clusters.values():
        if isinstance(one, Rendered):
            assert one.manifest["kind"] == "Widget"
            assert one.manifest["metadata"]["name"] == federated.name
            assert one.manifest["metadata"]["namespace"] == federated.namespace
            assert replay(federated.template, one.origins) == one.manifest


def check_place(manifest: Any, path: tuple[Any, ...]) -> None:
    """The place of a mistake is in the manifest, or it is a field that is missing there."""
    for depth, key in enumerate(path):
        if isinstance(manifest, dict) and key not in manifest:
            assert depth == len(path) - 1, path
            return
        manifest = manifest[key]


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(places(GOOD)), JSON)
def test_junk_in_any_place_of_a_good_object_raises_nothing(path: tuple[Any, ...], junk: Any) -> None:
    check_anything(spoiled(path, junk))


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(["metadata", "spec", "x"]), JSON))
def test_a_manifest_of_junk_raises_nothing(manifest: dict[str, Any]) -> None:
    check_anything(manifest)


@settings(deadline=None, max_examples=50)
@given(JSON)
def test_any_placement_of_a_namespace_raises_nothing(junk: Any) -> None:
    placement, _ = parse_placement(junk)
    render(parse_federated(GOOD, CONFIG), CLUSTERS, namespace=NamespaceRule(placement))


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
    assert parse_placement({"clusters": []})[0].clusters == ()


def test_one_mistake_hides_no_other() -> None:
    bad = {"matchExpressions": [{"key": "a", "operator": "Is"}]}
    spec = {
        "template": {},
        "placement": {"clusterSelector": bad},
        "selectorOverrides": ["junk", {"name": "n", "clusterSelector": bad}],
        "overrides": [7, {"clusterName": "z", "clusterOverrides": ["junk", {"path": "x"}]}],
    }
    federated = parse_federated({"spec": spec}, CONFIG)
    assert [mistake.at for mistake in federated.mistakes] == [
        ("spec", "placement", "clusterSelector", "matchExpressions", 0, "operator"),
        ("spec", "selectorOverrides", 1, "clusterSelector", "matchExpressions", 0, "operator"),
    ]
    [patch] = federated.overrides[0].patches
    assert patch.mistake is not None
    assert patch.mistake.at == ("spec", "overrides", 1, "clusterOverrides", 1, "path")
