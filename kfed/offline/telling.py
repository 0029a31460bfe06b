"""Telling: what several checks say of one object, each slip once and in the words that help most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.schema.check import Problem

# Where one of these is to be said, what else is wrong with the value follows from it.
_SHAPE = ("missing-required", "wrong-type")
# What is not there has no place but that of the key of what it should be in.
ON_KEY = ("missing-required", "unknown-field")
_PLACEMENT = ("spec", "placement")


def from_problem(problem: Problem) -> Mistake:
    """What a schema says of a whole object, as a mistake in it."""
    return Mistake(
        problem.rule,
        problem.message,
        problem.path,
        on_key=problem.rule in ON_KEY,
        expected=problem.expected,
        nearest=problem.nearest,
    )


def tell_once(schema: list[Mistake], others: list[Mistake]) -> list[Mistake]:
    """All that is to be told of one federated object.

    Args:
        schema: what the schema of its type says.
        others: what the rules of federation say. They know more of a place than a schema does and go before it, unless
            the value has not even the right shape.
    """
    shapeless = {mistake.at for mistake in schema if mistake.rule in _SHAPE}
    kept = [one for one in others if one.at not in shapeless or one.rule == "server-field"]
    told = {mistake.at for mistake in kept}
    told |= {mistake.at[:-1] for mistake in kept if mistake.rule == "duplicate-cluster"}
    mistakes = [*(mistake for mistake in schema if mistake.at not in told), *kept]
    return list(_without_repeats(_without_echoes(mistakes)))


def _without_echoes(mistakes: list[Mistake]) -> Iterator[Mistake]:
    """Where a placement is wrong, that overrides are for nobody is no news."""
    astray = any(one.at[:2] == _PLACEMENT and one.severity is Severity.ERROR for one in mistakes)
    return (one for one in mistakes if not astray or one.rule != "unused-override")


def _without_repeats(mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    seen: set[tuple[Any, ...]] = set()
    for mistake in mistakes:
        key = (mistake.rule, mistake.at, mistake.cluster, mistake.message)
        if key not in seen:
            seen.add(key)
            yield mistake
