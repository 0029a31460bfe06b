"""Changing a tree file by file so that a crash leaves nothing half done: stage, decide, move into place.

Everything that changes is first written to ``.kfed-new`` in the tree, with a journal of the moves to make. Renaming
that journal to its name is the decision. Before it, the next run throws ``.kfed-new`` away; after it, the next run
makes the moves that are left, which can be repeated as often as it takes.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from kfed.errors import InputError
from kfed.offline.tree.atomic import exists, rename_new, sync
from kfed.offline.tree.openat import FOLDER_FLAGS, Folders, walk, write_all
from kfed.offline.tree.paths import INDEX, is_tree_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STAGE = ".kfed-new"

_JOURNAL, _DRAFT = "journal", "journal.draft"
_STAGED = re.compile(rf"[0-9]+|{re.escape(_JOURNAL)}|{re.escape(_DRAFT)}|{re.escape(INDEX)}")
_LINE = re.compile(rb"(put|new|drop) ([A-Za-z0-9._=/-]+)\n")


class Stage:
    """Where changes to a tree wait; a stage that is left over belongs to a run that was interrupted.

    Attributes:
        count: how many files wait.
    """

    def __init__(self, root: int) -> None:
        """Make the stage in the tree *root*.

        Raises:
            OSError: it cannot be made.
        """
        self._root = root
        os.mkdir(STAGE, dir_fd=root)
        self._folder = os.open(STAGE, FOLDER_FLAGS, dir_fd=root)
        self._files = Folders(self._folder)
        self._journal = os.open(_DRAFT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=self._folder)
        self._decided = False
        self.count = 0

    def put(self, path: str, data: bytes, *, new: bool) -> None:
        """Have *path* hold *data* afterwards; *new* when nothing may stand there by then."""
        self._files.write(str(self.count), (data,))
        write_all(self._journal, b"%b %b\n" % (b"new" if new else b"put", path.encode()))
        self.count += 1

    def drop(self, path: str) -> None:
        """Have nothing at *path* afterwards."""
        write_all(self._journal, b"drop %b\n" % path.encode())

    def commit(self, index: Iterable[bytes] | None) -> None:
        """Make all the changes, that of the index last; ``None`` where there is none.

        Raises:
            OSError: some may have been made; the next run makes the others.
            InputError: a file that is not kfed's has come to stand in the way meanwhile.
        """
        if index is not None:
            self._files.write(INDEX, index)
        sync(self._folder)
        os.rename(_DRAFT, _JOURNAL, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        self._decided = True
        os.fsync(self._folder)
        _roll_forward(self._root, self._folder)

    def close(self) -> None:
        """Throw away what was not committed."""
        os.close(self._journal)
        try:
            if not self._decided:
                _throw_away(self._root, self._folder)
        finally:
            os.close(self._folder)


def is_interrupted(root: int) -> bool:
    """Whether a run was interrupted in this tree."""
    return exists(STAGE, root)


def recover(root: int) -> None:
    """Finish what an interrupted run decided to do, or throw away what it had not yet decided.

    Raises:
        InputError: what is there is not as kfed writes it, or a file that is not kfed's stands in the way.
        OSError: the tree cannot be changed.
    """
    try:
        folder = os.open(STAGE, FOLDER_FLAGS, dir_fd=root)
    except NotADirectoryError:
        raise _foreign_stage("is no folder") from None
    try:
        for path, regular in walk(folder):
            if not regular or not _STAGED.fullmatch(path):
                raise _foreign_stage(f"holds {path!r}")
        if exists(_JOURNAL, folder):
            _roll_forward(root, folder)
        else:
            _throw_away(root, folder)
    finally:
        os.close(folder)


def _roll_forward(root: int, stage: int) -> None:
    with Folders(root) as tree:
        number, emptied = 0, set()
        for action, path in _read_journal(stage):
            if action == b"drop":
                tree.remove(path)
                emptied.add(path.rpartition("/")[0])
            else:
                _move(tree, stage, str(number), path, new=action == b"new")
                number += 1
        tree.remove_empty(emptied)
    with suppress(FileNotFoundError):
        os.rename(INDEX, INDEX, src_dir_fd=stage, dst_dir_fd=root)
    sync(root)
    _throw_away(root, stage)


def _move(tree: Folders, stage: int, name: str, path: str, *, new: bool) -> None:
    try:
        folder, target = tree.locate(path, create=True)
        if new:
            rename_new(name, target, src_dir_fd=stage, dst_dir_fd=folder)
        else:
            os.rename(name, target, src_dir_fd=stage, dst_dir_fd=folder)
    except FileNotFoundError:
        return  # moved by the run that was interrupted
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        if not exists(name, stage):
            return
        raise InputError(
            f"{path} is in the way of finishing an interrupted write, and not of kfed's making; move it elsewhere and "
            "run again."
        ) from error


def _read_journal(stage: int) -> Iterator[tuple[bytes, str]]:
    descriptor = os.open(_JOURNAL, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=stage)
    with open(descriptor, "rb") as lines:
        for line in lines:
            match = _LINE.fullmatch(line)
            if not match or not is_tree_path(match[2].decode()):
                raise _foreign_stage("holds another journal")
            yield match[1], match[2].decode()


def _throw_away(root: int, stage: int) -> None:
    """The journal goes first, so that what is half thrown away is not taken for something to finish."""
    for name in (_JOURNAL, *sorted(os.listdir(stage))):
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=stage)
    os.rmdir(STAGE, dir_fd=root)


def _foreign_stage(why: str) -> InputError:
    return InputError(
        f"{STAGE} in the output folder {why}, so it is not as kfed leaves it, and nothing is touched; remove it, and "
        "run again."
    )
