"""Whole numbers as Go reads them, and what it says of a text that is none."""

from __future__ import annotations

import re

from kfed.sandbox.errors import quoted

_SIGNED = re.compile(r"([+-]?)0*([0-9]+)")
_UNSIGNED = re.compile(r"()0*([0-9]+)")
_DIGITS = 20  # of the largest number


def signed(text: str) -> int | str:
    """The number of a text, or what ``strconv.ParseInt`` says of it."""
    return _number(text, "ParseInt", _SIGNED, range(-(2**63), 2**63))


def unsigned(text: str) -> int | str:
    """The number of a text, or what ``strconv.ParseUint`` says of it."""
    return _number(text, "ParseUint", _UNSIGNED, range(2**64))


def _number(text: str, function: str, pattern: re.Pattern[str], bounds: range) -> int | str:
    said, match = f"strconv.{function}: parsing {quoted(text)}", pattern.fullmatch(text)
    if match is None:
        return f"{said}: invalid syntax"
    sign, digits = match.groups()
    if len(digits) > _DIGITS or (number := int(sign + digits)) not in bounds:
        return f"{said}: value out of range"
    return number
