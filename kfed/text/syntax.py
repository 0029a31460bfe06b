"""Syntax errors: what libyaml and orjson complain of, as sentences that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError
from yaml.scanner import ScannerError

from kfed.errors import TextError
from kfed.text.advice import NO_DIRECTIVE, Trouble, advise, is_of_tag, place
from kfed.text.limits import MAX_DEPTH

if TYPE_CHECKING:
    import orjson

    from kfed.text.documents import Document

_NO_CONTROL_CHARACTER = "remove it, or write it as an escape such as \\u0007 within double quotes"
_LONGEST = 80
_OTHERWISE = "correct the text around this place"


def yaml_error(document: Document, error: YAMLError) -> TextError:
    """What to tell about a text that libyaml cannot read."""
    text = document.text
    if isinstance(error, ReaderError):
        index = _character_index(text, error.position)
        return _not_yaml(document, index, str(error.reason), _NO_CONTROL_CHARACTER)
    if not isinstance(error, MarkedYAMLError):
        return _not_yaml(document, 0, str(error), _OTHERWISE)
    trouble = _trouble(text, error)
    rule = "yaml-tag" if is_of_tag(trouble) else "yaml-syntax"
    return _not_yaml(document, place(trouble), error.problem or "unreadable", advise(trouble), rule)


def json_error(document: Document, error: orjson.JSONDecodeError) -> TextError:
    """What to tell about a text that is meant to be JSON and is not."""
    message = f"This is not valid JSON ({error.msg}); correct the text at this place."
    return text_error(document, error.pos, message, "json-syntax")


def text_error(document: Document, index: int, message: str, rule: str) -> TextError:
    """A mistake at the character at *index* of the document."""
    line, column = document.position(index)
    return TextError(message, rule=rule, line=line, column=column)


def duplicate_key(document: Document, index: int, key: str) -> TextError:
    """What to tell about a key that a map had before the character at *index* of the document."""
    message = f"The key {quote(key)} stands twice in this map; remove one of the two."
    return text_error(document, index, message, "duplicate-key")


def quote(text: str) -> str:
    """A text of the document within a sentence, cut short if it is long."""
    return repr(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def too_deep(document: Document, index: int) -> TextError:
    """What to tell about a value that is nested too deep, at the character at *index* of the document."""
    message = f"This is nested deeper than {MAX_DEPTH} levels, and no manifest is; flatten it."
    return text_error(document, index, message, "too-deep")


def directive(document: Document, index: int) -> TextError:
    """What to tell about a directive that no ``---`` follows, at the character at *index* of the document."""
    return _not_yaml(document, index, "a directive without a document", NO_DIRECTIVE)


def _not_yaml(document: Document, index: int, problem: str, advice: str, rule: str = "yaml-syntax") -> TextError:
    return text_error(document, index, f"This is not valid YAML ({problem}); {advice}.", rule)


def _trouble(text: str, error: MarkedYAMLError) -> Trouble:
    since: Any = error.context_mark
    at: Any = error.problem_mark or since
    return Trouble(
        text,
        min(at.index, len(text)) if at is not None else 0,
        min(since.index, len(text)) if since is not None else None,
        isinstance(error, ScannerError),
    )


def _character_index(text: str, byte_index: int) -> int:
    return len(text.encode(errors="replace")[:byte_index].decode(errors="ignore"))
