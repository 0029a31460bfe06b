"""What every form says of a finding, in words."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from kfed.core.finding import Severity
from kfed.core.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kfed.core.finding import Finding, Source


def details(finding: Finding, *, most: int | None = None) -> Iterator[tuple[str, str]]:
    """What is known of a finding beyond its message, as label and text; what the message says is not said again.

    Args:
        finding: what was found.
        most: how many of the clusters and of the further places to name; ``None`` for all.
    """
    if finding.object:
        yield "object", f"{finding.object} {finding.path}".rstrip()
    elif finding.path:
        yield "path", finding.path
    if finding.clusters:
        yield "cluster" if len(finding.clusters) == 1 else "clusters", _listed(finding.clusters, most)
    if finding.also:
        yield "also in line" if len(finding.also) == 1 else "also in lines", _listed(_lines(finding.also), most)
    if finding.nearest:
        if not _says(finding.message, finding.nearest):
            yield "did you mean", f"{finding.nearest}?"
    elif finding.expected and not _says(finding.message, finding.expected):
        yield "expected", finding.expected


def _lines(places: Iterable[Source]) -> list[str]:
    """What is one thing is in one document, and so in one file."""
    return [str(line) for line in dict.fromkeys(place.line for place in places)]


def _listed(names: Sequence[str], most: int | None) -> str:
    if most is None or len(names) <= most + 1:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def summary(found: Mapping[Severity, int]) -> str:
    """How many errors and warnings, such as ``2 errors, 1 warning``."""
    errors, warnings = found.get(Severity.ERROR, 0), found.get(Severity.WARNING, 0)
    said = [counted(errors, "error")] if errors or not warnings else []
    return ", ".join([*said, *([counted(warnings, "warning")] if warnings else [])])


def counts(findings: Iterable[Finding]) -> Counter[Severity]:
    """How many errors, and how many warnings."""
    return Counter(finding.severity for finding in findings)


def _says(message: str, words: str) -> bool:
    return re.search(rf"(?<![\w/-]){re.escape(words)}(?![\w/-])", message) is not None
