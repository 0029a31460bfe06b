"""Digests: equal if and only if the values are, whatever the values."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.core.digest import canonical, digest

NUMBERS = st.integers(-3, 3) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(st.characters(), max_size=4)
KEYS = st.sampled_from(["a", "b", "é", "\ud800", "", '"', "\x1f", "\U0001f600"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: a boolean is no number."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(equal, one, other))
        case bool(), _:
            return one is other
        case _, bool():
            return False
    return bool(one == other)


@settings(deadline=None, max_examples=300)
@given(JSON, JSON)
def test_digests_are_equal_if_and_only_if_the_values_are(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) is equal(one, other)


def respelled(value: Any) -> Any:
    """The same value, spelled in another way: whole numbers as fractions and the other way round, keys turned about."""
    match value:
        case dict():
            return {key: respelled(value[key]) for key in reversed(value)}
        case list():
            return [respelled(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case int() if not isinstance(value, bool) and abs(value) < 2**53:
            return float(value)
    return value


@settings(deadline=None, max_examples=300)
@given(JSON)
def test_another_spelling_of_a_value_has_its_digest(value: Any) -> None:
    assert canonical(respelled(value)) == canonical(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": {"d": None, "c": [True, "x"]}}, '{"a":{"c":[true,"x"],"d":null},"b":1}'),
        ({"a": 1.0, "b": [1.5, -0.0, 1e3, 1e-7]}, '{"a":1,"b":[1.5,0,1000,1e-7]}'),
        (2**70, "1180591620717411303424"),
        (1e22, "10000000000000000000000"),
        (1.5, "1.5"),
        ("nginx:1.17", '"nginx:1.17"'),
        ({"é": "\u2028\x7f\n\x1f😀/"}, '{"é":"\u2028\x7f\\n\\u001f😀/"}'),
        ({"a": [1.0], "é": "\u2028\x7f\n\x1f😀/"}, '{"a":[1],"é":"\u2028\x7f\\n\\u001f😀/"}'),
        ([], "[]"),
        ({"a": [], "b": {}, "c": 2.0}, '{"a":[],"b":{},"c":2}'),
    ],
)
def test_the_canonical_form_is_pinned_for_members_remember_it(value: Any, text: str) -> None:
    assert canonical(value) == text.encode()
    assert digest(value) == hashlib.sha256(text.encode()).hexdigest()


def test_a_value_of_a_hundred_thousand_levels_has_a_digest() -> None:
    deep: Any = 1.0
    for _ in range(100_000):
        deep = [deep]
    assert canonical(deep) == b"[" * 100_000 + b"1" + b"]" * 100_000
