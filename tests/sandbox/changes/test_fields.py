"""Sets of fields, and values read by their schema."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.sandbox.changes.comparing import compare
from kfed.sandbox.changes.fields import key_element, parse_fields, path_text, to_fields, value_element
from kfed.sandbox.changes.overlaying import overlay
from kfed.sandbox.changes.typed import UntypedError, field_set, with_named, without
from kfed.schema.check.node import Node

ELEMENTS = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'k:{"n":1,"p":"TCP"}', 'v:"x"', "v:1"])
PATHS = st.frozensets(st.lists(ELEMENTS, min_size=1, max_size=4).map(tuple), max_size=8)
NODE = Node(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "atom": {"type": "object", "x-kubernetes-map-type": "atomic"},
            "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "list": {"type": "array", "items": {"type": "integer"}},
            "keyed": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["k"],
                "items": {"type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}},
            },
        },
    }
)
TEXTS = st.sampled_from("abc")
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "labels": st.dictionaries(TEXTS, TEXTS, max_size=3),
        "atom": st.dictionaries(TEXTS, TEXTS, max_size=2),
        "tags": st.lists(TEXTS, unique=True, max_size=3),
        "list": st.lists(st.integers(0, 2), max_size=2),
        "keyed": st.lists(
            st.fixed_dictionaries({"k": TEXTS}, optional={"v": st.integers(0, 2)}),
            unique_by=lambda item: item["k"],
            max_size=3,
        ),
    },
)


@settings(max_examples=100, deadline=None)
@given(PATHS)
def test_a_set_survives_being_written_and_read(paths: frozenset[tuple[str, ...]]) -> None:
    assert parse_fields(to_fields(paths)) == paths


def test_a_member_with_members_below_it_has_a_dot() -> None:
    paths = frozenset({("f:a",), ("f:a", "f:b"), ("f:c", "f:d")})
    assert to_fields(paths) == {"f:a": {".": {}, "f:b": {}}, "f:c": {"f:d": {}}}


def test_keys_that_others_wrote_otherwise_are_the_same_keys() -> None:
    assert parse_fields({'k:{"p": "TCP", "n": 1}': {}}) == {(key_element({"n": 1, "p": "TCP"}),)}
    assert value_element(1.0) == value_element(1)


@pytest.mark.parametrize("fields", [[], {"x": {}}, {"f:a": 1}, {"z:a": {}}, {"k:{": {}}])
def test_what_is_no_set_is_refused(fields: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_fields(fields)


def test_a_path_reads_as_in_messages() -> None:
    path = ("f:spec", "f:ports", key_element({"protocol": "TCP", "port": 80}), "f:name")
    assert path_text(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert path_text(("f:finalizers", value_element("a/b"))) == '.finalizers[="a/b"]'


def test_the_fields_of_a_value() -> None:
    value = {"name": "x", "labels": {"a": "b"}, "atom": {"q": 1}, "tags": ["t"], "list": [1], "keyed": [{"k": "z"}]}
    assert to_fields(field_set(NODE, value)) == {
        "f:atom": {},
        "f:keyed": {'k:{"k":"z"}': {".": {}, "f:k": {}}},
        "f:labels": {"f:a": {}},
        "f:list": {},
        "f:name": {},
        "f:tags": {'v:"t"': {}},
    }


@pytest.mark.parametrize(
    "value", [{"keyed": [{}]}, {"keyed": [None]}, {"keyed": ["x"]}, {"tags": [{}]}, {"tags": [None]}]
)
def test_a_list_that_cannot_be_read_is_refused(value: Any) -> None:
    with pytest.raises(UntypedError, match="element 0: associative list"):
        field_set(NODE, value)


@settings(max_examples=150, deadline=None)
@given(OBJECTS)
def test_nothing_is_left_of_a_value_without_its_fields(value: dict[str, Any]) -> None:
    left = without(NODE, value, to_fields(with_named(NODE, field_set(NODE, value)))) or {}
    assert all(item == [] for item in left.values())  # an empty list that has keys is no field


@settings(max_examples=150, deadline=None)
@given(OBJECTS)
def test_a_value_does_not_differ_from_itself(value: dict[str, Any]) -> None:
    found = compare(NODE, value, dict(value))
    assert not found.added | found.removed | found.modified


@settings(max_examples=150, deadline=None)
@given(OBJECTS, OBJECTS)
def test_what_is_added_one_way_is_removed_the_other(one: dict[str, Any], two: dict[str, Any]) -> None:
    there, back = compare(NODE, one, two), compare(NODE, two, one)
    assert (there.added, there.removed, there.modified) == (back.removed, back.added, back.modified)


@settings(max_examples=150, deadline=None)
@given(OBJECTS, OBJECTS)
def test_what_is_applied_is_there_afterwards(live: dict[str, Any], applied: dict[str, Any]) -> None:
    merged = overlay(NODE, live, applied)
    assert field_set(NODE, applied) <= field_set(NODE, merged) | {("f:labels",)}
    assert overlay(NODE, merged, applied) == merged
    assert not compare(NODE, merged, overlay(NODE, merged, live)).removed


def test_elements_that_are_applied_stand_in_their_order_and_the_others_where_they_stood() -> None:
    live, applied = {"tags": ["a", "b", "c"]}, {"tags": ["c", "x", "a"]}
    assert overlay(NODE, live, applied) == {"tags": ["b", "c", "x", "a"]}
