"""What an API server makes of an object before it looks at it: nulls that mean nothing go, and defaults come.

The order and the rules are those of k8s.io/apiextensions-apiserver, ``pkg/apiserver/schema/defaulting``. Nothing that
is given is changed: what is new is copied, and what stays as it is is shared.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.schema.check.node import Node

    Change = Callable[[Node, Any], Any]


_CHANGING = frozenset({dict, list, type(None)})


def settled(node: Node, value: Any) -> Any:
    """*value* as an API server would have it: without nulls that mean nothing, and with every default of *node*."""
    return defaulted(node, without_nulls(node, value))


def without_nulls(node: Node, value: Any) -> Any:
    """*value* without the fields that are null, and may not be, and have no default to take the place of null.

    What the schema does not describe keeps its nulls, and so do lists, which they would shift.
    """
    if type(value) is dict:
        dropped = [name for name, item in value.items() if item is None and is_dropped(node, name)]
        if dropped:
            value = {name: item for name, item in value.items() if name not in dropped}
    return _below(node, value, without_nulls)


def defaulted(node: Node, value: Any) -> Any:
    """*value* with the default of each field, value or element that is not there, or null and may not be."""
    if type(value) is dict and (missing := [name for name in node.defaults if _is_missing(node, value, name)]):
        value = {**value, **{name: copy.deepcopy(node.defaults[name]) for name in missing}}
    return _below(node, value, _filled)


def is_dropped(node: Node, name: str) -> bool:
    """Whether a null in the field *name* counts as nothing, and nothing comes in its place."""
    field = node.described(name)
    return field is not None and not field.is_nullable and field.default is None


def _is_missing(node: Node, value: dict[str, Any], name: str) -> bool:
    if name not in value:
        return True
    field = node.described(name)
    return value[name] is None and field is not None and not field.is_nullable


def _filled(node: Node, value: Any) -> Any:
    if value is None and not node.is_nullable:
        value = copy.deepcopy(node.default)
    return defaulted(node, value)


def _below(node: Node, value: Any, change: Change) -> Any:
    """*value* with *change* made to all that is in it and described; itself when nothing changes."""
    if type(value) is dict:
        changes = {
            name: new
            for name, item in value.items()
            if type(item) in _CHANGING
            and (field := node.described(name)) is not None
            and (new := change(field, item)) is not item
        }
        return {**value, **changes} if changes else value
    if type(value) is list and node.type == "array":
        elements = [change(node.element, item) for item in value]
        return elements if any(new is not old for new, old in zip(elements, value, strict=True)) else value
    return value
