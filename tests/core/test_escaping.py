"""What is quoted can neither move a cursor, nor forge a line, nor be a command to who reads the line."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from kfed.core.escaping import encodable, printable, printable_json, printable_line
from tests.hostile import HOSTILE, is_harmless

words = st.sampled_from(HOSTILE) | st.text(st.characters())


@given(words)
def test_what_is_printable_is_one_harmless_line_and_told_once(text: str) -> None:
    shown = printable(text)
    assert "\n" not in shown
    assert is_harmless(shown)
    assert printable(shown) == shown


@given(words)
@example("  ::error::x")
def test_a_line_of_its_own_is_no_command(text: str) -> None:
    line = printable_line(text)
    assert is_harmless(line)
    assert not line.lstrip().startswith("::")


@given(st.text())
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    plain = "".join(char for char in text if char.isprintable() and char not in "#:")
    assert printable_line(plain) == printable(plain) == plain


@given(st.recursive(words, lambda inner: st.lists(inner) | st.dictionaries(words, inner), max_leaves=5))
def test_json_that_prints_means_the_same(value: object) -> None:
    for indent in (None, 2):
        text = printable_json(json.dumps(value, ensure_ascii=False, indent=indent))
        assert is_harmless(text.replace("\n", ""))
        assert json.loads(text) == value
        assert text.count("\n") == json.dumps(value, indent=indent).count("\n")


@given(words)
def test_what_is_encodable_has_a_form_in_utf_8(text: str) -> None:
    encodable(text).encode()
