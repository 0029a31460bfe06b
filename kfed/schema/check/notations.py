"""Notations: a path as other tools write it, read by what the type has.

Dots part names in JSONPath, jq, yq, Helm, kustomize and in the overrides of KubeFed before 2019; brackets hold
positions, keys and quoted names; and anybody may forget that a slash within a name is written ``~1``. Where a name that
people choose is to stand, such as that of an annotation, the rest of the path is one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.core.overridepath import Match, parse_override_path
from kfed.schema.check.node import ANYTHING

if TYPE_CHECKING:
    from kfed.core.overridepath import Token, Tokens
    from kfed.schema.check.node import Node

_LONGEST = 1024
# Each notation by what parts the names in it, the likeliest first.
_ABSOLUTE, _RELATIVE = (("/", "/."), (".", "/", "/."))
_AROUND = re.compile(r"\{?[$#@]?(.*?)\}?", re.DOTALL)
_SELECT = re.compile(r"(?:\[\]|\.\[\])?\s*\|\s*select\(\s*\.([^\s=.()]+)\s*==\s*([^()]*?)\s*\)\s*\|?\s*")
_PART = r"""
    (?P<separator>[SEP]?)
    (?: \[\s* (?P<index>-?[0-9]{1,9}) \s*\]
      | (?P<match>\[[^\[\]?@=]+=[^\[\]=][^\[\]]*\])
      | \[\s* (?:\?\(?\s*@\.)? (?P<key>[^\s=\[\]().?@"']+) \s*==?\s* ["']?(?P<value>[^"'\[\]()]*?)["']?\s* \)?\s*\]
      | [({] (?P<group_key>[^\s=(){}"']+) \s*==?\s* ["']?(?P<group_value>[^"'(){}]*?)["']? [)}]
      | \[?(?P<quote>["'])(?P<quoted>(?:(?!(?P=quote))[^\\]|\\.)+)(?P=quote)\]?
      | (?P<name>(?:[^SEP\[\](){}"'\\\s]|\\.)+)
    )"""
_PARTS = {
    separators: re.compile(_PART.replace("[SEP]", f"[{separators}]").replace("SEP", separators), re.VERBOSE)
    for separators in ("/", ".", "/.")
}


@dataclass(frozen=True, slots=True)
class _Part:
    """One step of a path: a token, and where in the text it begins after its separator.

    Attributes:
        token: a name, a position or a match.
        start: where in the text it begins.
        exact: the name was in quotes, so that it is neither a position nor a part of one.
    """

    token: Token
    start: int
    exact: bool = False


def translated(root: Node, text: str) -> Tokens | None:
    """The path of an override that *text* means in another notation; ``None`` when the type *root* has no such path."""
    if len(text) > _LONGEST:
        return None
    bare = _AROUND.fullmatch(_SELECT.sub(r"[\1=\2]", text.strip()))
    inner = bare[1] if bare else text
    for separators in _ABSOLUTE if inner.startswith("/") else _RELATIVE:
        parts = _parts(inner, separators)
        tokens = _fitted(root, inner, parts) if parts else None
        if tokens:
            return tokens
    return None


def _parts(text: str, separators: str) -> list[_Part]:
    """The steps of *text*; none when it is not in this notation."""
    parts, position = [], 0
    while position < len(text):
        match = _PARTS[separators].match(text, position)
        is_apart = match is not None and (match["separator"] or position == 0 or match["name"] is None)
        if match is None or not is_apart:
            return []
        parts.append(_part(match))
        position = match.end()
    return parts


def _part(match: re.Match[str]) -> _Part:
    start = match.end("separator")
    if match["index"] is not None:
        return _Part(match["index"], start)
    if match["match"] is not None:
        return _Part(_own(match["match"]), start)
    for key, value in (("key", "value"), ("group_key", "group_value")):
        if match[key] is not None:
            return _Part(Match(((match[key], match[value]),)), start)
    if match["quoted"] is not None:
        return _Part(re.sub(r"\\(.)", r"\1", match["quoted"]), start, exact=True)
    key, equals, value = match["name"].partition("=")
    return _Part(Match(((key, value),)) if key and equals else _name(match["name"]), start)


def _own(text: str) -> Token:
    """A match as overrides have it; its text when it is none."""
    try:
        return parse_override_path(f"/{text}")[0]
    except ValueError:
        return text


def _name(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).replace("~1", "/").replace("~0", "~")


def _fitted(root: Node, text: str, parts: list[_Part]) -> Tokens | None:
    """The tokens of *parts* if they lead somewhere in *root*; the rest of *text* is one name where any may stand."""
    tokens: list[Token] = []
    node: Node | None = root
    for place, part in enumerate(parts):
        if node is None:
            return None
        if _has_any_name(node):
            is_last = place == len(parts) - 1
            if part.exact and not is_last:
                return None
            return (*tokens, part.token if part.exact else _name(text[part.start :]))
        token = _fitting(node, part)
        if token is None:
            return None
        tokens.append(token)
        node = node.element if node.type == "array" else node.field(str(token))
    return None if node is None else tuple(tokens)


def _has_any_name(node: Node) -> bool:
    """Whether people choose the names in a map, and there is nothing below them."""
    return node.values is not None and not node.properties and node.values.type not in ("object", "array", ANYTHING)


def _fitting(node: Node, part: _Part) -> Token | None:
    """The step as it is written for what *node* is; ``None`` when it does not fit."""
    token = part.token
    if node.type == "object":
        return None if isinstance(token, Match) or node.field(token) is None else token
    if node.type != "array":
        return token if node.type == ANYTHING and node.is_open else None
    if isinstance(token, Match):
        known = all(field in node.list_keys or not node.list_keys for field, _ in token.fields)
        return token if known and len(token.fields) >= len(node.list_keys) else None
    if re.fullmatch(r"-?[0-9]{1,9}|-", token) and not part.exact:
        return token
    return Match(((node.list_keys[0], token),)) if len(node.list_keys) == 1 and token != "*" else None
