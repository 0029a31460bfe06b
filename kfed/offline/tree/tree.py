r"""A tree of files in a folder: compared with what is wanted, or made so, as a whole or not at all.

::

    with Spool() as spool, WritableFolder("out") as folder:
        spool.add("cluster1/test-ns/deployment_web.yaml", b"apiVersion: apps/v1\n...")
        print(commit(folder, spool, ClusterFolders(folder, ())))  # Counts(written=1, removed=0, unchanged=0)

Why it is done this way is told in docs/decisions/0002-output-tree.md.
"""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kfed.errors import InputError
from kfed.offline.tree.changes import DROP, KEEP, NEW, PUT, Changes, fill, find_changes, move_in
from kfed.offline.tree.folder import reporting
from kfed.offline.tree.index import index_digest, path_of
from kfed.offline.tree.paths import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.offline.tree.folder import Folder, WritableFolder
    from kfed.offline.tree.spool import Spool

_SHOWN = 3  # files that an error names


class Layout(Protocol):
    """What tells kfed's files in a folder from those of others."""

    def own(self) -> Iterable[bytes]:
        """The records of kfed's files, sorted."""

    def drops(self, record: bytes) -> bool:
        """Whether a file of kfed's goes when it is not wanted."""

    def index(self, records: Iterable[bytes]) -> Iterable[bytes] | None:
        """The text of the index that lists *records*, in pieces; ``None`` where files tell by themselves."""

    def strays(self, records: Iterable[bytes]) -> Iterable[str]:
        """The paths of files that are not among *records*, kfed's own, and that are taken for such."""


class What(StrEnum):
    """What is wrong with a path."""

    MISSING = "missing"
    DIFFERS = "differs"
    UNWANTED = "unwanted"
    FOREIGN = "foreign"  # not kfed's, and in its way
    STRAY = "stray"  # not kfed's, and taken for part of the tree by those who use it
    LEFT = "left"  # of a run that was interrupted


@dataclass(frozen=True, slots=True)
class Difference:
    """A path, below the folder or absolute, that is not as it should be."""

    path: str
    what: What


@dataclass(frozen=True, slots=True)
class Counts:
    """What a commit did, in files; an index is not counted."""

    written: int
    removed: int
    unchanged: int


class ForeignFileError(InputError):
    """Files that kfed did not write stand where it would write; nothing was changed.

    Attributes:
        paths: each of them, below the folder, in order.
    """

    def __init__(self, folder: str, paths: list[str]) -> None:
        shown = [os.path.join(folder, path) for path in paths[:_SHOWN]]
        more = [f"{len(paths) - _SHOWN} more"] if len(paths) > _SHOWN else []
        verb = "is" if len(paths) == 1 else "are"
        super().__init__(
            f"{' and '.join([*shown, *more])} {verb} not of kfed's making, and kfed would write there; move that "
            "elsewhere and run again."
        )
        self.paths = tuple(paths)


_WORDS = {NEW: What.MISSING, PUT: What.DIFFERS, DROP: What.UNWANTED}


def compare(folder: Folder, spool: Spool, layout: Layout) -> list[Difference]:
    """What is not in the folder as `commit` would leave it; nothing is changed.

    Args:
        folder: where the tree is.
        spool: the files wanted.
        layout: which of those that are there are kfed's.

    Raises:
        UnavailableError: a file cannot be read.
    """
    with reporting(f"read the output folder {folder.name}"):
        left = [Difference(path, What.LEFT) for path in folder.leavings()]
        changes = find_changes(spool.records(), layout.own(), folder.root, layout.drops)
        # What an interrupted run has moved already, and its index does not list yet, is its own.
        in_the_way = What.DIFFERS if left else What.FOREIGN
        found = [Difference(path, in_the_way) for path in changes.obstacles]
        found += [Difference(path_of(record), _WORDS[action]) for record, action in changes.steps() if action in _WORDS]
        if not changes.obstacles:  # an index lists what could be written
            found += _index_difference(folder, changes, layout)
        if not left:
            found += [Difference(path, What.STRAY) for path in layout.strays(changes.records)]
    return left + _one_each(found)


def commit(folder: WritableFolder, spool: Spool, layout: Layout) -> Counts:
    """Make the folder hold what is wanted: all of it, or after a crash all or nothing.

    Files that are right already are left as they are. When nothing is to be changed, nothing is touched.

    Args:
        folder: where the tree is to be.
        spool: the files wanted.
        layout: which of those that are there are kfed's.

    Raises:
        ForeignFileError: a file that is not kfed's stands in the way.
        UnavailableError: the folder cannot be written, or another run has it.
    """
    with reporting(f"write to the output folder {folder.name}"):
        changes = find_changes(spool.records(), layout.own(), folder.root, layout.drops)
        if changes.obstacles:
            raise ForeignFileError(folder.name, changes.obstacles)
        if changes.count(PUT, NEW, DROP) or _index_difference(folder, changes, layout):
            _carry_out(folder, changes, spool, layout)
    return Counts(changes.count(PUT, NEW), changes.count(DROP), changes.count(KEEP))


def _carry_out(folder: WritableFolder, changes: Changes, spool: Spool, layout: Layout) -> None:
    root, index = folder.root, layout.index(changes.afterwards())
    indexes = index is not None and root is not None and index_digest(root) is not None
    whole = root is None or folder.is_replaceable(changes.there + indexes)
    if whole and folder.replace(lambda new: fill(changes, spool.content, root, new), index):
        return
    if root is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), folder.path)
    move_in(changes, spool.content, root, layout.index(changes.afterwards()))


def _index_difference(folder: Folder, changes: Changes, layout: Layout) -> list[Difference]:
    """That the index is to be written; nothing when it is right, or there is none."""
    blocks = layout.index(changes.afterwards())
    if blocks is None:
        return []
    digest = None if folder.root is None else index_digest(folder.root)
    if digest is None:
        return [Difference(INDEX, What.MISSING)]
    wanted = hashlib.sha256()
    for block in blocks:
        wanted.update(block)
    return [] if digest == wanted.digest() else [Difference(INDEX, What.DIFFERS)]


def _one_each(differences: list[Difference]) -> list[Difference]:
    """The first for each path."""
    first: dict[str, Difference] = {}
    for difference in differences:
        first.setdefault(difference.path, difference)
    return list(first.values())
