"""Fields that are there twice are found, and nothing else is taken for one."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.sandbox.values.duplicates import duplicate_fields

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6) | st.just('":'),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just('":'), below, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"a": 1, "a": 2}', ["a"]),
        (b'{"a" : 1, "a" : 2}', ["a"]),
        (b'{"spec": {"x": [{"y": 1}, {"z": 1, "z": {}, "z": 3}]}}', ["spec.x[1].z"]),
        (b'{"a": {"b": 1, "b": 2}, "a": 3}', ["a.b", "a"]),
        (b'{"a": "\\":", "b": ["x\\":\\":"]}', []),
        (b"{}", []),
    ],
)
def test_field_that_is_there_twice_is_found_with_its_path(text: bytes, found: list[str]) -> None:
    assert duplicate_fields(text, orjson.loads(text)) == found


@given(VALUES, st.sampled_from([None, 1]))
@settings(deadline=None, max_examples=100)
def test_nothing_else_is_taken_for_one(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent).encode()
    assert duplicate_fields(text, json.loads(text)) == []
