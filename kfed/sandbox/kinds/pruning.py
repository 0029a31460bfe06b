"""Pruning: an object without the fields that its schema does not know, and without nulls that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.schema.check.node import ANYTHING, NUMBER_OR_STRING, QUANTITY, Node
from kfed.schema.structural.objectmeta import OBJECT_META

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_EMBEDDED = "x-kubernetes-embedded-resource"
_WHOLE = 2**63
_METADATA = Node(OBJECT_META)
GO_ZEROS: Mapping[str, Callable[[], Any]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int,
    "boolean": bool,
}
"""What Go reads a null in a list or a map as, which have no room for one."""


def unknown_fields(node: Node, value: Any) -> list[str]:
    """The fields that the schema does not know, as paths such as ``spec.ports[0].foo``, in the order of the object."""
    return [path.removeprefix(".") for path in _unknown(node, value, "")]


def pruned(node: Node, value: Any, zeros: Mapping[str, Callable[[], Any]] | None = None) -> Any:
    """*value* without what the schema does not know.

    Args:
        node: the schema of *value*.
        value: anything.
        zeros: what a null in a list or a map is read as, by type; one of another type stays, for the validation to
            refuse, and in a field that may not be null it counts as nothing. Without zeros, nulls stay.
    """
    if zeros is None:
        return _pruned(node, value, {}, _keeps)
    return _pruned(node, value, zeros, _keeps_null)


def _keeps(_: Node) -> bool:
    return True


def _pruned(node: Node, value: Any, zeros: Mapping[str, Callable[[], Any]], keeps_null: Callable[[Node], bool]) -> Any:
    if value is None:
        return zeros[node.type]() if node.type in zeros else None
    if isinstance(value, dict):
        fields = ((name, field_of(node, name), item) for name, item in value.items())
        return {
            name: _pruned(field, item, zeros, keeps_null)
            for name, field, item in fields
            if field
            and (item is not None or keeps_null(field) or (name not in node.properties and field.type in zeros))
        }
    if isinstance(value, list) and (node.type == "array" or is_free(node)):
        return [_pruned(node.element, item, zeros, keeps_null) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return int(value)  # Go writes 3.0 as 3
    return value


def is_free(node: Node) -> bool:
    """Whether the schema states no type: values of any are taken, as far as the schema's other words allow."""
    return node.type in {ANYTHING, NUMBER_OR_STRING, QUANTITY}


def field_of(node: Node, name: str) -> Node | None:
    """What a field is; ``None`` when the schema does not know it. An object in an object has an object's metadata."""
    if name == "metadata" and node.schema.get(_EMBEDDED):
        return _METADATA
    return node.field(name)


def _unknown(node: Node, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict) and (node.type == "object" or is_free(node)):
        for name, item in value.items():
            here = f"{path}.{name}"
            field = field_of(node, name)
            if field is None:
                yield here
            else:
                yield from _unknown(field, item, here)
    elif isinstance(value, list) and (node.type == "array" or is_free(node)):
        for index, item in enumerate(value):
            yield from _unknown(node.element, item, f"{path}[{index}]")


def _keeps_null(node: Node) -> bool:
    return node.is_nullable or is_free(node)
