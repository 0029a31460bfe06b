"""The type of a node: JSON Schema may give several, OpenAPI none; a structural schema has one, int-or-string or any."""

from __future__ import annotations

from typing import Any

INT_OR_STRING = "x-kubernetes-int-or-string"
PRESERVE = "x-kubernetes-preserve-unknown-fields"
# A CRD has no type for a number or a string, and the API takes 0.5 for a quantity as it takes "500m". So this lets any
# value in and keeps out, one by one, what is neither.
NUMBER_OR_STRING_SCHEMA: dict[str, Any] = {
    PRESERVE: True,
    "maxItems": 0,
    "maxProperties": 0,
    "not": {"enum": [True, False, {}, []]},
}
# As the API server wants to read it, in this order.
INTEGER_OR_STRING = [{"type": "integer"}, {"type": "string"}]


def typed(node: dict[str, Any]) -> dict[str, Any]:
    """A copy of *node* with one type or none; JSON Schema's ``null`` is the leave to say nothing, which all have."""
    node = dict(node)
    kinds = node.get("type")
    if isinstance(kinds, list):
        del node["type"]
        kinds = [kind for kind in kinds if kind != "null"]
        if len(kinds) == 1:
            node["type"] = kinds[0]
        elif set(kinds) == {"integer", "number"}:
            node["type"] = "number"
        elif kinds:
            either = {"anyOf": [{"type": kind} for kind in kinds]}
            node |= {"allOf": [*node.get("allOf", []), either]} if "anyOf" in node else either
    if not kinds:
        node.pop("type", None)
    if node.get("format") == "int-or-string":
        node[INT_OR_STRING] = True
        del node["format"]
    if node.get(INT_OR_STRING) is True:
        node.pop("type", None)
    elif not kinds and node.get(PRESERVE) is not True:
        _infer(node)
    return node


def _infer(node: dict[str, Any]) -> None:
    if "properties" in node or "additionalProperties" in node:
        node["type"] = "object"
    elif "items" in node:
        node["type"] = "array"


def types_of(branches: list[Any]) -> set[str]:
    """The types of two branches that have one type each; empty for anything else."""
    match branches:
        case [{"type": str(one)}, {"type": str(other)}]:
            return {one, other}
    return set()


def without(node: dict[str, Any], key: str) -> dict[str, Any]:
    """A copy of *node* that has no *key*."""
    return {name: value for name, value in node.items() if name != key}
