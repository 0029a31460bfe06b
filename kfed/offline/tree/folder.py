"""An output folder: to look at as it is, or to write, when it is recovered first and replaced in one step if possible.

Either way it is locked, so that what is seen stays until the folder is closed.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from kfed.errors import InputError, UnavailableError
from kfed.offline.tree.atomic import exchange, exists, lock, rename_new, sync, sync_folder
from kfed.offline.tree.index import listed_in, path_of
from kfed.offline.tree.openat import FOLDER_FLAGS, Folders, walk
from kfed.offline.tree.paths import INDEX, is_tree_path
from kfed.offline.tree.stage import STAGE, is_interrupted, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

SIBLING = ".kfed-new"
DRAFT = ".kfed-index.json"  # an index has its name only when all of it, and of what it lists, is on the disk

_ATTEMPTS = 5


class Folder:
    """An output folder to look at: nothing in it is changed, be it left by an interrupted run.

    What looks so may have come with a commit, to mend what is wrong with that before anybody sees it.

    Attributes:
        name: what the user calls it.
        path: where it really is, links resolved.
        root: its descriptor; ``None`` when there is no such folder yet.
    """

    def __init__(self, name: str) -> None:
        """Open and lock it; others may look at it too.

        Args:
            name: the folder, or a link to it.

        Raises:
            UnavailableError: another run writes to it, or it cannot be opened.
            InputError: it is not a folder.
        """
        self.name = name
        self.path = os.path.realpath(name)
        self.root: int | None = None
        with self._opening():
            self._open(shared=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        if self.root is not None:
            os.close(self.root)
            self.root = None

    def leavings(self) -> Iterator[str]:
        """What an interrupted run left, or somebody made to look so: in the folder, or, absolute, beside it."""
        if self.root is not None and is_interrupted(self.root):
            yield STAGE
        if exists(self._sibling):
            yield self._sibling

    @property
    def _sibling(self) -> str:
        return self.path + SIBLING

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            with reporting(f"open the output folder {self.name}"):
                yield
        except BaseException:
            self.close()
            raise

    def _open(self, *, shared: bool) -> None:
        for _ in range(_ATTEMPTS):
            try:
                self.root = os.open(self.path, FOLDER_FLAGS)
            except FileNotFoundError:
                return
            except NotADirectoryError:
                raise InputError(f"{self.path} is not a folder; give another one to write to.") from None
            self._lock(self.root, shared=shared)
            if self._is_current():
                return
            self.close()  # another run replaced it between our opening and our locking
        raise _busy(self.path)

    def _is_current(self) -> bool:
        with suppress(FileNotFoundError):
            return self.root is not None and os.path.samestat(os.fstat(self.root), os.stat(self.path))
        return False

    def _lock(self, descriptor: int, *, shared: bool = False) -> None:
        if not lock(descriptor, shared=shared):
            raise _busy(self.path)


class WritableFolder(Folder):
    """An output folder to write: nobody else has it, and what an interrupted run left is finished or undone."""

    def __init__(self, name: str) -> None:
        """Open, lock and recover it.

        Args:
            name: the folder, or a link to it.

        Raises:
            UnavailableError: another run has it, or it cannot be opened.
            InputError: it is not a folder, or what an interrupted run left there is not as kfed leaves it.
        """
        self.name = name
        self.path = os.path.realpath(name)
        self.root = None
        with self._opening():
            self._open(shared=False)
            if self.root is not None and is_interrupted(self.root):
                recover(self.root)
            if exists(self._sibling):
                self._discard()

    def is_replaceable(self, files: int) -> bool:
        """Whether the folder can be replaced as a whole: it holds *files* files of kfed's, and no more.

        Not when a process stands in it (``-o .``): it would find itself in a folder that is gone.
        """
        if self.root is None or os.path.ismount(self.path) or self._holds_us():
            return False
        count = 0
        for _, regular in walk(self.root):
            count += 1
            if not regular or count > files:
                return False
        return count == files

    def replace(self, fill: Callable[[int], bool], index: Iterable[bytes] | None) -> bool:
        """Replace the folder by a new one, or make it, in one step.

        Args:
            fill: puts all files into the folder that it is given; ``False`` when the file system cannot do that.
            index: the text of the index; ``None`` where there is none.

        Returns:
            whether it was done; if not, nothing has changed.

        Raises:
            UnavailableError: another run works on the folder.
            OSError: it cannot be done at all.
        """
        if self.root is None:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
        new: int | None = None
        try:
            new = self._make_sibling()
        except OSError:
            if self.root is None:
                raise
            return False
        try:
            done = fill(new)
            if done:
                _finish(new, index)
                done = self._swap()
            if done:
                sync_folder(os.path.dirname(self.path))
                self.root, new = new, self.root
            return done
        finally:
            if new is not None:
                os.close(new)
            if exists(self._sibling):
                self._discard()

    def _holds_us(self) -> bool:
        here = os.path.realpath(os.curdir)
        return os.path.commonpath([here, self.path]) == self.path

    def _make_sibling(self) -> int:
        try:
            os.mkdir(self._sibling)
        except FileExistsError:
            self._discard()
            os.mkdir(self._sibling)
        descriptor = os.open(self._sibling, FOLDER_FLAGS)
        self._lock(descriptor)
        if self.root is not None:
            old = os.fstat(self.root)
            os.fchmod(descriptor, old.st_mode & 0o7777)
            with suppress(PermissionError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
        return descriptor

    def _swap(self) -> bool:
        if self.root is not None:
            if not self._is_current():
                raise UnavailableError(f"{self.path} was replaced while kfed ran; run again.")
            return exchange(self._sibling, self.path)
        try:
            rename_new(self._sibling, self.path)
        except FileExistsError:
            raise UnavailableError(f"{self.path} was made by another program while kfed ran; run again.") from None
        return True

    def _discard(self) -> None:
        """Remove the sibling: a new tree that never came into place, or an old one that has lost it."""
        try:
            descriptor = os.open(self._sibling, FOLDER_FLAGS)
        except NotADirectoryError:
            raise _foreign_sibling(self._sibling) from None
        try:
            self._lock(descriptor)
            folders = set()
            with Folders(descriptor) as tree:
                for path in _prepared(descriptor, self._sibling):
                    tree.remove(path)
                    folders.add(path.rpartition("/")[0])
                tree.remove_empty(folders)
                if any(path != INDEX for path, _ in walk(descriptor)):
                    raise _foreign_sibling(self._sibling)
                tree.remove(INDEX)  # last, because it says what may be removed
            os.rmdir(self._sibling)
        finally:
            os.close(descriptor)


@contextmanager
def reporting(doing: str) -> Iterator[None]:
    """Turn every ``OSError`` into an `UnavailableError` that says what was tried, such as ``write to out``."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename is not None else ""
        raise UnavailableError(
            f"kfed cannot {doing}: {error.strerror}{where}; make that possible and run again."
        ) from error


def _finish(root: int, index: Iterable[bytes] | None) -> None:
    """Bring a new folder onto the disk, and its index, if it is to have one, to its name."""
    with Folders(root) as tree:
        if index is not None:
            tree.write(DRAFT, index)
        sync(root)
        if index is not None:
            os.rename(DRAFT, INDEX, src_dir_fd=root, dst_dir_fd=root)
    os.fsync(root)


def _prepared(root: int, path: str) -> Iterator[str]:
    """What kfed has put into a folder beside the tree; without an index, which comes last, all that has the form.

    A folder that is empty is given with a ``/`` at the end.
    """
    if exists(INDEX, root):
        return (path_of(record) for record in listed_in(root, path))
    return (found for found, _ in walk(root) if found.endswith("/") or found == DRAFT or is_tree_path(found))


def _busy(path: str) -> UnavailableError:
    return UnavailableError(f"Another run of kfed works on {path}; wait until it has ended, then run again.")


def _foreign_sibling(path: str) -> UnavailableError:
    return UnavailableError(f"{path} is where kfed prepares its output, and holds other files; move them elsewhere.")
