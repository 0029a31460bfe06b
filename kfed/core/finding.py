"""Finding: one thing that is wrong, or doubtful, in what the user gave; where, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kfed.core.rules import Rule


class Severity(StrEnum):
    """Whether a finding stops the run."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake or doubt.

    Attributes:
        rule: stable identifier in kebab-case, such as ``unknown-field``; the key of `RULES`.
        message: a full sentence; it never holds the value of a Secret.
        severity: an error stops the run, a warning does not.
        source: where in the user's files; ``None`` when nothing in a file is to blame.
        object: the federated object, ``FederatedDeployment test-ns/web``; empty when no object is concerned.
        clusters: the member clusters concerned, in order; empty when it is all of them or none.
        path: JSON pointer to the field, within the object that `source` shows.
        expected: what would have been right, such as ``an integer``.
        nearest: the nearest right name, for a name that is wrong.
        also: further places of the very same, as where the overrides of one cluster after the other make one mistake.
    """

    rule: Rule
    message: str
    severity: Severity = Severity.ERROR
    source: Source | None = None
    object: str = ""
    clusters: tuple[str, ...] = ()
    path: str = ""
    expected: str = ""
    nearest: str = ""
    also: tuple[Source, ...] = ()

    def sort_key(self) -> tuple[Any, ...]:
        """Order of a report: by place, then object, cluster, path; no place comes first."""
        where = self.source or Source("", 0, 0)
        return (where.file, where.line, where.column, self.object, self.clusters, self.path, self.rule, self.message)
