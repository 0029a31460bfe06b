"""Lists: atomic, a set, or a map by keys.

A map's keys must be scalars that are required or have a default (API reference of JSONSchemaProps,
``x-kubernetes-list-map-keys``). Built-in types meet that in Go; their schemas do not always say so.
"""

from __future__ import annotations

from typing import Any

from kfed.schema.structural.loss import Loss

_TYPE = "x-kubernetes-list-type"
_KEYS = "x-kubernetes-list-map-keys"
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_ATOMIC = "Entries that are alike are not refused, and the list is replaced as a whole."


def listed(schema: dict[str, Any], node: dict[str, Any], losses: list[Loss]) -> None:
    """Carry the list type of *node*, as far as it holds, over to *schema*, whose items are in structural form."""
    if schema.get("type") != "array":
        return
    kind = node.get(_TYPE)
    if kind is None and node.get("uniqueItems") is True:
        kind = "set"
    if kind == "map" and (why := _no_map(schema["items"], node.get(_KEYS))):
        losses.append(Loss("", _ATOMIC, why))
        kind = "atomic"
    if kind == "set" and not _settable(schema["items"]):
        losses.append(Loss("", _ATOMIC, "Only scalars and atomic values can be a set's entries."))
        kind = "atomic"
    if kind in {"atomic", "set", "map"}:
        schema[_TYPE] = kind
    if kind == "map":
        schema[_KEYS] = node[_KEYS]


def _no_map(items: dict[str, Any], keys: Any) -> str:
    """Why the elements cannot be told apart by *keys*; empty when they can."""
    if items.get("type") != "object" or items.get("nullable"):
        return "Only objects can be told apart by keys."
    if not isinstance(keys, list) or not keys:
        return "No keys are named for the list."
    for key in keys:
        field = items.get("properties", {}).get(key)
        if field is None:
            return f"The elements have no field {key}, which is named as their key."
        if field.get("type") not in _SCALARS or field.get("nullable"):
            return f"The key {key} is not a plain string, number or boolean."
        if key not in items.get("required", ()) and "default" not in field:
            return f"The key {key} is neither required nor has it a default."
    return ""


def _settable(items: dict[str, Any]) -> bool:
    match items:
        case {"nullable": True}:
            return False
        case {"type": "object"}:
            return items.get("x-kubernetes-map-type") == "atomic"
        case {"type": "array"}:
            return items.get(_TYPE) in {None, "atomic"}
    return "type" in items or "x-kubernetes-int-or-string" in items
