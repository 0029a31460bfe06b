"""The law of the core: for any JSON, each chosen cluster gets an object of its own, or the reason why not."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from kfed.core.cluster import Cluster, parse_cluster
from kfed.core.federated import Federated, parse_federated, parse_placement
from kfed.core.finding import Severity
from kfed.core.placement import NamespaceRule, place
from kfed.core.render import Refused, Rendered, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource
from kfed.core.rules import RULES

from .replaying import replay

if TYPE_CHECKING:
    from kfed.core.mistake import Mistake

TYPES = {
    target.gvk.kind: TypeConfig(target, federated_resource(target))
    for target in (
        Resource(Gvk("example.com", "v1", "Widget"), "widgets", Scope.NAMESPACED),
        Resource(Gvk("rbac.authorization.k8s.io", "v1", "ClusterRole"), "clusterroles", Scope.CLUSTER),
        Resource(Gvk("", "v1", "Namespace"), "namespaces", Scope.CLUSTER),
    )
}
CLUSTERS = {"a": Cluster("a", {"region": "north"}), "b": Cluster("b", {"region": "south"}), "c": Cluster("c")}
MANAGED = "kubefed.io/managed"
LABELS = "/metadata/labels"

TEXTS = st.sampled_from(["", "a", "x/y", "true", "/v1", "v1", "region", "-", "[a=b]", LABELS, "/", "~"]) | st.text(
    st.characters(), max_size=4
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
PATHS = st.sampled_from(
    [
        "",
        "/",
        "/apiVersion",
        "/kind",
        "/metadata",
        "/metadata/",
        LABELS,
        f"{LABELS}/a",
        f"{LABELS}/kubefed.io~1managed",
        f"{LABELS}/kubefed.io~1managed/x",
        "/metadata/annotations",
        "/metadata/name",
        "/metadata/namespace",
        "/metadata/uid",
        "/[kind=Widget]",
        "/spec",
        "/spec/items/-",
        "/spec/items/[name=a]",
        "/status",
    ]
)
PATCHES = st.lists(
    st.fixed_dictionaries(
        {"path": PATHS}, optional={"op": st.sampled_from(["add", "remove", "replace"]), "value": JUNK}
    ),
    max_size=3,
)


def manifest_of(general: list[dict[str, Any]], particular: list[dict[str, Any]]) -> dict[str, Any]:
    """A federated object that is right but for what its overrides may ask."""
    return {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": "FederatedWidget",
        "metadata": {"namespace": "ns", "name": "ns", "labels": {}},
        "spec": {
            "template": {
                "apiVersion": "example.com/v1",
                "kind": "Widget",
                "metadata": {"labels": {"x": "y"}, "annotations": {"a": "b"}, "uid": "1"},
                "spec": {"items": [{"name": "a"}]},
                "status": {},
            },
            "placement": {
                "clusters": [{"name": "a"}, {"name": "c"}],
                "clusterSelector": {
                    "matchLabels": {},
                    "matchExpressions": [{"key": "region", "operator": "NotIn", "values": ["x"]}],
                },
            },
            "retainReplicas": False,
            "selectorOverrides": [
                {
                    "name": "north",
                    "clusterSelector": {
                        "matchLabels": {"region": "north"},
                        "matchExpressions": [{"key": "region", "operator": "Exists"}],
                    },
                    "clusterOverrides": general,
                }
            ],
            "overrides": [{"clusterName": "a", "clusterOverrides": particular}],
        },
    }


MANIFEST = manifest_of(
    [
        {"op": "add", "path": "/spec", "value": {"items": [{"name": "a"}]}},
        {"op": "add", "path": "/spec/new", "value": []},
    ],
    [{"path": "/spec/items/[name=a]", "value": {"name": "b"}}, {"path": LABELS, "value": {}}],
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a value but its own."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in [(*path, key), *places(item, (*path, key))]]


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A federated object with junk at a few places, or a field too few."""
    manifest = copy.deepcopy(manifest_of(draw(PATCHES), draw(PATCHES)))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(manifest) or [("metadata",)]))
        container: Any = manifest
        for key in path[:-1]:
            container = container[key]
        if draw(st.booleans()):
            container[path[-1]] = draw(JUNK)
        else:
            del container[path[-1]]
    return manifest


def check_law(manifest: Any, config: TypeConfig, clusters: dict[str, Cluster], rule: NamespaceRule) -> None:
    """What holds for all input."""
    federated = parse_federated(manifest, config)
    rendering = render(federated, clusters, namespace=rule)
    assert tuple(rendering.clusters) == place(federated, clusters, rule).clusters
    for result in rendering.clusters.values():
        event(type(result).__name__)
        match result:
            case Rendered(sent, origins):
                check_identity(sent, manifest, config.target)
                assert replay(federated.template, origins) == sent
            case Refused(mistakes):
                assert Severity.ERROR in {mistake.severity for mistake in mistakes}
                check_mistakes(mistakes, manifest)
    check_mistakes(rendering.mistakes, manifest)


def check_identity(sent: Any, manifest: Any, target: Resource) -> None:
    assert isinstance(sent["apiVersion"], str)
    assert sent["apiVersion"]
    assert sent["kind"] == target.gvk.kind
    assert sent["metadata"]["name"] == manifest["metadata"]["name"]
    if target.scope is Scope.NAMESPACED:
        assert sent["metadata"]["namespace"] == manifest["metadata"]["namespace"]
    assert sent["metadata"]["labels"][MANAGED] == "true"


def check_mistakes(mistakes: tuple[Mistake, ...], manifest: Any) -> None:
    for mistake in mistakes:
        assert mistake.rule in RULES
        assert mistake.message.endswith(".")
        check_place(manifest, mistake.at)


def check_place(manifest: Any, path: tuple[Any, ...]) -> None:
    """The place of a mistake is in the manifest, or it is what is missing there; null stands for an empty map."""
    for key in path:
        missing = manifest is None or (isinstance(manifest, dict) and key not in manifest)
        manifest = None if missing else manifest[key]


@settings(deadline=None, max_examples=200)
@given(spoiled(), st.sampled_from(sorted(TYPES)))
def test_every_chosen_cluster_gets_an_object_of_its_own_or_the_reason_why_not(
    manifest: dict[str, Any], kind: str
) -> None:
    check_law(manifest, TYPES[kind], CLUSTERS, NamespaceRule())


@settings(deadline=None, max_examples=100)
@given(
    JUNK | st.dictionaries(st.sampled_from(["apiVersion", "kind", "metadata", "spec"]), JUNK),
    st.lists(JUNK | st.fixed_dictionaries({"metadata": st.fixed_dictionaries({"name": TEXTS, "labels": JUNK})})),
    JUNK,
)
def test_so_it_is_for_any_json_any_clusters_and_any_namespace(
    manifest: Any, members: list[Any], placement: Any
) -> None:
    clusters = {cluster.name: cluster for cluster, _ in map(parse_cluster, members) if cluster is not None}
    check_law(manifest, TYPES["Widget"], clusters, NamespaceRule(parse_placement(placement)[0]))


def deep(levels: int) -> Any:
    """A value of so many levels."""
    value: Any = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"name": value}
    return value


@pytest.mark.parametrize("path", places(MANIFEST), ids=str)
def test_a_value_of_any_depth_raises_nothing_anywhere(path: tuple[Any, ...]) -> None:
    manifest = copy.deepcopy(MANIFEST)
    container: Any = manifest
    for key in path[:-1]:
        container = container[key]
    container[path[-1]] = deep(5000)
    federated = parse_federated(manifest, TYPES["Widget"])
    assert render(federated, CLUSTERS).clusters.keys() == set(place(federated, CLUSTERS, NamespaceRule()).clusters)


@settings(deadline=None, max_examples=100)
@given(JUNK, st.sampled_from(["template", "overrides", "selectorOverrides"]))
@example([{"clusterName": "", "clusterOverrides": []}], "overrides")
@example([{"clusterSelector": {"matchLabels": {"region": 5}}, "clusterOverrides": []}], "selectorOverrides")
def test_junk_elsewhere_takes_no_cluster_out_of_the_placement(junk: Any, field: str) -> None:
    spec = {"template": {}, "placement": {"clusterSelector": {}}, field: junk}
    federated = parse_federated({"metadata": {"name": "a", "namespace": "b"}, "spec": spec}, TYPES["Widget"])
    assert list(render(federated, CLUSTERS).clusters) == ["a", "b", "c"]


@settings(deadline=None, max_examples=100)
@given(
    JUNK
    | st.fixed_dictionaries(
        {"metadata": JUNK | st.dictionaries(st.sampled_from(["name", "labels", "annotations"]), JUNK)},
        optional={
            part: JUNK | st.dictionaries(st.sampled_from(["taints", "region", "zones", "conditions", "capacity"]), JUNK)
            for part in ("spec", "status")
        },
    )
)
def test_any_json_is_a_cluster_or_a_mistake(manifest: Any) -> None:
    cluster, mistakes = parse_cluster(manifest)
    assert cluster is not None or mistakes
    if cluster is not None:
        assert cluster.name == manifest["metadata"]["name"]
        assert all(isinstance(label, str) for label in cluster.labels.values())
    check_mistakes(tuple(mistakes), manifest)


def refusal(template: Any = None, **spec: Any) -> tuple[Federated, tuple[Mistake, ...]]:
    """Why the cluster a gets nothing."""
    everywhere = {"template": template, "placement": {"clusterSelector": {}}}
    manifest = {"metadata": {"name": "a", "namespace": "b"}, "spec": {**everywhere, **spec}}
    federated = parse_federated(manifest, TYPES["Widget"])
    result = render(federated, CLUSTERS).clusters["a"]
    assert isinstance(result, Refused), result
    return federated, result.mistakes


def of_a(*patches: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"clusterName": "a", "clusterOverrides": [*patches]}]


@pytest.mark.parametrize(
    ("spec", "rule", "at"),
    [
        ({"template": "junk"}, "wrong-type", ("template",)),
        ({"template": {"metadata": "junk"}}, "wrong-type", ("template", "metadata")),
        ({"template": {"metadata": {"labels": "junk"}}}, "wrong-type", ("template", "metadata", "labels")),
        ({"template": {"apiVersion": 5}}, "wrong-type", ("template", "apiVersion")),
        ({"template": {"apiVersion": "a/b/c"}}, "wrong-format", ("template", "apiVersion")),
        (
            {"overrides": of_a({"op": "add", "path": LABELS, "value": "junk"})},
            "wrong-type",
            ("overrides", 0, "clusterOverrides", 0, "value"),
        ),
        (
            {"template": {"apiVersion": "v1"}, "overrides": of_a({"path": "/apiVersion", "value": 5})},
            "wrong-type",
            ("overrides", 0, "clusterOverrides", 0, "value"),
        ),
        ({"overrides": of_a({"path": "/apiVersion"})}, "wrong-type", ("overrides", 0, "clusterOverrides", 0, "value")),
        (
            {"overrides": of_a({"path": "/apiVersion", "value": "apps/"})},
            "wrong-format",
            ("overrides", 0, "clusterOverrides", 0, "value"),
        ),
        ({"overrides": "junk"}, "wrong-type", ("overrides",)),
        ({"overrides": [7]}, "wrong-type", ("overrides", 0)),
        ({"overrides": [{"clusterName": 7}]}, "wrong-type", ("overrides", 0, "clusterName")),
        ({"overrides": [{"clusterOverrides": []}]}, "missing-required", ("overrides", 0, "clusterName")),
        (
            {"overrides": [{"clusterName": "a", "clusterOverrides": {}}]},
            "wrong-type",
            ("overrides", 0, "clusterOverrides"),
        ),
        ({"overrides": of_a({"op": "add"})}, "missing-required", ("overrides", 0, "clusterOverrides", 0, "path")),
        (
            {"overrides": of_a({"op": 1, "path": "/spec"})},
            "wrong-type",
            ("overrides", 0, "clusterOverrides", 0, "op"),
        ),
        ({"selectorOverrides": [None]}, "wrong-type", ("selectorOverrides", 0)),
        (
            {"selectorOverrides": [{"clusterSelector": "region"}]},
            "wrong-type",
            ("selectorOverrides", 0, "clusterSelector"),
        ),
        (
            {"selectorOverrides": [{"clusterSelector": {"matchLabels": {"region": None}}}]},
            "wrong-type",
            ("selectorOverrides", 0, "clusterSelector", "matchLabels", "region"),
        ),
    ],
)
def test_what_cannot_be_used_is_told_where_it_stands(spec: dict[str, Any], rule: str, at: tuple[Any, ...]) -> None:
    _, mistakes = refusal(**spec)
    assert [(mistake.rule, mistake.at) for mistake in mistakes] == [(rule, ("spec", *at))]


def test_patches_of_one_cluster_that_cannot_be_read_refuse_that_cluster_alone() -> None:
    spec = {"placement": {"clusterSelector": {}}, "overrides": [{"clusterName": "a", "clusterOverrides": "junk"}]}
    federated = parse_federated({"metadata": {"name": "a", "namespace": "b"}, "spec": spec}, TYPES["Widget"])
    results = render(federated, CLUSTERS).clusters
    assert [type(results[name]) for name in "abc"] == [Refused, Rendered, Rendered]


@pytest.mark.parametrize("name", ["", None, 5, "Web", "../../x", "a" * 254])
def test_what_is_no_name_refuses_every_cluster(name: Any) -> None:
    manifest = {"metadata": {"name": name, "namespace": "b"}, "spec": {"placement": {"clusterSelector": {}}}}
    results = render(parse_federated(manifest, TYPES["Widget"]), CLUSTERS).clusters
    assert [[mistake.at for mistake in one.mistakes] for one in results.values() if isinstance(one, Refused)] == [
        [("metadata", "name")]
    ] * 3


def test_a_mistake_in_the_name_hides_none_in_the_overrides() -> None:
    spec = {"placement": {"clusters": [{"name": "a"}]}, "overrides": of_a({"op": "remove", "path": "/spec/x"})}
    federated = parse_federated({"metadata": {"name": "A", "namespace": "b"}, "spec": spec}, TYPES["Widget"])
    result = render(federated, CLUSTERS).clusters["a"]
    assert isinstance(result, Refused)
    assert [mistake.rule for mistake in result.mistakes] == ["bad-name", "missing-parent"]
