"""Findings for people: a line each that editors can jump from, and what helps to mend it indented below."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kfed.core.escaping import printable, printable_line
from kfed.core.finding import Severity
from kfed.core.words import counted
from kfed.report.brief import Omitted, shorten
from kfed.report.words import details, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kfed.core.finding import Finding

_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}


_NAMED = 3  # clusters, and further lines


@dataclass(frozen=True, slots=True)
class Look:
    """How the text looks.

    Attributes:
        colour: it is marked up for a terminal.
        brief: of what a rule has found again and again, only the first few are shown.
        omitted: what else was found, by severity and rule, where it is brief.
    """

    colour: bool = False
    brief: bool = False
    omitted: Mapping[tuple[Severity, str], Omitted] = field(default_factory=dict)


PLAIN = Look()


def text(findings: Sequence[Finding], look: Look = PLAIN) -> str:
    """``file:line:column: error: message [rule]`` for each, details below, and how many there are at the end."""
    if not findings:
        return ""
    shown, left = shorten(findings, look.omitted) if look.brief else (findings, [])
    lines = [line for finding in shown for line in _lines(finding, look)]
    lines += [_more(*omitted, look) for omitted in left]
    found = Counter(finding.severity for finding in shown)
    for severity, _, omitted in left:
        found[severity] += omitted.count
    return "\n".join([*lines, "", f"{summary(found)}.", ""])


def _lines(finding: Finding, look: Look) -> Iterator[str]:
    place = f"{printable_line(str(finding.source))}: " if finding.source else ""
    words = f"{_mark(finding.severity, look)} {printable(finding.message)} {_tag(finding.rule, look)}"
    yield f"{_paint(place, _BOLD, look)}{words}"
    for label, value in details(finding, most=_NAMED if look.brief else None):
        yield f"    {_paint(f'{label}:', _DIM, look)} {printable(value)}"


def _more(severity: Severity, rule: str, omitted: Omitted, look: Look) -> str:
    place = f" in {counted(len(omitted.files), 'file')}" if omitted.files else ""
    words = f"{omitted.count} more of these{place}; --all-findings shows them."
    return f"{_mark(severity, look)} {words} {_tag(rule, look)}"


def _mark(severity: Severity, look: Look) -> str:
    return _paint(f"{severity}:", _COLOURS[severity], look)


def _tag(rule: str, look: Look) -> str:
    return _paint(f"[{rule}]", _DIM, look)


def _paint(words: str, style: str, look: Look) -> str:
    return f"{style}{words}{_RESET}" if look.colour and words else words
