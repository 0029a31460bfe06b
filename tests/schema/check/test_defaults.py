"""What an API server makes of an object; that it does so, ``tests/clusters/test_random_schemas.py`` shows."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.schema.check.checker import Checker
from kfed.schema.check.defaults import settled
from kfed.schema.check.node import Node

STRING = {"type": "string"}
FREE = {"x-kubernetes-preserve-unknown-fields": True}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "any": FREE,
        "anylist": {"type": "array", "items": FREE},
        "text": STRING,
        "nullable": {**STRING, "nullable": True},
        "default": {**STRING, "default": "d"},
        "nullabledefault": {**STRING, "nullable": True, "default": "d"},
        "map": {"type": "object", "additionalProperties": STRING},
        "mapdefault": {"type": "object", "additionalProperties": {**STRING, "default": "d"}},
        "list": {"type": "array", "items": STRING},
        "listdefault": {"type": "array", "items": {**STRING, "default": "d"}},
        "object": {"type": "object", "properties": {"a": {"type": "integer", "default": 1}}},
        "deep": {"type": "object", "default": {}, "properties": {"a": {"type": "integer", "default": 1}}},
        "open": {"type": "object", **FREE, "properties": {"k": STRING}},
        "list-of-objects": {
            "type": "array",
            "items": {"type": "object", "properties": {"a": {"type": "boolean", "default": False}}},
        },
    },
}
FILLED = {"default": "d", "nullabledefault": "d", "deep": {"a": 1}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, {}),
        ({"any": None}, {}),
        ({"any": {"a": None, "b": [None]}}, {"any": {"a": None, "b": [None]}}),
        ({"anylist": [None]}, {"anylist": [None]}),
        ({"text": None}, {}),
        ({"nullable": None}, {"nullable": None}),
        ({"default": None}, {"default": "d"}),
        ({"nullabledefault": None}, {"nullabledefault": None}),
        ({"map": {"a": None, "b": "x"}}, {"map": {"b": "x"}}),
        ({"mapdefault": {"a": None}}, {"mapdefault": {"a": "d"}}),
        ({"list": [None]}, {"list": [None]}),
        ({"listdefault": [None, "x"]}, {"listdefault": ["d", "x"]}),
        ({"object": {}}, {"object": {"a": 1}}),
        ({"object": {"a": None}}, {"object": {"a": 1}}),
        ({"object": None}, {}),
        ({"deep": None}, {"deep": {"a": 1}}),
        ({"deep": {"a": 2}}, {"deep": {"a": 2}}),
        ({"open": {"k": None, "u": None}}, {"open": {"u": None}}),
        ({"list-of-objects": [{}, {"a": True}]}, {"list-of-objects": [{"a": False}, {"a": True}]}),
        ({"unknown": {"a": None}}, {"unknown": {"a": None}}),
        ({"list": "no list", "object": [{}]}, {"list": "no list", "object": [{}]}),
    ],
)
def test_nulls_go_and_defaults_come(value: dict[str, Any], expected: dict[str, Any]) -> None:
    before = copy.deepcopy(value)
    assert Checker(SCHEMA, redact=False).settled(value) == FILLED | expected
    assert value == before


def test_default_of_an_alternative_is_none() -> None:
    schema = {"type": "object", "properties": {"a": STRING}, "anyOf": [{"properties": {"a": {"default": "x"}}}]}
    assert settled(Node(schema), {}) == {}


def test_default_is_copied_for_each_object() -> None:
    node = Node(SCHEMA)
    first, second = settled(node, {}), settled(node, {})
    first["deep"]["a"] = 2
    assert second["deep"] == {"a": 1}
    assert SCHEMA["properties"]["deep"]["default"] == {}


def test_what_is_settled_is_handed_back_and_parts_that_stay_are_shared() -> None:
    node = Node(SCHEMA)
    whole: dict[str, Any] = {**FILLED, "list": ["a"], "open": {"u": {"v": None}}}
    assert settled(node, whole) is whole
    parts = {"list": ["a"], "open": {"u": 1}, "object": {}}
    result = settled(node, parts)
    assert result["list"] is parts["list"]
    assert result["open"] is parts["open"]


VALUES = st.recursive(
    st.one_of(st.none(), st.integers(0, 2), st.sampled_from(["", "x"])),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*SCHEMA["properties"], "a", "k", "u"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(VALUES)
def test_whatever_is_settled_is_settled(value: Any) -> None:
    node, before = Node(SCHEMA), copy.deepcopy(value)
    once = settled(node, value)
    assert settled(node, once) is once
    assert value == before
