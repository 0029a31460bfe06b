"""What every form says of a finding, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.core.finding import Severity
from kfed.core.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.core.finding import Finding


def details(finding: Finding) -> Iterator[tuple[str, str]]:
    """What is known of a finding beyond its message, as label and text."""
    if finding.object:
        yield "object", finding.object
    if finding.cluster:
        yield "cluster", finding.cluster
    if finding.path:
        yield "path", finding.path
    if finding.expected:
        yield "expected", finding.expected
    if finding.nearest:
        yield "did you mean", f"{finding.nearest}?"


def summary(findings: Iterable[Finding]) -> str:
    """How many errors and warnings, such as ``2 errors, 1 warning``."""
    errors, warnings = counts(findings)
    said = [counted(errors, "error")] if errors or not warnings else []
    return ", ".join([*said, *([counted(warnings, "warning")] if warnings else [])])


def counts(findings: Iterable[Finding]) -> tuple[int, int]:
    """How many errors, and how many warnings."""
    severities = [finding.severity for finding in findings]
    return severities.count(Severity.ERROR), severities.count(Severity.WARNING)
