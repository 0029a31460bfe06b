"""Numbers with a digit that checks the others: of books, and of cards."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"[\t\n\f\r -]+")
_NO_DIGIT = re.compile(r"[^0-9]+")
_ISBN10 = re.compile(r"[0-9]{9}[0-9X]")
_ISBN13 = re.compile(r"[0-9]{13}")
_CARD = re.compile(
    r"4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}"
    r"|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11}"
)


def is_isbn(text: str) -> bool:
    """A number of either form."""
    return is_isbn10(text) or is_isbn13(text)


def is_isbn10(text: str) -> bool:
    """Nine digits and one that checks them, which may be X for ten; with spaces and dashes."""
    digits = _BETWEEN.sub("", text)
    if not _ISBN10.fullmatch(digits):
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return sum(place * value for place, value in enumerate(values, 1)) % 11 == 0


def is_isbn13(text: str) -> bool:
    """Twelve digits and one that checks them; with spaces and dashes."""
    digits = _BETWEEN.sub("", text)
    return bool(_ISBN13.fullmatch(digits)) and sum(_weighted(digits, 1, 3)) % 10 == 0


def is_credit_card(text: str) -> bool:
    """The number of a card, by its issuer's form and its last digit (Luhn); whatever is no digit is passed over."""
    digits = _NO_DIGIT.sub("", text)
    return bool(_CARD.fullmatch(digits)) and sum(map(_cross_sum, _weighted(digits[::-1], 1, 2))) % 10 == 0


def _weighted(digits: str, *weights: int) -> list[int]:
    return [int(digit) * weights[place % len(weights)] for place, digit in enumerate(digits)]


def _cross_sum(number: int) -> int:
    return sum(divmod(number, 10))
