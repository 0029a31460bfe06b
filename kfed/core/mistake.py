"""Mistake: what is wrong in one federated object, told by the place in that object."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.pointer import Path
    from kfed.core.rules import Rule

# As in /spec/overrides/0/clusterOverrides/0: deeper is within a patch.
_LISTS = 5


@dataclass(frozen=True, slots=True)
class Mistake:
    """A finding whose place is not yet looked up.

    Attributes:
        rule: as in `kfed.core.finding.Finding`, like the rest.
        message: a full sentence.
        at: where in the federated object the mistake was made.
        on_key: the key at *at* is to blame, not its value.
        severity: a warning does not stop the object from being rendered.
        cluster: the only cluster concerned, or empty.
        expected: what would have been right.
        nearest: the nearest right name.
    """

    rule: Rule
    message: str
    at: Path
    on_key: bool = False
    severity: Severity = Severity.ERROR
    cluster: str = ""
    expected: str = ""
    nearest: str = ""


def gather(mistakes: Iterable[Mistake]) -> list[tuple[Mistake, ...]]:
    """The mistakes of one object, those together that are one thing to who reads of them.

    That is what is said in the same words of the same field, of one cluster or another, or of the overrides of one
    cluster or another: who has made it for twenty clusters has made it once.

    Returns:
        Groups of at least one, each in the order that they came in, ordered by their first.
    """
    groups: dict[tuple[Any, ...], list[Mistake]] = {}
    for mistake in mistakes:
        # Where a message names the cluster, it says the same of another.
        words = _name(mistake.cluster).sub("\0", mistake.message) if mistake.cluster else mistake.message
        key = (mistake.rule, mistake.severity, words, _field(mistake.at), mistake.expected, mistake.nearest)
        groups.setdefault(key, []).append(mistake)
    return [tuple(group) for group in groups.values()]


@lru_cache(maxsize=1024)
def _name(cluster: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(cluster)}(?![\w.-])")


def _field(at: Path) -> Path:
    """The place without the positions of entries and of their patches in the lists of a placement or of overrides."""
    if at[:2] == ("spec", "template"):
        return at
    return (*("*" if isinstance(token, int) else token for token in at[:_LISTS]), *at[_LISTS:])
