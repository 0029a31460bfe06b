"""allOf, anyOf, oneOf and not: in a structural schema they restrict values and describe nothing.

Types, properties and items have to stand outside of them ("Specifying a structural schema" in the Kubernetes
documentation); inside, there is neither type, description, default, additionalProperties nor nullable. So what a branch
describes is lifted out, and what is left inside are restrictions. Where a branch cannot do without what is forbidden,
the whole combinator is left out: the schema then accepts more than upstream's, never less.
"""

from __future__ import annotations

from typing import Any

from kfed.schema.keywords import OF_NUMBERS, OF_STRINGS
from kfed.schema.structural.jsontypes import INT_OR_STRING, NUMBER_OR_STRING_SCHEMA, PRESERVE, typed, types_of, without
from kfed.schema.structural.lift import lifted
from kfed.schema.structural.loss import Loss
from kfed.schema.structural.restrict import restrict

COMBINATORS = ("allOf", "anyOf", "oneOf", "not")
_ALTERNATIVES = ("anyOf", "oneOf")
_TOLD = frozenset({"type", "format", "description", "title"})
_STRUCTURE = ("type", "items", "properties", INT_OR_STRING, PRESERVE)


def fold(node: dict[str, Any]) -> tuple[dict[str, Any], list[Loss]]:
    """*node* with what its combinators describe lifted out of them, and what had to be left out."""
    losses: list[Loss] = []
    node = typed(node)
    if not any(key in node for key in COMBINATORS):
        return node, losses
    node = _merged(node)
    node = _either(node, losses)
    node = lifted(node)
    for key in COMBINATORS:
        if key in node:
            restrict(node, key, losses)
    return node, losses


def _merged(node: dict[str, Any]) -> dict[str, Any]:
    """An allOf of one is the thing itself: OpenAPI v3 writes so what a description or a default is added to."""
    match node.get("allOf"):
        case [dict(only)] if not any(key in node for key in (*_STRUCTURE, *_ALTERNATIVES, "not")):
            rest = without(node, "allOf")
            if only.keys() & rest.keys() <= {"description", "title", "default"}:
                return typed(only | rest)
    return node


def _either(node: dict[str, Any], losses: list[Loss]) -> dict[str, Any]:
    """Alternatives of nothing but types: int-or-string, or a type and null."""
    for key in _ALTERNATIVES:
        if key not in node:
            continue
        branches = [branch if branch == {"type": "null"} else typed(branch) for branch in node[key]]
        if {"type": "null"} in branches:
            branches = [branch for branch in branches if branch != {"type": "null"}]
            node = node | {key: branches, "nullable": True}
        if node.get(INT_OR_STRING):
            if key == "oneOf" and types_of(branches) == {"integer", "string"}:
                node = without(node, key)
        elif "type" not in node and types_of(branches) in ({"integer", "string"}, {"number", "string"}):
            node = _scalar(node, key, branches, losses)
    return node


def _scalar(node: dict[str, Any], key: str, branches: list[Any], losses: list[Loss]) -> dict[str, Any]:
    """An integer or a string, which a CRD has a word for; a number or a string, which it can be made to say."""
    kind = {INT_OR_STRING: True}
    if "number" in types_of(branches):
        if node.keys() & NUMBER_OR_STRING_SCHEMA.keys():
            why = "A CRD can say that a field is an integer or a string, but not that it is any number or a string."
            losses.append(Loss("", "A fractional number is accepted only in quotes.", why))
        else:
            kind = NUMBER_OR_STRING_SCHEMA
    # What restricts one type alone says beside both types what it said in the branch of its own.
    known = {"string": OF_STRINGS, "integer": OF_NUMBERS, "number": OF_NUMBERS}
    merged = {name: value for branch in branches for name, value in branch.items() if name in known[branch["type"]]}
    if any(branch.keys() - known[branch["type"]] - _TOLD for branch in branches) or merged.keys() & node.keys():
        losses.append(Loss("", f"The alternatives in {key} are not checked.", "They differ by type."))
        merged = {}
    return merged | without(node, key) | kind
