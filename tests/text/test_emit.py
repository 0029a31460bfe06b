"""Values to YAML, and back by every reader there is."""

from __future__ import annotations

import copy
import tracemalloc
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kfed.errors import TextError
from kfed.text.documents import Document, split
from kfed.text.emit import Emitter, emit
from kfed.text.parse import parse
from kfed.text.quoting import comment_of, json_of

WHOLE = {
    "kind": "Deployment",
    "apiVersion": "apps/v1",
    "metadata": {"name": "web", "labels": {}, "annotations": {"example.com/on": "on", "a": "1"}},
    "spec": {
        "replicas": 3,
        "ratio": 0.5,
        "paused": False,
        "nothing": None,
        "args": ["--port=80", "-v", "$(HOME)/x", ""],
        "matrix": [[1, 2], [[]], [{}], [{"b": 1, "a": [2]}]],
        "script": "#!/bin/sh\nset -e\n\n  echo 'on'\n",
        "cut": "a\nb",
        "long": "a\n\n\n",
        "indented": "  a\nb",
        "image": "registry.example.com:5000/web:1.27.3",
        "memory": "512Mi",
        "line": "word " * 60 + "end",
    },
}

TEXT = (
    """\
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    a: "1"
    example.com/on: "on"
  labels: {}
  name: web
spec:
  args:
  - --port=80
  - -v
  - $(HOME)/x
  - ""
  cut: |-
    a
    b
  image: registry.example.com:5000/web:1.27.3
  indented: |2-
      a
    b
  line: """
    + "word " * 60
    + """end
  long: |+
    a


  matrix:
  - - 1
    - 2
  - - []
  - - {}
  - - a:
      - 2
      b: 1
  memory: 512Mi
  nothing: null
  paused: false
  ratio: 0.5
  replicas: 3
  script: |
    #!/bin/sh
    set -e

      echo 'on'
"""
)


def test_a_manifest_is_written_as_kubectl_would() -> None:
    assert emit(WHOLE) == TEXT


def test_keys_are_in_order_whatever_order_they_came_in() -> None:
    assert (
        emit({"b": 1, "a": {"d": 1, "c": 2}}) == emit({"a": {"c": 2, "d": 1}, "b": 1}) == "a:\n  c: 2\n  d: 1\nb: 1\n"
    )


# fmt: off
QUOTED = [
    "no", "No", "ON", "off", "y", "N", "yes", "true", "False", "null", "Null", "~", "", "nan", "Infinity", ".inf",
    "-.inf", "1", "-1", "+1", "012", "08", "0x1F", "0o17", "0b1", "1_000", "1e3", "1.0", ".5", "1.", "6.02e+23",
    "12:30:45", "1:20", "2001-01-01", "2001-01-01T00:00:00Z", "=", "<<", "-", "--", "---", "...", "- a", "? a", ": a",
    "a: b", "a:", "a #b", "#a", " a", "a ", "a  b", "\ta", "a\tb", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`",
    "'a'", '"a"', "[a]", "{a}", "{{ a }}", ",a", "]", "}", "a\r\nb", "\x00", "\x1b[0m", "\x7f", "\x85", "\u2028",
    "\ufeff", "\ufffe", "é", "-inf", "-NaN", "?", "\\", "a\xa0b", "\n", "\n\n", " \n a", "a \nb", "1.5.", "5E",
    "0777",
]
PLAIN = [
    "web", "a b c", "apps/v1", "example.com/name", "nginx:1.27", "http://x.y/z?a=b&c=d#e", "--flag=x", "-v",
    "/usr/bin", "$(HOME)", "(a)", "a,b", "a'b", 'a"b', "100m", "5Gi", "10k", "1.2.3", "10.0.0.0/16", "1.27.3-beta.1",
    "it's", "a#b", "yesterday", "nothing", "one", "_x", "a]", "a{b}", "C:\\x", "a=b", "key:value", "x@y",
]
# fmt: on


@pytest.mark.parametrize("text", QUOTED)
def test_a_text_that_some_reader_could_misread_is_quoted(text: str) -> None:
    assert emit([text]).startswith('- "')
    assert emit({text: 1}).startswith('"')
    assert_every_reader_agrees({text: [text, {"a": text}]})


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_that_no_reader_misreads_is_not_quoted(text: str) -> None:
    assert emit({text: [text]}) == f"{text}:\n- {text}\n"
    assert_every_reader_agrees({text: [text, {"a": text}]})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e16, "1.0e+16\n"),
        (1e-7, "1.0e-07\n"),
        (1.5e300, "1.5e+300\n"),
        (1.0, "1.0\n"),
        (-0.0, "-0.0\n"),
        ("a\nb", '"a\\nb"\n'),
        ({}, "{}\n"),
        ([], "[]\n"),
        (None, "null\n"),
        (True, "true\n"),
        (2**64 - 1, "18446744073709551615\n"),
        ("a", "a\n"),
    ],
)
def test_a_value_may_be_no_map(value: Any, text: str) -> None:
    assert emit(value) == text
    assert_every_reader_agrees(value)


def test_a_key_too_long_to_be_seen_as_one_is_announced() -> None:
    assert_every_reader_agrees({"a": [{"k" * 1200: {"x": "a\nb\n"}, "l" * 1200: [1, [2]], "m" * 1200: " \n", "n": 1}]})


@pytest.mark.parametrize(
    "value",
    [
        {1: 2},
        {None: 1},
        {"a": {True: 1}},
        {"a", "b"},
        (1, 2),
        b"a",
        float("nan"),
        float("inf"),
        2**64,
        -(2**63) - 1,
        "\ud800",
        object(),
        {"a": [object()]},
        {"\udfff": 1},
        {"a": "x\n\ud800"},
        {"a": (1,)},
        {"a": ()},
    ],
)
def test_what_json_cannot_hold_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        emit(value)


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text("ab01.:-#\n\t '\"é\u2028_~=<>|&*!%@`{}[],?\\\r\x85\xa0", max_size=12),
    st.text("ab \n\t#-", max_size=12),
    st.text("0123456789+-.eExobn_:", min_size=1, max_size=8),
    st.sampled_from([*QUOTED, *PLAIN]),
)
LEAVES = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def assert_every_reader_agrees(value: Any) -> None:
    """The rules of kubectl and those of YAML 1.1, in C and in Python, see in the text what was written."""
    text = emit(value)
    (document,) = split(text, "f")
    assert parse(Document("f", 0, text)) == parse(document) == value
    assert yaml.load(text, Loader=yaml.CSafeLoader) == value
    assert yaml.safe_load(text) == value


@given(VALUES)
@example({"a": "x\n", "b": "y\n\n"})
@settings(deadline=None, max_examples=200)
def test_every_reader_sees_what_was_written(value: Any) -> None:
    assert_every_reader_agrees(value)


@given(st.lists(VALUES, max_size=3), st.data())
@settings(deadline=None, max_examples=60)
def test_what_is_remembered_changes_nothing(values: list[Any], data: st.DataObject) -> None:
    emitter = Emitter()
    for _ in range(4):
        nested = st.recursive(st.sampled_from(values or [1]), lambda inner: st.lists(inner, max_size=3), max_leaves=4)
        value = {"a": data.draw(nested), "b": [data.draw(nested)]}
        assert emitter.emit(value) == emit(copy.deepcopy(value))


def test_identities_that_come_again_are_not_mistaken() -> None:
    emitter = Emitter()
    for n in range(2000):
        assert emitter.emit({"a": {"b": n}}) == f"a:\n  b: {n}\n"


def test_what_is_forgotten_may_change() -> None:
    emitter, value = Emitter(), {"a": {"b": 1}}
    emitter.emit(value)
    value["a"]["b"] = 2
    emitter.forget()
    assert emitter.emit(value) == "a:\n  b: 2\n"


def test_only_what_differs_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    write = Emitter._map  # noqa: SLF001 - what is counted

    def counting(emitter: Emitter, value: dict[str, Any], indent: str) -> str:
        written.append(value)
        return write(emitter, value, indent)

    monkeypatch.setattr(Emitter, "_map", counting)
    emitter = Emitter()
    emitter.emit(WHOLE)
    variant = WHOLE | {"spec": WHOLE["spec"] | {"replicas": 4, "ratio": 0.25, "cut": "a1"}}  # type: ignore[operator]
    written.clear()
    emitter.emit(variant)
    assert written == [variant, variant["spec"]]


def nested(inner: Any, depth: int = 120) -> Any:
    for _ in range(depth):
        inner = {"a": inner}
    return inner


SHARED = nested(1)
LARGE = {
    "deep_maps": [nested(1) for _ in range(2000)],
    "deep_list": nested([1] * 100_000),
    "deep_lines": nested("a\n" * 100_000),
    "deep_lists_of_lines": nested(["a\n" * 1000] * 100),
    "the_same_deep_map": [SHARED] * 2000,
    "long_text": "x" * 2**21,
    "many_texts": ["x" * 2**15] * 100,
    "escapes": ["\x01" * 2**18] * 2,
}


@pytest.mark.parametrize("case", LARGE)
def test_what_would_be_too_large_is_left_off_early(case: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TextError, match="longer than 1048576 characters") as caught:
            Emitter().emit({"x": LARGE[case]}, limit=2**20)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
    assert caught.value.rule == "too-large"


def test_as_much_as_the_limit_is_written() -> None:
    text = emit(WHOLE)
    assert Emitter().emit(WHOLE, limit=len(text)) == text
    with pytest.raises(TextError):
        Emitter().emit(WHOLE, limit=len(text) - 1)


def test_an_emitter_that_had_to_stop_goes_on_with_the_next() -> None:
    emitter = Emitter()
    with pytest.raises(TextError):
        emitter.emit(WHOLE, limit=100)
    assert emitter.emit(WHOLE) == TEXT


def test_no_more_is_kept_than_a_few_documents() -> None:
    emitter, value = Emitter(), [nested(1, 60) for _ in range(200)]
    tracemalloc.start()
    try:
        text = emitter.emit(value, limit=2**20)
        assert tracemalloc.get_traced_memory()[0] < 2**24
    finally:
        tracemalloc.stop()
    assert emitter.emit(value) == text == emit(value)


@given(VALUES, st.integers(0, 12))
@settings(deadline=None, max_examples=60)
def test_an_indent_stands_before_every_line_that_has_something(value: Any, indent: int) -> None:
    lines = emit(value, " " * indent).split("\n")
    assert all(not line or line.startswith(" " * indent) for line in lines)
    assert parse(Document("f", 0, f"{' ' * indent}a:\n" + emit([value], " " * indent))) == {"a": [value]}


SPOILT = st.text(
    st.sampled_from("a\n\r\t \x00\x07\x0b\x1c\x7f\x85\x9b\u2028\u2029\ufeff\ufffe\U0001ffff\u202e\ud800é:#\"'-")
)


@given(SPOILT)
@settings(deadline=None, max_examples=200)
def test_a_comment_ends_where_its_line_does(text: str) -> None:
    document = f"# {comment_of(text)}\na: 1\n"
    assert parse(Document("f", 0, document)) == yaml.safe_load(document) == {"a": 1}
    assert yaml.load(document, Loader=yaml.CSafeLoader) == {"a": 1}
    assert len(document.splitlines()) == 2


def test_a_comment_says_what_it_cannot_show() -> None:
    assert comment_of("a\nb\x1b[0m  c\u202e\U000e0001é ") == "a b\\u001b[0m c\\u202e\\U000e0001é"


@given(st.recursive(TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=8))
@settings(deadline=None, max_examples=100)
def test_json_on_a_line_is_yaml_for_every_reader(value: Any) -> None:
    text = f"a: {json_of(value)}\n"
    assert len(text.splitlines()) == 1
    assert parse(Document("f", 0, text)) == yaml.safe_load(text) == {"a": value}
    assert yaml.load(text, Loader=yaml.CSafeLoader) == {"a": value}
