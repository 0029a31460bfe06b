"""Compiler: from a node of a schema to a function that tells what is wrong with a value.

A node becomes a function when the first value comes to it, and a container that was found clean is not looked into
again: the objects of many clusters share nearly all of theirs.

Null is what the API server makes of it: the same as nothing where a field may be absent, and wrong in a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.schema.check.combinations import combination_checks
from kfed.schema.check.limits import enum_limits, list_limits, map_limits, number_limits, text_limits
from kfed.schema.check.mismatch import missing, required_null, unknown, wrong_type
from kfed.schema.check.node import ANYTHING, INT_OR_STRING, NUMBER_OR_STRING
from kfed.schema.check.problem import kind_of, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kfed.schema.check.node import Node
    from kfed.schema.check.problem import Check, Fault, Faults

_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    INT_OR_STRING: (int, str),
    NUMBER_OR_STRING: (int, float, str),
    ANYTHING: (str, int, float, bool, type(None)),
}


class Compiler:
    """Makes functions of nodes: from a value to what is wrong with it, ``None`` or no faults when nothing is."""

    def __init__(self, *, redact: bool) -> None:
        """With *redact*, no fault holds a value of what is checked."""
        self.show = kind_of if redact else show
        self._redact = redact
        self._compiled: dict[Node, Check] = {}
        # By identity: the node under which a container was found clean, and the containers, so that no other value
        # can come to have the identity of one.
        self._clean: dict[int, Node] = {}
        self._kept: list[Any] = []

    def compile(self, node: Node) -> Check:
        """The function of a node."""
        found = self._compiled.get(node)
        if found is None:
            found = self._compiled[node] = self._make(node)
        return found

    def forget(self) -> None:
        """Let go of every value seen."""
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

        def check(value: Any) -> Faults:
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
            limits += text_limits(schema, self.show)
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

        def check(value: Any) -> Faults:
            if clean_get(id(value)) is node:
                return None
            if type(value) is not dict:
                return refuse(value)
            faults = walk(value)
            if limits:
                faults += _all(limits, value)
            if not faults:
                clean[id(value)] = node
                keep(value)
            return faults

        return check

    def _walk_values(self, node: Node) -> Callable[[dict[str, Any]], list[Fault]]:
        """For a map whose keys are the user's."""
        of_value = node.values or node
        check_value, plain = self.compile(of_value), of_value.plain_type

        def walk(value: dict[str, Any]) -> list[Fault]:
            faults: list[Fault] = []
            for key, item in value.items():
                if type(item) is plain or item is None:
                    continue
                found = check_value(item)
                if found:
                    faults += _passing(key, found)
            return faults

        return walk

    def _walk_fields(self, node: Node) -> Callable[[dict[str, Any]], list[Fault]]:
        """For a map whose fields the schema names."""
        if node.is_open and not (node.properties or node.values or node.required):
            return lambda _: []
        required = node.required
        fields = _Fields(node, self.compile)
        plain_get = fields.plain.get

        def walk(value: dict[str, Any]) -> list[Fault]:
            faults: list[Fault] = []
            for key, item in value.items():
                if type(item) is plain_get(key):
                    continue
                found = fields[key](item) if item is not None else _check_null(node, key)
                if found:
                    faults += _passing(key, found)
            if required and not value.keys() >= required:
                faults += [missing(name) for name in required if name not in value]
            return faults

        return walk

    def _list(self, node: Node) -> Check:
        limits, refuse = self._limits(node, list), self._refuse(node)
        check_element, plain = self.compile(node.element), node.element.plain_type
        clean, clean_get, keep = self._clean, self._clean.get, self._kept.append

        def check(value: Any) -> Faults:
            if clean_get(id(value)) is node:
                return None
            if type(value) is not list:
                return refuse(value)
            faults: list[Fault] = []
            for index, item in () if check_element is _accept else enumerate(value):
                if type(item) is plain:
                    continue
                found = check_element(item)
                if found:
                    faults += _passing(index, found)
            if limits:
                faults += _all(limits, value)
            if not faults:
                clean[id(value)] = node
                keep(value)
            return faults

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


def _accept(_: Any) -> Faults:
    return None


def _all(limits: Iterable[Check], value: Any) -> list[Fault]:
    faults: list[Fault] = []
    for limit in limits:
        found = limit(value)
        if found:
            faults += found
    return faults


def _passing(key: str | int, faults: list[Fault]) -> list[Fault]:
    for fault in faults:
        fault.path.append(key)
    return faults


def _check_null(node: Node, key: str) -> Faults:
    child = node.field(key)
    if child is None:
        return [unknown(node, key)]
    if key not in node.required or child.is_nullable:
        return None
    return [required_null(child)]
