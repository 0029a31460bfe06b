"""What to do to a tree, and doing it: the files wanted against the files listed and the files that are there."""

from __future__ import annotations

import hashlib
import stat
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kfed.offline.tree.folder import DRAFT
from kfed.offline.tree.index import digest_of, extent_of, folder_of, index_blocks, key_of, path_of
from kfed.offline.tree.openat import Folders
from kfed.offline.tree.staged import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

KEEP = 0  # right as it is
PUT = 1  # another content is wanted
NEW = 2  # wanted, and nothing is there
DROP = 3  # no longer wanted
CARRY = 4  # of a cluster that is not this run's
GONE = 5  # of such a cluster, listed and not there

_THERE = frozenset({KEEP, PUT, DROP, CARRY})


@dataclass(slots=True)
class Plan:
    """What is to be done, file by file, in order; a byte of it for each record.

    Attributes:
        records: every file that is wanted or listed.
        actions: what to do with each.
        obstacles: paths where something stands that kfed did not write.
    """

    records: list[bytes] = field(default_factory=list)
    actions: bytearray = field(default_factory=bytearray)
    obstacles: list[str] = field(default_factory=list)

    def steps(self) -> Iterator[tuple[bytes, int]]:
        """Each file with what to do."""
        return zip(self.records, self.actions, strict=True)

    def afterwards(self) -> Iterator[bytes]:
        """The records of the new index."""
        return (record for record, action in self.steps() if action != DROP)

    def count(self, *actions: int) -> int:
        """How many files have one of *actions*."""
        return sum(self.actions.count(action) for action in actions)

    @property
    def there(self) -> int:
        """How many listed files there are in the tree."""
        return self.count(*_THERE)


def make_plan(wanted: Iterable[bytes], listed: Iterable[bytes], root: int | None, scope: frozenset[str] | None) -> Plan:
    """Compare what is wanted with the tree.

    A listed file is kfed's whatever it holds by now: an edit of it is a difference like any other.

    Args:
        wanted: the records of all files wanted, sorted.
        listed: those of the index, sorted.
        root: the tree; ``None`` when there is none yet.
        scope: the cluster folders that this run is about; ``None`` for all.

    Raises:
        OSError: a file cannot be read.
    """
    plan = Plan()
    with nullcontext() if root is None else Folders(root) as tree:
        for new, old in _pair(wanted, listed):
            record = new or old or b""
            try:
                action = NEW if tree is None else _decide(tree, new, old, scope)
            except (NotADirectoryError, IsADirectoryError, FileExistsError):
                plan.obstacles.append(path_of(record))
                continue
            if action is not None:
                plan.records.append(record)
                plan.actions.append(action)
    return plan


def fill(plan: Plan, content: Callable[[bytes], bytes], root: int | None, new: int) -> bool:
    """Put the whole tree into a new folder: what is right as a second link, so that it stays the file it was.

    Args:
        plan: what is to be in it.
        content: gives the content of a record.
        root: the tree as it is.
        new: the new folder.

    Returns:
        whether the file system could do that.
    """
    with Folders(new if root is None else root) as old, Folders(new) as tree:
        for record, action in plan.steps():
            if action in (PUT, NEW):
                tree.write(path_of(record), (content(record),))
            elif action in (KEEP, CARRY) and not tree.link(path_of(record), old):
                return False
        tree.write(DRAFT, index_blocks(plan.afterwards()))
    return True


def change(plan: Plan, content: Callable[[bytes], bytes], root: int) -> None:
    """Change the tree *root* file by file, because it holds files of others or cannot be exchanged."""
    stage = Stage(root)
    try:
        for record, action in plan.steps():
            if action in (PUT, NEW):
                stage.put(path_of(record), content(record), new=action == NEW)
            elif action == DROP:
                stage.drop(path_of(record))
        stage.commit(index_blocks(plan.afterwards()))
    finally:
        stage.close()


def _pair(wanted: Iterable[bytes], listed: Iterable[bytes]) -> Iterator[tuple[bytes | None, bytes | None]]:
    """The two sorted lists side by side, by path."""
    left, right = iter(wanted), iter(listed)
    new, old = next(left, None), next(right, None)
    while new is not None or old is not None:
        if old is None or (new is not None and key_of(new) < key_of(old)):
            yield new, None
            new = next(left, None)
        elif new is None or key_of(old) < key_of(new):
            yield None, old
            old = next(right, None)
        else:
            yield new, old
            new, old = next(left, None), next(right, None)


def _decide(tree: Folders, new: bytes | None, old: bytes | None, scope: frozenset[str] | None) -> int | None:
    if new is None:
        return None if old is None else _decide_unwanted(tree, old, scope)
    path = path_of(new)
    if old is None:
        if tree.mode(path):
            raise FileExistsError
        return NEW
    length = extent_of(new)[1]
    data = tree.read(path, length + 1)
    if data is None:
        return PUT if tree.mode(path) else NEW
    return KEEP if len(data) == length and hashlib.sha256(data).digest() == digest_of(new) else PUT


def _decide_unwanted(tree: Folders, old: bytes, scope: frozenset[str] | None) -> int | None:
    """A folder in the place of a listed file is not kfed's, so it stays."""
    if scope is not None and folder_of(old) not in scope:
        return CARRY if _is_file(tree, path_of(old)) else GONE
    mode = tree.mode(path_of(old))
    return DROP if mode and not stat.S_ISDIR(mode) else None


def _is_file(tree: Folders, path: str) -> bool:
    try:
        return stat.S_ISREG(tree.mode(path))
    except NotADirectoryError:
        return False
