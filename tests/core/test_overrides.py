"""Overrides, law by law: JSON Patch's add, remove and replace, and list elements by key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated
from kfed.core.overrides import ABSENT
from kfed.core.render import Refused, Rendered, Rendering, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.mistake import Mistake
    from kfed.core.overridepath import Tokens

WIDGET = Resource(Gvk("example.com", "v1", "Widget"), "widgets", Scope.NAMESPACED)
CONFIG = TypeConfig(WIDGET, federated_resource(WIDGET))
CLUSTERS = {"a": Cluster("a", {"region": "north"}), "b": Cluster("b", {"region": "south"})}
TEMPLATE: dict[str, Any] = {
    "spec": {
        "replicas": 3,
        "paused": None,
        "args": ["one", "two", "three"],
        "empty": [],
        "labels": {"app": "web", "example.com/team": "x", "m~n": "y"},
        "containers": [
            {
                "name": "web",
                "image": "nginx:1",
                "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}],
            },
            {"name": "log", "image": "fluent:1", "ready": True, "weight": 5, "note": None, "nested": {}},
        ],
    }
}


@dataclass(frozen=True)
class Ports:
    """What a schema says of a list of ports."""

    defaults: Mapping[str, Any] = field(default_factory=lambda: {"protocol": "TCP"})


def lists(path: Tokens) -> Ports | None:
    return Ports() if path and path[-1] == "ports" else None


def rendering(spec: dict[str, Any], template: Any = None) -> Rendering:
    everywhere = {"placement": {"clusterSelector": {}}}
    spec = {"template": TEMPLATE if template is None else template, **everywhere, **spec}
    manifest = {"metadata": {"namespace": "ns", "name": "web"}, "spec": spec}
    return render(parse_federated(manifest, CONFIG), CLUSTERS, lists=lists)


def overridden(*patches: dict[str, Any]) -> Rendered | Refused:
    return rendering({"overrides": [{"clusterName": "a", "clusterOverrides": [*patches]}]}).clusters["a"]


def spec_after(*patches: dict[str, Any]) -> dict[str, Any]:
    result = overridden(*patches)
    assert isinstance(result, Rendered), result
    spec: dict[str, Any] = result.manifest["spec"]
    return spec


def refusal(*patches: dict[str, Any]) -> Mistake:
    result = overridden(*patches)
    assert isinstance(result, Refused), result
    [mistake] = result.mistakes
    return mistake


def add(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def remove(path: str) -> dict[str, Any]:
    return {"op": "remove", "path": path}


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"path": path, "value": value}


# Members of maps.


def test_replace_is_the_default_operation() -> None:
    for op in ({}, {"op": ""}, {"op": None}, {"op": "replace"}):
        assert spec_after({**replace("/spec/replicas", 5), **op})["replicas"] == 5


def test_replace_sets_what_a_map_lacks_as_it_does_for_kubefed() -> None:
    after = spec_after(replace("/spec/new", {"a": 1}), replace("/spec/labels/tier", "front"))
    assert (after["new"], after["labels"]["tier"]) == ({"a": 1}, "front")


def test_what_replace_sets_anew_is_told_as_added() -> None:
    result = overridden(replace("/spec/new", 1), replace("/spec/new", 2))
    assert isinstance(result, Rendered)
    assert [(origin.op, origin.before) for origin in result.origins if origin.at] == [("add", ABSENT), ("replace", 1)]


def test_add_sets_what_is_new() -> None:
    assert spec_after(add("/spec/new", {"a": 1}))["new"] == {"a": 1}


def test_add_replaces_what_is_there_and_does_not_merge() -> None:
    assert spec_after(add("/spec/labels", {"b": "c"}))["labels"] == {"b": "c"}


def test_remove_takes_away() -> None:
    assert "replicas" not in spec_after(remove("/spec/replicas"))


def test_names_are_escaped_as_in_a_pointer() -> None:
    after = spec_after(replace("/spec/labels/example.com~1team", "z"), remove("/spec/labels/m~0n"))
    assert after["labels"] == {"app": "web", "example.com/team": "z"}


def test_null_is_a_value_like_any_other() -> None:
    assert spec_after(replace("/spec/replicas", None))["replicas"] is None
    assert spec_after({"path": "/spec/replicas"})["replicas"] is None
    assert spec_after(replace("/spec/paused", "x"))["paused"] == "x"
    assert "paused" not in spec_after(remove("/spec/paused"))


def test_digits_name_a_member_of_a_map() -> None:
    assert spec_after(add("/spec/labels/0", "x"), replace("/spec/labels/0", "y"))["labels"]["0"] == "y"


# Elements of lists by position.


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("0", ["new", "one", "two", "three"]),
        ("1", ["one", "new", "two", "three"]),
        ("3", ["one", "two", "three", "new"]),
        ("-", ["one", "two", "three", "new"]),
        ("-1", ["one", "two", "three", "new"]),  # as KubeFed's library has it
        ("-4", ["new", "one", "two", "three"]),
    ],
)
def test_add_inserts(index: str, expected: list[str]) -> None:
    assert spec_after(add(f"/spec/args/{index}", "new"))["args"] == expected


@pytest.mark.parametrize(("index", "position"), [("0", 0), ("2", 2), ("-1", 2), ("-3", 0), ("01", 1)])
def test_replace_and_remove_take_what_is_there(index: str, position: int) -> None:
    replaced, removed = ["one", "two", "three"], ["one", "two", "three"]
    replaced[position] = "new"
    del removed[position]
    assert spec_after(replace(f"/spec/args/{index}", "new"))["args"] == replaced
    assert spec_after(remove(f"/spec/args/{index}"))["args"] == removed


def test_several_elements_can_be_appended() -> None:
    assert spec_after(add("/spec/empty/-", 1), add("/spec/empty/-", 2))["empty"] == [1, 2]


@pytest.mark.parametrize("index", ["3", "-4", "-", "999999999", "9" * 5000, "x", "+1", "1.0", "--1", "", "\u0661"])
def test_replace_and_remove_of_no_element_are_refused(index: str) -> None:
    rules = {"nothing-matched", "wrong-path"}
    assert refusal(replace(f"/spec/args/{index}", "new")).rule in rules
    assert refusal(remove(f"/spec/args/{index}")).rule in rules


@pytest.mark.parametrize("index", ["4", "-5", "x", ""])
def test_add_beyond_the_end_is_refused(index: str) -> None:
    assert refusal(add(f"/spec/args/{index}", "new")).rule in {"nothing-matched", "wrong-path"}


def test_an_empty_list_says_that_it_is_empty() -> None:
    assert refusal(replace("/spec/empty/0", 1)).expected == "a list that is not empty"


# Elements of lists by key.


def test_an_element_is_found_by_its_key() -> None:
    after = spec_after(replace("/spec/containers/[name=log]/image", "fluent:2"))
    assert [container["image"] for container in after["containers"]] == ["nginx:1", "fluent:2"]


def test_an_element_is_replaced_or_removed_by_its_key() -> None:
    new = {"name": "log", "image": "x"}
    for op in ("add", "replace"):
        after = spec_after({"op": op, "path": "/spec/containers/[name=log]", "value": new})
        assert after["containers"] == [TEMPLATE["spec"]["containers"][0], new]
    assert spec_after(remove("/spec/containers/[name=web]"))["containers"] == TEMPLATE["spec"]["containers"][1:]


@pytest.mark.parametrize(
    "match", ["[ready=true]", "[weight=5]", "[image=fluent:1]", "[name=log,weight=5]", '[name="log"]']
)
def test_any_field_of_text_number_or_boolean_will_do(match: str) -> None:
    assert spec_after(replace(f"/spec/containers/{match}/image", "x"))["containers"][1]["image"] == "x"


@pytest.mark.parametrize(
    "match", ["[note=None]", "[note=null]", "[note=]", "[absent=None]", "[absent=]", "[nested={}]", "[ready=True]"]
)
def test_nothing_but_a_scalar_that_is_there_can_be_matched(match: str) -> None:
    assert refusal(replace(f"/spec/containers/{match}/image", "x")).rule == "nothing-matched"


def test_a_key_left_to_its_default_matches_it() -> None:
    path = "/spec/containers/[name=web]/ports/[containerPort=80,protocol={}]/name"
    ports = spec_after(add(path.format("TCP"), "http"), add(path.format("UDP"), "quic"))["containers"][0]["ports"]
    assert ports == [
        {"containerPort": 80, "name": "http"},
        {"containerPort": 80, "protocol": "UDP", "name": "quic"},
    ]


def test_a_match_of_several_elements_is_refused() -> None:
    mistake = refusal(add("/spec/containers/[name=web]/ports/[containerPort=80]/name", "http"))
    assert mistake.rule == "ambiguous-element"
    assert "at 0, 1" in mistake.message


def test_a_match_of_none_lists_what_is_there_and_the_nearest() -> None:
    mistake = refusal(replace("/spec/containers/[name=webb]/image", "x"))
    assert (mistake.rule, mistake.nearest) == ("nothing-matched", "web")
    assert "there are web, log." in mistake.message


def test_adding_an_element_that_is_not_there_says_how_to_append() -> None:
    assert "/spec/containers/-" in refusal(add("/spec/containers/[name=new]", {"name": "new"})).message


@pytest.mark.parametrize("path", ["/spec/labels/[app=web]", "/spec/[replicas=3]/x", "/[kind=Widget]"])
def test_a_map_has_no_elements_to_match(path: str) -> None:
    for patch in (add(path, 1), remove(path), replace(path, 1)):
        assert refusal(patch).rule == "wrong-path"


# A patch that fits nothing.


def test_what_is_not_there_cannot_be_removed() -> None:
    mistake = refusal(remove("/spec/replica"))
    assert (mistake.rule, mistake.nearest, mistake.cluster) == ("nothing-matched", "replicas", "a")
    assert mistake.at == ("spec", "overrides", 0, "clusterOverrides", 0, "path")


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_nothing_is_added_to_what_is_not_there(op: str) -> None:
    mistake = refusal({"op": op, "path": "/metadata/annotations/example.com~1foo", "value": "bar"})
    assert mistake.rule == "missing-parent"
    assert "add /metadata/annotations first" in mistake.message


@pytest.mark.parametrize("path", ["/spec/replicas/x", "/spec/paused/x", "/spec/labels/app/0"])
def test_a_path_cannot_lead_through_a_single_value(path: str) -> None:
    for patch in (add(path, 1), remove(path), replace(path, 1)):
        assert refusal(patch).rule == "wrong-path"


def test_every_patch_that_does_not_fit_is_told() -> None:
    result = overridden(remove("/spec/x"), replace("/spec/replicas", 5), remove("/spec/y"))
    assert isinstance(result, Refused)
    assert [mistake.at[3:] for mistake in result.mistakes] == [
        ("clusterOverrides", 0, "path"),
        ("clusterOverrides", 2, "path"),
    ]


def test_an_unknown_operation_is_refused_with_the_nearest() -> None:
    mistake = refusal({"op": "repalce", "path": "/spec/replicas", "value": 1})
    assert (mistake.rule, mistake.nearest, mistake.at[-1]) == ("not-in-enum", "replace", "op")
    assert refusal({"op": "move", "path": "/spec/a", "from": "/spec/b"}).rule == "not-in-enum"


def test_a_path_that_cannot_be_read_is_refused() -> None:
    mistake = refusal(replace("spec/replicas", 1))
    assert (mistake.rule, mistake.at[-1]) == ("bad-path", "path")


# What an object is called is not overridden, however it is spelled.


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/kind",
        "/metadata",
        "/metadata/name",
        "/metadata/namespace",
        "/metadata/generateName",
        "/metadata/name/x",
        "/metadata/name/",
        "/kind/0",
        "/kind/[a=b]",
    ],
)
def test_forbidden_paths_their_prefixes_and_what_is_below_are_refused(path: str, op: str) -> None:
    mistake = refusal({"op": op, "path": path, "value": "x"})
    assert (mistake.rule, mistake.at[-1]) == ("forbidden-path", "path")


@pytest.mark.parametrize("path", ["/metadata/", "/metadata~1name", "/metadata/n~0ame", "/Kind", "//kind"])
def test_a_spelling_that_means_something_else_leaves_identity_alone(path: str) -> None:
    result = overridden(add(path, "x"))
    if isinstance(result, Rendered):
        assert result.manifest["kind"] == "Widget"
        assert result.manifest["metadata"]["name"] == "web"


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize(
    "path",
    [
        "/metadata/uid",
        "/metadata/resourceVersion",
        "/metadata/ownerReferences",
        "/metadata/ownerReferences/-",
        "/metadata/ownerReferences/[name=a]/uid",
        "/metadata/managedFields/0",
        "/metadata/deletionTimestamp",
        "/status",
        "/status/replicas",
    ],
)
def test_what_each_cluster_writes_for_itself_is_not_overridden(path: str, op: str) -> None:
    mistake = refusal({"op": op, "path": path, "value": "x"})
    assert (mistake.rule, mistake.at[-1]) == ("server-field", "path")


def test_another_version_is_allowed_and_none_is_not() -> None:
    result = overridden(replace("/apiVersion", "example.com/v2"))
    assert isinstance(result, Rendered)
    assert result.manifest["apiVersion"] == "example.com/v2"
    assert refusal(remove("/apiVersion")).rule == "forbidden-path"


def test_labels_and_annotations_are_free() -> None:
    result = overridden(add("/metadata/annotations", {"a": "b"}), replace("/metadata/labels", {"c": "d"}))
    assert isinstance(result, Rendered)
    assert result.manifest["metadata"] == {
        "name": "web",
        "namespace": "ns",
        "annotations": {"a": "b"},
        "labels": {"c": "d", "kubefed.io/managed": "true"},
    }


@pytest.mark.parametrize(
    "patch",
    [
        replace("/metadata/labels/kubefed.io~1managed", "false"),
        remove("/metadata/labels/kubefed.io~1managed"),
        remove("/metadata/labels"),
        replace("/metadata/labels", None),
    ],
)
def test_the_managed_label_is_put_back(patch: dict[str, Any]) -> None:
    result = overridden(patch)
    assert isinstance(result, Rendered)
    assert result.manifest["metadata"]["labels"] == {"kubefed.io/managed": "true"}


# Last wins: from the general to the particular.


def test_patches_apply_in_the_order_of_their_list() -> None:
    after = spec_after(add("/spec/args/0", "x"), replace("/spec/args/0", "y"), remove("/spec/args/1"))
    assert after["args"] == ["y", "two", "three"]
    assert spec_after(remove("/spec/replicas"), replace("/spec/replicas", 1))["replicas"] == 1
    assert refusal(remove("/spec/replicas"), remove("/spec/replicas")).rule == "nothing-matched"


def test_one_path_may_come_twice() -> None:
    assert spec_after(replace("/spec/replicas", 1), replace("/spec/replicas", 2))["replicas"] == 2


def test_a_later_patch_goes_into_what_an_earlier_one_brought() -> None:
    value = {"b": [{"name": "x"}]}
    after = spec_after(add("/spec/new", value), replace("/spec/new/b/[name=x]/name", "y"))
    assert after["new"] == {"b": [{"name": "y"}]}
    assert value == {"b": [{"name": "x"}]}


def test_one_value_in_two_places_is_two_values() -> None:
    shared = {"x": 1}
    after = spec_after(add("/spec/p", shared), add("/spec/q", shared), replace("/spec/p/x", 2))
    assert (after["p"], after["q"]) == ({"x": 2}, {"x": 1})


def test_selector_overrides_come_before_overrides_in_list_order() -> None:
    def selecting(name: str, selector: Any, *values: str) -> dict[str, Any]:
        patches = [add("/spec/args/-", value) for value in values]
        return {"name": name, "clusterSelector": selector, "clusterOverrides": patches}

    result = rendering(
        {
            "overrides": [{"clusterName": "a", "clusterOverrides": [add("/spec/args/-", "particular")]}],
            "selectorOverrides": [
                selecting("z", {}, "everywhere"),
                selecting("y", {"matchLabels": {"region": "north"}}, "north", "again"),
                selecting("x", {"matchLabels": {"region": "south"}}, "south"),
                selecting("w", None, "never"),
            ],
        }
    )
    args = {
        name: one.manifest["spec"]["args"][3:] for name, one in result.clusters.items() if isinstance(one, Rendered)
    }
    assert args == {"a": ["everywhere", "north", "again", "particular"], "b": ["everywhere", "south"]}


# What is wrong in one cluster's overrides concerns that cluster alone.


@pytest.mark.parametrize(
    "patch",
    [remove("/spec/nope"), replace("/metadata/name", "x"), {"op": "test", "path": "/spec"}, replace("x", 1)],
)
def test_a_mistake_refuses_only_its_cluster(patch: dict[str, Any]) -> None:
    overrides = [
        {"clusterName": "a", "clusterOverrides": [replace("/spec/replicas", 9), patch]},
        {"clusterName": "b", "clusterOverrides": [replace("/spec/replicas", 9)]},
    ]
    result = rendering({"overrides": overrides})
    assert isinstance(result.clusters["a"], Refused)
    assert isinstance(result.clusters["b"], Rendered)
    assert result.clusters["b"].manifest["spec"]["replicas"] == 9


def test_a_mistake_in_selector_overrides_refuses_the_clusters_selected() -> None:
    north = {"matchLabels": {"region": "north"}}
    entry = {"name": "n", "clusterSelector": north, "clusterOverrides": [remove("/spec/nope")]}
    result = rendering({"selectorOverrides": [entry]})
    assert isinstance(result.clusters["a"], Refused)
    assert isinstance(result.clusters["b"], Rendered)


def test_a_bad_selector_refuses_every_cluster() -> None:
    bad = {"matchExpressions": [{"key": "region", "operator": "Is", "values": ["north"]}]}
    for spec in (
        {"selectorOverrides": [{"name": "n", "clusterSelector": bad}]},
        {"placement": {"clusters": [{"name": "a"}, {"name": "b"}], "clusterSelector": bad}},
    ):
        result = rendering(spec)
        assert [type(one) for one in result.clusters.values()] == [Refused, Refused]
        assert [mistake.rule for mistake in result.mistakes] == ["bad-selector"]


def test_overrides_given_twice_refuse_their_cluster() -> None:
    overrides = [
        {"clusterName": "a", "clusterOverrides": [replace("/spec/replicas", 1)]},
        {"clusterName": "b", "clusterOverrides": [replace("/spec/replicas", 2)]},
        {"clusterName": "a", "clusterOverrides": [replace("/spec/paused", 1)]},
    ]
    result = rendering({"overrides": overrides})
    assert isinstance(result.clusters["a"], Refused)
    assert isinstance(result.clusters["b"], Rendered)
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.at) == ("duplicate-cluster", ("spec", "overrides", 2, "clusterName"))


def test_overrides_for_an_unknown_cluster_are_a_mistake_that_stops_no_other() -> None:
    result = rendering({"overrides": [{"clusterName": "aa", "clusterOverrides": []}]})
    assert all(isinstance(one, Rendered) for one in result.clusters.values())
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.nearest) == ("unknown-cluster", "a")


def test_overrides_for_a_cluster_that_is_not_chosen_are_a_warning() -> None:
    overrides = [{"clusterName": "b", "clusterOverrides": [remove("/spec/nope")]}]
    result = rendering({"overrides": overrides, "placement": {"clusters": [{"name": "a"}]}})
    assert list(result.clusters) == ["a"]
    [mistake] = result.mistakes
    assert (mistake.rule, mistake.severity, mistake.cluster) == ("unused-override", "warning", "b")


# What an override throws away is told.


def doubts(*patches: dict[str, Any], general: tuple[dict[str, Any], ...] = ()) -> list[tuple[Any, str]]:
    """The index of each patch that throws something away, and what that is."""
    overrides = [{"clusterName": "a", "clusterOverrides": [*patches]}]
    selecting = [{"name": "all", "clusterSelector": {}, "clusterOverrides": [*general]}]
    result = rendering({"overrides": overrides, "selectorOverrides": selecting}).clusters["a"]
    assert isinstance(result, Rendered), result
    assert {(mistake.rule, mistake.severity, mistake.cluster) for mistake in result.mistakes} <= {
        ("lost-members", "warning", "a")
    }
    return [
        (mistake.at[-2], mistake.message.partition("new value: ")[2].partition(". To keep")[0])
        for mistake in result.mistakes
    ]


@pytest.mark.parametrize(
    ("patch", "lost"),
    [
        (add("/spec/labels", {"app": "x", "new": "y"}), "example.com/team and m~n"),
        (add("/spec/labels", {}), "app, example.com/team and m~n"),
        (add("/spec/args", ["two", "four"]), "[0] and [2]"),
        (add("/spec/containers", [{"name": "log", "image": "x"}]), "web, log.ready, log.weight, log.note and 1 more"),
        (add("/spec/containers/[name=log]", {"name": "log", "nested": {"x": 1}}), "image, ready, weight and note"),
        (add("/spec", {**TEMPLATE["spec"], "args": []}), "args[0], args[1] and args[2]"),
    ],
)
def test_adding_a_map_or_list_over_one_that_has_more_is_a_doubt(patch: dict[str, Any], lost: str) -> None:
    assert doubts(patch) == [(0, lost)]


@pytest.mark.parametrize(
    "patch",
    [
        add("/spec/labels", {**TEMPLATE["spec"]["labels"], "app": "x", "new": "y"}),
        add("/spec/labels/app", "x"),
        add("/spec/replicas", {"a": 1}),
        add("/spec/new", {"a": 1}),
        add("/spec/args/-", "four"),
        add("/spec/args/0", "zero"),
        add("/spec/args", ["zero", "three", "two", "one"]),
        add("/spec/empty", []),
        add("/spec/labels", None),
        replace("/spec/labels", {}),
        replace("/spec/containers/[name=log]", {"name": "other"}),
        remove("/spec/labels"),
    ],
)
def test_what_loses_nothing_or_says_so_is_no_doubt(patch: dict[str, Any]) -> None:
    assert doubts(patch) == []


def test_each_of_two_additions_over_one_map_is_told() -> None:
    assert doubts(add("/spec/labels", {"a": "1"}), add("/spec/labels", {"b": "2"})) == [
        (0, "app, example.com/team and m~n"),
        (1, "a"),
    ]


@pytest.mark.parametrize("op", ["add", "replace"])
def test_what_a_more_general_override_set_is_told_whatever_the_operation(op: str) -> None:
    particular = {"op": op, "path": "/spec/new", "value": {"b": 2}}
    assert doubts(particular, general=(add("/spec/new", {"a": 1, "b": 1}),)) == [(0, "a")]


def test_a_replacement_loses_what_an_override_put_into_the_templates_own_map() -> None:
    general = (add("/spec/labels/tier", "front"), replace("/spec/labels/app", "x"))
    assert doubts(replace("/spec/labels", {"app": "y"}), general=general) == [(0, "tier")]


def test_a_path_that_is_replaced_twice_in_one_list_is_told_elsewhere() -> None:
    assert doubts(replace("/spec/labels", {"a": "1"}), replace("/spec/labels", {"b": "2"})) == []


def test_the_way_out_names_the_member() -> None:
    result = overridden(add("/spec/labels", {"x/y": "1"}))
    assert isinstance(result, Rendered)
    assert "/spec/labels/x~1y" in result.mistakes[0].message


def test_what_refuses_a_cluster_hides_no_doubt() -> None:
    bad = {"matchExpressions": [{"key": "region", "operator": "Is", "values": ["north"]}]}
    overrides = [{"clusterName": "a", "clusterOverrides": [add("/spec/labels", {})]}]
    result = rendering({"overrides": overrides, "selectorOverrides": [{"name": "n", "clusterSelector": bad}]})
    refused = result.clusters["a"]
    assert isinstance(refused, Refused)
    assert [mistake.rule for mistake in refused.mistakes] == ["bad-selector", "lost-members"]
