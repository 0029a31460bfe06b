"""YAML to a value, straight from libyaml's events.

A node costs one event and no object of its own: twice as fast as PyYAML's loader, and the rules of kubectl
(`kfed.text.scalars`) apply instead of those of YAML 1.1. Positions are looked at only when something is wrong.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from yaml.cyaml import CBaseLoader
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from kfed.errors import TextError
from kfed.text.advice import FILL_TEMPLATE
from kfed.text.limits import MAX_DEPTH, ROOM, room
from kfed.text.scalars import ScalarError, key_of, key_text, tagged, value_of
from kfed.text.syntax import duplicate_key, quote, text_error, too_deep, yaml_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.text.documents import Document

MERGE_KEY = "<<"
MERGE_TAG = "tag:yaml.org,2002:merge"
_MAP_TAGS = (None, "!", "tag:yaml.org,2002:map")
_LIST_TAGS = (None, "!", "tag:yaml.org,2002:seq")


class _Anchored(NamedTuple):
    """A value with a name, how many levels are below it, and how much text it would be if written out."""

    value: Any
    height: int
    size: int


def construct(document: Document, data: bytes) -> Any:
    """The value of a YAML document; ``None`` if it is empty.

    Args:
        document: the document, for positions.
        data: its text in UTF-8.

    Raises:
        TextError: it is not valid YAML, or not a value that JSON could hold.
    """
    try:
        return _Constructor(document, data).document()
    except YAMLError as error:
        _refuse_depth(document, error)
        raise yaml_error(document, error) from None


def _refuse_depth(document: Document, error: YAMLError) -> None:
    """Raise the error of nesting too deep, if that is what libyaml stopped at.

    It looks ahead, and has a limit of its own: it complains of a thousandth bracket before it has told of the first.
    So what stands before the place is read once more, alone, and our own limit met on the way.
    """
    mark: Any = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    if mark is None:
        return
    with suppress(YAMLError):
        try:
            _Constructor(document, document.text[: mark.index].encode()).document()
        except TextError as earlier:
            if earlier.rule == "too-deep":
                raise


class _Constructor:
    """One pass over the events of a document."""

    def __init__(self, document: Document, data: bytes) -> None:
        self._document = document
        self._next: Callable[[], Any] = CBaseLoader(data).get_event
        self._anchors: dict[str, _Anchored | None] = {}  # None: still open
        self._repeated = 0  # how much text aliases have stood for
        self._room = room(len(data))  # how much they may
        self._last: Any = None  # the event that ended the last map or list, or started the last named value
        self._peak = 0  # the deepest level since the innermost open anchor

    def document(self) -> Any:
        event = self._next()
        while type(event) in (StreamStartEvent, DocumentStartEvent):
            event = self._next()
        if type(event) is StreamEndEvent:
            return None
        value = self._value(event, 1)
        self._next()  # the end of the document
        event = self._next()
        if type(event) is not StreamEndEvent:
            message = "A second document starts here; put --- on a line of its own before it."
            raise self._error(event, message, "yaml-syntax")
        return value

    def _value(self, event: Any, depth: int) -> Any:
        """The value that starts with *event*, to its end."""
        if type(event) is AliasEvent:
            return self._alias(event, depth)
        if event.anchor is None:
            return self._unnamed(event, depth)
        return self._named(event, depth)

    def _unnamed(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event)
        if depth > MAX_DEPTH:
            raise too_deep(self._document, event.start_mark.index)
        self._peak = max(self._peak, depth)
        if event.tag not in (_MAP_TAGS if kind is MappingStartEvent else _LIST_TAGS):
            message = "This tag has no meaning on a map or list in a manifest; remove it."
            raise self._error(event, message, "yaml-tag")
        return self._map(depth) if kind is MappingStartEvent else self._list(depth)

    def _named(self, event: Any, depth: int) -> Any:
        repeated, peak = self._repeated, self._peak
        self._anchors[event.anchor], self._peak = None, depth
        self._last = event
        value = self._unnamed(event, depth)
        size = self._last.end_mark.index - event.start_mark.index + self._repeated - repeated
        self._anchors[event.anchor] = _Anchored(value, self._peak - depth, max(size, 1))
        self._peak = max(peak, self._peak)
        return value

    def _alias(self, event: Any, depth: int) -> Any:
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            unknown = event.anchor not in self._anchors
            reason = "names no anchor before it" if unknown else "stands within the value that it repeats"
            raise self._error(
                event, f"The alias {quote('*' + event.anchor)} {reason}; write the value out.", "yaml-syntax"
            )
        self._repeated += anchored.size
        if self._repeated > self._room:
            message = f"Aliases repeat too much here: more than {ROOM}; write the values out."
            raise self._error(event, message, "alias-bomb")
        self._peak = max(self._peak, depth + anchored.height)
        if self._peak > MAX_DEPTH:
            raise too_deep(self._document, event.start_mark.index)
        return anchored.value

    def _scalar(self, event: Any) -> Any:
        try:
            if event.tag is not None:
                return tagged(event.tag, event.value)
            return value_of(event.value) if event.implicit[0] else event.value
        except ScalarError as error:
            raise self._error(event, str(error), error.rule) from None

    def _list(self, depth: int) -> list[Any]:
        result: list[Any] = []
        below = depth + 1
        following, value = self._next, self._value
        while type(event := following()) is not SequenceEndEvent:
            result.append(value(event, below))
        self._last = event
        return result

    def _map(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] | None = None
        below = depth + 1
        following, value, scalar = self._next, self._value, self._scalar
        while type(event := following()) is not MappingEndEvent:
            key = self._key(event, below)
            if key is None:
                merged = self._merge(event, below, result, merged)
                continue
            if key in result:
                raise duplicate_key(self._document, event.start_mark.index, key)
            child = following()
            plain = type(child) is ScalarEvent and child.anchor is None
            result[key] = scalar(child) if plain else value(child, below)
        self._last = event
        return merged | result if merged else result

    def _key(self, event: Any, depth: int) -> str | None:
        """The text of a key; ``None`` for the one that merges."""
        try:
            if type(event) is not ScalarEvent or event.anchor is not None or event.tag is not None:
                return self._unusual_key(event, depth)
            text: str = event.value
            if not event.implicit[0]:
                return text
            return None if text == MERGE_KEY else key_of(text)
        except ScalarError as error:
            raise self._error(event, str(error), error.rule) from None

    def _unusual_key(self, event: Any, depth: int) -> str | None:
        """A key that has an anchor or a tag, or is an alias, or is none at all."""
        if type(event) is ScalarEvent and event.value == MERGE_KEY and (event.tag == MERGE_TAG or event.implicit[0]):
            return None
        if type(event) in (ScalarEvent, AliasEvent):
            value = self._value(event, depth)
            if not isinstance(value, dict | list):
                return key_text(value)
        advice = FILL_TEMPLATE if self._in_braces(event) else "write a text"
        raise self._error(event, f"A map or list cannot be the key of a map; {advice}.", "not-json-value")

    def _in_braces(self, event: Any) -> bool:
        index = event.start_mark.index
        return "{{" in self._document.text[max(index - 1, 0) : index + 2]

    def _merge(self, key: Any, depth: int, result: dict[str, Any], merged: dict[str, Any] | None) -> dict[str, Any]:
        """What ``<<`` brings in. Readers differ on a second one, and on one after a key that it brings: refused."""
        if merged is not None:
            message = "The key << stands twice in this map; write one << with a list of the maps to merge."
            raise self._error(key, message, "duplicate-key")
        value = self._value(self._next(), depth)
        maps = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in maps):
            raise self._error(key, "The key << takes a map or a list of maps; give it an alias of one.", "yaml-syntax")
        brought: dict[str, Any] = {}
        for each in reversed(maps):
            brought |= each
        if clash := result.keys() & brought.keys():
            message = (
                f"The key {quote(min(clash))} stands before the << that brings it, and readers differ on which of them "
            )
            raise self._error(key, message + "wins; put << first.", "duplicate-key")
        return brought

    def _error(self, event: Any, message: str, rule: str) -> TextError:
        return text_error(self._document, event.start_mark.index, message, rule)
