"""The folder of a sandbox: its keys, tokens, kubeconfig, and with ``--data-dir`` all that its clusters hold.

Only one sandbox uses a folder at a time: it holds a lock, which the kernel takes away however the process ends. All is
written for the owner alone, and whole or not at all.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import stat
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

KUBECONFIG = "kubeconfig"
RECORD = "sandbox.json"
AUTHORITY, CERTIFICATE, KEY = "ca.crt", "server.crt", "server.key"
JOURNAL = "objects.db"
JOURNAL_FILES = (JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm")  # what SQLite puts beside a file
_LOCK = "lock"
_PORTS = 1 << 16
_OWN = frozenset({KUBECONFIG, RECORD, AUTHORITY, CERTIFICATE, KEY, _LOCK, *JOURNAL_FILES})


def default_folder(environment: Mapping[str, str]) -> str:
    """Where a sandbox without ``--data-dir`` keeps its keys and its kubeconfig."""
    state = environment.get("XDG_STATE_HOME", "")
    if os.path.isabs(state):  # the specification has relative paths ignored
        return os.path.join(state, "kfed", "sandbox")
    home = os.path.expanduser("~")
    if os.path.isabs(home) and os.access(home, os.W_OK):
        return os.path.join(home, ".local", "state", "kfed", "sandbox")
    return os.path.join(tempfile.gettempdir(), f"kfed-sandbox-{os.getuid()}")


class Folder:
    """A folder that this process may be the only user of; close it.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self._lock: int | None = None

    def take(self) -> None:
        """Make the folder where there is none, and keep others out.

        Raises:
            UnavailableError: another sandbox is using it, it belongs to somebody else, or others may write to it.
            InputError: it holds other things.
            OSError: it cannot be made.
        """
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        self._check_owner()
        foreign = sorted(set(os.listdir(self.path)) - _OWN)
        if foreign and not os.path.exists(self.file(RECORD)):
            raise InputError(
                f"{self.path} is no folder of a sandbox: it holds {foreign[0]}. Give a new or an empty one."
            )
        lock = os.open(self.file(_LOCK), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise UnavailableError(
                f"A sandbox is running already with {self.path}. Stop it with `kfed sandbox down`, or give this one a "
                "folder of its own with --data-dir."
            ) from None
        self._lock = lock

    def is_taken(self) -> bool:
        """Whether a sandbox is running with this folder."""
        try:
            lock = os.open(self.file(_LOCK), os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def close(self) -> None:
        """Let others use the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def file(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.path, name)

    def read(self, name: str) -> bytes | None:
        """What a file holds; ``None`` when it is not there.

        Raises:
            OSError: it cannot be read.
        """
        try:
            with open(self.file(name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file that only its owner may read: whole, or not at all.

        Raises:
            OSError: it cannot be written.
        """
        draft, path = tempfile.mkstemp(prefix=f".{name}.", dir=self.path)
        try:
            with open(draft, "wb") as file:
                file.write(data)
            os.replace(path, self.file(name))
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(path)
            raise

    def touch(self, name: str) -> str:
        """Have a file that only its owner may read, empty when it is new; others fill it. Returns its path.

        Raises:
            OSError: it cannot be made.
        """
        path = self.file(name)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        os.chmod(path, 0o600)
        return path

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(self.file(name))

    def record(self) -> dict[str, Any]:
        """What the sandbox of this folder last noted of itself; empty when there was none.

        Raises:
            UnavailableError: the note is damaged.
        """
        data = self.read(RECORD)
        if data is None:
            return {}
        try:
            noted = orjson.loads(data)
        except orjson.JSONDecodeError:
            noted = None
        if not _is_note(noted):
            raise UnavailableError(
                f"{self.file(RECORD)} is damaged, or of another version of kfed. Remove it, and start the sandbox with "
                "the --members that it had: tokens are made anew, and what clusters hold stays. Or use another folder."
            )
        return dict(noted)

    def note(self, record: Mapping[str, Any]) -> None:
        """Note what the next sandbox of this folder, and the commands that speak to this one, need to know."""
        self.write(RECORD, orjson.dumps({"format": 1, **record}, option=orjson.OPT_INDENT_2))

    def _check_owner(self) -> None:
        status = os.lstat(self.path)
        if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode):
            raise UnavailableError(f"{self.path} is not a folder of yours; give another one with --data-dir.")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise UnavailableError(
                f"Others may write to {self.path}, and so could replace the keys and tokens in it. Forbid it with "
                f"`chmod go-w {shlex.quote(self.path)}`, or give another folder with --data-dir."
            )


def _is_note(noted: Any) -> bool:
    """Whether a sandbox's note is whole."""
    match noted:
        case {"format": 1, "port": int(port), "control": str(), "secret": str(secret), "clusters": dict(clusters)}:
            is_secret = re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", secret) and len(secret) % 4 == 0
            return bool(is_secret) and 0 <= port < _PORTS and all(map(_is_cluster, clusters.values()))
    return False


def _is_cluster(noted: Any) -> bool:
    match noted:
        case {"token": str(), "limit": int() | None, "stopped": bool()}:
            return True
    return False
