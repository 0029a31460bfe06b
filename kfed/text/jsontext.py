"""JSON text: read at full speed, and refused where JSON's own readers look away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from kfed.text.limits import MAX_DEPTH
from kfed.text.syntax import duplicate_key, too_deep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.text.documents import Document

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# The tokens of valid JSON: strings, punctuation, and everything else.
JSON_TOKEN = re.compile(rf'{_STRING}|[{{}}\[\]:,]|[^\s{{}}\[\]:,"]+', re.DOTALL)
# A map or list of no other tokens than those, which need not be JSON.
JSON_WORDS = re.compile(
    rf"\s*+[{{\[](?:\s*+(?:{_STRING}|[{{}}\[\]:,]|-?[0-9][0-9.eE+-]*+|true|false|null))*+\s*+", re.DOTALL
)
# Everything up to a bracket that is not in a string, and the bracket; or else up to the end, or to an unclosed quote.
_BRACKET = re.compile(rf'[^"{{}}\[\]]*+(?:{_STRING}[^"{{}}\[\]]*+)*+([{{}}\[\]]|"|\Z)', re.DOTALL)
# Text that is meant as JSON, not as a YAML flow collection or as a template such as `{{ if }}`.
_START = re.compile(r'\s*+(?:\{\s*["}]|\[\s*["{\[\]])')
# Within one JSON value a closing bracket is never followed by an opening one, except in a string.
_SEAM = re.compile(r"[}\]]\s*[{\[]")
_BLANK_LINES = re.compile(r"(?:[ \t\r]*\n)*+")
_MAYBE_KEY = re.compile(r'"\s*:')


def parse_json(document: Document) -> Any:
    """The value of a document that is one JSON value.

    Raises:
        orjson.JSONDecodeError: it is not.
        TextError: it has one key twice, or is nested too deep.
    """
    value = orjson.loads(document.text)
    keys = _count_keys(value, document)
    # What looks like a key may be part of a string; only then is it worth a second look.
    if keys != len(_MAYBE_KEY.findall(document.text)):
        _refuse_duplicates(document)
    return value


def value_starts(text: str, start: int = 0) -> Iterator[int]:
    """Where the values begin that follow another, in JSON of several in a row; blank lines belong to the one before.

    Whether a bracket ends a value is known by how deep it stands, never by its line. Nothing follows what is no JSON:
    in a flow collection of YAML, comments and other quotes may hold brackets.

    Args:
        text: any text.
        start: where the first value begins.
    """
    if not _START.match(text, start) or not _SEAM.search(text, start):
        return
    for index, depth in _brackets(text, start):
        if depth == 0 and _SEAM.match(text, index):
            if not _is_json(text[start : index + 1]):
                return
            blank = _BLANK_LINES.match(text, index + 1)
            start = blank.end() if blank else index + 1
            yield start


def depth_of(text: str) -> int:
    """How deep the brackets of JSON are nested, as far as it can be read."""
    return max((depth for _, depth in _brackets(text, 0)), default=0)


def _brackets(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Each bracket that is not in a string, with how many are open after it."""
    depth = 0
    for token in _BRACKET.finditer(text, start):
        if token[1] in ("", '"'):
            return
        depth += 1 if token[1] in "{[" else -1
        yield token.start(1), depth


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _count_keys(value: Any, document: Document) -> int:
    """How many keys there are in all of the maps in *value*."""
    count = 0
    level = [value] if type(value) in (dict, list) else []
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                count += len(container)
                below += [child for child in container.values() if type(child) in (dict, list)]
            else:
                below += [child for child in container if type(child) in (dict, list)]
        level = below
        if not level:
            return count
    raise too_deep(document, 0)


def _refuse_duplicates(document: Document) -> None:
    seen: list[set[str]] = []
    text, index = "", 0
    for token in JSON_TOKEN.finditer(document.text):
        match token[0][0]:
            case '"':
                text, index = token[0], token.start()
            case "{" | "[":
                seen.append(set())
            case "}" | "]":
                seen.pop()
            case ":":
                key = orjson.loads(text)
                if key in seen[-1]:
                    raise duplicate_key(document, index, key)
                seen[-1].add(key)
