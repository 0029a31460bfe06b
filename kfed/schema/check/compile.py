"""Compiler: from a node of a schema to a function that tells what is wrong with a value.

A node becomes a function when the first value comes to it, and a container that was found clean is not looked into
again while `Compiler.remembering` lasts: the objects of many clusters share nearly all of theirs.

Null is what the API server makes of it: the same as nothing where a field may be absent, and wrong in a list.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kfed.schema.check.combinations import combination_checks
from kfed.schema.check.limits import enum_limits, list_limits, map_limits, number_limits
from kfed.schema.check.mismatch import missing, required_null, unknown, wrong_type
from kfed.schema.check.node import ANYTHING, INT_OR_STRING, NUMBER_OR_STRING, QUANTITY
from kfed.schema.check.texts import Effort, text_limits
from kfed.schema.check.words import kind_of, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kfed.schema.check.mistakes import Check, Mistakes, Unplaced
    from kfed.schema.check.node import Node

_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    INT_OR_STRING: (int, str),
    NUMBER_OR_STRING: (int, float, str),
    QUANTITY: (int, float, str),
    ANYTHING: (str, int, float, bool, type(None)),
}


class Compiler:
    """Makes functions of nodes: from a value to what is wrong with it, ``None`` or no mistakes when nothing is."""

    def __init__(self, *, redact: bool) -> None:
        """With *redact*, no mistake holds a value of what is checked."""
        self.show = kind_of if redact else show
        self._redact = redact
        self._effort = Effort()
        self._compiled: dict[Node, Check] = {}
        # By identity: the node under which a container was found clean, and the containers, so that no other value
        # can come to have the identity of one.
        self._clean: dict[int, Node] = {}
        self._kept: list[Any] = []

    def compile(self, node: Node) -> Check:
        """The function of a node; what it finds clean it remembers, so it is to be called within `remembering`."""
        check = self._compiled.get(node)
        if check is None:
            check = self._compiled[node] = self._make(node)
        return check

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Until the context ends, containers that were found clean are not to change; then all are let go of."""
        self._effort.renew()
        try:
            yield
        finally:
            self._clean.clear()
            self._kept.clear()

    def _make(self, node: Node) -> Check:
        if node.type == "object":
            return self._map(node)
        if node.type == "array":
            return self._list(node)
        if node.is_silent:
            return _accept
        return self._by_type(node)

    def _by_type(self, node: Node) -> Check:
        """What is no container, or may be something else as well."""
        accepted = {type_: self._limits(node, type_) for type_ in _SCALARS.get(node.type, _SCALARS[ANYTHING])}
        if node.type == ANYTHING:
            accepted[dict], accepted[list] = (self._map(node),), (self._list(node),)
        refuse = self._refuse(node)

        def check(value: Any) -> Mistakes:
            limits = accepted.get(type(value))
            if limits is None:
                if type(value) is float and int in accepted and value.is_integer():
                    limits = accepted[int]
                else:
                    return refuse(value)
            return _all(limits, value) if limits else None

        return check

    def _limits(self, node: Node, type_: type) -> tuple[Check, ...]:
        """What holds for the values of one type at a node."""
        schema = node.schema
        if type_ is type(None):
            return ()
        limits: list[Check] = [*enum_limits(schema, self.show)]
        if type_ is str:
            limits += text_limits(schema, self.show, self._effort)
        elif type_ in (int, float):
            limits += number_limits(schema, self.show)
        elif type_ is dict:
            limits += map_limits(schema)
        elif type_ is list:
            limits += list_limits(node, self.show)
        limits += combination_checks(node, self.compile)
        return tuple(limits)

    def _refuse(self, node: Node) -> Check:
        """What is wrong with a value of a type that the node does not have; null may be a value."""
        redact = self._redact
        return lambda value: None if value is None and node.is_nullable else [wrong_type(node, value, redact=redact)]

    def _map(self, node: Node) -> Check:
        limits, refuse = self._limits(node, dict), self._refuse(node)
        is_map = node.values is not None and not node.properties and not node.required
        walk = self._walk_values(node) if is_map else self._walk_fields(node)
        clean, clean_get, keep = self._clean, self._clean.get, self._kept.append

        def check(value: Any) -> Mistakes:
            if clean_get(id(value)) is node:
                return None
            if type(value) is not dict:
                return refuse(value)
            mistakes = walk(value)
            if limits:
                mistakes += _all(limits, value)
            if not mistakes:
                clean[id(value)] = node
                keep(value)
            return mistakes

        return check

    def _walk_values(self, node: Node) -> Callable[[dict[str, Any]], list[Unplaced]]:
        """For a map whose keys are the user's."""
        of_value = node.values or node
        check_value, plain = self.compile(of_value), of_value.plain_type

        def walk(value: dict[str, Any]) -> list[Unplaced]:
            mistakes: list[Unplaced] = []
            for key, item in value.items():
                if type(item) is plain or item is None:
                    continue
                below = check_value(item)
                if below:
                    mistakes += _passing(key, below)
            return mistakes

        return walk

    def _walk_fields(self, node: Node) -> Callable[[dict[str, Any]], list[Unplaced]]:
        """For a map whose fields the schema names."""
        if node.is_open and not (node.properties or node.values or node.required):
            return lambda _: []
        required = node.required
        fields = _Fields(node, self.compile)
        plain_get = fields.plain.get

        def walk(value: dict[str, Any]) -> list[Unplaced]:
            mistakes: list[Unplaced] = []
            for key, item in value.items():
                if type(item) is plain_get(key):
                    continue
                below = fields[key](item) if item is not None else _check_null(node, key)
                if below:
                    mistakes += _passing(key, below)
            if required and not value.keys() >= required:
                mistakes += [missing(name) for name in required if name not in value]
            return mistakes

        return walk

    def _list(self, node: Node) -> Check:
        limits, refuse = self._limits(node, list), self._refuse(node)
        check_element, plain = self.compile(node.element), node.element.plain_type
        clean, clean_get, keep = self._clean, self._clean.get, self._kept.append

        def check(value: Any) -> Mistakes:
            if clean_get(id(value)) is node:
                return None
            if type(value) is not list:
                return refuse(value)
            mistakes: list[Unplaced] = []
            for index, item in () if check_element is _accept else enumerate(value):
                if type(item) is plain:
                    continue
                below = check_element(item)
                if below:
                    mistakes += _passing(index, below)
            if limits:
                mistakes += _all(limits, value)
            if not mistakes:
                clean[id(value)] = node
                keep(value)
            return mistakes

        return check


class _Fields(dict[str, "Check"]):
    """The functions of a map's fields, each made when the field is first met.

    Attributes:
        plain: the only thing that is to be known of a field: its value is of this Python type.
    """

    def __init__(self, node: Node, compile_: Callable[[Node], Check]) -> None:
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


def _accept(_: Any) -> Mistakes:
    return None


def _all(limits: Iterable[Check], value: Any) -> list[Unplaced]:
    mistakes: list[Unplaced] = []
    for limit in limits:
        if broken := limit(value):
            mistakes += broken
    return mistakes


def _passing(key: str | int, mistakes: list[Unplaced]) -> list[Unplaced]:
    for mistake in mistakes:
        mistake.path.append(key)
    return mistakes


def _check_null(node: Node, key: str) -> Mistakes:
    child = node.field(key)
    if child is None:
        return [unknown(node, key)]
    if key not in node.required or child.is_nullable:
        return None
    return [required_null(child)]
