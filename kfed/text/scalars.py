"""Scalars of YAML: what a text means, by the rules of kubectl.

kubectl reads YAML with sigs.k8s.io/yaml: scalars are resolved by go-yaml v2 (``resolve.go``), written as JSON, and read
as JSON. So ``yes`` and ``y`` are booleans, ``010`` is eight, ``12:30`` is a text, and ``1.0`` is one.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_BOOLS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_WORDS: dict[str, Any] = {
    **_BOOLS,
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_HINTS = frozenset({"", *"0123456789+-.~yYnNtTfFoO"})
_CACHED_LENGTH = 64

_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([0-9]|[1-9][0-9]*))")
_BASES = (16, 2, 8, 10)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT_FIRST = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")
_INT64 = 2**63
_UINT64 = 2**64
_LONGEST_INTEGER = 80  # of an integer of 64 bits, written in base 2 or with many zeros in front

_TAGS = "tag:yaml.org,2002:"


class ScalarError(ValueError):
    """A scalar has no meaning in a manifest; `rule` is the finding's rule."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


def value_of(text: str) -> Any:
    """What the unquoted, untagged *text* means: a text, a number, a boolean or nothing.

    Raises:
        ScalarError: it is a number that JSON cannot write.
    """
    if text[:1] not in _HINTS:
        return text
    return _value_of(text) if len(text) <= _CACHED_LENGTH else _json_value(_resolve(text))


def key_of(text: str) -> str:
    """The key that the unquoted, untagged *text* is: a number or boolean as kubectl writes it.

    Raises:
        ScalarError: it is nothing, which kubectl refuses.
    """
    if text[:1] not in _HINTS:
        return text
    return _key_of(text) if len(text) <= _CACHED_LENGTH else key_text(_resolve(text))


def tagged(tag: str, text: str) -> Any:
    """What *text* means under a tag.

    Raises:
        ScalarError: the tag has no meaning in a manifest, or the text does not fit it.
    """
    name = tag.removeprefix(_TAGS)
    if tag in ("!", f"{_TAGS}str"):
        return text
    if name == tag or name not in _FITS:
        message = "This tag has no meaning in a manifest; remove it, or use !!str, !!int, !!float, !!bool or !!binary."
        raise ScalarError(message, "yaml-tag")
    if name == "binary":
        return _binary(text)
    value = _resolve(text)
    if not _FITS[name](value, text):
        message = f"The value does not fit its tag !!{name}; correct the value, or remove the tag."
        raise ScalarError(message, "yaml-tag")
    return _json_value(value)


_FITS: dict[str, Callable[[Any, str], bool]] = {
    "binary": lambda _value, _text: True,
    "bool": lambda value, _: type(value) is bool,
    "float": lambda value, _: type(value) in (float, int),
    "int": lambda value, _: type(value) is int,
    "null": lambda value, _: value is None,
    "timestamp": lambda _, text: _TIMESTAMP.fullmatch(text) is not None,
}


def key_text(value: Any) -> str:
    """A scalar as the key of a map, in the words of sigs.k8s.io/yaml.

    Raises:
        ScalarError: *value* is nothing, or an integer beyond 64 bits, which are refused there as well.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() if value < _INT64:
            return str(value)
        case float():
            return _float32_text(value)
    message = "A key must be a text, and this one is null or too large a number; put quotes around it."
    raise ScalarError(message, "not-json-value")


def _resolve(text: str) -> Any:
    """go-yaml's ``resolve``, for an untagged scalar; never a timestamp, which is a text in the end."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-0123456789":
        digits = text.replace("_", "")
        value = _integer(digits) if len(digits) <= _LONGEST_INTEGER else None
        return _float(digits, text) if value is None else value
    if text[0] == "." and _POINT_FIRST.fullmatch(text):
        return _float(text.replace("_", ""), text)
    return text


def _integer(digits: str) -> int | None:
    """Go's ``strconv.ParseInt(digits, 0, 64)``, then ``ParseUint``."""
    match = _INTEGER.fullmatch(digits)
    if match is None or match.lastindex is None:
        return None
    value = int(match[match.lastindex], _BASES[match.lastindex - 2])
    if match[1]:
        value = -value if match[1] == "-" else value
        return value if -_INT64 <= value < _INT64 else None
    return value if value < _UINT64 else None


def _float(digits: str, text: str) -> Any:
    if not _FLOAT.fullmatch(digits):
        return text
    value = float(digits)
    return text if math.isinf(value) else value


def _json_value(value: Any) -> Any:
    """A number as it comes out of JSON: whole ones without a point are integers, if of 64 bits."""
    if type(value) is not float:
        return value
    if not math.isfinite(value):
        message = "JSON has no infinity and no not-a-number; give a number, or put quotes around the value."
        raise ScalarError(message, "not-json-value")
    return int(value) if value.is_integer() and -_INT64 < value < _INT64 else value


def _binary(text: str) -> str:
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True).decode()
    except (binascii.Error, ValueError):
        message = (
            "The value of !!binary must be base64 of UTF-8 text; correct it, or remove the tag to keep the base64."
        )
        raise ScalarError(message, "not-json-value") from None


def _float32_text(value: float) -> str:
    """Go's ``strconv.FormatFloat(value, 'g', -1, 32)``, with which sigs.k8s.io/yaml writes keys."""
    try:
        single: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if not math.isfinite(single):
        return ".nan" if math.isnan(single) else ".inf" if single > 0 else "-.inf"
    digits = next(n for n in range(9) if n == 8 or _single(f"{single:.{n}e}") == single)  # noqa: PLR2004 - 9 suffice
    scientific = f"{single:.{digits}e}"
    exponent = int(scientific.partition("e")[2])
    return f"{single:.{max(digits - exponent, 0)}f}" if -4 <= exponent < 6 else scientific  # noqa: PLR2004 - Go's bounds


def _single(text: str) -> float:
    try:
        value: float = struct.unpack("f", struct.pack("f", float(text)))[0]
    except OverflowError:
        return math.inf
    return value


@lru_cache(maxsize=16384)
def _value_of(text: str) -> Any:
    return _json_value(_resolve(text))


@lru_cache(maxsize=16384)
def _key_of(text: str) -> str:
    return key_text(_resolve(text))
