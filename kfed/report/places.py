"""Where a finding's file is, as others name it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kfed.core.finding import Finding, Source

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is.

    Attributes:
        folder: the folder that file names are relative to, absolute.
        root: the repository's own folder, absolute.
    """

    folder: str
    root: str


def within(finding: Finding, place: Place) -> Finding:
    """The finding with its file named from the repository's root; a file elsewhere gets its absolute name."""
    if finding.source is None or finding.source.file == STDIN:
        return finding
    source, *also = (_within(source, place) for source in (finding.source, *finding.also))
    return replace(finding, source=source, also=tuple(also))


def _within(source: Source, place: Place) -> Source:
    path = posixpath.normpath(posixpath.join(place.folder, source.file))
    return replace(source, file=path.removeprefix(place.root.rstrip("/") + "/"))
