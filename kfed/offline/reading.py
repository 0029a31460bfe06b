"""Files to documents, a document at a time: input may be larger than memory."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from kfed.core.finding import Finding, Source
from kfed.errors import UnavailableError
from kfed.text.documents import Document, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "-"

_BLOCK = 8 * 2**20
_SEPARATOR = b"\n---"


@dataclass(frozen=True, slots=True)
class File:
    """A file to read: what the user called it, and where its bytes are."""

    name: str
    path: str


@contextmanager
def open_inputs(paths: Sequence[str], *, skip: str | None = None) -> Iterator[list[File]]:
    """The files that *paths* mean, each once, in the order of their names.

    Args:
        paths: files, folders and ``-``. A folder is searched through for ``.yaml``, ``.yml`` and ``.json``, hidden ones
            passed over; standard input is kept in a temporary file so that it can be read more than once.
        skip: a folder that is never searched: where the output goes.

    Raises:
        UnavailableError: a path does not exist or a folder cannot be listed.
    """
    files: dict[str, File] = {}
    with tempfile.TemporaryDirectory(prefix="kfed-") as scratch:
        for path in paths:
            if path == STDIN:
                files[STDIN] = File("<stdin>", _keep_stdin(scratch))
            else:
                files |= {name: File(name, name) for name in _walk(path, skip)}
        yield [files[name] for name in sorted(files)]


def read_documents(file: File) -> Iterator[Document | Finding]:
    """The documents of a file, unparsed; a file that is no text, or holds no document, is a finding.

    Raises:
        UnavailableError: the file cannot be read.
    """
    found = False
    try:
        with open(file.path, "rb") as stream:
            for line, text in _blocks(stream):
                for document in split(text, file.name):
                    found = True
                    yield Document(document.file, document.line + line, document.text)
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


def _blocks(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """The text in pieces that end where a document ends, each with the number of lines before it."""
    line, rest = 0, b""
    while block := stream.read(_BLOCK):
        rest += block
        cut = rest.rfind(_SEPARATOR) + 1
        if cut > 0:
            yield line, _text(rest[:cut])
            line += rest.count(b"\n", 0, cut)
            rest = rest[cut:]
        if len(rest) > 4 * _BLOCK:
            # No document may be this large: what is there shows as much, and the rest need not be read.
            break
    if rest:
        yield line, _text(rest)


def _text(data: bytes) -> str:
    """The text that *data* is; UTF-16 without its mark would pass for UTF-8 full of NULs.

    Raises:
        ValueError: it is none.
    """
    if b"\0" in data:
        raise ValueError("a NUL")
    return data.decode()


def _keep_stdin(scratch: str) -> str:
    path = os.path.join(scratch, "stdin")
    with open(path, "wb") as copy:
        while block := sys.stdin.buffer.read(_BLOCK):
            copy.write(block)
    return path


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
