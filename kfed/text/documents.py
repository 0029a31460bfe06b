"""Text to documents: where one ends and the next begins, found without parsing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.text.jsontext import value_starts
from kfed.text.limits import MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BYTE_ORDER_MARK = "\ufeff"
# YAML 1.2, 9.1.2: a marker stands at the start of a line, and white space or the end of the text follows it.
_MARKER = re.compile(r"\n(---|\.\.\.)(?=[ \t\r\n]|\Z)")
_FIRST_MARKER = re.compile(r"(---|\.\.\.)(?=[ \t\r\n]|\Z)")
_AFTER_MARKER = (" ", "\t", "\r", "\n")
_REST_OF_LINE = re.compile(r"[^\n]*")
_SAYS_NOTHING = re.compile(r"[ \t\r]*(?:#[^\n]*)?\Z")
_CONTENT = re.compile(r"^[ \t\r]*[^\s#]", re.MULTILINE)
_CONTENT_NOT_DIRECTIVE = re.compile(r"^[ \t\r]*[^\s#%]", re.MULTILINE)

# So much text without an end of a document shows that the document is too large.
_MOST = 2 * MAX_SIZE


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file, unparsed.

    Attributes:
        file: what the user calls the file.
        line: how many lines of the file stand before the text.
        text: the document.
    """

    file: str
    line: int
    text: str

    def position(self, index: int) -> tuple[int, int]:
        """Line and column in the file, both from 1, of the character at *index* of the text."""
        start = self.text.rfind("\n", 0, index) + 1
        return self.line + 1 + self.text.count("\n", 0, start), index - start + 1


def split(text: str, file: str, line: int = 0) -> Iterator[Document]:
    """The documents of *text*, one by one, in order.

    Documents end at ``---`` and ``...``; those of nothing but comments, blank lines and directives are passed over. A
    document that starts on the line of its marker keeps that line. Text that is JSON may hold several values, one
    after the other, each of which is a document, as kubectl has it; one that shares a line with another counts its
    columns alone.

    Args:
        text: a file, or a part of one that starts where a document starts.
        file: what the user calls the file.
        line: how many lines of the file stand before *text*.
    """
    for before, piece in _pieces(text.removeprefix(_BYTE_ORDER_MARK)):
        start, lines = 0, line + before
        for following in value_starts(piece):
            yield Document(file, lines, piece[start:following])
            lines += piece.count("\n", start, following)
            start = following
        yield Document(file, lines, piece[start:])


def split_blocks(blocks: Iterable[str], file: str) -> Iterator[Document]:
    """The documents of a text that comes in blocks, as `split` has them, with no more kept than one needs.

    The last document is cut short, at twice `MAX_SIZE`, if it is longer: it can only be refused, and may have no end.
    """
    rest, line = "", 0
    for block in blocks:
        rest += block
        cut = _last_start(rest)
        yield from split(rest[:cut], file, line)
        line += rest.count("\n", 0, cut)
        rest = rest[cut:]
        if len(rest) > _MOST:
            yield Document(file, line, rest)
            return
    yield from split(rest, file, line)


def _last_start(text: str) -> int:
    """Where the last document that is seen to start in *text* does; 0 where none is."""
    start = max(_last_marker(text, "\n---"), _last_marker(text, "\n...")) + 1
    for following in value_starts(text, start + len("---") if start else 0):
        start = following
    return start


def _last_marker(text: str, marker: str) -> int:
    index = text.rfind(marker)
    while index >= 0 and text[index + len(marker) : index + len(marker) + 1] not in _AFTER_MARKER:
        index = text.rfind(marker, 0, index)
    return index


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text between markers, with the number of lines before it, where there is any to speak of."""
    start, line, content = 0, 0, _CONTENT_NOT_DIRECTIVE
    marker = _FIRST_MARKER.match(text) or _MARKER.search(text)
    while marker is not None:
        mark = marker.start(1)
        if content.search(text, start, mark):
            yield line, text[start:mark]
        line += text.count("\n", start, mark)
        rest = _REST_OF_LINE.match(text, marker.end())
        end = rest.end() if rest else mark
        opens = marker[1] == "---"
        # Content beside a marker needs the marker, which keeps its columns right and its meaning with the parser.
        inline = opens and not _SAYS_NOTHING.match(text, marker.end(), end)
        start = mark if inline else min(end + 1, len(text))
        line += text.count("\n", mark, start)
        content = _CONTENT if opens else _CONTENT_NOT_DIRECTIVE
        marker = _MARKER.search(text, max(end, 0))
    if content.search(text, start):
        yield line, text[start:]
