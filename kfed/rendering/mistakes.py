"""Telling: what several checks say of one object, each slip once and in the words that help most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.overridepath import Match, as_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kfed.core.mistake import Mistake
    from kfed.core.overridepath import Token, Tokens
    from kfed.schema.check.paths import ListRule

# Where one of these is to be said, what else is wrong with the value follows from it.
_SHAPE = ("missing-required", "wrong-type")
_PLACEMENT = ("spec", "placement")
_APPEND = "-"


def name_elements(
    mistake: Mistake, tokens: Tokens, template: Mapping[str, Any], lists: Callable[[Tokens], ListRule | None]
) -> Mistake:
    """The doubt about a path that goes by position, with the path that goes by the keys that the template has there."""
    better = to_text(tuple(by_key(tokens, template, lists)))
    return replace(mistake, message=mistake.message.replace(mistake.expected, better), expected=better)


def by_key(tokens: Tokens, value: Any, lists: Callable[[Tokens], ListRule | None]) -> Iterator[Token]:
    """*tokens*, which may go by position, by keys where the lists of *value* have some; ``…`` is one nobody knows."""
    for depth, token in enumerate(tokens):
        rule = lists(tokens[:depth]) if isinstance(value, list) else None
        value = _below(value, token)
        if rule is None or isinstance(token, Match) or token == _APPEND:
            yield token
        else:
            known = {**rule.defaults, **(value if isinstance(value, dict) else {})}
            yield Match(tuple((key, as_text(known.get(key, "…"))) for key in rule.keys))


def _below(value: Any, token: Token) -> Any:
    match value, token:
        case dict(), str():
            return value.get(token)
        case list(), str() if token.isdigit() and int(token) < len(value):
            return value[int(token)]
    return None


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
    """Where a placement is wrong, or cannot be read, that it selects nobody is no news."""
    astray = any(mistake.severity is Severity.ERROR and _hides_placement(mistake) for mistake in mistakes)
    return (
        mistake for mistake in mistakes if not astray or mistake.rule not in ("nothing-selected", "unused-override")
    )


def _hides_placement(mistake: Mistake) -> bool:
    """Whether a mistake is in the placement, above it, or may be its name misspelt."""
    at = mistake.at
    return (
        at[:2] == _PLACEMENT or at == _PLACEMENT[:1] or (mistake.rule == "unknown-field" and at[:-1] == _PLACEMENT[:1])
    )


def _without_repeats(mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    seen: set[tuple[Any, ...]] = set()
    for mistake in mistakes:
        key = (mistake.rule, mistake.at, mistake.cluster, mistake.message)
        if key not in seen:
            seen.add(key)
            yield mistake
