"""Documents to values: what gets through, what does not, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yaml.cyaml import CBaseLoader

from kfed.errors import TextError
from kfed.text import construct
from kfed.text.documents import Document, split
from kfed.text.limits import MAX_DEPTH, MAX_SIZE, ROOM, room
from kfed.text.parse import parse


def read(text: str, file: str = "f.yaml") -> Any:
    return parse(Document(file, 0, text))


def refusal(text: str, file: str = "f.yaml") -> TextError:
    with pytest.raises(TextError) as caught:
        read(text, file)
    assert str(caught.value).endswith("."), caught.value
    return caught.value


def test_a_manifest_is_read() -> None:
    text = "kind: A\nlist:\n- 1\n- [x, {z: 'no'}]\nempty:\ntext: |\n  a\n  b\n"
    assert read(text) == {"kind": "A", "list": [1, ["x", {"z": "no"}]], "empty": None, "text": "a\nb\n"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~"])
def test_a_document_may_be_nothing(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.0, 1e3, true, null, "\\ud83d\\ude00"]}', {"a": [1, 2.0, 1000.0, True, None, "😀"]}),
        ("[]", []),
        ("\t{\t}\r\n", {}),
        ("{a: b, c: [d]}", {"a": "b", "c": ["d"]}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": 1} # comment', {"a": 1}),
        ('{"a": ":", "b\\\\": "\\":", "c" : {"a": 1}}', {"a": ":", "b\\": '":', "c": {"a": 1}}),
    ],
)
def test_json_and_flow_collections_are_read(text: str, value: Any) -> None:
    assert read(text) == value


def test_merge_keys_are_filled_in_and_overridden() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 5\nw: {!!merge <<: *y}\n"
    text += "u:\n  &m <<: *y\nv: {<<: []}\n"
    value = read(text)
    assert value["z"] == {"a": 5, "b": 2, "c": 4}
    assert value["w"] == {"b": 3, "c": 4}
    assert value["u"] == {"b": 3, "c": 4}
    assert value["v"] == {}
    assert value["x"] == {"a": 1, "b": 2}


def test_aliases_stand_for_values_and_for_keys() -> None:
    value = read("a: &a [1]\nb: *a\nc: &c name\n*c : 2\n&d key: 3\ne: *d\nf: &a 4\ng: *a\n")
    assert value == {"a": [1], "b": [1], "c": "name", "name": 2, "key": 3, "e": "key", "f": 4, "g": 4}
    assert value["a"] is value["b"]


def test_a_quoted_merge_sign_is_a_key_like_any_other() -> None:
    assert read("'<<': {a: 1}") == {"<<": {"a": 1}}


REFUSALS = {
    # text: rule, line, column, words of the advice
    "a: 1\nb: 2\na: 3\n": ("duplicate-key", 3, 1, "'a' stands twice"),
    "yes: 1\ntrue: 2\n": ("duplicate-key", 2, 1, "'true'"),
    "1: a\n'1': b\n": ("duplicate-key", 2, 1, "'1'"),
    "x: &x {a: 1}\ny: {a: 2, <<: *x}\n": ("duplicate-key", 2, 11, "put << first"),
    "x: &x {a: 1}\ny: {<<: *x, <<: *x}\n": ("duplicate-key", 2, 13, "one << with a list"),
    '{"a": 1,\n "b": {"c": 1, "c": 2}}': ("duplicate-key", 2, 16, "'c'"),
    '{"a": 1, "\\u0061": 2}': ("duplicate-key", 1, 10, "'a'"),
    "<<: 3\n": ("yaml-syntax", 1, 1, "an alias of one"),
    "a: *b\n": ("yaml-syntax", 1, 4, "no anchor before it"),
    "a: &a [*a]\n": ("yaml-syntax", 1, 8, "within the value that it repeats"),
    "a: 1\n---\nb: 1\n": ("yaml-syntax", 2, 1, "---"),
    "a:\n\tb: 1\n": ("yaml-syntax", 2, 1, "spaces, not with tabs"),
    "a:\n  b: 1\n\tc: 1\n": ("yaml-syntax", 3, 1, "spaces, not with tabs"),
    "a: |\n\tb\n": ("yaml-syntax", 2, 1, "spaces, not with tabs"),
    "image: {{ .Values.image }}\n": ("not-json-value", 1, 9, "{{ }}"),
    "image: {{ .Values.image }}:1\nb: 1\n": ("not-json-value", 1, 9, "{{ }}"),
    "image: app:{{ tag }}-{{ x\n}}: b: c\n": ("yaml-syntax", 2, 1, "{{ }}"),
    "{{ if x }}\na: 1\n{{ end }}\n": ("not-json-value", 1, 2, "{{ }}"),
    "{%- if x %}\na: 1\n": ("yaml-syntax", 1, 2, "{{ }}"),
    "replicas:3\nb: 1\n": ("yaml-syntax", 2, 2, "space after the colon"),
    "a: 1\nreplicas:3\nb: 1\n": ("yaml-syntax", 3, 1, "space after the colon"),
    "a: b: c\n": ("yaml-syntax", 1, 5, "quotes around a value that holds ': '"),
    "a: 1\n  b: 2\n": ("yaml-syntax", 2, 4, "indent this line as its neighbours"),
    "  a: 1\nb: 2\n": ("yaml-syntax", 2, 1, "indent this line as the ones before"),
    "a:\n    b: 1\n  c: 1\n": ("yaml-syntax", 3, 3, "indent this line"),
    "a:\n- b\nc\nd: 1\n": ("yaml-syntax", 4, 1, "colon"),
    "- a\nb: 1\n": ("yaml-syntax", 2, 1, "'- '"),
    "a: 'b\nc: 1\n": ("yaml-syntax", 1, 4, "close the quote"),
    'a: "\\q"\n': ("yaml-syntax", 1, 5, "backslash twice"),
    "a: @b\n": ("yaml-syntax", 1, 4, "quotes around the value"),
    "a: [b\nc: 1\n": ("yaml-syntax", 2, 2, "close the bracket"),
    "a: !x!y z\n": ("yaml-tag", 1, 4, "remove the tag"),
    "a: !<x z\n": ("yaml-tag", 1, 7, "remove the tag"),
    "%YAML 1.1\na: 1\n": ("yaml-syntax", 1, 1, "begins with %"),
    "# x\n\n%TAG ! !x\n---\na: 1\n": ("yaml-syntax", 3, 1, "begins with %"),
    'a: "b\n"c: 1\n': ("yaml-syntax", 2, 2, "close what was opened"),
    'a: "b\n': ("yaml-syntax", 1, 4, "close the quote"),
    'a: 1\n"b"\nc: 1\n': ("yaml-syntax", 3, 1, "a colon and a space"),
    "a: 1\n'it''s'\n": ("yaml-syntax", 3, 1, "a colon and a space"),
    'a: "\\xq"\n': ("yaml-syntax", 1, 7, "backslash twice"),
    "a: |x\n  b\n": ("yaml-syntax", 1, 5, "on the line after"),
    "a: &\nb: 1\n": ("yaml-syntax", 1, 5, "write a name"),
    "a: %b\n": ("yaml-syntax", 1, 4, "quotes around the value"),
    "a: - b\n": ("yaml-syntax", 1, 4, "a line of its own"),
    "a: }\n": ("yaml-syntax", 1, 4, "brackets, commas or signs"),
    "a: {b\nc: 1\n": ("yaml-syntax", 2, 2, "close the bracket"),
    "- a: 1\n b: 2\n": ("yaml-syntax", 2, 2, "'- '"),
    "-a: 1\n  b: 2\n": ("yaml-syntax", 2, 4, "indent this line as its neighbours"),
    "a: b: " + " " * 2**20 + "x\n": ("yaml-syntax", 1, 5, "quotes around a value that holds ': '"),
    "x" * 100 + ": 1\n" + "x" * 100 + ": 2": ("duplicate-key", 2, 1, "'" + "x" * 79 + "…'"),
    "é: \x07\n": ("yaml-syntax", 1, 4, "remove it"),
    "a: \ud800\n": ("yaml-syntax", 1, 4, "UTF-8"),
    "? [a]\n: b\n": ("not-json-value", 1, 3, "write a text"),
    "~: b\n": ("not-json-value", 1, 1, "quotes"),
    "a: .nan\n": ("not-json-value", 1, 4, "JSON has no"),
    '{"a": NaN}': ("not-json-value", 1, 7, "JSON has no"),
    '{"a":\n -Infinity}': ("not-json-value", 2, 3, "JSON has no"),
}


@pytest.mark.parametrize("text", REFUSALS)
def test_a_mistake_is_refused_at_its_place_with_advice(text: str) -> None:
    rule, line, column, advice = REFUSALS[text]
    error = refusal(text)
    assert (error.rule, error.line, error.column) == (rule, line, column), error
    assert advice in str(error)


@pytest.mark.parametrize(
    ("text", "line", "column"), [('{"a": 1,\n "b": }', 2, 7), ('{"a": 1} x', 1, 10), ("{a: 1}", 1, 2), ("[1, 2", 1, 6)]
)
def test_what_a_json_file_holds_must_be_json(text: str, line: int, column: int) -> None:
    error = refusal(text, "f.json")
    assert (error.rule, error.line, error.column) == ("json-syntax", line, column)


def test_positions_are_of_the_file() -> None:
    *_, last = split("a: 1\r\n---\r\nb: 1\r\nb: 2\r\n", "f")
    with pytest.raises(TextError) as caught:
        parse(last)
    assert (caught.value.line, caught.value.column) == (4, 1)


def laughs(levels: int, template: str) -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} " + template.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        laughs(9, "[{}]"),
        "a: &a " + "x" * 2**20 + "\nb: [" + "*a, " * 20 + "]",
        "a: &a {" + ", ".join(f"k{n}: v" for n in range(50_000)) + "}\nb: [" + "{<<: *a}, " * 100 + "]",
        "a: &a " + "x" * 1000 + "\nb: [" + "*a, " * 1500 + "]",
    ],
)
def test_aliases_repeat_no_more_than_the_document_gives_room_for(text: str) -> None:
    error = refusal(text)
    assert error.rule == "alias-bomb"
    assert ROOM in str(error)


def test_honest_aliases_are_no_bomb() -> None:
    assert len(read("a: &a {b: [c]}\nd: [" + "*a, " * 10_000 + "]")["d"]) == 10_000


@pytest.mark.parametrize(("size", "most"), [(0, 2**20), (2**20, 9 * 2**20), (2**30, MAX_SIZE)])
def test_there_is_room_for_a_mebibyte_and_eight_documents_up_to_what_a_document_may_be(size: int, most: int) -> None:
    assert room(size) == most


BOTTOMLESS = [
    "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
    "[" * 100_000,
    '{"a":' * 5000 + "1" + "}" * 5000,
    "{a: " * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1),
    "{a: [" * 5000,
    "x: 1\ny: " + "[" * 2000,
    "x: 'a\n\n  b'\né: " + "[" * 2000,
    "- " * 5000 + "a",
    "".join(" " * n + "a:\n" for n in range(1000)),
    "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 500)),
]


@pytest.mark.parametrize("text", BOTTOMLESS)
def test_what_is_nested_too_deep_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    events = counted(monkeypatch)
    assert refusal(text).rule == "too-deep"
    assert len(events) < 2 * 2000


@pytest.mark.parametrize(
    "text", ['["' + "[" * 200 + '", @', "a: '" + "[" * 900 + "'\nb: @", "# " + "[" * 900 + "\na: @"]
)
def test_brackets_that_open_nothing_make_no_text_deep(text: str) -> None:
    assert refusal(text).rule == "yaml-syntax"


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 1024, 1025, 5000])
def test_json_is_too_deep_by_our_own_count(depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"[":', "}")):
        text = opening * depth + "1" + closing * depth
        assert refusal(text, "f.json").rule == "too-deep"
    assert refusal('["' + "[" * depth + '", x]', "f.JSON").rule == "json-syntax"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The events that libyaml is asked for from now on."""
    events: list[object] = []

    class Loader(CBaseLoader):
        def get_event(self) -> object:
            events.append(event := super().get_event())  # type: ignore[no-untyped-call]
            return event

    monkeypatch.setattr(construct, "CBaseLoader", Loader)
    return events


@pytest.mark.parametrize("opening", ["[", "{a: ", '{"a":'])
def test_what_is_just_deep_enough_is_read(opening: str) -> None:
    closing = {"[": "]", "{": "}"}[opening[0]]
    inner = "" if opening == "[" else "1"
    assert read(opening * MAX_DEPTH + inner + closing * MAX_DEPTH)


@pytest.mark.parametrize("text", ["a: " + "x" * MAX_SIZE, '{"a": "' + "é" * (MAX_SIZE // 2) + '"}'])
def test_a_document_that_is_too_large_is_refused_unread(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    events = counted(monkeypatch)
    assert refusal(text).rule == "too-large"
    assert not events


@pytest.mark.parametrize(
    "text",
    [
        "---\n" + "".join(f"%TAG !a{n}! x\n" for n in range(2**20)),
        "a:" + " " * 2**21 + ":" + " " * 2**21 + "'",
        "- " * 2**21 + "\n@",
        "a: " + "1" * 2**21 + "x\nb: @",
        "a: ." + "1_" * 2**20 + "x\nb: @",
        '["' + "x" * 2**21,
    ],
)
def test_a_mistake_is_found_in_one_pass(text: str) -> None:
    """With steps that grow as the square of the size, this would take hours."""
    for document in split(text, "f"):
        with pytest.raises(TextError):
            parse(document)


YAML_PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "b: ",
            "- ",
            "\n",
            "\n  ",
            "\t",
            "{",
            "}",
            "[",
            "]",
            ", ",
            ": ",
            "? ",
            "'",
            '"',
            "&x ",
            "*x",
            "<<: ",
            "!!int ",
            "!x ",
            "|",
            ">-",
            "#",
            "%",
            "@",
            "1",
            "0x1",
            ".inf",
            "---",
            "...",
            "\\",
            "\x00",
            "\x85",
            "\ud800",
            "~",
        ]
    ),
    max_size=25,
).map("".join)
JSON_PIECES = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", '"a"', ":", ",", "1", "1e999", "NaN", "\\", '"', "\n", '"\\ud800"', "null", " "]
    ),
    max_size=20,
).map("".join)


def outcome(document: Document) -> Any:
    try:
        return parse(document)
    except TextError as error:
        return error


@given(st.one_of(YAML_PIECES, JSON_PIECES, st.text(max_size=60)), st.sampled_from(["f.yaml", "f.json"]))
@example("{{", "f.yaml")
@example("\ufeff{", "f.yaml")
@settings(deadline=None, max_examples=400)
def test_any_text_is_read_or_refused_and_nothing_else(text: str, file: str) -> None:
    for document in [Document(file, 0, text), *split(text, file)]:
        value = outcome(document)
        if isinstance(value, TextError):
            assert str(value).endswith(".")
            assert 1 <= value.line <= text.count("\n") + 1
            assert value.column >= 1
        else:
            assert value is None or isinstance(value, str | int | float | bool | list | dict)
