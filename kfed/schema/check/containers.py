"""Containers: the way from a map or a list to what is in it, and what is wrong there.

Null is what an API server makes of it: the same as nothing in a field, wrong in a list, and a value where the schema
says that it may be one. An alternative in a combination sees it only where it is a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.schema.check.mismatch import ignored_null, missing, required_null, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.schema.check.mistakes import Check, Mistakes, Unplaced
    from kfed.schema.check.node import Node

    Compile = Callable[[Node], Check]
    Walk = Callable[[Any], list[Unplaced]]


def fields_walk(node: Node, compile_: Compile) -> Walk | None:
    """For a map; ``None`` when nothing can be wrong in it."""
    if node.is_open and not (node.properties or node.values or node.required):
        return None
    if node.values is not None and not node.properties and not node.required:
        return _values_walk(node, node.values, compile_)
    required, check_null = node.required, _null_check(node, compile_)
    fields = _Fields(node, compile_)
    plain_get = fields.plain.get

    def walk(value: dict[str, Any]) -> list[Unplaced]:
        mistakes: list[Unplaced] = []
        for key, item in value.items():
            if type(item) is plain_get(key):
                continue
            below = fields[key](item) if item is not None else check_null(key)
            if below:
                mistakes += _passing(key, below)
        if required and not value.keys() >= required:
            mistakes += [missing(name) for name in required if name not in value]
        return mistakes

    return walk


def elements_walk(node: Node, compile_: Compile) -> Walk | None:
    """For a list; ``None`` when nothing can be wrong in it."""
    if node.element.is_silent:
        return None
    check_element, plain = compile_(node.element), node.element.plain_type

    def walk(value: list[Any]) -> list[Unplaced]:
        mistakes: list[Unplaced] = []
        for index, item in enumerate(value):
            if type(item) is plain:
                continue
            if below := check_element(item):
                mistakes += _passing(index, below)
        return mistakes

    return walk


def _values_walk(node: Node, of_values: Node, compile_: Compile) -> Walk:
    """For a map whose keys are the user's."""
    check_value, plain, check_null = compile_(of_values), of_values.plain_type, _null_check(node, compile_)

    def walk(value: dict[str, Any]) -> list[Unplaced]:
        mistakes: list[Unplaced] = []
        for key, item in value.items():
            if type(item) is plain:
                continue
            below = check_value(item) if item is not None else check_null(key)
            if below:
                mistakes += _passing(key, below)
        return mistakes

    return walk


def _null_check(node: Node, compile_: Compile) -> Callable[[str], Mistakes]:
    """What is wrong with a field that is null."""

    def check(key: str) -> Mistakes:
        field = node.described(key)
        if field is None:
            return None if node.is_open else [unknown(node, key)]
        if node.loose or field.is_nullable:
            return compile_(field)(None)
        return [required_null(field) if key in node.required else ignored_null(field)]

    return check


class _Fields(dict[str, "Check"]):
    """The functions of a map's fields, each made when the field is first met.

    Attributes:
        plain: the only thing that is to be known of a field: its value is of this Python type.
    """

    def __init__(self, node: Node, compile_: Compile) -> None:
        super().__init__()
        self.plain: dict[str, type] = {}
        self._node, self._compile = node, compile_

    def __missing__(self, key: str) -> Check:
        child = self._node.field(key)
        if child is None:
            return lambda _: [unknown(self._node, key)]
        check = self._compile(child)
        # The keys of a map are the user's, so there is no end to them.
        if key in self._node.properties:
            self[key] = check
            if (plain := child.plain_type) is not None:
                self.plain[key] = plain
        return check


def _passing(key: str | int, mistakes: list[Unplaced]) -> list[Unplaced]:
    for mistake in mistakes:
        mistake.path.append(key)
    return mistakes
