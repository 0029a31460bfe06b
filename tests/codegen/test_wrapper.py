"""The wrapper's schema says of overrides what the core says when it reads them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kfed.codegen.wrapper import has_replicas, has_rules, without_required, wrapper_schema
from kfed.core.federated import parse_federated
from kfed.core.overridepath import parse_override_path
from kfed.core.patch import FORBIDDEN_PATHS, OPERATIONS
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

DEPLOYMENT = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED)
CONFIG = TypeConfig(DEPLOYMENT, federated_resource(DEPLOYMENT))

TOKENS = st.sampled_from(
    ["spec", "a~1b", "~0", "", "0", "-", "-1", "[name=web]", '[a=b,c="d]e"]', "[mountPath=/x/y]", "[x]"]
)
BROKEN = st.sampled_from(["~", "~2", "[name=web", "[=]", "[a=b]c", '[a="]', "\n", "[a=~]"])
PATHS = st.lists(TOKENS | BROKEN, max_size=5).map(lambda tokens: "".join(f"/{token}" for token in tokens)) | st.text(
    '/[]=~01ab"\\,-', max_size=12
)


def properties_of_patches(schema: dict[str, Any]) -> dict[str, Any]:
    spec = schema["properties"]["spec"]["properties"]
    both = [spec[name]["items"]["properties"]["clusterOverrides"] for name in ("overrides", "selectorOverrides")]
    assert both[0] == both[1]
    found: dict[str, Any] = both[0]["items"]["properties"]
    return found


PATCH = properties_of_patches(wrapper_schema({"type": "object"}, retain_replicas=False))


def reads(path: str) -> bool:
    try:
        parse_override_path(path)
    except ValueError:
        return False
    return True


def matches(path: str) -> bool:
    """As the API server would match it: Go's ``$`` is the end of the text, Python's is that of its last line."""
    return searched(PATCH["path"]["pattern"], path)


def searched(pattern: str, text: str) -> bool:
    return re.search(pattern.replace("$", r"\Z"), text) is not None


@settings(max_examples=300, deadline=None)
@given(PATHS)
@example("/spec/template/spec/containers/[name=web]/image")
@example('/spec/a/[name="x]/y"]/b')
def test_the_pattern_lets_every_path_through_that_can_be_read(path: str) -> None:
    if path and reads(path):
        assert matches(path)


@settings(max_examples=300, deadline=None)
@given(PATHS)
def test_what_the_pattern_lets_through_and_nobody_can_read_holds_a_quote_or_a_field_twice(path: str) -> None:
    if matches(path) and not reads(path):
        assert "/[" in path
        assert '"' in path or "," in path


@pytest.mark.parametrize("part", ["/[name=a]", '/[a="', r'/[a="\"', "/[", "/a", "/", ",a=b", "[=", "\\"])
def test_the_pattern_is_soon_done_with_a_path_that_ends_badly_in_a_backtracking_engine(part: str) -> None:
    assert not matches("/a" + part * 2000 + "/~x")


@pytest.mark.parametrize("path", ["", "spec", "spec/replicas", ".spec", "/a~", "/a~2b", "$.spec"])
def test_the_pattern_refuses_what_is_no_path(path: str) -> None:
    assert not matches(path)


def allowed_by_schema(path: str) -> bool:
    return not searched(PATCH["path"]["not"]["pattern"], path)


def allowed_by_core(path: str) -> bool:
    patch = {"path": path, "value": 1}
    spec = {"overrides": [{"clusterName": "a", "clusterOverrides": [patch]}]}
    [entry] = parse_federated({"spec": spec}, CONFIG).overrides
    mistake = entry.patches[0].mistake
    return mistake is None or mistake.rule != "forbidden-path"


IDENTITY = ["/" + "/".join(path) for path in FORBIDDEN_PATHS]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        *((path, False) for path in IDENTITY),
        *((f"{path}/", False) for path in IDENTITY),
        *((f"{path}/x", False) for path in IDENTITY),
        *((f"{path}s", True) for path in IDENTITY),
        ("/metadata", False),
        ("/metadata/", True),
        ("/metadata/labels", True),
        ("/metadata/annotations/kind", True),
        ("/metadata/labels/metadata~1name", True),
        ("/apiVersion", True),
        ("/spec", True),
        ("/spec/metadata/name", True),
        ("/Kind", True),
    ],
)
def test_the_api_server_and_kfed_refuse_the_same_paths(path: str, allowed: bool) -> None:  # noqa: FBT001  (a table)
    assert matches(path)
    assert allowed_by_schema(path) is allowed
    assert allowed_by_core(path) is allowed


WORDS = st.sampled_from(
    ["kind", "metadata", "name", "namespace", "generateName", "labels", "spec", "", "~0", "[name=x]", "a\nb"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=4).map(lambda words: "".join(f"/{word}" for word in words)))
def test_the_api_server_and_kfed_agree_on_every_path(path: str) -> None:
    assert allowed_by_schema(path) is allowed_by_core(path)


def test_a_wrapper_costs_nothing_of_what_a_server_allows_for_rules() -> None:
    """Rules (CEL) are charged for, and those of a template may use up all that there is."""
    assert not has_rules(wrapper_schema({"type": "object"}, retain_replicas=True))


def test_operations_are_those_of_the_core_and_none() -> None:
    assert sorted(PATCH["op"]["enum"]) == sorted(["", *OPERATIONS])


@pytest.mark.parametrize(
    ("replicas", "expected"),
    [
        ({"type": "integer", "format": "int32"}, True),
        ({"type": "integer", "format": "int64"}, False),
        ({"type": "integer"}, False),
        ({"type": "string"}, False),
        ({}, False),
    ],
)
def test_replicas_can_be_left_to_clusters_where_they_are_of_32_bits(replicas: dict[str, str], expected: bool) -> None:  # noqa: FBT001  (a table)
    template = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"replicas": replicas}}}}
    assert has_replicas(template) is expected
    spec = wrapper_schema(template, retain_replicas=has_replicas(template))["properties"]["spec"]["properties"]
    assert ("retainReplicas" in spec) is expected


@pytest.mark.parametrize("template", [{}, {"type": "object"}, {"properties": {"spec": {"type": "object"}}}])
def test_a_type_without_replicas_has_none_to_leave(template: dict[str, Any]) -> None:
    assert not has_replicas(template)


def test_lists_that_several_teams_share_have_keys() -> None:
    spec = wrapper_schema({"type": "object"}, retain_replicas=False)["properties"]["spec"]["properties"]
    keys = {
        name: schema["x-kubernetes-list-map-keys"]
        for name, schema in (*spec.items(), ("clusters", spec["placement"]["properties"]["clusters"]))
        if "x-kubernetes-list-map-keys" in schema
    }
    assert keys == {"overrides": ["clusterName"], "selectorOverrides": ["name"], "clusters": ["name"]}


def test_without_required_keeps_the_keys_of_lists_and_changes_nothing() -> None:
    element = {"type": "object", "required": ["id", "size"], "properties": {"id": {}, "size": {"required": ["x"]}}}
    keyed = {"type": "array", "x-kubernetes-list-map-keys": ["id"], "items": element}
    schema = {
        "required": ["a"],
        "properties": {
            "keyed": keyed,
            "plain": {"type": "array", "items": element},
            "map": {"additionalProperties": element},
        },
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    relaxed = without_required(schema)
    assert relaxed["properties"]["keyed"]["items"]["required"] == ["id"]
    assert "required" not in relaxed["properties"]["plain"]["items"]
    assert str(relaxed).count("'required'") == 1
    assert str(schema).count("'required'") == 9
