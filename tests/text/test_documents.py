"""Where documents end, and on which lines they stand."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.text.documents import Document, split, split_blocks
from kfed.text.limits import MAX_SIZE
from kfed.text.parse import parse

INPUTS = Path(__file__).parent.parent / "cases" / "input"

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


ONE_VALUE = {
    "json_list": '{"kind": "List", "items": [\n{"a": 1},\n{"a": {\n"b": 2}\n}\n]}\n',
    "json_list_of_lists": '[\n[\n{"a": 1}\n],\n[\n[]\n]\n]',
    "json_no_indent": '{\n"a":\n{\n"b":\n[\n{\n}\n]\n}\n}\n',
    "json_windows_line_ends": '{"a": [\r\n{"b": 1},\r\n{"b": 2}\r\n]}\r\n',
    "json_brackets_in_strings": '{"a": "} {", "b": "]\\n[",\n"c": "\\\\\\"}\\n{", "d": [\n{}\n]}',
    "json_byte_order_mark": '\ufeff{"a": [\n{"b": 1}\n]}',
    "json_blank_lines_first": '\n \n{"a": [\n\n{"b": 1}\n]}',
    "json_that_lacks_its_end": '{"a": [\n{"b": 1}\n',
    "json_string_that_lacks_its_end": '{"a": "} {\n{"b": 1}\n',
    "flow": "{a: [\n{b: 1},\n{b: {\nc: 2}\n}\n]}\n",
    "flow_list": "[\n{b: 1},\n[\nx\n]\n]\n",
    "flow_in_block": "a: [\n{b: 1}\n]\nc:\n{d: 1}\n",
    "flow_comment_with_brackets": '{"a": {"b": 1}, # so } {\n "c": [2], # and ] [\n "d": 3}',
    "flow_single_quotes": "{\"a\": '} {', \"b\": 'it''s } [',\n\"c\": {}}",
    "flow_string_of_many_lines": '{"a": "x } \n { y",\n "b": [\n{}\n]}',
    "flow_words_with_quotes": '{"a": it\'s } {, b: x"y}\n',
    "block_scalar_with_brackets": "a: |\n  x\n  }\n{\n",
}


@pytest.mark.parametrize("case", ONE_VALUE)
def test_a_bracket_at_the_start_of_a_line_ends_no_value_that_is_open(case: str) -> None:
    text = ONE_VALUE[case].removeprefix("\ufeff")
    assert [document.text for document in split(ONE_VALUE[case], "f")] == [text]


@pytest.mark.parametrize("name", ["list.json", "no-indent.json", "stream.json", "flow.yaml"])
def test_objects_are_found_however_the_lines_of_json_are_broken(name: str) -> None:
    text = (INPUTS / "brace-at-line-start" / name).read_text()
    values = [parse(document) for document in split(text, name)]
    objects = [item for value in values for item in (value["items"] if value["kind"] == "List" else [value])]
    names = {"list.json": ["one", "two"], "no-indent.json": ["three"], "flow.yaml": ["four"]}
    assert [manifest["metadata"]["name"] for manifest in objects] == names.get(name, ["five", "six"])


@pytest.mark.parametrize("text", ["", "\n", "# only\n", "---\n...\n---", "\ufeff", "%YAML 1.2\n", "   \n\t\n"])
def test_text_that_says_nothing_holds_no_document(text: str) -> None:
    assert list(split(text, "f")) == []


def test_a_directive_after_a_marker_is_content_that_the_parser_refuses() -> None:
    assert [document.text for document in split("---\n%foo\n", "f")] == ["%foo\n"]


def test_a_template_is_not_taken_for_a_row_of_json_values() -> None:
    text = "{{ if a }}\nkind: A\n{{ end }}\n{{ if b }}\n"
    assert [document.text for document in split(text, "f")] == [text]


def test_garbage_after_json_stays_where_the_parser_sees_it() -> None:
    assert [document.text for document in split('{"a": 1}\n{"a": 2} x', "f")] == ['{"a": 1}\n', '{"a": 2} x']


def test_what_is_no_json_is_not_parted_as_json_is() -> None:
    assert len(list(split('{"a": 1,}\n{"a": 2}\n', "f"))) == 1


def test_position_is_of_the_file() -> None:
    document = Document("f", 10, "ab\ncd\n")
    assert [document.position(index) for index in (0, 1, 2, 3, 6)] == [(11, 1), (11, 2), (11, 3), (12, 1), (13, 1)]


YAML_LINES = ["a: 1\n", "---\n", "...\n", "--- # x\n", "--- {a: 1}\n", "# c\n", "\n", "{}\n", "%X\n", "{e: [\n{}]}\n"]
JSON_LINES = ['{"a": 1}', '{"a": [\n{"b": "} {"}\n]}\n', '[\n{"c": 1}]', '{"d": "\n{', " ", "--", "]", '"', "\ufeff"]
LINES = st.lists(st.sampled_from(YAML_LINES + JSON_LINES))


@given(LINES)
@settings(deadline=None, max_examples=200)
def test_every_document_is_a_piece_of_the_text_at_its_line(lines: list[str]) -> None:
    text = "".join(lines)
    starts = [0, *(index + 1 for index, char in enumerate(text) if char == "\n")]
    for document in split(text, "f"):
        assert document.text.strip()
        assert text.find(document.text, starts[document.line]) >= starts[document.line]


@given(LINES, st.lists(st.integers(1, 30)))
@settings(deadline=None, max_examples=300)
def test_text_in_blocks_holds_the_same_documents(lines: list[str], sizes: list[int]) -> None:
    text = "".join(lines)
    blocks, start = [], 0
    for size in [*sizes, len(text)]:
        blocks.append(text[start : start + size])
        start += size
    assert list(split_blocks(blocks, "f")) == list(split(text, "f"))


@pytest.mark.parametrize("piece", ["kind: A\nname: b\n---\n", '{"kind": "A",\n"text": [\n{}]}\n', "a: 1\n...\n"])
def test_text_in_blocks_may_be_larger_than_what_is_kept(piece: str) -> None:
    block = piece * 1000
    tracemalloc.start()
    try:
        assert sum(1 for _ in split_blocks((block for _ in range(20)), "f")) == 20 * 1000
        assert tracemalloc.get_traced_memory()[1] < 8 * len(block)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("piece", ["a" * 2**23, "\n" * 2**23, '{"a": "' * 2**20, "# a\n" * 2**21])
def test_text_without_an_end_is_one_document_cut_short(piece: str) -> None:
    endless = iter(lambda: piece, "")
    [document] = split_blocks(endless, "f")
    assert 2 * MAX_SIZE < len(document.text) <= 2 * MAX_SIZE + len(piece)


@pytest.mark.parametrize("piece", ["kind: A\nname: b\n---\n" * 50, '{"kind": "A", "text": "x"}\n' * 50])
def test_splitting_is_lazy(piece: str) -> None:
    text = piece * (2 * 2**20 // len(piece))
    tracemalloc.start()
    try:
        next(split(text, "f"))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}{"' + "x" * 2**21,
        '{"a": 1}' + " " * 2**21 + "{",
        '{"a": 1}' + "}" * 2**21,
        "---" + " " * 2**21 + "x",
        " " * 2**21,
        "\n" * 2**21,
        "\n----" * 2**19,
    ],
)
def test_documents_are_found_in_one_pass(text: str) -> None:
    """With steps that grow as the square of the size, this would take hours."""
    assert len(list(split_blocks([text], "f"))) <= 2
