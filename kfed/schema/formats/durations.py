"""Durations: those of Go, such as ``1h30m``, and those in words, such as ``2 days``.

As ``strfmt.ParseDuration`` of k8s.io/kube-openapi has them, which asks ``time.ParseDuration`` first.
"""

from __future__ import annotations

import re

_TERM = re.compile(r"(\d*)(?:\.(\d*))?([^.\d]+)", re.ASCII)
# No digit in front of it: so each run of digits is looked at once, however long it is.
_WORDS = re.compile(r"(?<!\d)(\d+)[\t\n\f\r ]*([A-Za-zµ]+)", re.ASCII)
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_UNITS = frozenset({"ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk"})
_BEGINNINGS = ("nano", "micro", "milli", "sec", "min", "hour", "day", "week")
_MOST = 2**63
_DIGITS = len(str(_MOST))


def is_duration(text: str) -> bool:
    """Whether *text* is a duration that fits Go's, of 292 years."""
    return _is_go_duration(text) or _is_in_words(text)


def _is_go_duration(text: str) -> bool:
    sign, rest = (text[0], text[1:]) if text.startswith(("-", "+")) else ("", text)
    if rest == "0":
        return True
    total, position = 0, 0
    while match := _TERM.match(rest, position):
        nanoseconds = _nanoseconds(match[1], match[2] or "", match[3])
        if nanoseconds is None:
            return False
        total, position = total + nanoseconds, match.end()
    return 0 < position == len(rest) and total <= (_MOST if sign == "-" else _MOST - 1)


def _nanoseconds(whole: str, fraction: str, unit: str) -> int | None:
    """One term of a duration; ``None`` when it is none, or too long."""
    size = _NANOSECONDS.get(unit)
    number = _integer(whole or "0")
    if size is None or number is None or not (whole or fraction):
        return None
    fraction = fraction[:_DIGITS]
    nanoseconds = number * size + int(fraction or "0") * size // 10 ** len(fraction)
    return nanoseconds if nanoseconds <= _MOST else None


def _is_in_words(text: str) -> bool:
    terms = _WORDS.findall(text)
    numbers = [_integer(number) for number, _ in terms]
    if any(number is None or number >= _MOST for number in numbers):
        return False
    return any(unit.lower() in _UNITS or unit.lower().startswith(_BEGINNINGS) for _, unit in terms)


def _integer(digits: str) -> int | None:
    """A number of no more digits than one of 64 bits has; reading more takes time that grows with their square."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= _DIGITS else None
