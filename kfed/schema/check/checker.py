"""Checker: a value against a structural schema, as an API server with ``fieldValidation=Strict`` would look at it.

Not looked at are CEL rules (``x-kubernetes-validations``), which the API server evaluates.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kfed.schema.check.compile import Compiler
from kfed.schema.check.defaults import settled
from kfed.schema.check.mistakes import placed
from kfed.schema.check.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kfed.core.mistake import Mistake


class Checker:
    """Checks values of one type."""

    def __init__(self, schema: dict[str, Any], *, redact: bool) -> None:
        """Make one for a structural *schema*; with *redact*, no message holds a value of what is checked."""
        self._compiler = Compiler(redact=redact)
        self._node = Node(schema)
        self._root = self._compiler.compile(self._node)

    def check(self, value: Any) -> list[Mistake]:
        """Every mistake of *value*, by path."""
        with self.checking() as check:
            return check(value)

    @contextmanager
    def checking(self) -> Iterator[Callable[[Any], list[Mistake]]]:
        """For values that share parts, a `check` that looks into each part once.

        Until the context ends, a container that was found clean must not be changed, for it is not looked into again.
        """
        with self._compiler.remembering():
            yield self._check

    def settled(self, value: Any) -> Any:
        """What an API server makes of *value* and keeps: without nulls that mean nothing, and with every default.

        It shares with *value* whatever stays as it is, and is *value* itself when all does.
        """
        return settled(self._node, value)

    def _check(self, value: Any) -> list[Mistake]:
        mistakes = self._root(value)
        return placed(mistakes, "the object") if mistakes else []
