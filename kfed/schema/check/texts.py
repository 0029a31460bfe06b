"""Texts: how long one may be, which pattern is to be in it, and what form it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.schema.check.limits import size_limits
from kfed.schema.check.mistakes import Unplaced
from kfed.schema.check.words import shortened
from kfed.schema.formats.own import OWN_PATTERNS
from kfed.schema.formats.table import format_of
from kfed.schema.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.schema.check.mistakes import Check, Mistakes
    from kfed.schema.check.words import Show
    from kfed.schema.formats.table import Format

# About two seconds, where real objects need far less than a hundredth of one.
_STEPS = 200_000_000


class Effort:
    """How many steps are left for the patterns of one value, so that no schema can make a check last."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """For another value."""
        self._left = _STEPS

    def spend(self, steps: int) -> bool:
        """Take *steps* off what is left, or tell that there are not so many."""
        if steps > self._left:
            return False
        self._left -= steps
        return True


def text_limits(schema: dict[str, Any], show: Show, effort: Effort) -> Iterator[Check]:
    """What a text must look like."""
    yield from size_limits(schema, "Length", "character")
    pattern = schema.get("pattern", "")
    if pattern in OWN_PATTERNS:
        yield _formed(OWN_PATTERNS[pattern], show)
    elif pattern:
        yield _pattern(pattern, show, effort)
    if (named := format_of(schema)) is not None:
        yield _formed(named, show)


def _pattern(pattern: str, show: Show, effort: Effort) -> Check:
    compiled = compile_pattern(pattern)
    if compiled is None:
        return lambda _: [_unchecked(pattern, "is too large for kfed, or none that an API server takes")]
    words = f"a string that matches {shortened(pattern)}"

    def check(text: str) -> Mistakes:
        if not effort.spend(compiled.steps(text)):
            return [_unchecked(pattern, "would take too long in a text of this length")]
        return None if compiled.matches(text) else [_ill_formed(words, text, show)]

    return check


def _formed(form: Format, show: Show) -> Check:
    return lambda text: None if form.accepts(text) else [_ill_formed(form.words, text, show)]


def _ill_formed(words: str, text: str, show: Show) -> Unplaced:
    return Unplaced("wrong-format", f"must be {words}, not {show(text)}.", words)


def _unchecked(pattern: str, why: str) -> Unplaced:
    predicate = f"was not held to the pattern {shortened(pattern)}, which {why}; the API server will look at it."
    return Unplaced("unchecked-pattern", predicate, f"a string that matches {shortened(pattern)}", "", Severity.WARNING)
