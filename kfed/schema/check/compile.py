"""Compiler: from a node of a schema to a function that tells what is wrong with a value.

A node becomes a function when the first value comes to it, and a container that was found clean is not looked into
again while `Compiler.remembering` lasts: the objects of many clusters share nearly all of theirs.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kfed.schema.check.combinations import combination_checks
from kfed.schema.check.containers import elements_walk, fields_walk
from kfed.schema.check.defaults import settled
from kfed.schema.check.limits import MOST_EXACT, enum_limits, list_limits, map_limits, number_limits
from kfed.schema.check.mismatch import wrong_type
from kfed.schema.check.node import ANYTHING, INT_OR_STRING, NUMBER_OR_STRING, QUANTITY
from kfed.schema.check.texts import Effort, text_limits
from kfed.schema.check.words import kind_of, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.schema.check.containers import Walk
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
                if type(value) is float and int in accepted and value.is_integer() and abs(value) <= MOST_EXACT:
                    limits = accepted[int]
                else:
                    return refuse(value)
            return _all(limits, value) if limits else None

        return check

    def _limits(self, node: Node, type_: type) -> tuple[Check, ...]:
        """What holds for the values of one type at a node."""
        schema = node.schema
        limits: list[Check] = [*enum_limits(schema, self.show)]
        if type_ is type(None):
            return tuple(limits)
        if type_ is str:
            limits += text_limits(schema, self.show, self._effort)
        elif type_ in (int, float):
            limits += number_limits(node, self.show)
        elif type_ is dict:
            limits += map_limits(schema)
        elif type_ is list:
            limits += list_limits(node, self.show)
        limits += combination_checks(node, self.compile)
        return tuple(limits)

    def _refuse(self, node: Node) -> Check:
        """What is wrong with a value of a type that the node does not have; null may be a value."""
        redact, of_null = self._redact, tuple(enum_limits(node.schema, self.show))

        def refuse(value: Any) -> Mistakes:
            if value is None and (node.is_nullable or node.default is not None):
                return _all(of_null, value) if node.is_nullable else None
            return [wrong_type(node, value, redact=redact)]

        return refuse

    def _map(self, node: Node) -> Check:
        return self._container(node, dict, fields_walk(node, self.compile))

    def _list(self, node: Node) -> Check:
        return self._container(node, list, elements_walk(node, self.compile))

    def _container(self, node: Node, type_: type, walk: Walk | None) -> Check:
        """A container is looked into once; what holds for it as a whole holds for what an API server makes of it."""
        limits, refuse, loose = self._limits(node, type_), self._refuse(node), node.loose
        clean, clean_get, keep = self._clean, self._clean.get, self._kept.append

        def check(value: Any) -> Mistakes:
            if clean_get(id(value)) is node:
                return None
            if type(value) is not type_:
                return refuse(value)
            mistakes = walk(value) if walk else []
            if limits:
                mistakes += _all(limits, value if loose else settled(node, value))
            if not mistakes:
                clean[id(value)] = node
                keep(value)
            return mistakes

        return check


def _accept(_: Any) -> Mistakes:
    return None


def _all(limits: Iterable[Check], value: Any) -> list[Unplaced]:
    mistakes: list[Unplaced] = []
    for limit in limits:
        if broken := limit(value):
            mistakes += broken
    return mistakes
