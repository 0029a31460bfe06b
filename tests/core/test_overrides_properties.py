"""What holds for all overrides: JSON Patch's meaning, sharing, origins, and no care for order where none is due."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import jsonpatch
from hypothesis import event, given, settings
from hypothesis import strategies as st
from jsonpointer import JsonPointer, JsonPointerException

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated
from kfed.core.overrides import ABSENT, Origin
from kfed.core.render import Refused, Rendered, Rendering, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

from .replaying import replay

WIDGET = Resource(Gvk("example.com", "v1", "Widget"), "widgets", Scope.NAMESPACED)
CONFIG = TypeConfig(WIDGET, federated_resource(WIDGET))
CLUSTERS = {"a": Cluster("a", {"region": "north"}), "b": Cluster("b", {"region": "south"}), "c": Cluster("c")}
quick = settings(deadline=None, max_examples=60)

NAMES = st.sampled_from(["a", "b", "0", "name", "x/y", "~"])
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "b", ""])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
MAPS = st.dictionaries(NAMES, JSON, max_size=4)
SPECS = st.fixed_dictionaries(
    {"a": st.lists(JSON, min_size=1, max_size=3), "b": MAPS}, optional={"0": JSON, "name": JSON}
)
TEMPLATES = st.fixed_dictionaries(
    {"spec": SPECS}, optional={"metadata": st.fixed_dictionaries({}, optional={"labels": MAPS, "uid": SCALARS})}
)
POINTER_TOKENS = st.sampled_from(["a", "b", "0", "1", "2", "-", "name", "x~1y", "~0"])
OUR_TOKENS = POINTER_TOKENS | st.sampled_from(["-1", "-2", "[name=a]", "[a=1]", "[name=b,a=a]", "01"])


def patches(tokens: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of operations that fit the documents above rather often."""
    first = st.sampled_from(["/spec", "/spec/a", "/spec/a", "/spec/a/0", "/spec/b", "/spec/b"])
    path = st.tuples(first, st.lists(tokens, max_size=2)).map(lambda parts: "/".join([parts[0], *parts[1]]))
    one = st.fixed_dictionaries({"op": st.sampled_from(["add", "remove", "replace"]), "path": path, "value": JSON})
    return st.lists(one, min_size=1, max_size=4)


def rendering(template: dict[str, Any], **spec: Any) -> Rendering:
    """The rendering of a federated object that goes everywhere."""
    spec = {"template": template, "placement": {"clusterSelector": {}}, **spec}
    return render(parse_federated({"metadata": {"namespace": "ns", "name": "w"}, "spec": spec}, CONFIG), CLUSTERS)


def of_cluster(name: str, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The overrides of one cluster."""
    return [{"clusterName": name, "clusterOverrides": operations}]


def oracle(template: dict[str, Any], operations: list[dict[str, Any]]) -> Any:
    """What the library jsonpatch makes of it; `ABSENT` where it refuses.

    It refuses to replace what a map lacks, as the RFC has it; for KubeFed's library that is to add it.
    """
    try:
        for operation in copy.deepcopy(operations):  # old releases build with the values given
            parent, key = JsonPointer(operation["path"]).to_last(template)
            sets = operation["op"] == "replace" and isinstance(parent, dict) and key not in parent
            template = jsonpatch.apply_patch(template, [{**operation, "op": "add"} if sets else operation])
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError):
        return ABSENT
    return template


@settings(deadline=None, max_examples=200)
@given(SPECS, patches(POINTER_TOKENS))
def test_plain_pointers_mean_what_json_patch_says_to_kubefed(
    spec: dict[str, Any], operations: list[dict[str, Any]]
) -> None:
    template = {"spec": spec}
    expected = oracle(template, operations)
    result = rendering(template, overrides=of_cluster("a", operations)).clusters["a"]
    event("refused" if expected is ABSENT else f"{len(operations)} applied")
    if expected is ABSENT:
        assert isinstance(result, Refused)
    else:
        assert isinstance(result, Rendered)
        assert {key: value for key, value in result.manifest.items() if key == "spec"} == expected


@quick
@given(TEMPLATES, patches(OUR_TOKENS), patches(OUR_TOKENS))
def test_replaying_the_origins_on_the_template_gives_the_result(
    template: dict[str, Any], general: list[dict[str, Any]], particular: list[dict[str, Any]]
) -> None:
    result = rendering(
        template,
        selectorOverrides=[{"name": "n", "clusterSelector": {}, "clusterOverrides": general}],
        overrides=of_cluster("a", particular),
    )
    for one in result.clusters.values():
        if isinstance(one, Rendered):
            assert replay(template, one.origins) == one.manifest


def undo(manifest: Any, origins: tuple[Origin, ...]) -> Any:
    """The manifest with *origins* taken back, the last first."""
    manifest = copy.deepcopy(manifest)
    for origin in reversed(origins):
        container = manifest
        for key in origin.path[:-1]:
            container = container[key]
        last: Any = origin.path[-1]
        if origin.op == "remove" and isinstance(container, list):
            container.insert(last, copy.deepcopy(origin.before))
        elif origin.before is ABSENT:
            del container[last]
        else:
            container[last] = copy.deepcopy(origin.before)
    return manifest


@quick
@given(TEMPLATES, patches(OUR_TOKENS))
def test_each_origin_knows_what_was_there_before(template: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    for one in rendering(template, overrides=of_cluster("a", operations)).clusters.values():
        if isinstance(one, Rendered):
            assert undo(one.manifest, one.origins) == template


@quick
@given(TEMPLATES, patches(OUR_TOKENS))
def test_neither_template_nor_overrides_are_ever_changed(
    template: dict[str, Any], operations: list[dict[str, Any]]
) -> None:
    before = copy.deepcopy((template, operations))
    rendering(template, overrides=of_cluster("a", operations))
    assert (template, operations) == before


@quick
@given(TEMPLATES, patches(OUR_TOKENS))
def test_the_overrides_of_one_cluster_change_no_other(
    template: dict[str, Any], operations: list[dict[str, Any]]
) -> None:
    plain = rendering(template).clusters
    changed = rendering(template, overrides=of_cluster("a", operations)).clusters
    assert {name: changed[name] for name in "bc"} == {name: plain[name] for name in "bc"}


def containers(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Every map and list in a value, by path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {path: value} if isinstance(value, dict | list) else {}
    for key, item in items:
        found |= containers(item, (*path, key))
    return found


@quick
@given(TEMPLATES, patches(POINTER_TOKENS).map(lambda all_: [one for one in all_ if one["op"] == "replace"]))
def test_what_no_origin_touches_stays_the_templates_own(
    template: dict[str, Any], operations: list[dict[str, Any]]
) -> None:
    result = rendering(template, overrides=of_cluster("a", operations)).clusters["a"]
    if isinstance(result, Refused):
        return
    now = containers(result.manifest)
    touched = [origin.path for origin in result.origins]
    for path, container in containers(template).items():
        if not any(origin[: len(path)] == path or path[: len(origin)] == origin for origin in touched):
            assert now[path] is container


@quick
@given(TEMPLATES, patches(OUR_TOKENS), st.integers(0, 5), st.integers(0, 5))
def test_it_is_the_order_that_counts_not_the_list_a_patch_stands_in(
    template: dict[str, Any], operations: list[dict[str, Any]], first: int, second: int
) -> None:
    first, second = sorted((first, second))
    cuts = [0, first, second, len(operations)]
    *general, particular = [operations[start:end] for start, end in pairwise(cuts)]
    split = rendering(
        template,
        selectorOverrides=[
            {"name": str(index), "clusterSelector": {}, "clusterOverrides": part} for index, part in enumerate(general)
        ],
        overrides=of_cluster("a", particular),
    ).clusters["a"]
    whole = rendering(template, overrides=of_cluster("a", operations)).clusters["a"]
    assert type(split) is type(whole)
    if isinstance(split, Rendered) and isinstance(whole, Rendered):
        assert split.manifest == whole.manifest


@quick
@given(TEMPLATES, patches(OUR_TOKENS), st.permutations(sorted(CLUSTERS)), st.permutations(sorted(CLUSTERS)))
def test_rendering_depends_on_no_order_of_clusters(
    template: dict[str, Any], operations: list[dict[str, Any]], known: list[str], named: list[str]
) -> None:
    def of(names: list[str], clusters: dict[str, Cluster]) -> list[tuple[str, Any]]:
        spec = {
            "template": template,
            "placement": {"clusters": [{"name": name} for name in names]},
            "overrides": [{"clusterName": name, "clusterOverrides": operations} for name in names],
        }
        federated = parse_federated({"metadata": {"namespace": "n", "name": "w"}, "spec": spec}, CONFIG)
        results = render(federated, clusters).clusters.items()
        return [(name, one.manifest if isinstance(one, Rendered) else Refused) for name, one in results]

    here = of(sorted(CLUSTERS), CLUSTERS)
    assert [name for name, _ in here] == sorted(CLUSTERS)
    assert of(named, {name: CLUSTERS[name] for name in known}) == here


ELEMENTS = st.lists(st.sampled_from(["web", "log", "db", "proxy"]), unique=True, min_size=1, max_size=4).flatmap(
    lambda names: st.tuples(*(MAPS.map(lambda fields, name=name: {**fields, "name": name}) for name in names))
)
KEYED = st.lists(
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["add", "remove", "replace"]),
            "path": st.tuples(st.sampled_from(["web", "log", "db"]), st.sampled_from(["", "/a", "/b/0", "/0/a"])).map(
                lambda parts: f"/spec/containers/[name={parts[0]}]{parts[1]}"
            ),
            "value": st.just({"name": "web", "a": [1]}),
        }
    ),
    max_size=4,
)


@quick
@given(st.data(), ELEMENTS, KEYED)
def test_reordering_a_keyed_list_never_changes_what_a_keyed_override_does(
    data: st.DataObject, elements: tuple[dict[str, Any], ...], operations: list[dict[str, Any]]
) -> None:
    def outcome(order: list[dict[str, Any]]) -> tuple[type, Any]:
        result = rendering({"spec": {"containers": order}}, overrides=of_cluster("a", operations)).clusters["a"]
        if isinstance(result, Refused):
            return Refused, [(mistake.rule, mistake.at) for mistake in result.mistakes]
        return Rendered, sorted(map(repr, result.manifest["spec"]["containers"]))

    reordered = data.draw(st.permutations(elements))
    assert outcome(list(reordered)) == outcome(list(elements))
