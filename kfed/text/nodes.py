"""The keys and values of a document by number, with where each starts: as little as can be kept of millions."""

from __future__ import annotations

from array import array
from contextlib import suppress
from typing import Any

import orjson
from yaml.cyaml import CBaseLoader
from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)

from kfed.text.construct import MERGE_KEY, MERGE_TAG
from kfed.text.jsontext import JSON_TOKEN, JSON_WORDS
from kfed.text.limits import MAX_DEPTH
from kfed.text.scalars import ScalarError, key_of, key_text, tagged

SCALAR, MAP, LIST, ALIAS, MERGE = range(5)


class Nodes:
    """Every key and value of a document, in the order of its text, as far as it can be read.

    Attributes:
        shapes: what each is; a key that merges has a shape of its own.
        starts: the index of the first character of each.
        names: what each scalar is called as a key, see `name_of`.
        ends: the first node that is not within each; of an alias, the node that it stands for.
    """

    __slots__ = ("_open", "ends", "names", "shapes", "starts")

    def __init__(self) -> None:
        self.shapes = bytearray()
        self.starts = array("L")
        self.names = array("q")
        self.ends = array("L")
        self._open: list[int] = []

    def __len__(self) -> int:
        return len(self.starts)

    def add(self, shape: int, start: int, name: int = 0) -> None:
        """Add a node that has no end of its own."""
        self.shapes.append(shape)
        self.starts.append(start)
        self.names.append(name)
        self.ends.append(len(self.starts))

    def open(self, shape: int, start: int) -> bool:
        """Add a map or list; ``False`` when it is deeper than a manifest goes."""
        self._open.append(len(self.starts))
        self.add(shape, start)
        return len(self._open) <= MAX_DEPTH

    def close(self) -> None:
        """End the innermost map or list, if one is open."""
        if self._open:
            self.ends[self._open.pop()] = len(self.starts)

    def close_all(self) -> None:
        """End every map and list: the text ends, or cannot be read further."""
        while self._open:
            self.close()

    def after(self, node: int) -> int:
        """The first node that is not within *node*."""
        return node + 1 if self.shapes[node] == ALIAS else self.ends[node]


def name_of(text: str) -> int:
    """A key in eight bytes. Two that agree would make a finding point to a wrong line, once in a lifetime."""
    return hash(text)


def read_nodes(text: str) -> Nodes:
    """The nodes of a document, as far as it can be read and no deeper than a manifest goes."""
    nodes = Nodes()
    with suppress(YAMLError):  # what stands before the mistake is still worth finding
        (_read_json if JSON_WORDS.fullmatch(text) else _read_yaml)(text, nodes)
    nodes.close_all()
    return nodes


def _read_json(text: str, nodes: Nodes) -> None:
    """Read what has the words of JSON, in whatever order."""
    for token in JSON_TOKEN.finditer(text):
        word = token[0]
        first = word[0]
        if first == '"':
            nodes.add(SCALAR, token.start(), name_of(_string(word)))
        elif first in "}]":
            nodes.close()
        elif first in "{[":
            if not nodes.open(MAP if first == "{" else LIST, token.start()):
                return
        elif first not in ":,":
            nodes.add(SCALAR, token.start())


def _string(word: str) -> str:
    """The text that a string of JSON is, as far as it is one."""
    if "\\" in word:
        with suppress(orjson.JSONDecodeError):
            return str(orjson.loads(word))
    return word[1:-1]


def _read_yaml(text: str, nodes: Nodes) -> None:
    following: Any = CBaseLoader(text.encode(errors="replace")).get_event
    anchors: dict[str, int] = {}
    while not isinstance(event := following(), StreamEndEvent):
        if isinstance(event, CollectionEndEvent):
            nodes.close()
        elif isinstance(event, AliasEvent):
            _add_alias(event, nodes, anchors)
        elif isinstance(event, NodeEvent):
            if event.anchor is not None:
                anchors[event.anchor] = len(nodes)
            if not _add_node(event, nodes):
                return


def _add_node(event: Any, nodes: Nodes) -> bool:
    start = event.start_mark.index
    if type(event) is not ScalarEvent:
        return nodes.open(MAP if type(event) is MappingStartEvent else LIST, start)
    key = _key(event)
    if key is None:
        nodes.add(MERGE, start)
    else:
        nodes.add(SCALAR, start, name_of(key))
    return True


def _add_alias(event: Any, nodes: Nodes, anchors: dict[str, int]) -> None:
    """Add an alias; one of nothing stands for itself."""
    alias = len(nodes)
    target = anchors.get(event.anchor, alias)
    nodes.add(ALIAS, event.start_mark.index, nodes.names[target] if target < alias else 0)
    nodes.ends[alias] = target


def _key(event: ScalarEvent) -> str | None:
    """The text of a scalar as a key; ``None`` for the key that merges."""
    try:
        if event.tag is None:
            merges = event.implicit[0] and event.value == MERGE_KEY
            return None if merges else key_of(event.value) if event.implicit[0] else event.value
        return None if event.tag == MERGE_TAG else key_text(tagged(event.tag, event.value))
    except ScalarError:
        return ""
