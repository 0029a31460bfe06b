"""Files to be, on disk before they have a place: their content in one temporary file, their records in memory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from typing import IO, TYPE_CHECKING, Self

from kfed.offline.tree.folder import reporting
from kfed.offline.tree.index import extent_of, find_twin, to_record

if TYPE_CHECKING:
    from types import TracebackType

_DOING = "keep what it makes in the folder for temporary files"


class Spool:
    """Takes the files of a tree in any order, and gives them back in that of the tree; gone when ``with`` is left."""

    def __init__(self) -> None:
        """Make the temporary file.

        Raises:
            UnavailableError: there is no room for it.
        """
        self._records: list[bytes] = []
        self._size = 0
        with reporting(_DOING):
            self._stream: IO[bytes] = tempfile.TemporaryFile(prefix="kfed-")  # noqa: SIM115  (closed with the spool)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stream.close()

    def add(self, path: str, data: bytes) -> None:
        """Keep a file.

        Args:
            path: where it goes, below the output folder; of one path, one file.
            data: what it is to hold.

        Raises:
            UnavailableError: there is no room for it.
        """
        with reporting(_DOING):
            self._stream.write(data)
        self._records.append(to_record(path, hashlib.sha256(data).digest(), self._size, len(data)))
        self._size += len(data)

    def records(self) -> list[bytes]:
        """The record of every file so far, in the order of the tree.

        Raises:
            ValueError: a path was added twice.
            UnavailableError: there is no room for the last of them.
        """
        self._records.sort()
        if twin := find_twin(self._records):
            raise ValueError(f"{twin} was added twice.")
        with reporting(_DOING):
            self._stream.flush()
        return self._records

    def content(self, record: bytes) -> bytes:
        """What the file of one of `records` is to hold."""
        offset, length = extent_of(record)
        return os.pread(self._stream.fileno(), length, offset)
