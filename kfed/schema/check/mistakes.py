"""What is wrong with a value, from where it is seen up to the whole value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.schema.check.words import subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.rules import Rule

# What is not there has no place but that of the key of what it should be in.
_ON_KEY = ("missing-required", "unknown-field")


@dataclass(slots=True)
class Unplaced:
    """A mistake on its way up: what is wrong is known, and where, only as far as it has come.

    Attributes:
        rule: as in `Mistake`.
        predicate: the message without its subject, ``must be an integer.``
        expected: as in `Mistake`.
        nearest: as in `Mistake`.
        severity: as in `Mistake`; a warning says that nobody has looked.
        path: the keys and indices passed so far, the last one first.
    """

    rule: Rule
    predicate: str
    expected: str = ""
    nearest: str = ""
    severity: Severity = Severity.ERROR
    path: list[str | int] = field(default_factory=list)


Mistakes = list[Unplaced] | None
Check = Callable[[Any], Mistakes]


def placed(mistakes: Iterable[Unplaced], whole: str) -> list[Mistake]:
    """*mistakes* as sentences, by path; *whole* is what the value itself is called."""
    return sorted({_placed(mistake, whole) for mistake in mistakes}, key=_order)


def _placed(mistake: Unplaced, whole: str) -> Mistake:
    at = tuple(reversed(mistake.path))
    message = f"{subject(at) or whole} {mistake.predicate}"
    on_key = mistake.rule in _ON_KEY
    return Mistake(
        mistake.rule, message, at, on_key, mistake.severity, expected=mistake.expected, nearest=mistake.nearest
    )


def _order(mistake: Mistake) -> tuple[Any, ...]:
    # The position of an element counts as a number, and goes before any name.
    path = tuple((0, token, "") if isinstance(token, int) else (1, 0, str(token)) for token in mistake.at)
    return path, mistake.rule, mistake.message
