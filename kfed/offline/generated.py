"""The layout of what ``kfed generate`` writes: a folder for each kind of file, each saying at its head whose it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kfed.codegen.federation import HEADER
from kfed.offline.tree.folder import Folder, WritableFolder
from kfed.offline.tree.index import to_record
from kfed.offline.tree.openat import Folders
from kfed.offline.tree.paths import TYPE_FOLDERS, is_type_path
from kfed.offline.tree.spool import Spool
from kfed.offline.tree.tree import commit, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kfed.offline.tree.tree import Counts, Difference

_HEAD = 200  # bytes in which a file that kfed made says so


def compare_files(folder: str, files: Mapping[str, bytes], *, whole: bool) -> list[Difference]:
    """What differs between a folder and the files that would be written into it.

    Args:
        folder: where they are.
        files: content by path below the folder.
        whole: nothing else of kfed's making belongs there.

    Raises:
        InputError: it is no folder.
        UnavailableError: a file cannot be read, or another run writes there.
    """
    with Folder(folder) as opened, Spool() as spool:
        return compare(opened, _spooled(spool, files), GeneratedFiles(opened, whole=whole))


def write_files(folder: str, files: Mapping[str, bytes], *, whole: bool) -> Counts:
    """Make a folder hold *files*, as a whole or, after a crash, not at all; what kfed did not make is never touched.

    Args:
        folder: where they go.
        files: content by path below the folder.
        whole: nothing else of kfed's making is to stay there.

    Raises:
        InputError: a file that kfed did not make is in the way, or it is no folder.
        UnavailableError: the folder cannot be written, or another run has it.
    """
    with WritableFolder(folder) as opened, Spool() as spool:
        return commit(opened, _spooled(spool, files), GeneratedFiles(opened, whole=whole))


class GeneratedFiles:
    """Which files of a folder are kfed's: those that say so."""

    def __init__(self, folder: Folder, *, whole: bool) -> None:
        """Take no action yet.

        Args:
            folder: where the files are.
            whole: nothing else of kfed's making belongs there.
        """
        self._folder = folder
        self._whole = whole

    def own(self) -> list[bytes]:
        """The records of the files that kfed made, sorted.

        Raises:
            OSError: a folder or a file cannot be read.
        """
        root = self._folder.root
        if root is None:
            return []
        with Folders(root) as tree:
            return sorted(to_record(path) for path in _candidates(tree) if _is_ours(tree, path))

    def drops(self, record: bytes) -> bool:  # noqa: ARG002  (a file like any other)
        """Whether a file that is not wanted goes."""
        return self._whole

    def index(self, records: Iterable[bytes]) -> None:
        """No index: the files say by themselves whose they are."""

    def strays(self, records: Iterable[bytes]) -> tuple[str, ...]:  # noqa: ARG002  (whatever they are)
        """None: users keep types of their own beside those of kfed."""
        return ()


def _spooled(spool: Spool, files: Mapping[str, bytes]) -> Spool:
    for path, data in files.items():
        spool.add(path, data)
    return spool


def _candidates(tree: Folders) -> Iterator[str]:
    for folder in TYPE_FOLDERS:
        try:
            descriptor, _ = tree.locate(f"{folder}/")
        except (FileNotFoundError, NotADirectoryError):
            continue  # a link or a file in its place is in the way of what is wanted there
        yield from (path for name in os.listdir(descriptor) if is_type_path(path := f"{folder}/{name}"))


def _is_ours(tree: Folders, path: str) -> bool:
    try:
        return HEADER.encode() in (tree.read(path, _HEAD) or b"")
    except IsADirectoryError:
        return False
