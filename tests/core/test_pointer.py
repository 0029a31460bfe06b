"""JSON pointers are RFC 6901's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.pointer import to_pointer, unescape


def parsed(text: str) -> tuple[str, ...]:
    """The other way round, as the RFC has it."""
    if not text:
        return ()
    if not text.startswith("/"):
        raise ValueError("a path starts with a slash")
    return tuple(unescape(token) for token in text[1:].split("/"))


@given(st.lists(st.text(), max_size=5).map(tuple))
def test_every_path_survives_being_written_and_read(path: tuple[str, ...]) -> None:
    assert parsed(to_pointer(path)) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        ("/foo", ("foo",)),
        ("/foo/0", ("foo", "0")),
        ("/", ("",)),
        ("/a~1b", ("a/b",)),
        ("/m~0n", ("m~n",)),
        ("/~01", ("~1",)),
        ("/c%d", ("c%d",)),
        ("/ ", (" ",)),
    ],
)
def test_examples_of_the_rfc(text: str, path: tuple[str, ...]) -> None:
    assert parsed(text) == path
    assert to_pointer(path) == text


def test_indices_are_written_as_numbers() -> None:
    assert to_pointer(("spec", "containers", 0, "image")) == "/spec/containers/0/image"


@pytest.mark.parametrize("text", ["spec", "a/b", "/a~", "/a~2", "/~0~"])
def test_what_is_no_pointer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"slash|~"):
        parsed(text)
