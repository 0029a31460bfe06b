"""Defaults that a CustomResourceDefinition's schema gives."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from kfed.sandbox.kinds.pruning import field_of

if TYPE_CHECKING:
    from kfed.schema.check.node import Node


def defaulted(node: Node, value: Any) -> Any:
    """*value* with every field that is absent, or null and may not be, and that has a default; also in defaults.

    Nulls that mean nothing are to have been pruned.
    """
    if isinstance(value, dict):
        result = {
            name: value[name] if (field := field_of(node, name)) is None else defaulted(field, value[name])
            for name in value
        }
        for name, schema in node.properties.items():
            if name not in value and "default" in schema and (field := node.field(name)) is not None:
                result[name] = defaulted(field, copy.deepcopy(schema["default"]))
        return result
    if isinstance(value, list) and node.type == "array":
        return [defaulted(node.element, item) for item in value]
    return value
