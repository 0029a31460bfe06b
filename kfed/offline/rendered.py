"""The output folder of ``kfed render``: made to hold what was rendered, or compared with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kfed.core.finding import Finding, Source
from kfed.offline.output import spool_objects
from kfed.offline.tree.clusters import ClusterFolders, add_kustomizations
from kfed.offline.tree.folder import Folder, WritableFolder
from kfed.offline.tree.spool import Spool
from kfed.offline.tree.tree import Difference, ForeignFileError, What, commit, compare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kfed.core.rules import Rule
    from kfed.offline.run import Output, Report
    from kfed.offline.tree.tree import Counts

# What is found in a folder that is not as it should be: the rule, and what it says of a path.
_DIFFERENCES: dict[What, tuple[Rule, str]] = {
    What.MISSING: ("out-of-date", "is missing; render again without --check"),
    What.DIFFERS: ("out-of-date", "differs from what would be rendered; render again without --check"),
    What.UNWANTED: ("out-of-date", "is no longer wanted; render again without --check"),
    What.LEFT: (
        "out-of-date",
        "is left of a run that was interrupted; render again without --check, which removes it",
    ),
    What.FOREIGN: (
        "foreign-file",
        "is not of kfed's making, and kfed would write there; move it elsewhere and run again",
    ),
    What.STRAY: (
        "stray-file",
        "is not of kfed's making, and is applied by those who apply the folder; move it elsewhere",
    ),
}


def write_tree(
    steps: Iterable[list[Output]], report: Report, target: str, only: Collection[str], *, strict: bool
) -> Counts | None:
    """Make the output folder hold what is rendered, if nothing is wrong.

    Args:
        steps: the objects made of one federated object after the other.
        report: of the run that makes the steps; files in the way are added to it.
        target: the output folder.
        only: the clusters that are rendered; the files of others stay as they are. All of them when empty.
        strict: warnings are wrong as well.

    Returns:
        What was written; ``None`` when something is wrong, and nothing was.

    Raises:
        UnavailableError: the folder cannot be written, or another run has it.
        InputError: it is no folder, or its index is not as kfed writes it.
    """
    with Spool() as spool, WritableFolder(target) as folder:
        layout = ClusterFolders(folder, only)
        spool_objects(steps, spool, report)
        if report.failed(strict=strict):
            return None
        add_kustomizations(spool, report.clusters)
        try:
            return commit(folder, spool, layout)
        except ForeignFileError as error:
            report.findings += [_finding(folder, Difference(path, What.FOREIGN)) for path in error.paths]
            return None


def check_tree(
    steps: Iterable[list[Output]], report: Report, target: str, only: Collection[str], *, strict: bool
) -> None:
    """Compare the output folder with what is rendered, if nothing is wrong with that; write nothing.

    Args:
        steps: the objects made of one federated object after the other.
        report: of the run that makes the steps; what differs is added to it.
        target: the output folder.
        only: the clusters that are rendered; the files of others are not looked at. All of them when empty.
        strict: warnings are wrong as well.

    Raises:
        UnavailableError: the folder cannot be read, or another run writes to it.
        InputError: it is no folder, or its index is not as kfed writes it.
    """
    with Spool() as spool, Folder(target) as folder:
        layout = ClusterFolders(folder, only)
        spool_objects(steps, spool, report)
        if not report.failed(strict=strict):
            add_kustomizations(spool, report.clusters)
            report.findings += [_finding(folder, difference) for difference in compare(folder, spool, layout)]


def _finding(folder: Folder, difference: Difference) -> Finding:
    rule, said = _DIFFERENCES[difference.what]
    file = os.path.join(folder.name, difference.path)
    return Finding(rule, f"{file} {said}.", source=Source(file))
