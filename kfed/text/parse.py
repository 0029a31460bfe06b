"""A document to the value in it: read as kubectl reads it, and refused where readers would differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from kfed.text.construct import construct
from kfed.text.jsontext import depth_of, parse_json
from kfed.text.limits import MAX_DEPTH, MAX_SIZE
from kfed.text.syntax import directive, json_error, text_error, too_deep

if TYPE_CHECKING:
    from kfed.errors import TextError
    from kfed.text.documents import Document

_JSON_START = re.compile(r"\s*+[{\[]")
# Documents are split without their directives, which mean nothing in a manifest; libyaml compares each with all others.
_DIRECTIVE = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*+%")
_NOT_FINITE = re.compile(r"[-+]?(?:NaN|Infinity)")


def parse(document: Document) -> Any:
    """The value in a document; ``None`` when there is none.

    A value that an alias repeats is one object in the result, so the result must not be changed in place.

    Raises:
        TextError: the text is no YAML or JSON, or means something that no API server could take.
    """
    data = _encode(document)
    if len(data) > MAX_SIZE:
        size = MAX_SIZE // 2**20
        message = f"This document is larger than {size} MiB, and no API server takes that; split it with '---'."
        raise text_error(document, 0, message, "too-large")
    if start := _DIRECTIVE.match(document.text):
        raise directive(document, start.end() - 1)
    if not _JSON_START.match(document.text):
        return construct(document, data)
    try:
        return parse_json(document)
    except orjson.JSONDecodeError as error:
        return _parse_flow(document, data, error)


def _parse_flow(document: Document, data: bytes, error: orjson.JSONDecodeError) -> Any:
    """The value of a text that starts as JSON does and is not: it may be a flow collection of YAML."""
    if _NOT_FINITE.match(document.text, error.pos):
        message = "JSON has no infinity and no not-a-number; give a number, or put quotes around the value."
        raise text_error(document, error.pos, message, "not-json-value")
    if document.file.lower().endswith(".json"):
        # The reader of JSON has a limit of its own, and stops where that is met.
        raise too_deep(document, 0) if depth_of(document.text[: error.pos]) > MAX_DEPTH else json_error(document, error)
    return construct(document, data)


def _encode(document: Document) -> bytes:
    try:
        return document.text.encode()
    except UnicodeEncodeError as error:
        raise _surrogate(document, error.start) from None


def _surrogate(document: Document, index: int) -> TextError:
    message = "The text holds half a character (a lone surrogate); save the file as UTF-8."
    return text_error(document, index, message, "yaml-syntax")
