"""What Python's ``os`` lacks for replacing a folder in one step: exchange, rename without replacing, sync, lock.

Linux only (``renameat2``, ``syncfs``); elsewhere each does the next best thing, or says that it cannot.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

_AT_FDCWD = -100
_NO_REPLACE, _EXCHANGE = 1, 2
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
_NO_LOCKS = frozenset({errno.EBADF, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL})

_libc = ctypes.CDLL(None, use_errno=True)


def exchange(one: str, other: str) -> bool:
    """Let two names of one file system change places, in one step.

    Returns:
        whether they did; not where kernel or file system cannot, or one of them is a mount point.

    Raises:
        OSError: any other reason.
    """
    try:
        renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _EXCHANGE)
    except OSError as error:
        if error.errno in _UNSUPPORTED | {errno.EXDEV, errno.EBUSY}:
            return False
        raise
    return True


def rename_new(name: str, target: str, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None) -> None:
    """Rename *name* to *target*, which must not exist.

    Raises:
        FileExistsError: *target* exists.
        OSError: any other reason.
    """
    source = _AT_FDCWD if src_dir_fd is None else src_dir_fd
    destination = _AT_FDCWD if dst_dir_fd is None else dst_dir_fd
    try:
        renameat2(source, name, destination, target, _NO_REPLACE)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        if exists(target, dst_dir_fd):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.rename(name, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)


def renameat2(source: int, name: str, destination: int, target: str, flags: int) -> None:
    """The system call; ENOSYS where there is none."""
    call = getattr(_libc, "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), name)
    if call(source, os.fsencode(name), destination, os.fsencode(target), flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name, None, target)


def exists(name: str, dir_fd: int | None = None) -> bool:
    """Whether there is anything of that name, be it a link to nowhere."""
    try:
        os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def sync(descriptor: int) -> None:
    """Bring everything written so far to the file system of *descriptor* onto its disk; one call for all files."""
    call = getattr(_libc, "syncfs", None)
    if call is None:
        os.sync()
    elif call(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def sync_folder(path: str) -> None:
    """Bring the names in a folder onto its disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems that keep no folders on a disk say so
            raise
    finally:
        os.close(descriptor)


def lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock a folder until it is closed, or the process ends, however it ends.

    Returns:
        ``False`` when another process has it. A file system that cannot lock folders (NFS) counts as locked.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_NB | (fcntl.LOCK_SH if shared else fcntl.LOCK_EX))
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True
