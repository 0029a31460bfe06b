"""Where documents end, and on which lines they stand."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.text.documents import Document, split
from kfed.text.parse import parse

CASES = {
    "one": ("a: 1\n", [(0, 1)]),
    "two": ("a: 1\n---\na: 2\n", [(0, 1), (2, 2)]),
    "marker_first": ("---\na: 1\n", [(1, 1)]),
    "no_last_line_end": ("a: 1\n---\na: 2", [(0, 1), (2, 2)]),
    "blank_documents_are_passed_over": ("---\n\n---\n# nothing\n---\n  \na: 1\n---\n", [(5, 1)]),
    "windows_line_ends": ("a: 1\r\n---\r\na: 2\r\n...\r\n---\r\na: 3\r\n", [(0, 1), (2, 2), (5, 3)]),
    "byte_order_mark": ("\ufeffa: 1\n---\na: 2\n", [(0, 1), (2, 2)]),
    "byte_order_mark_before_marker": ("\ufeff---\na: 1\n", [(1, 1)]),
    "document_end": ("a: 1\n...\n# comment\n...\n---\na: 2\n", [(0, 1), (5, 2)]),
    "bare_document_after_end": ("a: 1\n...\na: 2\n", [(0, 1), (2, 2)]),
    "directive": ("%YAML 1.1\n%TAG ! !x\n---\na: 1\n...\n%YAML 1.2\n---\na: 2\n", [(3, 1), (7, 2)]),
    "comment_beside_marker": ("--- # the first\na: 1\n---\t# the second\na: 2\n", [(1, 1), (3, 2)]),
    "value_beside_marker": ("--- {a: 1}\n--- {a: 2}\n", [(0, 1), (1, 2)]),
    "tag_beside_marker": ("--- !!map\na: 1\n", [(0, 1)]),
    "four_dashes_are_no_marker": ("a: 1\nb: |\n  x\n  ----\n----: 1\n", [(0, 1)]),
    "indented_dashes_are_text": ("a: 1\nb: |\n  ---\n  x\n", [(0, 1)]),
    "marker_ends_a_block_scalar": ("a: 1\nb: |\n  x\n---\na: 2\n", [(0, 1), (4, 2)]),
    "json": ('{"a": 1}\n', [(0, 1)]),
    "json_values_in_a_row": ('{"a": 1}\n{"a": 2}{"a": 3}\n\n{"a":\n4}', [(0, 1), (1, 2), (1, 3), (3, 4)]),
    "json_string_that_looks_like_a_seam": ('{"a": 1, "b": "} {", "c": "\\"} {"}\n{"a": 2}', [(0, 1), (1, 2)]),
    "json_after_yaml": ('a: 1\n---\n{"a": 2}\n{"a": 3}\n---\na: 4\n', [(0, 1), (2, 2), (3, 3), (5, 4)]),
}


@pytest.mark.parametrize("case", CASES)
def test_documents_are_found_with_the_line_before_them(case: str) -> None:
    text, expected = CASES[case]
    documents = list(split(text, "f.yaml"))
    assert [(document.line, parse(document)["a"]) for document in documents] == expected
    assert {document.file for document in documents} == {"f.yaml"}


@pytest.mark.parametrize("text", ["", "\n", "# only\n", "---\n...\n---", "\ufeff", "%YAML 1.2\n", "   \n\t\n"])
def test_text_that_says_nothing_holds_no_document(text: str) -> None:
    assert list(split(text, "f")) == []


def test_a_directive_after_a_marker_is_content_that_the_parser_refuses() -> None:
    assert [document.text for document in split("---\n%foo\n", "f")] == ["%foo\n"]


def test_a_template_is_not_taken_for_a_row_of_json_values() -> None:
    text = "{{ if a }}\nkind: A\n{{ end }}\n{{ if b }}\n"
    assert [document.text for document in split(text, "f")] == [text]


def test_garbage_after_json_stays_where_the_parser_sees_it() -> None:
    assert [document.text for document in split('{"a": 1}\n{"a": 2} x', "f")] == ['{"a": 1}', '{"a": 2} x']


def test_position_is_of_the_file() -> None:
    document = Document("f", 10, "ab\ncd\n")
    assert [document.position(index) for index in (0, 1, 2, 3, 6)] == [(11, 1), (11, 2), (11, 3), (12, 1), (13, 1)]


@given(
    st.lists(st.sampled_from(["a: 1\n", "---\n", "...\n", "--- # x\n", "--- {a: 1}\n", "# c\n", "\n", "{}\n", "%X\n"]))
)
@settings(deadline=None, max_examples=200)
def test_every_document_is_a_piece_of_the_text_at_its_line(lines: list[str]) -> None:
    text = "".join(lines)
    for document in split(text, "f"):
        start = sum(map(len, lines[: document.line]))
        assert document.text.strip()
        assert text.startswith(document.text, start)


@pytest.mark.parametrize("piece", ["kind: A\nname: b\n---\n" * 50, '{"kind": "A", "text": "x"}\n' * 50])
def test_splitting_is_lazy_and_fast(piece: str) -> None:
    text = piece * (2 * 2**20 // len(piece))
    tracemalloc.start()
    try:
        documents = split(text, "f")
        next(documents)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    began = time.perf_counter()
    assert sum(1 for _ in documents) > 50_000
    assert time.perf_counter() - began < 5
