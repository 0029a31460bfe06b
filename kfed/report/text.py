"""Findings for people: a line each that editors can jump from, and what helps to mend it indented below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.core.escaping import printable, printable_line
from kfed.core.finding import Severity
from kfed.report.words import details, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kfed.core.finding import Finding

_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}


def text(findings: Sequence[Finding], *, colour: bool = False) -> str:
    """``file:line:column: error: message [rule]`` for each, details below, and how many there are at the end."""
    if not findings:
        return ""
    lines = [line for finding in findings for line in _lines(finding, colour=colour)]
    return "\n".join([*lines, "", f"{summary(findings)}.", ""])


def _lines(finding: Finding, *, colour: bool) -> Iterator[str]:
    place = f"{printable_line(str(finding.source))}: " if finding.source else ""
    severity = _paint(f"{finding.severity}:", _COLOURS[finding.severity], colour=colour)
    rule = _paint(f"[{finding.rule}]", _DIM, colour=colour)
    yield f"{_paint(place, _BOLD, colour=colour)}{severity} {printable(finding.message)} {rule}"
    for label, value in details(finding):
        yield f"    {_paint(f'{label}:', _DIM, colour=colour)} {printable(value)}"


def _paint(words: str, style: str, *, colour: bool) -> str:
    return f"{style}{words}{_RESET}" if colour and words else words
