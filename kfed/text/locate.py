"""Where in its file a value stands. Asked only for findings, so a document is read once more when the first is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)

from kfed.text.construct import MERGE_KEY, MERGE_TAG
from kfed.text.jsontext import JSON_TOKEN
from kfed.text.limits import MAX_DEPTH
from kfed.text.scalars import ScalarError, key_of, key_text, tagged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kfed.text.documents import Document


@dataclass(slots=True)
class _Place:
    """Where a value starts, and where the values in it do.

    Attributes:
        index: of its first character.
        key: of the first character of its key; of itself, if it has none.
        text: of a scalar that may be a key; ``None`` for the key that merges.
        inner: what is in it, by key or by position.
        merged: the values of its ``<<``.
        awaiting: the key whose value comes next.
    """

    index: int
    key: int
    text: str | None = ""
    inner: dict[str | int, _Place] = field(default_factory=dict)
    merged: list[_Place] = field(default_factory=list)
    awaiting: _Place | None = None


class _Step(NamedTuple):
    """The start of a value, or the end of the innermost one (no place)."""

    place: _Place | None
    opens: str = ""  # "map", "list", or nothing for a value that is whole


def locate(document: Document, path: Sequence[str | int], *, key: bool = False) -> tuple[int, int]:
    """Line and column in the file, from 1, of the value at *path*; of the nearest value around it if there is none.

    A value that an alias repeats is found where the alias stands, and what is in it where it is written.

    Args:
        document: where to look; a text that cannot be parsed is searched as far as it can be.
        path: keys and positions from the top of the document.
        key: find the key of the value instead.
    """
    place = _places(document)
    for step in path:
        found = place.inner.get(step)
        if found is None:
            break
        place = found
    return document.position(place.key if key else place.index)


# Findings come document by document, and many of one document may come at once.
@lru_cache(maxsize=2)
def _places(document: Document) -> _Place:
    text = document.text
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        steps = _yaml_steps(text)
    else:
        steps = _json_steps(text)
    start = len(text) - len(text.lstrip())
    return _assemble(steps) or _Place(start, start)


def _assemble(steps: Iterator[_Step]) -> _Place | None:
    """The first value of *steps* with all that is in it, as far as the text can be read."""
    root: _Place | None = None
    open_: list[tuple[_Place, str]] = []
    try:
        for place, opens in steps:
            if place is None:
                _close(open_.pop()[0])
                continue
            root = root or place
            if open_:
                _attach(place, *open_[-1])
            if opens:
                open_.append((place, opens))
            if len(open_) > MAX_DEPTH:
                break
    except YAMLError:
        pass  # what stands before the mistake is still worth finding
    for unfinished, _ in open_:
        _close(unfinished)
    return root


def _attach(place: _Place, parent: _Place, shape: str) -> None:
    if shape == "list":
        parent.inner[len(parent.inner)] = place
    elif parent.awaiting is None:
        parent.awaiting = place
    else:
        key, parent.awaiting = parent.awaiting, None
        if key.text is None:
            parent.merged.append(place)
        else:
            place.key = key.index
            parent.inner[key.text] = place


def _close(place: _Place) -> None:
    for merged in place.merged:
        sources = merged.inner.values() if 0 in merged.inner else [merged]
        for source in sources:
            place.inner = {**source.inner, **place.inner}


def _json_steps(text: str) -> Iterator[_Step]:
    """The steps of valid JSON."""
    for token in JSON_TOKEN.finditer(text):
        first, index = token[0][0], token.start()
        if first in "}]":
            yield _Step(None)
        elif first in "{[":
            yield _Step(_Place(index, index), "map" if first == "{" else "list")
        elif first not in ":,":
            yield _Step(_Place(index, index, orjson.loads(token[0]) if first == '"' else ""))


def _yaml_steps(text: str) -> Iterator[_Step]:
    """The steps of YAML; what an alias stands for is in the place of the alias."""
    following: Any = CParser(text.encode(errors="replace")).get_event
    anchors: dict[str, _Place] = {}
    while not isinstance(event := following(), StreamEndEvent):
        if isinstance(event, CollectionEndEvent):
            yield _Step(None)
        elif isinstance(event, NodeEvent):
            yield _node_step(event, anchors)


def _node_step(event: Any, anchors: dict[str, _Place]) -> _Step:
    index = event.start_mark.index
    place = _Place(index, index, _key(event) if type(event) is ScalarEvent else "")
    if type(event) is AliasEvent:
        name: Any = event.anchor
        target = anchors.get(name, place)
        place.text, place.inner = target.text, target.inner
    elif event.anchor is not None:
        anchors[event.anchor] = place
    if isinstance(event, CollectionStartEvent):
        return _Step(place, "map" if type(event) is MappingStartEvent else "list")
    return _Step(place)


def _key(event: Any) -> str | None:
    """The text of a scalar as a key; ``None`` for the key that merges."""
    try:
        if event.tag is None:
            merges = event.implicit[0] and event.value == MERGE_KEY
            return None if merges else key_of(event.value) if event.implicit[0] else event.value
        return None if event.tag == MERGE_TAG else key_text(tagged(event.tag, event.value))
    except ScalarError:
        return ""
