"""A file that a user names for a result, in a folder that may be a stranger's: written whole, and where it is named.

A link that was committed with what is to be looked at would lead elsewhere, so within the working folder none is
followed, and a file that is there is replaced, whatever other names it has. Devices and pipes are written to.
"""

from __future__ import annotations

import errno
import os
import stat

from kfed.offline.tree.openat import Folders, write_all

_SYSTEM = ("/dev", "/proc")  # whose links are another matter: /dev/stderr is one
# Of a file that is mounted by itself, or in a folder that may not be written.
_IRREPLACEABLE = frozenset({errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS})


def save(path: str, data: bytes) -> None:
    """Make the file at *path* hold *data*.

    Raises:
        OSError: it cannot be written, or there is a link on the way.
    """
    top, below = _parted(path)
    root = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with Folders(root) as folders:
            mode = folders.mode(below)
            if (mode and not stat.S_ISREG(mode) and not stat.S_ISLNK(mode)) or _is_of_system(path):
                with open(path, "ab") as stream:
                    stream.write(data)
            elif stat.S_ISLNK(mode):
                raise OSError(errno.ELOOP, "it is a link; name the file that it leads to", path)
            else:
                _write(folders, below, data, mode)
    except NotADirectoryError as error:
        raise OSError(errno.ENOTDIR, "a link or a file is on the way; name the folder itself", path) from error
    finally:
        os.close(root)


def _parted(path: str) -> tuple[str, str]:
    """The folder from which no link is followed, and the way from there."""
    here, whole = os.getcwd(), os.path.abspath(path)
    if whole.startswith(os.path.join(here, "")):
        return here, os.path.relpath(whole, here)
    return os.path.split(whole)


def _is_of_system(path: str) -> bool:
    return os.path.realpath(os.path.dirname(path)).startswith(_SYSTEM)


def _write(folders: Folders, path: str, data: bytes, mode: int) -> None:
    try:
        _replace(folders, path, data, mode)
    except OSError as error:
        if not mode or error.errno not in _IRREPLACEABLE:
            raise
        _overwrite(folders, path, data)


def _replace(folders: Folders, path: str, data: bytes, mode: int) -> None:
    folder, name = folders.locate(path)
    new = f".{name}.kfed-new"
    with Folders(folder) as beside:
        beside.remove(new)  # of a run that was killed
        try:
            beside.write(new, (data,))
            if mode:
                os.chmod(new, stat.S_IMODE(mode), dir_fd=folder)
            os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            beside.remove(new)
            raise


def _overwrite(folders: Folders, path: str, data: bytes) -> None:
    folder, name = folders.locate(path)
    descriptor = os.open(name, os.O_WRONLY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        if os.fstat(descriptor).st_nlink > 1:
            raise OSError(errno.EMLINK, "it has other names, and cannot be replaced", path)
        os.ftruncate(descriptor, 0)
        write_all(descriptor, data)
    finally:
        os.close(descriptor)
