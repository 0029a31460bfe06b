"""Values to YAML: sorted keys, block style, no line folded, the same bytes for the same value.

The manifests of twenty clusters differ in a few leaves and share all else, down to the very same Python objects. So an
`Emitter` keeps the text of every map and list that it has met, and writes anew only what it has not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kfed.errors import TextError
from kfed.text.limits import MAX_SIZE
from kfed.text.quoting import literal_of, number_of, text_of

_LONGEST_SIMPLE_KEY = 1000  # readers look no further than 1024 characters for the colon
_CACHED_LENGTH = 100
_KEPT = 4  # documents of the size that is allowed: an object is kept whole at each of its levels
_SCALARS = {None: "null", True: "true", False: "false"}


def emit(value: Any, indent: str = "") -> str:
    """*value* as a YAML document, ending in a line end.

    Args:
        value: what JSON can hold: maps with texts for keys, lists, texts, numbers, booleans and ``None``.
        indent: white space to put before every line.

    Raises:
        TypeError: it is something else.
        TextError: the document would be larger than `MAX_SIZE`.
    """
    return Emitter().emit(value, indent)


class Emitter:
    """Writes values that share parts, each part once.

    What was given must not change until `forget` is called; its parts are recognised by identity.
    """

    __slots__ = ("_kept", "_known", "_limit", "_size")

    def __init__(self) -> None:
        # The value is kept beside its text: as long as it lives, no other object has its identity.
        self._known: dict[tuple[int, str], tuple[Any, str]] = {}
        self._kept = 0  # how much text that is: a text is kept anew within each that is around it
        self._size = self._limit = 0  # how much of a document has been written, and how much may be

    def emit(self, value: Any, indent: str = "", *, limit: int = MAX_SIZE) -> str:
        """*value* as a YAML document, ending in a line end; as `emit` has it.

        Args:
            value: what JSON can hold.
            indent: white space to put before every line.
            limit: how many characters the document may have; indents can make it much longer than what it was read of.

        Raises:
            TypeError: *value* is not what JSON can hold.
            TextError: the document would be longer than *limit*.
        """
        self._size, self._limit = 0, limit
        if value and type(value) in (dict, list):
            return self._block(value, indent)
        return f"{indent}{self._inline(value, indent)}\n"

    def forget(self) -> None:
        """Let go of everything that was written."""
        self._known.clear()
        self._kept = 0

    def _block(self, value: dict[str, Any] | list[Any], indent: str) -> str:
        """A map or list that is not empty, as lines that all start with *indent*."""
        known = self._known.get((id(value), indent))
        if known is not None:
            self._grow(len(known[1]))
            return known[1]
        before = self._size
        if before + len(value) * len(indent) > self._limit:
            raise self._too_large()
        text = self._map(value, indent) if type(value) is dict else self._list(value, indent)  # type: ignore[arg-type]
        self._size = before  # without what was counted on the way
        self._grow(len(text))
        if self._kept < _KEPT * self._limit:
            self._known[id(value), indent] = (value, text)
            self._kept += len(text)
        return text

    def _grow(self, size: int) -> None:
        """Count what has been written, or is about to be."""
        self._size += size
        if self._size > self._limit:
            raise self._too_large()

    def _too_large(self) -> TextError:
        message = (
            f"Written as YAML this is longer than {self._limit} characters, and no API server takes that; make it "
            "smaller, or nest it less."
        )
        return TextError(message, rule="too-large")

    def _map(self, value: dict[str, Any], indent: str) -> str:
        deeper = indent + "  "
        lines = []
        for key in sorted(value):
            child = value[key]
            kind = type(child)
            if child and kind is dict:
                lines.append(f"{indent}{_key(key, indent)}:\n{self._block(child, deeper)}")
            elif child and kind is list:
                lines.append(f"{indent}{_key(key, indent)}:\n{self._block(child, indent)}")
            else:
                lines.append(f"{indent}{_key(key, indent)}: {self._inline(child, deeper)}\n")
        return "".join(lines)

    def _list(self, value: list[Any], indent: str) -> str:
        deeper = indent + "  "
        lines = []
        for child in value:
            if child and type(child) in (dict, list):
                # The first line of a block starts with its indent, the last two characters of which the dash takes.
                lines.append(f"{indent}- {self._block(child, deeper)[len(deeper) :]}")
            else:
                lines.append(f"{indent}- {self._inline(child, deeper)}\n")
        return "".join(lines)

    def _inline(self, value: Any, deeper: str) -> str:
        """A scalar, or a map or list with nothing in it, to stand after a key or a dash."""
        kind = type(value)
        if kind is str:
            if "\n" in value and deeper:
                self._grow(value.count("\n") * len(deeper))
                if (literal := literal_of(value, deeper)) is not None:
                    return literal
            return _text(value) if len(value) <= _CACHED_LENGTH else text_of(value)
        if kind is int or kind is float:
            return number_of(value)
        if value is None or kind is bool:
            return _SCALARS[value]
        if kind is dict or kind is list:
            return "{}" if kind is dict else "[]"
        raise TypeError(f"{kind.__name__} is not what a manifest can hold")


def _key(key: Any, indent: str) -> str:
    if type(key) is not str:
        raise TypeError(f"a key must be a text, not {type(key).__name__}")
    if len(key) <= _CACHED_LENGTH:
        return _text(key)
    text = text_of(key)
    # A key that readers would not see as one is announced by a question mark, and its value stands on the next line.
    return text if len(text) <= _LONGEST_SIMPLE_KEY else f"? {text}\n{indent}"


@lru_cache(maxsize=16384)
def _text(text: str) -> str:
    return text_of(text)
