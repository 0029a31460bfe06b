"""Checker: a value against a structural schema, as an API server with ``fieldValidation=Strict`` would look at it.

Not looked at are CEL rules (``x-kubernetes-validations``), which the API server evaluates, and patterns that have no
counterpart in Python (`kfed.schema.check.patterns`).
"""

from __future__ import annotations

from typing import Any

from kfed.schema.check.compile import Compiler
from kfed.schema.check.node import Node
from kfed.schema.check.problem import Problem, to_problems

__all__ = ["Checker", "Problem"]


class Checker:
    """Checks values of one type, and remembers what it has found clean."""

    def __init__(self, schema: dict[str, Any], *, redact: bool) -> None:
        """Make one for a structural *schema*; with *redact*, no message holds a value of what is checked."""
        self._compiler = Compiler(redact=redact)
        self._root = self._compiler.compile(Node(schema))

    def check(self, value: Any) -> list[Problem]:
        """Every problem of *value*, by path.

        Containers in which there is none are taken for clean from then on: until `forget` they must not be changed,
        and they are kept alive.
        """
        faults = self._root(value)
        return to_problems(faults, "the object") if faults else []

    def forget(self) -> None:
        """Let go of every value seen."""
        self._compiler.forget()
