"""Tidying: an object of a built-in type as Go writes it down: without what is empty, each quantity in its one form."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from kfed.sandbox.values.quantities import canonical
from kfed.schema.check.node import QUANTITY

if TYPE_CHECKING:
    from kfed.schema.check.node import Node


def tidied(node: Node, value: Any) -> Any:
    """A copy of *value* in which no list, map or word of the user's is empty, unless it has to be there.

    A struct may be empty, as ``emptyDir: {}`` is; it is one when the schema names its fields, or says nothing of them.
    """
    match value:
        case dict():
            return {
                name: tidied(below, item) if (below := node.field(name)) else copy.deepcopy(item)
                for name, item in _kept(node, value)
            }
        case list():
            return [tidied(node.element, item) for item in value]
        case _ if node.type == QUANTITY:
            return canonical(value)
        case _:
            return value


def _kept(node: Node, value: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, item) for name, item in value.items() if item not in ([], {}, "") or not _is_omitted(node, name)]


def _is_omitted(node: Node, name: str) -> bool:
    field = node.field(name) if name in node.properties and name not in node.required else None
    if field is None:
        return False
    is_map = field.values is not None and not field.properties
    return is_map or field.type == "array" or "" in field.schema.get("enum", ())


def tidied_schema(schema: Any) -> dict[str, Any]:
    """The schema of a CustomResourceDefinition without nulls, which stand for what is absent or empty, at any depth."""
    given = schema if isinstance(schema, dict) else {}
    return {name: _keyword(name, value) for name, value in given.items() if value is not None and _is_read(name, value)}


def _is_read(name: str, value: Any) -> bool:
    return name != "items" or isinstance(value, dict | list)


def _keyword(name: str, value: Any) -> Any:
    match name:
        case "properties" | "patternProperties" | "definitions":
            return {key: tidied_schema(below) for key, below in value.items()}
        case "anyOf" | "allOf" | "oneOf":
            return [tidied_schema(below) for below in value]
        case "items" | "additionalProperties" | "not" if isinstance(value, dict):
            return tidied_schema(value)
        case _:
            return value
