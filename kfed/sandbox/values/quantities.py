"""Quantities such as ``500m`` and ``2Gi``: their values, and the one form in which a server writes each.

The rules are those of k8s.io/apimachinery, ``pkg/api/resource``: no fraction, the largest suffix that allows it, the
kind of suffix that was given.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

_PARTS = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE](?P<exponent>[+-]?\d+))?",
    re.ASCII,
)
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {-3: "n", -2: "u", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P", 6: "E"}
_SCALES = {suffix: Fraction(1000) ** power for power, suffix in _DECIMAL.items() if suffix}
_SCALES |= {suffix: Fraction(1024) ** power for power, suffix in enumerate(_BINARY) if suffix}
_SMALLEST_BINARY = 1024
_LEAST = Fraction(1, 10**9)
# A number this large or small is no quantity of anything, and would take long to write.
_FARTHEST, _LONGEST = 100, 400


def value_of(quantity: Any) -> Fraction | None:
    """The value of a quantity; ``None`` for what is none. A number stands for itself."""
    match = _matched(quantity)
    if match is None:
        return None
    scale = Fraction(10) ** int(match["exponent"]) if match["exponent"] else _SCALES.get(match["suffix"] or "", 1)
    # Go holds nothing smaller, and rounds away from nought.
    exact = Fraction(match["number"]) * scale / _LEAST
    return (math.ceil(exact) if exact > 0 else math.floor(exact)) * _LEAST


def canonical(quantity: Any) -> Any:
    """A quantity in the form in which a server writes it; what is none stays as it is."""
    value, match = value_of(quantity), _matched(quantity)
    if value is None or match is None:
        return quantity
    suffix = match["suffix"] or ""
    if suffix.endswith("i") and abs(value) >= _SMALLEST_BINARY:
        return _binary(value)
    mantissa, power = _decimal(value)
    if match["exponent"]:
        return f"{mantissa}e{3 * power}" if power else str(mantissa)
    return f"{mantissa}{_DECIMAL[power]}"


def _matched(quantity: Any) -> re.Match[str] | None:
    if isinstance(quantity, bool) or not isinstance(quantity, str | int | float):
        return None
    text = str(quantity)
    match = _PARTS.fullmatch(text) if len(text) <= _LONGEST else None
    return match if match is None or abs(int(match["exponent"] or 0)) <= _FARTHEST else None


def _binary(value: Fraction) -> str:
    number, power = math.ceil(value) if value > 0 else math.floor(value), 0
    while number % 1024 == 0 and power < len(_BINARY) - 1:
        number, power = number // 1024, power + 1
    return f"{number}{_BINARY[power]}"


def _decimal(value: Fraction) -> tuple[int, int]:
    """A whole number and a power of a thousand, the largest that there is a suffix for."""
    number, power = int(value / _LEAST), min(_DECIMAL)
    while number % 1000 == 0 and power < max(_DECIMAL) and number:
        number, power = number // 1000, power + 1
    return (number, power) if number else (0, 0)
