"""Strings and other scalars as YAML that every reader takes for what it is.

Readers of YAML 1.1 and 1.2, and go-yaml, differ on what ``no``, ``1e3``, ``012`` or ``12:30`` are, so whatever one of
them could take for anything but a text is quoted.
"""

from __future__ import annotations

import math
import re
from json.encoder import encode_basestring
from typing import Any

import orjson

# A text in quotes is never wrong, so only what is known to be safe goes without: it starts as a word, a path or an
# option does, and holds no ": ", no " #" and no white space but single spaces.
_PLAIN = re.compile(
    r"(?:--?(?=[A-Za-z])|(?=[A-Za-z_/$(]))"
    r'[!-"$-9;-~]++(?:(?::(?=[!-~])|(?<=[!-~])#| (?=[!-"$-~]))[!-"$-9;-~]*+)*+'
)
# Quantities, and versions and addresses of three numbers and more.
_PLAIN_NUMERIC = re.compile(r"[0-9]+(?:m|[KMGTP]i|[kMGTP])|[0-9]+(?:\.[0-9]+){2,}(?:[-+/][0-9A-Za-z.-]+)?")
_WORDS = re.compile(r"-?(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)", re.IGNORECASE)

_LITERAL = re.compile("[\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_SPACE_AT_LINE_END = re.compile(r"[ \t](?:\n|\Z)")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_START = re.compile(r"^(?=[^\n])", re.MULTILINE)


def text_of(text: str) -> str:
    """*text* on one line, in double quotes if any reader could need them.

    Raises:
        TypeError: it holds half a character, which no file can.
    """
    plain = _PLAIN.fullmatch(text) is not None and not _WORDS.fullmatch(text)
    return text if plain or _PLAIN_NUMERIC.fullmatch(text) else _UNPRINTABLE.sub(_escape, encode_basestring(text))


def literal_of(text: str, indent: str) -> str | None:
    """*text* as a literal block, without the line end; ``None`` if it must stand in quotes.

    Args:
        text: of more than one line.
        indent: the white space before its lines: two spaces more than the block around it.
    """
    if not text.strip() or _SPACE_AT_LINE_END.search(text) or not _LITERAL.fullmatch(text):
        return None
    indicator = "2" if text[0] in " \t\n" else ""
    body = text.rstrip("\n")
    chomping = ("-", "")[len(text) - len(body)] if len(text) - len(body) < 2 else "+"  # noqa: PLR2004 - line ends
    ends = text[len(body) + 1 :]
    return f"|{indicator}{chomping}\n" + _LINE_START.sub(indent, body) + ends


def json_of(value: Any) -> str:
    """*value* as JSON on one line, which is YAML as well: readers of YAML take fewer characters as they are.

    Args:
        value: of texts; a number with an exponent would be a text as well to readers of YAML 1.1.

    Raises:
        TypeError: it is not what JSON can hold.
    """
    return _UNPRINTABLE.sub(_escape, orjson.dumps(value).decode())


def comment_of(text: str) -> str:
    """*text* as the rest of a line after a ``#``: it cannot end the line, nor spoil the document for a reader."""
    return "".join(char if char.isprintable() else _code_of(char) for char in " ".join(text.split()))


def number_of(value: float) -> str:
    """A number as both YAML 1.1 and 1.2 read it.

    Raises:
        TypeError: JSON has no such number.
    """
    if type(value) is int:
        if not -(2**63) <= value < 2**64:
            raise TypeError(f"the integer has more than 64 bits: {value}")
        return str(value)
    if not math.isfinite(value):
        raise TypeError(f"JSON has no {value}")
    text = repr(value)
    # YAML 1.1 knows an exponent only after a point.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _escape(match: re.Match[str]) -> str:
    if "\ud800" <= match[0] <= "\udfff":
        raise TypeError("a text holds half a character (a lone surrogate)")
    return _code_of(match[0])


def _code_of(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"
