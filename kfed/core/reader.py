"""Reader: the parts of a manifest that may be any JSON, and a mistake for each that has not the shape it must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.pointer import to_pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.pointer import Path

_KINDS = {dict: "a map", list: "a list", str: "a string", bool: "true or false", int: "an integer", float: "a number"}


class Reader:
    """Reads a manifest part by part; null stands for absent, as for an API server.

    Attributes:
        mistakes: what had another shape than was asked for, in the order of asking.
    """

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def map(self, value: Any, at: Path) -> Mapping[str, Any]:
        """A map; an empty one in place of what is none."""
        if value is None or isinstance(value, dict):
            return value or {}
        self._wrong(value, at, "a map")
        return {}

    def items(self, value: Any, at: Path) -> Iterator[tuple[Path, Any]]:
        """The elements of a list, each with its place."""
        if isinstance(value, list):
            yield from (((*at, index), item) for index, item in enumerate(value))
        elif value is not None:
            self._wrong(value, at, "a list")

    def maps(self, value: Any, at: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """The maps of a list, each with its place; null is nothing that could be left out of a list."""
        for place, item in self.items(value, at):
            if isinstance(item, dict):
                yield place, item
            else:
                self._wrong(item, place, "a map")

    def text(self, value: Any, at: Path) -> str:
        """A text; an empty one in place of what is none."""
        if value is None or isinstance(value, str):
            return value or ""
        self._wrong(value, at, "a string")
        return ""

    def element_text(self, value: Any, at: Path) -> str:
        """A text that stands in a list or map, where null is nothing that could be left out."""
        if value is None:
            self._wrong(value, at, "a string")
        return self.text(value, at)

    def boolean(self, value: Any, at: Path) -> bool:
        """A boolean; false in place of what is none."""
        if value is not None and not isinstance(value, bool):
            self._wrong(value, at, "true or false")
        return value is True

    def required(self, parent: Mapping[str, Any], key: str, at: Path, *, empty: bool = False) -> str:
        """The text that *parent*, which stands at *at*, must have under *key*; *empty* says that it may be ``""``."""
        value, place = parent.get(key), (*at, key)
        if value is None or (value == "" and not empty):
            absent = value is None
            message = f"{to_pointer(place)} is {'missing' if absent else 'empty'}; give it as text."
            self.mistakes.append(Mistake("missing-required", message, place, on_key=absent, expected="text"))
        return self.text(value, place)

    def _wrong(self, value: Any, at: Path, expected: str) -> None:
        self.mistakes.append(wrong_type(value, at, expected))


def wrong_type(value: Any, at: Path, expected: str) -> Mistake:
    """The mistake of another type of value than is expected."""
    what = to_pointer(at) or "The object"
    return Mistake("wrong-type", f"{what} is {kind_of(value)} and must be {expected}.", at, expected=expected)


def kind_of(value: Any) -> str:
    """What sort of JSON value it is, for people: ``a map``, ``an integer``."""
    return _KINDS.get(type(value), "null")
