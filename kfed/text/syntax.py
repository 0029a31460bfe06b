"""Syntax errors: what libyaml and orjson complain of, as sentences that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from kfed.errors import TextError

if TYPE_CHECKING:
    import orjson

    from kfed.text.documents import Document

_TAB_INDENT = re.compile(r"[ ]*\t")
_NO_SPACE = re.compile(r"[ ]*(?:- +)*[A-Za-z][\w./-]*:[^\s:/]")
_NESTED_VALUE = re.compile(r"[^#'\"]*:[ ]+[^#'\"]*:(?:[ ]|$)")
_TEMPLATE_ADVICE = "put quotes around a value that holds {{ }}, or run the template engine first"

# What libyaml says → what to do about it. The first that fits is taken.
_ADVICE = (
    ("found unexpected end of stream", "close the quote that is opened here"),
    ("found unexpected document indicator", "close the quote that is opened here"),
    ("found unknown escape character", "within double quotes write a backslash twice, or use single quotes"),
    ("found undefined tag handle", "remove the tag"),
    ("found incompatible YAML document", "remove the %YAML line"),
    ("could not find expected ':'", "write a colon and a space after the key, and indent a text of many lines"),
    ("did not find expected key", "indent this line as its neighbours, and close what was opened before it"),
    (
        "did not find expected '-' indicator",
        "begin this line with '- ', or indent it as a part of the element before it",
    ),
    ("did not find expected ',' or", "close the bracket, or put a comma between the elements"),
    ("did not find expected <document start>", "indent this line as the ones before it, or put --- between documents"),
    ("did not find expected node content", "put quotes around a value with brackets, commas or signs in it"),
    (
        "mapping values are not allowed",
        "indent this line as its neighbours, and put quotes around a value that holds ': '",
    ),
    ("block sequence entries are not allowed", "begin the list on a line of its own"),
    ("found character that cannot start any token", "put quotes around the value"),
    ("found a tab character", "indent with spaces, not with tabs"),
    ("control characters are not allowed", "remove it, or write it as an escape such as \\u0007 within double quotes"),
)
_ADVICE_OTHERWISE = "correct the text around this place"


def yaml_error(document: Document, error: YAMLError) -> TextError:
    """What to tell about a text that libyaml cannot read."""
    if isinstance(error, ReaderError):
        index = _character_index(document.text, error.position)
        problem = str(error.reason)
    elif isinstance(error, MarkedYAMLError):
        index, problem = _index(error), error.problem or ""
    else:
        index, problem = 0, str(error)
    index = min(index, len(document.text))
    rule = "yaml-tag" if "tag handle" in problem else "yaml-syntax"
    advice = _advice(document.text, index, problem)
    return text_error(document, index, f"This is not valid YAML ({problem or 'unreadable'}); {advice}.", rule)


def json_error(document: Document, error: orjson.JSONDecodeError) -> TextError:
    """What to tell about a text that is meant to be JSON and is not."""
    message = f"This is not valid JSON ({error.msg}); correct the text at this place."
    return text_error(document, error.pos, message, "json-syntax")


def text_error(document: Document, index: int, message: str, rule: str) -> TextError:
    """A mistake at the character at *index* of the document."""
    line, column = document.position(index)
    return TextError(message, rule=rule, line=line, column=column)


def _index(error: MarkedYAMLError) -> int:
    """Where to look: where the trouble began, if it showed only at the end of the text."""
    unclosed = (error.problem or "").startswith("found unexpected")
    mark: Any = error.context_mark if unclosed and error.context_mark else error.problem_mark or error.context_mark
    return mark.index if mark is not None else 0


def _character_index(text: str, byte_index: int) -> int:
    return len(text.encode(errors="replace")[:byte_index].decode(errors="ignore"))


def _advice(text: str, index: int, problem: str) -> str:
    here = _line(text, index)
    before = _line(text, text.rfind("\n", 0, index))
    if "control characters" not in problem:
        if _TAB_INDENT.match(here) or _TAB_INDENT.match(before):
            return "indent with spaces, not with tabs"
        if "{{" in here or "{{" in before or "{%" in here:
            return _TEMPLATE_ADVICE
        if "mapping values" in problem and _NESTED_VALUE.match(here):
            return "put quotes around a value that holds ': '"
        if ("mapping values" in problem or "expected ':'" in problem) and (
            _NO_SPACE.match(here) or _NO_SPACE.match(before)
        ):
            return "put a space after the colon that follows a key"
    return next((advice for words, advice in _ADVICE if words in problem), _ADVICE_OTHERWISE)


def _line(text: str, index: int) -> str:
    """The line that the character at *index* stands on, or ``""`` before the start."""
    if index < 0:
        return ""
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    return text[start : len(text) if end < 0 else end]
