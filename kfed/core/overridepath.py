"""The path of an override: a JSON pointer that may also address a list's element by its key.

Grammar::

    path   = *( "/" token )
    token  = name | index | "-" | match
    index  = [ "-" ] 1*9digit                  ; a negative one counts from the end
    match  = "[" field *( "," field ) "]"
    field  = key "=" value
    value  = bare | quoted                     ; bare: no comma, bracket or double quote; quoted: a JSON string

Outside of a match, ``~1`` stands for a slash and ``~0`` for a tilde (RFC 6901). Inside of one nothing is escaped, so
that ``/spec/containers/[name=web]/volumeMounts/[mountPath=/var/run]`` reads as it looks. A token that starts with a
bracket and holds no ``=`` is a plain name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kfed.core.pointer import escape, unescape

_FIELD = r'[^\s=,\[\]"/]+=(?:"(?:[^"\\]|\\.)*"|[^,\[\]"]*)'
_MATCH = re.compile(rf"\[({_FIELD}(?:,{_FIELD})*)\](?=/|\Z)")
_FIELDS = re.compile(r'([^\s=,\[\]"/]+)=("(?:[^"\\]|\\.)*"|[^,\[\]"]*)')
_BARE = re.compile(r'[^,\[\]"]*')


@dataclass(frozen=True, slots=True)
class Match:
    """The one element of a list whose fields have these values, as text: ``[containerPort=80,protocol=TCP]``."""

    fields: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "[" + ",".join(f"{key}={_written(value)}" for key, value in self.fields) + "]"


Token = str | Match
Tokens = tuple[Token, ...]


@lru_cache(maxsize=8192)
def parse_override_path(text: str) -> Tokens:
    """The tokens of a path; indices and ``-`` stay text, because only the value tells whether they mean a list.

    Raises:
        ValueError: the text is no such path; the message says what to write.
    """
    if text and not text.startswith("/"):
        raise ValueError("a path starts with a slash, and slashes part its names, as in /spec/replicas")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        token, position = _next_token(text, position + 1)
        tokens.append(token)
    return tuple(tokens)


def to_text(tokens: Tokens) -> str:
    """The path as one would write it."""
    return "".join("/" + (str(token) if isinstance(token, Match) else escape(token)) for token in tokens)


def as_text(value: Any) -> str:
    """A scalar as one writes it in a match: ``true`` and ``false`` for booleans."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _next_token(text: str, start: int) -> tuple[Token, int]:
    if text.startswith("[", start):
        found = _MATCH.match(text, start)
        if found:
            return _parse_match(found[1]), found.end()
    end = text.find("/", start)
    end = len(text) if end < 0 else end
    raw = text[start:end]
    if raw.startswith("[") and "=" in raw:
        raise ValueError(
            f"in {text}, the part {raw} is not closed or not written as [name=web]; put double quotes around a value "
            'that holds a comma, a bracket or a quote: [name="a,b"]',
        )
    return unescape(raw), end


def _parse_match(body: str) -> Match:
    fields = tuple(
        (found[1], _unquoted(found[2]) if found[2].startswith('"') else found[2]) for found in _FIELDS.finditer(body)
    )
    names: set[str] = set()
    for name, _ in fields:
        if name in names:
            raise ValueError(f"[{body}] names the field {name} twice")
        names.add(name)
    return Match(fields)


def _unquoted(text: str) -> str:
    try:
        value = str(json.loads(text))
        value.encode()  # half of a surrogate pair is no character
    except ValueError:
        raise ValueError(f'{text} is no JSON string; a backslash is written \\\\ and a quote \\"') from None
    return value


def _written(value: str) -> str:
    return value if _BARE.fullmatch(value) else json.dumps(value)
