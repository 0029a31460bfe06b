"""Findings as GitHub's workflow commands: annotations on the lines of a pull request.

The format and its escapes are those of the runner (actions/toolkit, ``packages/core/src/command.ts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.core.escaping import printable
from kfed.report.words import counts, details, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.core.finding import Finding


def github(findings: Sequence[Finding]) -> str:
    """``::error file=…,line=…,col=…,title=…::message`` for each, and how many there are at the end."""
    if not findings:
        return ""
    return "\n".join([*map(_annotation, findings), f"{summary(counts(findings))}.", ""])


def _annotation(finding: Finding) -> str:
    properties: dict[str, str] = {"title": finding.rule}
    if source := finding.source:
        properties = {"file": source.file, "line": str(source.line), "col": str(source.column)} | properties
    joined = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    lines = [finding.message, *(f"{label}: {value}" for label, value in details(finding))]
    message = "%0A".join(map(_escape, lines))
    return f"::{finding.severity} {joined}::{message}"


def _escape(text: str) -> str:
    return printable(text).replace("%", "%25")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
