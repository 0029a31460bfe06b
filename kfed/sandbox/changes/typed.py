"""Values read by their schema: which fields one has, which are maps and lists of their own, and which are leaves.

Everything about ownership of fields rests on this. The rules are those of Kubernetes' structured merge and diff: what
is *atomic* is a leaf; a map is *granular* unless its schema says otherwise, a list is atomic unless it is a set or a
map by keys.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.fields import ITSELF, key_element, name_element, path_text, value_element
from kfed.schema.check.node import ANY, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.changes.fields import FieldPath, Fields, FieldSet
    from kfed.sandbox.kinds.served import ServedType

_MANY_TYPES = 8192


class UntypedError(Exception):
    """A value cannot be read by its schema: an element of a list has none of its keys.

    Attributes:
        path: where.
    """

    def __init__(self, path: FieldPath, message: str) -> None:
        super().__init__(f"{path_text(path)}: {message}")


@lru_cache(maxsize=_MANY_TYPES)
def root(served: ServedType) -> Node:
    """The schema of a type, made once."""
    return ANY if served.schema is None else Node(served.schema)


def is_map(node: Node, value: Any) -> bool:
    """Whether the value is a map whose fields have owners of their own."""
    return isinstance(value, dict) and node.schema.get("x-kubernetes-map-type") != "atomic"


def is_list(node: Node, value: Any) -> bool:
    """Whether the value is a list whose elements have owners of their own."""
    return isinstance(value, list) and node.schema.get("x-kubernetes-list-type") in {"map", "set"}


def below(node: Node, name: str) -> Node:
    """What the field *name* is; anything, when the schema does not know it."""
    return node.field(name) or ANY


def elements(node: Node, values: list[Any], path: FieldPath) -> Iterator[tuple[str, Any]]:
    """Each element of a set, or of a list with keys, with the element of a path that stands for it.

    Raises:
        UntypedError: an element has none of the keys, or is of a kind that a set cannot have.
    """
    is_set = node.schema.get("x-kubernetes-list-type") == "set"
    for index, value in enumerate(values):
        yield (_of_set(value, index, path) if is_set else _of_list(node, value, index, path)), value


def field_set(node: Node, value: Any) -> FieldSet:
    """The fields that a value sets: its leaves, the elements of its lists, and the keys that the user has chosen.

    Raises:
        UntypedError: as for `elements`.
    """
    return frozenset(_fields(node, value, ()))


def with_named(node: Node, paths: FieldSet) -> FieldSet:
    """The set and, of what its paths pass through, the fields that the schema names.

    Where ``spec.replicas`` is set so is ``spec``; a map of the user's or an element of a list is not, unless it is
    itself in the set.
    """
    found = set(paths)
    for path in paths:
        here: Node | None = node
        for end, element in enumerate(path[:-1], start=1):
            name = element[2:] if element.startswith("f:") else None
            if name is not None and here is not None and name in here.properties:
                found.add(path[:end])
            here = _step(here, name)
    return frozenset(found)


def _step(node: Node | None, name: str | None) -> Node | None:
    if node is None:
        return None
    return node.element if name is None else node.field(name)


def without(node: Node, value: Any, fields: Fields) -> Any:
    """The value without these fields; ``None`` when nothing is left. What is atomic goes as a whole."""
    if is_map(node, value):
        return _map_without(node, value, fields)
    if is_list(node, value):
        return _list_without(node, value, fields)
    return None if isinstance(value, dict | list) else value


def _map_without(node: Node, value: dict[str, Any], fields: Fields) -> dict[str, Any] | None:
    kept: dict[str, Any] = {}
    for name, item in value.items():
        inner = fields.get(name_element(name))
        if inner is None:
            kept[name] = item
        elif inner and ITSELF not in inner and (left := without(below(node, name), item, inner)) is not None:
            kept[name] = left
    return kept or None


def _list_without(node: Node, value: list[Any], fields: Fields) -> list[Any] | None:
    kept = []
    for element, item in elements(node, value, ()):
        inner = fields.get(element)
        if inner is None:
            kept.append(item)
        elif inner and ITSELF not in inner:
            kept.append(without(node.element, item, inner))
    return kept or None


def _fields(node: Node, value: Any, path: FieldPath) -> Iterator[FieldPath]:
    if is_map(node, value):
        for name, item in value.items():
            here = (*path, name_element(name))
            if name not in node.properties or item is None or item == {}:
                yield here
            yield from _fields(below(node, name), item, here)
    elif is_list(node, value):
        for element, item in elements(node, value, path):
            here = (*path, element)
            yield here
            yield from _fields(node.element, item, here)
    elif value is not None or not path:
        yield path


def _of_set(value: Any, index: int, path: FieldPath) -> str:
    if isinstance(value, dict | list) or value is None:
        what = "an explicit null" if value is None else "a map type" if isinstance(value, dict) else "a list"
        raise UntypedError(path, f"element {index}: associative list without keys has an element that's {what}")
    return value_element(value)


def _of_list(node: Node, value: Any, index: int, path: FieldPath) -> str:
    if not isinstance(value, dict):
        what = "a null element" if value is None else "non-map elements"
        raise UntypedError(path, f"element {index}: associative list with keys may not have {what}")
    keys = {key: value.get(key, node.key_defaults.get(key)) for key in node.list_keys}
    keys = {key: found for key, found in keys.items() if found is not None}
    if not keys:
        names = " ".join(f'"{key}"' for key in node.list_keys)
        raise UntypedError(
            path,
            f"element {index}: associative list with keys has an element that omits all key fields [{names}] "
            "(and doesn't have default values for any key fields)",
        )
    return key_element(keys)
