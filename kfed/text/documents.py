"""Text to documents: where one ends and the next begins, found without parsing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTE_ORDER_MARK = "\ufeff"
# YAML 1.2, 9.1.2: a marker stands at the start of a line, and white space or the end of the text follows it.
_MARKER = re.compile(r"\n(---|\.\.\.)(?=[ \t\r\n]|\Z)")
_FIRST_MARKER = re.compile(r"(---|\.\.\.)(?=[ \t\r\n]|\Z)")
_REST_OF_LINE = re.compile(r"[^\n]*")
_SAYS_NOTHING = re.compile(r"[ \t\r]*(?:#[^\n]*)?\Z")
_CONTENT = re.compile(r"^[ \t\r]*[^\s#]", re.MULTILINE)
_CONTENT_NOT_DIRECTIVE = re.compile(r"^[ \t\r]*[^\s#%]", re.MULTILINE)

# Text that is meant as JSON, not as a YAML flow collection or as a template such as `{{ if }}`.
_JSON_START = re.compile(r'\s*(?:\{\s*["}]|\[\s*["{\[\]])')
# Within one JSON value a closing bracket is never followed by an opening one, except in a string.
_JSON_SEAM = re.compile(r"[}\]]\s*[{\[]")
# Everything up to a bracket that is not in a string, and the bracket.
_JSON_BRACKET = re.compile(r'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)
_BLANK_LINES = re.compile(r"(?:[ \t\r]*\n)*+")


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


def split(text: str, file: str) -> Iterator[Document]:
    """The documents of *text*, one by one, in order.

    Documents end at ``---`` and ``...``; those of nothing but comments, blank lines and directives are passed over. A
    document that starts on the line of its marker keeps that line. Text that is JSON may hold several values, one
    after the other, each of which is a document, as kubectl has it.

    Args:
        text: a file, or a part of one that starts where a document starts.
        file: what the user calls the file.
    """
    for line, piece in _pieces(text.removeprefix(_BYTE_ORDER_MARK)):
        if _JSON_START.match(piece) and _JSON_SEAM.search(piece):
            yield from _json_values(Document(file, line, piece))
        else:
            yield Document(file, line, piece)


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


def _json_values(document: Document) -> Iterator[Document]:
    """The JSON values in a text that may hold several; one that shares a line with another counts its columns alone."""
    text = document.text
    start, line, depth = 0, document.line, 0
    for token in _JSON_BRACKET.finditer(text):
        if token[1] in "{[":
            depth += 1
            continue
        depth -= 1
        if depth == 0 and _JSON_SEAM.match(text, token.start(1)):
            end = token.end()
            yield Document(document.file, line, text[start:end])
            blank = _BLANK_LINES.match(text, end)
            line += text.count("\n", start, blank.end() if blank else end)
            start = blank.end() if blank else end
    if text[start:].strip():
        yield Document(document.file, line, text[start:])
