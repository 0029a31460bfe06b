"""Limits: what a schema says of a value beyond its type, each as a function from a value to what is wrong with it.

Every function here is for values of one type; the caller knows which.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kfed.core.nearest import nearest
from kfed.core.words import counted
from kfed.schema.check.mistakes import Unplaced
from kfed.schema.check.node import INT_OR_STRING
from kfed.schema.check.words import listed, suggestion
from kfed.schema.formats.table import INTEGER_RANGES, integer_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kfed.schema.check.mistakes import Check, Mistakes
    from kfed.schema.check.node import Node
    from kfed.schema.check.words import Show

_WHOLE_ENOUGH = 1e-9
MOST_EXACT = 2**53 - 1
"""Up to this a floating-point number tells every integer from the next; Go takes no larger one for an integer."""


def enum_limits(schema: dict[str, Any], show: Show) -> Iterator[Check]:
    """The ``enum``, for values of any type."""
    if not schema.get("enum"):
        return
    # To kube-openapi null is equal to nothing, not even to null.
    allowed = {identity_of(value) for value in schema["enum"] if value is not None}
    # An empty word is one left out: nobody is advised to write it.
    words = [value for value in schema["enum"] if value != ""] or [""]
    names = [value if isinstance(value, str) else json.dumps(value, default=str) for value in words]
    expected, right = f"one of {listed(names)}" if len(names) > 1 else listed(names), frozenset(names)

    def check(value: Any) -> Mistakes:
        if identity_of(value) in allowed:
            return None
        near = nearest(value, right) if isinstance(value, str) else ""
        return [Unplaced("not-in-enum", f"must be {expected}, not {show(value)}{suggestion(near)}", expected, near)]

    yield check


def number_limits(node: Node, show: Show) -> Iterator[Check]:
    """What bounds a number; Go reads an integer into 64 bits where the schema says nothing else."""
    schema = node.schema
    if node.type in ("integer", INT_OR_STRING):
        low, high = integer_range(schema) or INTEGER_RANGES["int64"]
        size = schema["format"] if integer_range(schema) else "int64"
        words = f"a number that {size} holds, {low} to {high}"
        yield _bound(lambda value: low <= value <= high, words, show)
    minimum, maximum, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if minimum is not None:
        if schema.get("exclusiveMinimum"):
            yield _bound(lambda value: value > minimum, f"more than {minimum}", show)
        else:
            yield _bound(lambda value: value >= minimum, f"at least {minimum}", show)
    if maximum is not None:
        if schema.get("exclusiveMaximum"):
            yield _bound(lambda value: value < maximum, f"less than {maximum}", show)
        else:
            yield _bound(lambda value: value <= maximum, f"at most {maximum}", show)
    if step:
        yield _bound(lambda value: _is_multiple(value, step), f"a multiple of {step}", show)


def list_limits(node: Node, show: Show) -> Iterator[Check]:
    """How many elements a list may have, and whether one, or one's keys, may come twice."""
    yield from size_limits(node.schema, "Items", "element")
    kind = node.schema.get("x-kubernetes-list-type")
    if node.schema.get("uniqueItems") or kind == "set":
        yield _check_set
    if kind == "map" and node.list_keys:
        yield _unique_keys(node, show)


def map_limits(schema: dict[str, Any]) -> Iterator[Check]:
    """How many fields a map may have."""
    return size_limits(schema, "Properties", "field")


def identity_of(value: Any) -> Any:
    """What two values have in common if and only if JSON takes them for the same: 1 is 1.0 and is not true."""
    match value:
        case bool():
            return ("bool", value)
        case dict():
            return ("map", frozenset((key, identity_of(item)) for key, item in value.items()))
        case list():
            return ("list", tuple(map(identity_of, value)))
        case _:
            return value


def _check_set(elements: list[Any]) -> Mistakes:
    first: dict[Any, int] = {}
    mistakes = []
    for index, element in enumerate(elements):
        earlier = first.setdefault(identity_of(element), index)
        if earlier != index:
            predicate = f"is the same as the element at {earlier}, and each may come once; remove one."
            mistakes.append(Unplaced("duplicate-list-item", predicate, "each element once", path=[index]))
    return mistakes


def _unique_keys(node: Node, show: Show) -> Check:
    """That no two elements have the same keys; an element that leaves one to its default has the default."""
    keys = [(key, node.key_defaults.get(key)) for key in node.list_keys]
    words = listed(node.list_keys, "and")

    def check(value: list[Any]) -> Mistakes:
        if len(value) < 2:  # noqa: PLR2004  it takes two to be equal
            return None
        first: dict[Any, int] = {}
        mistakes = []
        for index, element in enumerate(value):
            if type(element) is not dict:
                continue
            values = [element.get(key, default) for key, default in keys]
            earlier = first.setdefault(tuple(map(identity_of, values)), index)
            if earlier != index:
                shown = ", ".join(map(show, values))
                predicate = f"has the {words} of the element at {earlier}, {shown}; give each its own, or remove one."
                mistakes.append(Unplaced("duplicate-list-item", predicate, f"each {words} once", path=[index]))
        return mistakes

    return check


def size_limits(schema: dict[str, Any], what: str, unit: str) -> Iterator[Check]:
    """How many of *unit* a value may have, by the bounds ``min`` and ``max`` *what*, such as ``Items``."""
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low:
        yield _size(lambda count: count >= low, f"at least {counted(low, unit)}")
    if high is not None:
        yield _size(lambda count: count <= high, f"at most {counted(high, unit)}")


def _size(holds: Callable[[int], bool], words: str) -> Check:
    def check(value: Any) -> Mistakes:
        count = len(value)
        return None if holds(count) else [Unplaced("out-of-range", f"must have {words}, not {count}.", words)]

    return check


def _bound(holds: Callable[[Any], bool], words: str, show: Show) -> Check:
    def check(value: Any) -> Mistakes:
        return None if holds(value) else [Unplaced("out-of-range", f"must be {words}, not {show(value)}.", words)]

    return check


def _is_multiple(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int) and abs(value) <= INTEGER_RANGES["int64"][1]:
        return value % step == 0
    quotient = value / step
    return abs(quotient) <= MOST_EXACT and abs(quotient - round(quotient)) < _WHOLE_ENOUGH
