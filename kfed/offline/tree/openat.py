"""A tree's folders by descriptor: reached step by step from the top, and never through a symbolic link."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_DEEPEST = 32  # folders on the way to what is looked at
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not keep us waiting
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
# No second name on this file system, or not for this file, or not from one project, mount or owner to the other.
_NO_LINKS = frozenset({errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EXDEV, errno.EACCES})


class Folders:
    """Opens the folders of one tree; the last one opened stays open, so paths best come in order.

    Every method may raise ``NotADirectoryError``: a link, or a file, stands where a folder of the path should.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._open: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close(0)

    def locate(self, path: str, *, create: bool = False) -> tuple[int, str]:
        """The folder of *path*, good until the next call, and the name in it.

        Raises:
            FileNotFoundError: there is no such folder, and *create* does not ask for it.
        """
        *parents, name = path.split("/")
        depth = 0
        for (known, _), wanted in zip(self._open, parents, strict=False):
            if known != wanted:
                break
            depth += 1
        self._close(depth)
        for parent in parents[depth:]:
            self._enter(parent, create=create)
        return (self._open[-1][1] if self._open else self._root), name

    def read(self, path: str, limit: int) -> bytes | None:
        """The first *limit* bytes of a file; ``None`` when there is none, or a link, a pipe or the like in its place.

        Raises:
            IsADirectoryError: it is a folder.
        """
        try:
            folder, name = self.locate(path)
            descriptor = os.open(name, _READ_FLAGS, dir_fd=folder)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            raise
        except OSError:
            if stat.S_ISREG(self.mode(path)):
                raise  # may not be read
            return None
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            return os.read(descriptor, limit) if stat.S_ISREG(mode) else None
        finally:
            os.close(descriptor)

    def write(self, path: str, pieces: Iterable[bytes]) -> None:
        """Make a new file, and the folders for it.

        Raises:
            FileExistsError: it is there.
        """
        folder, name = self.locate(path, create=True)
        descriptor = os.open(name, _WRITE_FLAGS, 0o666, dir_fd=folder)
        try:
            for piece in pieces:
                write_all(descriptor, piece)
        finally:
            os.close(descriptor)

    def link(self, path: str, other: Folders) -> bool:
        """Make the file at *path* of another tree a file of this one as well; ``False`` where that cannot be done."""
        source, name = other.locate(path)
        target, _ = self.locate(path, create=True)
        try:
            os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        except OSError as error:
            if error.errno in _NO_LINKS:
                return False
            raise
        return True

    def mode(self, path: str) -> int:
        """What stands at *path*, as ``st_mode``; 0 for nothing."""
        try:
            folder, name = self.locate(path)
            return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return 0

    def obstacle(self, path: str) -> str:
        """The first thing on the way to *path* that is no folder; *path* itself where there is none."""
        parents = path.split("/")[:-1]
        for depth in range(1, len(parents) + 1):
            above = "/".join(parents[:depth])
            if not stat.S_ISDIR(self.mode(above)):
                return above
        return path

    def remove(self, path: str) -> None:
        """Remove a file, if it is there; folders stay."""
        with suppress(FileNotFoundError):
            folder, name = self.locate(path)
            os.unlink(name, dir_fd=folder)

    def remove_empty(self, folders: Iterable[str]) -> None:
        """Remove those of *folders* that are empty, and the folders around them that get empty thereby."""
        for folder in sorted(folders, reverse=True):
            path = folder
            while path:
                with suppress(OSError):
                    parent, name = self.locate(path)
                    os.rmdir(name, dir_fd=parent)
                path = path.rpartition("/")[0]

    def _enter(self, name: str, *, create: bool) -> None:
        parent = self._open[-1][1] if self._open else self._root
        try:
            descriptor = os.open(name, FOLDER_FLAGS, dir_fd=parent)
        except FileNotFoundError:
            if not create:
                raise
            os.mkdir(name, dir_fd=parent)
            descriptor = os.open(name, FOLDER_FLAGS, dir_fd=parent)
        self._open.append((name, descriptor))

    def _close(self, depth: int) -> None:
        while len(self._open) > depth:
            os.close(self._open.pop()[1])


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of *data*."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def walk(root: int, folder: str = "") -> Iterator[tuple[str, bool]]:
    """Everything below a folder that is no folder, with whether it is a regular file.

    A folder counts as no folder where it is empty, when its path ends with ``/``, and where it lies far deeper than
    any that kfed makes: then it is not looked into.

    Args:
        root: the folder.
        folder: what to put before the paths, ending with ``/``.
    """
    with os.scandir(root) as entries:
        found = list(entries)
    for entry in found:
        path = folder + entry.name
        if not entry.is_dir(follow_symlinks=False) or path.count("/") == _DEEPEST:
            yield path, entry.is_file(follow_symlinks=False)
            continue
        descriptor = os.open(entry.name, FOLDER_FLAGS, dir_fd=root)
        try:
            yield from walk(descriptor, f"{path}/")
        finally:
            os.close(descriptor)
    if folder and not found:
        yield folder, False
