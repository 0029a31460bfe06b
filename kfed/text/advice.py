"""What to do about a text that libyaml cannot read, told by the text at the place where it stopped.

Not by what libyaml says of it: that is another library's English, and changes with its versions.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TAB_INDENT = re.compile(r"[ ]*\t")
_NO_SPACE = re.compile(r"[ ]*(?:- +)*[A-Za-z][\w./-]*:[^\s:/]")
_BEFORE_QUOTE_OR_COMMENT = re.compile(r"[^#'\"]*")
_QUOTED = re.compile(r"'[^']*+(?:''[^']*+)*+'|\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\"", re.DOTALL)

_DASHES = ("- ", "-\t", "-\r", "-\n")
_DIGITS_FOLLOW = ("\\x", "\\u", "\\U")

_QUOTE_VALUE = "put quotes around the value"
_QUOTE_COLON = "put quotes around a value that holds ': '"
_QUOTE_SIGNS = "put quotes around a value with brackets, commas or signs in it"
FILL_TEMPLATE = (
    "run the template engine first (of a Helm chart, give what `helm template` prints), or put quotes around a value "
    "that holds {{ }}"
)
_CLOSE_QUOTE = "close the quote that is opened here"
_CLOSE_BRACKET = "close the bracket, or put a comma between the elements"
_ESCAPE = "within double quotes write a backslash twice, or use single quotes"
_SPACES = "indent with spaces, not with tabs"
_SPACE_AFTER_COLON = "put a space after the colon that follows a key"
_COLON_AFTER_KEY = "write a colon and a space after the key, and indent a text of many lines"
_INDENT_OR_QUOTE = "indent this line as its neighbours, and put quotes around a value that holds ': '"
_INDENT_OR_CLOSE = "indent this line as its neighbours, and close what was opened before it"
_INDENT_OR_DIVIDE = "indent this line as the ones before it, or put --- between documents"
_DASH = "begin this line with '- ', or indent it as a part of the element before it"
_LIST_BELOW = "begin the list on a line of its own"
_TEXT_BELOW = "begin the text on the line after the sign"
_NAME = "write a name after the sign, or put quotes around the value"
_NO_TAG = "remove the tag"
NO_DIRECTIVE = "remove the line that begins with %"


class Trouble(NamedTuple):
    """Where a parser of YAML stopped.

    Attributes:
        text: the document.
        at: the character where it stopped.
        since: where what it was reading began, if it says.
        in_words: it could not tell the words apart, rather than what they make together.
    """

    text: str
    at: int
    since: int | None
    in_words: bool


def is_of_tag(trouble: Trouble) -> bool:
    """Whether a tag cannot be read, or has no meaning."""
    text, at, since, _ = trouble
    start = at if since is None else since
    return text.startswith("!", start) and not any(map(str.isspace, text[start:at]))


def place(trouble: Trouble) -> int:
    """The character to look at: where a quote opens that is not closed, or else where the parser stopped."""
    return trouble.at if trouble.since is None or not _is_unclosed_quote(trouble) else trouble.since


def advise(trouble: Trouble) -> str:
    """What to do, as a part of a sentence."""
    here = _line(trouble.text, trouble.at)
    before = _line(trouble.text, trouble.text.rfind("\n", 0, trouble.at))
    if _TAB_INDENT.match(here) or _TAB_INDENT.match(before):
        return _SPACES
    if "{{" in here or "{{" in before or "{%" in here:
        return FILL_TEMPLATE
    if is_of_tag(trouble):
        return _NO_TAG
    if _is_directive(trouble):
        return NO_DIRECTIVE
    return _advise_on_words(trouble, here, before) if trouble.in_words else _advise_on_order(trouble)


def _advise_on_words(trouble: Trouble, here: str, before: str) -> str:
    text, at, since, _ = trouble
    if since is None and text.startswith("-", at):
        return _LIST_BELOW
    if since == at or (since is None and not text.startswith(":", at)):
        return _QUOTE_VALUE
    if since is not None and (advice := _advise_on_word(trouble)):
        return advice
    if since is None and _holds_two_colons(here):
        return _QUOTE_COLON
    if _NO_SPACE.match(here) or _NO_SPACE.match(before):
        return _SPACE_AFTER_COLON
    return _INDENT_OR_QUOTE if since is None else _COLON_AFTER_KEY


def _advise_on_word(trouble: Trouble) -> str:
    """What to do about a word that has a sign of its own; nothing about others, which are keys without a colon."""
    text, at, since, _ = trouble
    word = text[since:at]
    if _is_escape(trouble):
        return _ESCAPE
    if _is_unclosed_quote(trouble):
        return _CLOSE_QUOTE
    if word in ("&", "*"):
        return _NAME
    return _TEXT_BELOW if word[0] in "|>" and "\n" not in word else ""


def _advise_on_order(trouble: Trouble) -> str:
    text, at, since, _ = trouble
    if since is None:
        return _INDENT_OR_DIVIDE
    if since == at:
        return _QUOTE_SIGNS
    if text[since] in "[{":
        return _CLOSE_BRACKET
    return _DASH if text.startswith(_DASHES, since) else _INDENT_OR_CLOSE


def _is_directive(trouble: Trouble) -> bool:
    text, at, since, _ = trouble
    start = at if since is None else since
    return text.startswith("%", start) and text[start - 1 : start] in ("", "\n")


def _is_unclosed_quote(trouble: Trouble) -> bool:
    text, at, since, in_words = trouble
    if not in_words or since is None or not text.startswith(("'", '"'), since) or _is_escape(trouble):
        return False
    return _QUOTED.match(text, since, at) is None


def _is_escape(trouble: Trouble) -> bool:
    """Whether the parser stopped at a backslash, or at the digits after one."""
    text, at, since, _ = trouble
    quoted = since is not None and text.startswith('"', since)
    return quoted and (text.startswith("\\", at) or text[max(at - 2, 0) : at] in _DIGITS_FOLLOW)


def _holds_two_colons(line: str) -> bool:
    """Whether two colons that a space or the line's end follows stand before all quotes and comments."""
    match = _BEFORE_QUOTE_OR_COMMENT.match(line + " ")
    return match is not None and match[0].count(": ") > 1


def _line(text: str, index: int) -> str:
    """The line that the character at *index* stands on, or ``""`` before the start."""
    if index < 0:
        return ""
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    return text[start : len(text) if end < 0 else end]
