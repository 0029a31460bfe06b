"""Quantity: a number such as ``500m`` or ``2Gi``, exactly as Kubernetes has it.

The rules are those of k8s.io/apimachinery, ``pkg/api/resource``: the smallest part is a billionth, to which what is
finer is rounded away from nought; the canonical form has no fraction, the largest suffix that allows it, and the kind
of suffix that was given.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

_PARTS = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE](?P<exponent>[+-]?[0-9]+))?"
)
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {-3: "n", -2: "u", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P", 6: "E"}
_SCALES = {suffix: Fraction(1000) ** power for power, suffix in _DECIMAL.items()}
_SCALES |= {suffix: Fraction(1024) ** power for power, suffix in enumerate(_BINARY)}
_LEAST = Fraction(1, 10**9)
_MOST_BINARY = Fraction(2**63 - 1)
# What is longer, larger or smaller is a quantity of nothing, and would take long to reckon with.
_LONGEST, _FARTHEST = 100, 100


class Suffix(Enum):
    """The kinds of suffixes, one of which a quantity is written with."""

    DECIMAL = "k"
    BINARY = "Ki"
    EXPONENT = "e3"


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A quantity; quantities compare by their values alone, and as text are canonical.

    Attributes:
        value: the exact number.
        suffix: the kind of suffix that it is written with.
    """

    value: Fraction
    suffix: Suffix = Suffix.DECIMAL

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.value, self.suffix if self.value else other.suffix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.value == other.value

    def __lt__(self, other: Quantity) -> bool:
        return self.value < other.value

    def __le__(self, other: Quantity) -> bool:
        return self.value <= other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __str__(self) -> str:
        if self.suffix is Suffix.BINARY and abs(self.value) >= _SCALES["Ki"] and self.value.denominator == 1:
            number, power = _reduce(int(self.value), 1024, len(_BINARY) - 1)
            return f"{number}{_BINARY[power]}"
        least = min(_DECIMAL)
        if self.suffix is Suffix.EXPONENT:
            number, power = _reduce(int(self.value / _LEAST), 1000, None)
            return f"{number}e{3 * (power + least)}" if number and power + least else str(number)
        number, power = _reduce(int(self.value / _LEAST), 1000, max(_DECIMAL) - least)
        return f"{number}{_DECIMAL[power + least]}" if number else "0"


def parse_quantity(value: Any) -> Quantity | None:
    """A quantity from its text, or from a number, which stands for itself; ``None`` when it is none.

    Unlike for Kubernetes, what is longer than a hundred characters or further from 1 than a hundred powers of ten is
    none, and so is what has no digit, some of which (``m``, not ``Pi``) Kubernetes takes for nought.
    """
    parts = _PARTS.fullmatch(_text(value))
    if parts is None or abs(int(parts["exponent"] or 0)) > _FARTHEST:
        return None
    number, suffix = Fraction(parts["number"]), parts["suffix"] or ""
    if parts["exponent"]:
        return Quantity(_rounded(number * Fraction(10) ** int(parts["exponent"])), Suffix.EXPONENT)
    exact = _rounded(number * _SCALES[suffix])
    if not suffix.endswith("i"):
        return Quantity(exact)
    capped = max(-_MOST_BINARY, min(exact, _MOST_BINARY))
    return Quantity(capped, Suffix.BINARY if abs(capped) >= 1 or not capped else Suffix.DECIMAL)


def _text(value: Any) -> str:
    match value:
        case bool():
            return ""
        case str():
            return value if len(value) <= _LONGEST else ""
        case int():
            return str(value) if abs(value) < 10**_LONGEST else ""
        case float():
            return str(value)
    return ""


def _rounded(exact: Fraction) -> Fraction:
    parts = exact / _LEAST
    return (math.ceil(parts) if parts > 0 else math.floor(parts)) * _LEAST


def _reduce(number: int, base: int, most: int | None) -> tuple[int, int]:
    """*number* without the factors of *base*, of which no more than *most* are taken, and how many there were."""
    power = 0
    while number and number % base == 0 and power != most:
        number, power = number // base, power + 1
    return number, power
