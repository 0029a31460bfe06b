"""Where in its file a value stands. Asked only for findings, so a document is read once more when the first is made."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from kfed.text.nodes import ALIAS, LIST, MAP, MERGE, Nodes, name_of, read_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kfed.text.documents import Document


def locate(document: Document, path: Sequence[str | int], *, key: bool = False) -> tuple[int, int]:
    """Line and column in the file, from 1, of the value at *path*; of the nearest value around it if there is none.

    A value that an alias repeats is found where the alias stands, and what is in it where it is written.

    Args:
        document: where to look; a text that cannot be parsed is searched as far as it can be.
        path: keys and positions from the top of the document.
        key: find the key of the value instead.
    """
    places = _places(document)
    node = key_node = 0
    for step in path:
        inner = places.find(node, step)
        if inner is None:
            break
        node, key_node = inner, inner - 1 if isinstance(step, str) else inner  # a key is one node
    return places.position(key_node if key else node)


# Findings come document by document, and many of one document may come at once.
@lru_cache(maxsize=2)
def _places(document: Document) -> _Places:
    return _Places(document)


class _Places:
    """The nodes of a document, with what was asked for: the members of some maps and lists."""

    def __init__(self, document: Document) -> None:
        self._text, self._line = document.text, document.line
        self._nodes: Nodes = read_nodes(document.text)
        self._line_starts = array("L", (0, *_line_starts(document.text)))
        self._members: dict[int, dict[int, int] | array[int]] = {}

    def position(self, node: int) -> tuple[int, int]:
        """Line and column in the file; of the first sign in the text, if it has no node."""
        starts = self._nodes.starts
        index = starts[node] if starts else len(self._text) - len(self._text.lstrip())
        line = bisect_right(self._line_starts, index)
        return self._line + line, index - self._line_starts[line - 1] + 1

    def find(self, node: int, step: str | int) -> int | None:
        """The value at *step* in a map or list, or in what is merged into a map; what is nearer goes first."""
        waiting, seen = [node] if self._nodes else [], set[int]()
        while waiting:
            container = self._aliased(waiting.pop())
            if container in seen:
                continue
            seen.add(container)
            inner = self._member(container, step)
            if inner is not None:
                return inner
            waiting += reversed(list(self._merged_into(container)))
        return None

    def _member(self, container: int, step: str | int) -> int | None:
        if container not in self._members:
            self._members[container] = self._read_members(container)
        members = self._members[container]
        if isinstance(members, dict):
            return members.get(name_of(step)) if isinstance(step, str) else None
        return members[step] if isinstance(step, int) and 0 <= step < len(members) else None

    def _read_members(self, container: int) -> dict[int, int] | array[int]:
        if self._nodes.shapes[container] != MAP:
            return array("L", self._elements(container))
        names, shapes = self._nodes.names, self._nodes.shapes
        return {names[key]: value for key, value in self._pairs(container) if shapes[key] != MERGE}

    def _merged_into(self, container: int) -> Iterator[int]:
        """The maps that stand behind ``<<``, in their order."""
        for key, value in self._pairs(container):
            if self._nodes.shapes[key] == MERGE:
                source = self._aliased(value)
                yield from self._elements(source) if self._nodes.shapes[source] == LIST else (source,)

    def _pairs(self, container: int) -> Iterator[tuple[int, int]]:
        """The keys of a map with their values; the last key of a text that breaks off has none."""
        nodes = self._nodes
        if nodes.shapes[container] != MAP:
            return
        key, end = container + 1, nodes.ends[container]
        while key < end and (value := nodes.after(key)) < end:
            yield key, value
            key = nodes.after(value)

    def _elements(self, container: int) -> Iterator[int]:
        if self._nodes.shapes[container] != LIST:
            return
        element, end = container + 1, self._nodes.ends[container]
        while element < end:
            yield element
            element = self._nodes.after(element)

    def _aliased(self, node: int) -> int:
        """What an alias stands for; an alias of nothing stands for itself."""
        return self._nodes.ends[node] if self._nodes.shapes[node] == ALIAS else node


def _line_starts(text: str) -> Iterator[int]:
    index = text.find("\n")
    while index >= 0:
        yield index + 1
        index = text.find("\n", index + 1)
