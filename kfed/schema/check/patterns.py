r"""Patterns of a schema: RE2's syntax, as Go has it, to Python's.

Where the two differ for the patterns that schemas have: ``$`` is the end of the text and never before a line break,
``\z`` is ``\Z``, ``\d``, ``\w``, ``\s`` and ``\b`` are ASCII, ``[[:alpha:]]`` and ``\Q..\E`` exist, ``{,3}`` is text,
and a bracket inside of brackets is one. A pattern that has no counterpart, such as one with ``\p{Greek}`` or a flag set
half-way, is not checked; the API server does. Neither is a text longer than `LONGEST_TEXT`.
"""

from __future__ import annotations

import re
from functools import lru_cache

# RE2 needs time linear in the text, Python's engine may need much more.
LONGEST_TEXT = 4096

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_SPACE = r"\t\n\f\r "
_PART = re.compile(
    r"\\Q(?P<literal>.*?)(?:\\E|$)"
    r"|\\x\{(?P<code>[0-9A-Fa-f]+)\}"
    r"|\\(?P<escape>.)"
    r"|\[(?P<negated>\^?)(?P<set>\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*)\]"
    r"|\(\?(?P<group><(?![=!])|[a-zA-Z]*(?:-[a-zA-Z]+)?[:)])"
    r"|\{(?P<count>\d+(?:,\d*)?\})?"
    r"|(?P<other>.)",
    re.DOTALL,
)
_IN_SET = re.compile(
    r"\[:(?P<posix>\^?\w+):\]|\\x\{(?P<code>[0-9A-Fa-f]+)\}|\\(?P<escape>.)|(?P<odd>--)|(?P<other>.)", re.DOTALL
)


class _NoCounterpart(Exception):  # noqa: N818  it never leaves this module
    """Python has nothing that does the same."""


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """A pattern to ``search`` with; ``None`` when Python has none that does the same."""
    try:
        return re.compile("".join(_part(match) for match in _PART.finditer(pattern)), re.ASCII)
    except (_NoCounterpart, re.error, OverflowError, RecursionError):
        return None


def _part(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "literal":
            text = re.escape(match["literal"])
        case "code":
            text = _code(match["code"])
        case "escape":
            text = _escape(match["escape"], in_set=False)
        case "set" | "negated":
            text = f"[{match['negated']}{_set(match['set'])}]"
        case "group":
            text = _group(match["group"], at_start=match.start() == 0)
        case None:
            text = r"\{"
        case _:
            text = r"\Z" if match[0] == "$" else match[0]
    return text


def _group(text: str, *, at_start: bool) -> str:
    if text == "<":
        return "(?P<"
    flags, end = text[:-1], text[-1]
    if set(flags) - set("is") or (end == ")" and not at_start):
        raise _NoCounterpart
    return f"(?{flags}{end}"


def _escape(letter: str, *, in_set: bool) -> str:
    if letter in "pPCE":
        raise _NoCounterpart
    if letter == "s":
        return _SPACE if in_set else f"[{_SPACE}]"
    if letter == "S":
        if in_set:
            raise _NoCounterpart
        return f"[^{_SPACE}]"
    return r"\Z" if letter == "z" else f"\\{letter}"


def _set(text: str) -> str:
    return "".join(_in_set(match, first=match.start() == 0) for match in _IN_SET.finditer(text))


def _in_set(match: re.Match[str], *, first: bool) -> str:
    match match.lastgroup:
        case "posix":
            if match["posix"] not in _POSIX:
                raise _NoCounterpart
            return _POSIX[match["posix"]]
        case "code":
            return _code(match["code"])
        case "escape":
            return _escape(match["escape"], in_set=True)
        case "odd":
            raise _NoCounterpart
        case _:
            return f"\\{match[0]}" if match[0] in "[&~|" or (first and match[0] == "]") else match[0]


def _code(digits: str) -> str:
    code = int(digits, 16)
    if code > 0x10FFFF:  # noqa: PLR2004  the last character of Unicode
        raise _NoCounterpart
    return f"\\U{code:08X}"
