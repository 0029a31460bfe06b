"""JSON text: read at full speed, and refused where JSON's own readers look away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from kfed.text.limits import MAX_DEPTH
from kfed.text.syntax import text_error

if TYPE_CHECKING:
    from kfed.text.documents import Document

# The tokens of valid JSON: strings, punctuation, and everything else.
JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
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
    raise text_error(document, 0, f"This is nested deeper than {MAX_DEPTH} levels; no manifest is.", "too-deep")


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
                    message = f"The key {key!r} stands twice in this map; remove one of the two."
                    raise text_error(document, index, message, "duplicate-key")
                seen[-1].add(key)
