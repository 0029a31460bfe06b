"""Where in a file values and keys stand."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.text.documents import Document, split
from kfed.text.emit import emit
from kfed.text.limits import MAX_DEPTH
from kfed.text.locate import locate
from kfed.text.nodes import Nodes, read_nodes
from kfed.text.parse import parse

YAML = """\
# a comment
kind: A
spec:
  empty:
  list:
  - name: x
    value: 1
  -   - deep
      - {in: flow, 8080: port}
  "quoted key": |
    text
base: &base
  one: 1
  two: {x: y}
copy: *base
merged:
  <<: *base
  three: 3
both:
  <<: [{four: 4}, *base]
  one: 0
"""

PLACES: list[tuple[tuple[str | int, ...], tuple[int, int], tuple[int, int]]] = [
    # path, value, key
    ((), (2, 1), (2, 1)),
    (("kind",), (2, 7), (2, 1)),
    (("spec",), (4, 3), (3, 1)),
    (("spec", "empty"), (4, 9), (4, 3)),
    (("spec", "list"), (6, 3), (5, 3)),
    (("spec", "list", 0), (6, 5), (6, 5)),
    (("spec", "list", 0, "value"), (7, 12), (7, 5)),
    (("spec", "list", 1, 0), (8, 9), (8, 9)),
    (("spec", "list", 1, 1, "in"), (9, 14), (9, 10)),
    (("spec", "list", 1, 1, "8080"), (9, 26), (9, 20)),
    (("spec", "quoted key"), (10, 17), (10, 3)),
    (("base", "two", "x"), (14, 12), (14, 9)),
    (("copy",), (15, 7), (15, 1)),
    (("copy", "two", "x"), (14, 12), (14, 9)),
    (("merged", "one"), (13, 8), (13, 3)),
    (("merged", "three"), (18, 10), (18, 3)),
    (("both", "four"), (20, 15), (20, 9)),
    (("both", "two", "x"), (14, 12), (14, 9)),
    (("both", "one"), (21, 8), (21, 3)),
    # what does not exist is the nearest value around it
    (("spec", "list", 0, "image", "tag"), (6, 5), (6, 5)),
    (("spec", "list", 7), (6, 3), (5, 3)),
    (("spec", "list", "name"), (6, 3), (5, 3)),
    (("kind", "x", 0), (2, 7), (2, 1)),
    (("nothing",), (2, 1), (2, 1)),
]


@pytest.mark.parametrize(("path", "value", "key"), PLACES)
@pytest.mark.parametrize("before", ["", "a: 1\n---\n", "\ufeff---\n", "a: 1\r\n---\r\n"])
def test_values_and_keys_are_found(
    path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int], before: str
) -> None:
    *_, document = split(before + YAML, "f")
    lines = before.count("\n")
    assert locate(document, path) == (value[0] + lines, value[1])
    assert locate(document, path, key=True) == (key[0] + lines, key[1])


JSON = '{"a": {"b\\n": [1, "\\ud83d\\ude00",\n\t{"c": null}],\r\n "d": "}"},"e":{}}'


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("a", "b\n"), (1, 15), (1, 8)),
        (("a", "b\n", 1), (1, 19), (1, 19)),
        (("a", "b\n", 2, "c"), (2, 8), (2, 3)),
        (("a", "d"), (3, 7), (3, 2)),
        (("e", "x"), (3, 16), (3, 12)),
    ],
)
def test_json_is_searched_as_well(path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]) -> None:
    document = Document("f", 0, JSON)
    assert locate(document, path) == value
    assert locate(document, path, key=True) == key


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: 1\nb: {c: 2, d\n", ("b", "c"), (2, 8)),
        ("\n\n\t@", ("a",), (3, 2)),
        ("a: &a [*a]\n", ("a", 0, 0), (1, 8)),
        ("a: *nothing\n", ("a",), (1, 4)),
        ("? [x]\n: y\nb: 1\n", ("b",), (3, 4)),
        ("!x a: 1\nb: 2", ("b",), (2, 4)),
        ("a: x\ud800\nb: 1", ("b",), (2, 4)),
        ("", (), (1, 1)),
        ('"' + "k" * 2000 + '": 1', (), (1, 1)),
    ],
)
def test_text_that_is_refused_is_searched_as_far_as_it_goes(
    text: str, path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    assert locate(Document("f", 0, text), path) == place


@pytest.mark.parametrize(
    "text", ["[" * 300_000, '{"a":' * 300_000, "- " * 300_000, "{a: " * 300_000, "[" * 200 + "]" * 200]
)
def test_bottomless_text_is_searched_no_deeper_than_a_manifest_goes(text: str) -> None:
    assert locate(Document("f", 0, text), (0,))[0] == 1
    assert len(read_nodes(text)) <= 2 * (MAX_DEPTH + 1)


def test_many_questions_about_one_document_read_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []

    def read(text: str) -> Nodes:
        texts.append(text)
        return read_nodes(text)

    monkeypatch.setattr("kfed.text.locate.read_nodes", read)
    document = Document("f", 0, "a:\n" + "".join(f"- name: n{n}\n" for n in range(5000)))
    for n in range(2000):
        assert locate(document, ("a", n, "name")) == (n + 2, 9)
    assert texts == [document.text]


@pytest.mark.parametrize(
    "text", ['{"a": [' + '{"b": [1, 2, 3]}, ' * 20_000 + "1]}", "a: [" + "{b: [1, 2, 3]}, " * 20_000 + "1]"]
)
def test_a_place_takes_no_more_memory_than_a_few_times_the_text(text: str) -> None:
    tracemalloc.start()
    try:
        assert locate(Document("f", 0, text), ("a", 20_000)) == (1, text.rindex("1") + 1)
        assert tracemalloc.get_traced_memory()[1] < 14 * len(text)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ('{"a": 1,\n"b": 2,}', ("b",), (2, 6)),
        ('{"a": 1,\n"b": [x]}', ("b", 0), (2, 7)),
        ('{"a\\q": 1,\n"b": 2}', ("b",), (2, 6)),
        ('}}\n{"a": 1}', (), (1, 1)),
        ('{"a": "\ud800",\n"b": 2}', ("b",), (2, 6)),
        ('"a": 1\n"b": 2', ("b",), (2, 6)),
    ],
)
def test_what_only_looks_like_json_is_searched_as_yaml(
    text: str, path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    assert locate(Document("f", 0, text), path) == place


def test_maps_that_are_merged_many_times_are_searched_once_each() -> None:
    """With each way through the maps searched by itself, this would take for ever."""
    lines = ["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 100))]
    document = Document("f", 0, "\n".join(lines))
    assert locate(document, ("a99", "x")) == (1, 13)
    assert locate(document, ("a99", "y")) == (100, 6)


LEAVES = st.one_of(st.integers(0, 9), st.text("abc", min_size=1, max_size=3), st.none())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text("xyz", max_size=3), inner, max_size=4)
    ),
    max_leaves=15,
)


def paths(value: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    """Every path in a value, with what is there."""
    children: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [((), value), *(((key, *path), leaf) for key, child in children for path, leaf in paths(child))]


@given(VALUES)
@settings(deadline=None, max_examples=150)
def test_at_every_path_stands_what_was_written_there(value: Any) -> None:
    text = emit(value)
    document = Document("f", 0, text)
    lines = text.splitlines()
    for path, leaf in paths(value):
        line, column = locate(document, path)
        if not isinstance(leaf, dict | list):
            assert parse(Document("f", 0, lines[line - 1][column - 1 :])) == leaf
        if path and isinstance(path[-1], str):
            line, column = locate(document, path, key=True)
            assert lines[line - 1][column - 1 :].startswith(emit(path[-1]).strip() + ":")
