"""Documents of files, one at a time: input may be larger than memory."""

from __future__ import annotations

import codecs
from typing import IO, TYPE_CHECKING

from kfed.core.finding import Finding, Source
from kfed.errors import UnavailableError
from kfed.text.documents import split_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.offline.files import File
    from kfed.text.documents import Document

_BLOCK = 8 * 2**20


def read_documents(file: File) -> Iterator[Document | Finding]:
    """The documents of a file, unparsed; a file that is no text, or has nothing in it at all, is a finding.

    One that holds nothing but comments has no documents, and somebody who meant it so.

    Raises:
        UnavailableError: the file cannot be read.
    """
    try:
        with open(file.path, "rb") as stream:
            yield from split_blocks(_blocks(stream), file.name)
            empty = stream.tell() == 0
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
    if empty:
        yield Finding(
            "empty-file",
            f"{file.name} holds nothing; was it cut short? Leave it out if it is meant to be empty.",
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
