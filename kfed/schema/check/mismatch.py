"""Mismatch: a value of another type than its field, a field too many or too few, and what to do about it."""

from __future__ import annotations

import math
from typing import Any

from kfed.core.finding import Severity
from kfed.core.nearest import nearest
from kfed.schema.check.mistakes import Unplaced
from kfed.schema.check.node import ANYTHING, INT_OR_STRING, NUMBER_OR_STRING, QUANTITY, Node
from kfed.schema.check.words import kind_of, listed, show, suggestion

_ONE = {
    "object": "a map",
    "array": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    INT_OR_STRING: "an integer or a string",
    NUMBER_OR_STRING: "a number or a string",
    QUANTITY: "a quantity such as 500m or 2Gi",
    ANYTHING: "a value",
}
_MANY = {
    "object": "maps",
    "array": "lists",
    "string": "strings",
    "integer": "integers",
    "number": "numbers",
    "boolean": "true or false",
    INT_OR_STRING: "integers or strings",
    NUMBER_OR_STRING: "numbers or strings",
    QUANTITY: "quantities",
}


def expected_type(node: Node) -> str:
    """What a node takes, in words: ``an integer``, ``a list of strings``."""
    contents = None
    if node.type == "array":
        contents = _MANY.get(node.element.type)
    elif node.type == "object" and node.values and not node.properties:
        contents = _MANY.get(node.values.type)
    words = _ONE.get(node.type, node.type)
    return f"{words} of {contents}" if contents else words


def wrong_type(node: Node, value: Any, *, redact: bool) -> Unplaced:
    """The mistake of a value that is not of the node's type; with *redact* it does not hold the value."""
    expected = expected_type(node)
    found = kind_of(value) if redact else _with_kind(value)
    hint = _hint(node, value)
    return Unplaced("wrong-type", f"must be {expected}, not {found}{hint}.", expected)


def required_null(node: Node) -> Unplaced:
    """The mistake of a required field that is null, and must be what *node* says."""
    return Unplaced("missing-required", "is required and must not be null; give it a value.", expected_type(node))


def ignored_null(node: Node) -> Unplaced:
    """The doubt about a null where *node* describes something else, and may be left out."""
    instead = "for its default" if node.default is not None else "for nothing at all"
    predicate = f"is null, which an API server takes {instead}; leave it out, or give it a value."
    return Unplaced("ignored-null", predicate, expected_type(node), severity=Severity.WARNING)


def missing(name: str) -> Unplaced:
    """The mistake of a map that lacks a required field."""
    return Unplaced("missing-required", "is required and not there; add it.", f"the field {name}", path=[name])


def unknown(node: Node, key: Any) -> Unplaced:
    """The mistake of a field that *node* does not have."""
    names = sorted(node.names)
    near = nearest(str(key), node.names)
    expected = f"one of {listed(names)}" if names else "no fields"
    hint = suggestion(near) if near or not names else f"; there are {listed(names, 'and')}."
    return Unplaced("unknown-field", f"is not a known field{hint}", expected, near)


def _with_kind(value: Any) -> str:
    match value:
        case str():
            return f"the string {show(value)}"
        case bool() | None | dict() | list():
            return show(value)
        case _:
            return f"the number {show(value)}"


def _hint(node: Node, value: Any) -> str:
    """How the commonest slips of YAML are put right."""
    hint = ""
    match node.type, value:
        case "string" | "int-or-string", bool() | int() | float():
            # What was written is not known here: 1.10 is read as 1.1, and no as false.
            hint = "; put quotes around what is written"
        case "integer" | "number" | "boolean", str() if _is_written_as(node.type, value):
            hint = "; remove the quotes"
        case "array", dict():
            hint = "; write a dash before each element"
        case "array", str() | bool() | int() | float():
            hint = "; give each element a line of its own, with a dash before it"
        case "object", list():
            hint = "; remove the dash" if len(value) == 1 else "; remove the dashes"
        case _, None:
            hint = "; give it a value, or remove it"
    return hint


def _is_written_as(type_: str, text: str) -> bool:
    if type_ == "boolean":
        return text.lower() in ("true", "false")
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isfinite(number) and (type_ == "number" or number.is_integer())
