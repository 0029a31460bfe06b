"""Journal: what the clusters of a fleet hold, in one SQLite file, so that it is there again after a restart or a crash.

Writes of all clusters are gathered while the last transaction is being written and go to disk in the next one, so that
thousands a second cost a few hundred flushes at most. A transaction holds every change up to some moment: what is read
after a crash is the state at one moment, and everything that was waited for.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING

from kfed.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from kfed.sandbox.state.records import Record

    Row = tuple[str, str, str, str, bytes]
    # Which object of which cluster.
    Place = tuple[str, str, str, str, str]

_FORMAT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS revisions (cluster TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    cluster TEXT, api_group TEXT, plural TEXT, namespace TEXT, name TEXT, data BLOB NOT NULL,
    PRIMARY KEY (cluster, api_group, plural, namespace, name)
);
"""
_PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)"
_REMOVE = "DELETE FROM objects WHERE (cluster, api_group, plural, namespace, name) = (?, ?, ?, ?, ?)"
_REVISION = "INSERT OR REPLACE INTO revisions VALUES (?, ?)"


_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REFUSED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR})


def unusable(path: object, error: Exception) -> str:
    """What to tell of a journal that cannot be opened or read."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it says more of the same
    if code in _BUSY:
        return f"{path} is in use ({error}). Stop the sandbox that uses it, or give another --data-dir."
    if code in _REFUSED:
        return f"{path} cannot be used: {error}. Mend that, or give another --data-dir."
    why = str(error) if isinstance(error, sqlite3.Error) else "what it holds is none of what a sandbox writes"
    return f"{path} is damaged: {why}. Move it away to go on with empty clusters, or give another --data-dir."


class Journal:
    """One file, and the thread that writes to it."""

    def __init__(self, path: Path) -> None:
        """Open the file, which is made when it is not there, and hold it: one process at a time may.

        Raises:
            UnavailableError: it cannot be opened, is no journal of kfed's or damaged, or another process holds it.
        """
        self._path = path
        try:
            self._database = _open(path)
        except (sqlite3.Error, ValueError) as error:
            raise UnavailableError(unusable(path, error)) from error
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._data: dict[Place, bytes | None] = {}
        self._revisions: dict[str, int] = {}
        self._waiting: list[_Waiter] = []
        self._writing = False
        self._closed = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="kfed-journal", daemon=True)
        self._thread.start()

    def open(self, cluster: str) -> Log:
        """The part of one cluster."""
        return Log(self, cluster)

    def load(self, cluster: str) -> tuple[int, list[Row]]:
        """The revision and the objects of a cluster; revision 1 and none when it is new."""
        found = self._database.execute("SELECT revision FROM revisions WHERE cluster = ?", (cluster,)).fetchone()
        rows = self._database.execute(
            "SELECT api_group, plural, namespace, name, data FROM objects WHERE cluster = ?", (cluster,)
        )
        return (found[0] if found else 1), list(rows)

    def add(self, cluster: str, record: Record, data: bytes | None) -> None:
        """Take note of a change; *data* is ``None`` when the object is gone."""
        with self._lock:
            self._data[cluster, *record.key] = data
            self._revisions[cluster] = record.revision
        self._changed.set()

    async def settle(self) -> None:
        """Wait until every change noted so far is durable.

        Raises:
            UnavailableError: it could not be written; nothing that is not durable may be acknowledged any more.
        """
        with self._lock:
            self._check()
            if not self._data and not self._writing:
                return
            loop = asyncio.get_running_loop()
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.append(_Waiter(loop, future))
        self._changed.set()
        await future
        self._check()

    def close(self) -> None:
        """Write what is left, and let go of the file."""
        self._closed = True
        self._changed.set()
        self._thread.join()
        self._database.close()

    def _check(self) -> None:
        if self._failure is not None:
            raise UnavailableError(
                f"{self._path} cannot be written: {self._failure}. Free some space and start the sandbox again."
            ) from self._failure

    def _run(self) -> None:
        while True:
            self._changed.wait()
            self._changed.clear()
            closed = self._closed
            self._write()
            if closed:
                return

    def _write(self) -> None:
        with self._lock:
            data, self._data = self._data, {}
            revisions, self._revisions = self._revisions, {}
            waiting, self._waiting = self._waiting, []
            self._writing = bool(data)
        try:
            if data and self._failure is None:
                self._commit(data, revisions)
        except sqlite3.Error as error:
            self._failure = error
        with self._lock:
            self._writing = False
        _wake(waiting)

    def _commit(self, data: dict[Place, bytes | None], revisions: dict[str, int]) -> None:
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(_PUT, [(*place, value) for place, value in data.items() if value is not None])
            self._database.executemany(_REMOVE, [place for place, value in data.items() if value is None])
            self._database.executemany(_REVISION, list(revisions.items()))


class Log:
    """The part of a journal that one cluster writes."""

    def __init__(self, journal: Journal, cluster: str) -> None:
        self._journal = journal
        self._cluster = cluster

    def load(self) -> tuple[int, list[Row]]:
        """What is durable: the revision, and the objects as group, plural, namespace, name and data."""
        return self._journal.load(self._cluster)

    def put(self, record: Record) -> None:
        """Take note of an object that was written."""
        self._journal.add(self._cluster, record, record.data)

    def remove(self, record: Record) -> None:
        """Take note of an object that was removed."""
        self._journal.add(self._cluster, record, None)

    async def settle(self) -> None:
        """Wait until every change noted so far is durable.

        Raises:
            UnavailableError: it could not be written.
        """
        await self._journal.settle()


class _Waiter:
    """Somebody in an event loop who waits for a commit."""

    __slots__ = ("_future", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
        self.loop = loop
        self._future = future

    def wake(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


def _wake(waiting: list[_Waiter]) -> None:
    """Wake all, with one call into each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiter]] = {}
    for waiter in waiting:
        by_loop.setdefault(waiter.loop, []).append(waiter)
    for loop, waiters in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake_now, waiters)


def _wake_now(waiters: list[_Waiter]) -> None:
    for waiter in waiters:
        waiter.wake()


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        _check_format(path, database)
        database.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} PRAGMA user_version = {_FORMAT}; COMMIT;")
    except BaseException:
        database.close()
        raise
    return database


def _check_format(path: Path, database: sqlite3.Connection) -> None:
    written = database.execute("PRAGMA user_version").fetchone()[0]
    if written not in {0, _FORMAT}:
        raise UnavailableError(
            f"{path} was written by another version of kfed, in format {written}. Use that version, or give another "
            "--data-dir."
        )
