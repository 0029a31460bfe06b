"""The first few findings of each rule: what a person reads where one thing was found again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kfed.core.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.core.finding import Finding

# An error has to be mended before anything is written, so more of them are shown.
MOST = {Severity.ERROR: 10, Severity.WARNING: 5}


@dataclass(slots=True)
class Omitted:
    """Findings of one rule that are not shown.

    Attributes:
        count: how many.
        files: the files that they are in.
    """

    count: int = 0
    files: set[str] = field(default_factory=set)

    def add(self, count: int, files: Iterable[str]) -> None:
        """Count more of them."""
        self.count += count
        self.files.update(files)


def shorten(
    findings: Iterable[Finding], omitted: Mapping[tuple[Severity, str], Omitted]
) -> tuple[list[Finding], list[tuple[Severity, str, Omitted]]]:
    """The findings that are shown, and by severity and rule what is not.

    Args:
        findings: in order.
        omitted: what was not even looked up; then at least one more than are shown is among the findings.
    """
    by_rule: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault((finding.severity, finding.rule), []).append(finding)
    shown: set[int] = set()
    left = []
    for (severity, rule), same in by_rule.items():
        rest = Omitted()
        if (severity, rule) in omitted:
            rest.add(omitted[severity, rule].count, omitted[severity, rule].files)
        most = MOST[severity]
        if len(same) + rest.count > most + 1:  # to say that there is one more takes as much room as showing it
            rest.add(len(same[most:]), (finding.source.file for finding in same[most:] if finding.source))
            same = same[:most]  # noqa: PLW2901  (as many as are shown)
        shown.update(map(id, same))
        if rest.count:
            left.append((severity, rule, rest))
    return [finding for finding in findings if id(finding) in shown], left
