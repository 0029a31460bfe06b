"""JSONPath is what kubectl and printer columns have."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.sandbox.values.jsonpath import JsonPathError, parse_path, to_text

DOCUMENT: dict[str, Any] = {
    "metadata": {"annotations": {"example.com/a": "dotted", "it's": "quoted"}},
    "spec": {"list": [1, 2, 3, 4], "none": None, "deep": {"name": "x"}},
    "items": [{"n": 1, "name": "a", "on": True}, {"n": 2, "name": "b", "on": False}, {"name": "c"}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".spec.deep.name", ["x"]),
        ("spec.deep.name", ["x"]),
        ("$.spec.deep.name", ["x"]),
        (".spec.nothing.name", []),
        (".spec.none", [None]),
        (".spec.none.name", []),
        (".spec['deep']['name']", ["x"]),
        (".metadata.annotations['example.com/a', \"it's\"]", ["dotted", "quoted"]),
        (r".metadata.annotations['it\'s']", ["quoted"]),
        (r".metadata.annotations.example\.com/a", ["dotted"]),
        (".spec.list[0]", [1]),
        (".spec.list[-1]", [4]),
        (".spec.list[1:3]", [2, 3]),
        (".spec.list[-2:]", [3, 4]),
        (".spec.list[::2]", [1, 3]),
        (".spec.list[0,2]", [1, 3]),
        (".spec.list[*]", [1, 2, 3, 4]),
        (".items[*].name", ["a", "b", "c"]),
        (".spec.deep.*", ["x"]),
        ("..name", ["x", "a", "b", "c"]),
        ('.items[?(@.name=="b")].n', [2]),
        (".items[?(@.name == 'b')].n", [2]),
        (".items[?(@.n>=1)].name", ["a", "b"]),
        (".items[?(@.n != 1)].name", ["b"]),
        (".items[?(@.on==true)].name", ["a"]),
        (".items[?(@.n)].name", ["a", "b"]),
        ('.items[?(@.name=="a==b")].n', []),
    ],
)
def test_path_leads_to(path: str, found: list[Any]) -> None:
    assert parse_path(path).find(DOCUMENT) == found


@pytest.mark.parametrize("path", [".spec[", ".spec{}", "[?(@.a=b)]", ".a[b]", "[?(@.a == b)]", ".a b"])
def test_what_is_no_path_is_an_error(path: str) -> None:
    with pytest.raises(JsonPathError):
        parse_path(path)


@pytest.mark.parametrize("path", [".spec.list[9]", ".spec.deep[0]", ".spec.deep[?(@.a==1)]", ".items[?(@.name>1)].n"])
def test_what_is_not_there_to_be_indexed_is_an_error(path: str) -> None:
    with pytest.raises(JsonPathError):
        parse_path(path).find(DOCUMENT)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (True, "true"),
        (3, "3"),
        (1.5, "1.5"),
        (2.0, "2"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-7, "1e-07"),
        (None, "<no value>"),
        ({"b": 1, "a": ["<&>"]}, '{"a":["\\u003c\\u0026\\u003e"],"b":1}'),
    ],
)
def test_values_are_printed_as_go_does_it(value: Any, text: str) -> None:
    assert to_text(value) == text


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet=".[]'\"@?()=<>*:,-0a\\ ", max_size=12))
def test_any_text_is_a_path_or_an_error(text: str) -> None:
    with contextlib.suppress(JsonPathError):
        assert isinstance(parse_path(text).find(DOCUMENT), list)
