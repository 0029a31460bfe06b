"""The index of a tree: which files kfed wrote, and what was in them.

In memory a file is one `bytes`, its record, because there may be hundreds of thousands: the key that it is sorted by, a
zero, the SHA-256 of its content, and where in a spool the content is.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from kfed.errors import InputError
from kfed.offline.tree.atomic import exists
from kfed.offline.tree.openat import FOLDER_FLAGS
from kfed.offline.tree.paths import INDEX, from_key, is_cluster_path, to_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader

_DIGEST, _OFFSET, _LENGTH = 32, 6, 4
_TAIL = 1 + _DIGEST + _OFFSET + _LENGTH

_BLOCK = 2**14
_LONGEST_LINE = 1024  # of a path's three parts, none longer than a file system takes, and a hash; not of a whole file
_VERSION = 1
_HEAD = (b"{", b'"version": %d,' % _VERSION, b'"files": {')
_ENTRY = re.compile(rb'"([^"\\]+)": "([0-9a-f]{64})",?')


def to_record(path: str, digest: bytes = bytes(_DIGEST), offset: int = 0, length: int = 0) -> bytes:
    """The record of a file, as much of it as is known; records sort as their files do."""
    return b"%b\0%b%b%b" % (
        to_key(path),
        digest,
        offset.to_bytes(_OFFSET, "big"),
        length.to_bytes(_LENGTH, "big"),
    )


def key_of(record: bytes) -> bytes:
    """What the record is sorted by."""
    return record[:-_TAIL]


def path_of(record: bytes) -> str:
    """The file's path below the output folder."""
    return from_key(record[:-_TAIL])


def folder_of(record: bytes) -> str:
    """The name of the cluster's folder."""
    return record[: record.index(b"\0")].decode()


def digest_of(record: bytes) -> bytes:
    """The SHA-256 of the file's content."""
    return record[1 - _TAIL : 1 - _TAIL + _DIGEST]


def extent_of(record: bytes) -> tuple[int, int]:
    """Where in the spool the content starts, and how long it is."""
    return int.from_bytes(record[-_OFFSET - _LENGTH : -_LENGTH], "big"), int.from_bytes(record[-_LENGTH:], "big")


def find_twin(records: list[bytes]) -> str | None:
    """A path that sorted *records* hold twice."""
    for one, other in pairwise(records):
        if key_of(one) == key_of(other):
            return path_of(one)
    return None


def index_blocks(records: Iterable[bytes]) -> Iterator[bytes]:
    """The text of the index of sorted *records*, in pieces: JSON as ``json.dumps(..., indent=2)`` lays it out."""
    text = bytearray(b'{\n  "version": %d,\n  "files": {' % _VERSION)
    separator, end = b"\n", b"}\n}\n"
    for record in records:
        text += b'%b    "%b": "%b"' % (separator, path_of(record).encode(), digest_of(record).hex().encode())
        separator, end = b",\n", b"\n  }\n}\n"
        if len(text) > _BLOCK:
            yield bytes(text)
            text.clear()
    yield bytes(text + end)


def read_index(lines: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The records of an index, one by one, for there may be many; in its order.

    Args:
        lines: its lines; white space around them, and how they end, does not matter.
        name: what to call the index in an error.

    Raises:
        InputError: it is not an index, or lists a path that kfed does not make, such as one that leads elsewhere.
    """
    depth = 0
    for number, line in enumerate(map(bytes.strip, lines), 1):
        if depth < len(_HEAD):
            depth = _read_head(line, depth, f"{name}:{number}")
        elif depth == len(_HEAD) and (entry := _ENTRY.fullmatch(line)):
            yield _read_entry(entry, f"{name}:{number}")
        elif line == b"}" and depth < len(_HEAD) + 2:
            depth += 1
        else:
            raise InputError(_advice(f"{name}:{number}"))
    if depth != len(_HEAD) + 2:
        raise InputError(_advice(name))


class Listing:
    """The records of the files that a folder's index lists, sorted; read anew each time, for they may be many."""

    def __init__(self, root: int | None, path: str) -> None:
        """Read it once, so that what is wrong with it is known.

        Args:
            root: the folder; ``None`` when there is none.
            path: what to call it in an error.

        Raises:
            InputError: there is an index that is not as kfed writes it.
        """
        self._root = root
        self._path = path
        # A merge may have upset the order.
        self._in_order = _is_in_order(self._read())

    def __iter__(self) -> Iterator[bytes]:
        return self._read() if self._in_order else iter(_put_in_order(self._read()))

    def _read(self) -> Iterator[bytes]:
        return iter(()) if self._root is None else listed_in(self._root, self._path)


def listed_in(root: int, path: str) -> Iterator[bytes]:
    """The records of the index in the folder *root*, as `read_index` has them; none when there is no index.

    Args:
        root: the folder.
        path: what to call it in an error.
    """
    if exists(INDEX, root):
        with _open(root) as stream:
            yield from read_index(iter(lambda: stream.readline(_LONGEST_LINE), b""), os.path.join(path, INDEX))


def written_in(path: str) -> Iterator[str]:
    """The paths in a folder of all that kfed wrote there, by the index, and of that.

    Raises:
        InputError: the index is not as kfed writes it.
    """
    yield INDEX
    root = os.open(path, FOLDER_FLAGS)
    try:
        yield from map(path_of, listed_in(root, path))
    finally:
        os.close(root)


def index_digest(root: int) -> bytes | None:
    """The SHA-256 of the index in the folder *root*; ``None`` when there is no index."""
    if not exists(INDEX, root):
        return None
    with _open(root) as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _open(root: int) -> BufferedReader:
    try:
        descriptor = os.open(INDEX, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=root)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise _no_file() from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_file()
    return open(descriptor, "rb")


def _no_file() -> InputError:
    return InputError(f"{INDEX} in the output folder is a link or a folder, so it is not kfed's; remove it.")


def _is_in_order(records: Iterable[bytes]) -> bool:
    """Whether *records* are sorted, none of a file given twice; all of them are looked at in any case."""
    ordered, last = True, b""
    for record in records:
        key = key_of(record)
        ordered = ordered and last < key
        last = key
    return ordered


def _put_in_order(records: Iterable[bytes]) -> list[bytes]:
    """*records* sorted, with one for each file."""
    return [next(same) for _, same in groupby(sorted(records), key_of)]


def _read_head(line: bytes, depth: int, where: str) -> int:
    if line == _HEAD[depth]:
        return depth + 1
    if line == b'"files": {}' and depth == len(_HEAD) - 1:
        return depth + 2
    if depth == 1 and re.fullmatch(rb'"version": \d+,', line):
        raise InputError(f"{where}: this index is of a version that this kfed does not know; use a newer kfed.")
    raise InputError(_advice(where))


def _read_entry(entry: re.Match[bytes], where: str) -> bytes:
    path = entry[1].decode("utf-8", "replace")
    if not is_cluster_path(path):
        raise InputError(
            f"{where}: {path!r} is no path that kfed writes, so nothing is touched; restore the file, or render into "
            "another folder."
        )
    return to_record(path, bytes.fromhex(entry[2].decode()))


def _advice(where: str) -> str:
    return f"{where}: this is not an index as kfed writes it; restore the file, or render into another folder."
