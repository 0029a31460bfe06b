"""Files to documents, a document at a time: input may be larger than memory."""

from __future__ import annotations

import codecs
import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from kfed.core.finding import Finding, Source
from kfed.errors import UnavailableError
from kfed.text.documents import split_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kfed.text.documents import Document

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "-"

_BLOCK = 8 * 2**20


@dataclass(frozen=True, slots=True)
class File:
    """A file to read.

    Attributes:
        name: what the user called it.
        path: where its bytes are.
        key: one for every file there is, whatever it is called.
    """

    name: str
    path: str
    key: tuple[int, int]


@contextmanager
def open_inputs(paths: Sequence[str], *, skip: str | None = None) -> Iterator[list[File]]:
    """The files that *paths* mean, each once, in the order of their names.

    Args:
        paths: files, folders and ``-``. A folder is searched through for ``.yaml``, ``.yml`` and ``.json``, hidden ones
            passed over; standard input, or what a shell's ``<(...)`` names, is kept in a temporary file so that it can
            be read more than once.
        skip: a folder that is never searched: where the output goes.

    Raises:
        UnavailableError: a path does not exist or a folder cannot be listed.
    """
    files: dict[tuple[int, int], File] = {}
    with tempfile.TemporaryDirectory(prefix="kfed-") as scratch:
        for path in dict.fromkeys(paths):
            for file in _files(path, scratch, skip):
                known = files.setdefault(file.key, file)
                if file.name < known.name:
                    files[file.key] = file
        yield sorted(files.values(), key=lambda file: file.name)


def read_documents(file: File) -> Iterator[Document | Finding]:
    """The documents of a file, unparsed; a file that is no text, or holds no document, is a finding.

    Raises:
        UnavailableError: the file cannot be read.
    """
    found = False
    try:
        with open(file.path, "rb") as stream:
            for document in split_blocks(_blocks(stream), file.name):
                found = True
                yield document
    except ValueError:
        yield Finding(
            "binary-file",
            f"{file.name} is not UTF-8 text, so it holds no manifests; leave it out, or save it as UTF-8.",
            source=Source(file.name),
            expected="UTF-8 text",
        )
        return
    except OSError as error:
        raise UnavailableError(f"{file.name} cannot be read: {error.strerror}.") from error
    if not found:
        yield Finding(
            "empty-file",
            f"{file.name} holds no manifest; was it cut short? Leave it out if it is meant to be empty.",
            source=Source(file.name),
            expected="at least one manifest",
        )


def _blocks(stream: IO[bytes]) -> Iterator[str]:
    """The text of a file in blocks.

    Raises:
        ValueError: it is none; UTF-16 without its mark would pass for UTF-8 full of NULs.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    while block := stream.read(_BLOCK):
        if b"\0" in block:
            raise ValueError("a NUL")
        yield decoder.decode(block)
    decoder.decode(b"", final=True)


def _files(path: str, scratch: str, skip: str | None) -> Iterator[File]:
    if path == STDIN:
        yield _kept("<stdin>", _open_stdin(), scratch)
    elif os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        with open(path, "rb") as stream:
            yield _kept(path, stream, scratch)
    else:
        for name in _walk(path, skip):
            yield File(name, name, _key(name))


def _open_stdin() -> IO[bytes]:
    if sys.stdin is None:
        raise UnavailableError("Standard input is closed, so - has nothing to read; name a file instead.")
    return sys.stdin.buffer


def _kept(name: str, stream: IO[bytes], scratch: str) -> File:
    """What can be read only once, in a file."""
    descriptor, path = tempfile.mkstemp(dir=scratch)
    with os.fdopen(descriptor, "wb") as copy:
        while block := stream.read(_BLOCK):
            copy.write(block)
    return File(name, path, _key(path))


def _key(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}.") from error
    return found.st_dev, found.st_ino


def _walk(path: str, skip: str | None) -> Iterator[str]:
    if not os.path.isdir(path):
        if not os.path.exists(path):
            raise UnavailableError(f"{path} does not exist; give a file, a folder or -.")
        yield path
        return
    skipped = os.path.realpath(skip) if skip else None

    def fail(error: OSError) -> None:
        raise UnavailableError(f"{error.filename} cannot be listed: {error.strerror}.") from error

    for folder, folders, names in os.walk(path, onerror=fail):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(os.path.join(folder, name)) != skipped
        )
        for name in names:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(folder, name)
