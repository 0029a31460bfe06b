"""What to do to a tree, and doing it: the files wanted against kfed's own, and against what stands in the folder."""

from __future__ import annotations

import hashlib
import stat
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kfed.offline.tree.index import digest_of, extent_of, key_of, path_of
from kfed.offline.tree.openat import Folders
from kfed.offline.tree.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

KEEP = 0  # right as it is
PUT = 1  # another content is wanted
NEW = 2  # wanted, and nothing is there
DROP = 3  # no longer wanted
CARRY = 4  # not this run's business
GONE = 5  # not this run's business, listed and not there

_THERE = frozenset({KEEP, PUT, DROP, CARRY})


@dataclass(slots=True)
class Changes:
    """What is to be done, file by file, in order; a byte of it for each record.

    Attributes:
        records: every file that is wanted or kfed's.
        actions: what to do with each.
        obstacles: paths where something stands that is not kfed's, in the way of what is wanted.
    """

    records: list[bytes] = field(default_factory=list)
    actions: bytearray = field(default_factory=bytearray)
    obstacles: list[str] = field(default_factory=list)

    def steps(self) -> Iterator[tuple[bytes, int]]:
        """Each file with what to do."""
        return zip(self.records, self.actions, strict=True)

    def afterwards(self) -> Iterator[bytes]:
        """The records of kfed's files when all is done."""
        return (record for record, action in self.steps() if action != DROP)

    def count(self, *actions: int) -> int:
        """How many files have one of *actions*."""
        return sum(self.actions.count(action) for action in actions)

    @property
    def there(self) -> int:
        """How many of kfed's files there are in the tree."""
        return self.count(*_THERE)


def find_changes(
    wanted: Iterable[bytes], own: Iterable[bytes], root: int | None, drops: Callable[[bytes], bool]
) -> Changes:
    """Compare what is wanted with the tree.

    A file that is kfed's is so whatever it holds by now: an edit of it is a difference like any other.

    Args:
        wanted: the records of all files wanted, sorted.
        own: those of the files that are kfed's, sorted.
        root: the tree; ``None`` when there is none yet.
        drops: whether this run takes away a file of kfed's that it does not want.

    Raises:
        OSError: a file cannot be read.
    """
    changes = Changes()
    with nullcontext() if root is None else Folders(root) as tree:
        for new, old in _pair(wanted, own):
            record = new or old or b""
            try:
                action = NEW if tree is None else _decide(tree, new, old, drops)
            except (NotADirectoryError, IsADirectoryError, FileExistsError):
                _note_obstacle(changes, tree, path_of(record))
                continue
            if action is not None:
                changes.records.append(record)
                changes.actions.append(action)
    return changes


def fill(changes: Changes, content: Callable[[bytes], bytes], root: int | None, new: int) -> bool:
    """Put the whole tree into a new folder: what is right as a second link, so that it stays the file it was.

    Args:
        changes: what is to be in it.
        content: gives the content of a record.
        root: the tree as it is.
        new: the new folder.

    Returns:
        whether the file system could do that.
    """
    with Folders(new if root is None else root) as old, Folders(new) as tree:
        for record, action in changes.steps():
            if action in (PUT, NEW):
                tree.write(path_of(record), (content(record),))
            elif action in (KEEP, CARRY) and not tree.link(path_of(record), old):
                return False
    return True


def move_in(changes: Changes, content: Callable[[bytes], bytes], root: int, index: Iterable[bytes] | None) -> None:
    """Change the tree *root* file by file, because it holds files of others or cannot be exchanged.

    Args:
        changes: what is to be done.
        content: gives the content of a record.
        root: the tree.
        index: the text of its index; ``None`` where it has none.
    """
    stage = Stage(root)
    try:
        for record, action in changes.steps():
            if action in (PUT, NEW):
                stage.put(path_of(record), content(record), new=action == NEW)
            elif action == DROP:
                stage.drop(path_of(record))
        stage.commit(index)
    finally:
        stage.close()


def _pair(wanted: Iterable[bytes], own: Iterable[bytes]) -> Iterator[tuple[bytes | None, bytes | None]]:
    """The two sorted lists side by side, by path."""
    left, right = iter(wanted), iter(own)
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


def _note_obstacle(changes: Changes, tree: Folders | None, path: str) -> None:
    """One for all the files that a link or a file in the place of a folder keeps from their places."""
    obstacle = path if tree is None else tree.obstacle(path)
    if changes.obstacles[-1:] != [obstacle]:
        changes.obstacles.append(obstacle)


def _decide(tree: Folders, new: bytes | None, old: bytes | None, drops: Callable[[bytes], bool]) -> int | None:
    if new is None:
        return None if old is None else _decide_unwanted(tree, old, drops)
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


def _decide_unwanted(tree: Folders, old: bytes, drops: Callable[[bytes], bool]) -> int | None:
    """A folder in the place of a file of kfed's is not kfed's, so it stays."""
    if not drops(old):
        return CARRY if _is_file(tree, path_of(old)) else GONE
    mode = tree.mode(path_of(old))
    return DROP if mode and not stat.S_ISDIR(mode) else None


def _is_file(tree: Folders, path: str) -> bool:
    try:
        return stat.S_ISREG(tree.mode(path))
    except NotADirectoryError:
        return False
