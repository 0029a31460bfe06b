"""Times as Go reads them, and what it says of a text that is none."""

from __future__ import annotations

import re

from kfed.schema.formats.table import is_date

SECONDS = "2006-01-02T15:04:05Z07:00"
MICROSECONDS = "2006-01-02T15:04:05.000000Z07:00"
# Each part of a time, what it is called in a layout, and, of a number, its name, the least and the most.
_PARTS = (
    *((r"\d{4}", "2006", "", 0, 9999), ("-", "-", "", 0, 0), (r"\d\d", "01", "month", 1, 12), ("-", "-", "", 0, 0)),
    *((r"\d\d", "02", "day", 1, 31), ("T", "T", "", 0, 0), (r"\d\d?", "15", "hour", 0, 23), (":", ":", "", 0, 0)),
    *((r"\d\d", "04", "minute", 0, 59), (":", ":", "", 0, 0), (r"\d\d", "05", "second", 0, 59)),
)
_ZONE = re.compile(r"Z|[+-]\d\d:\d\d", re.ASCII)
_FRACTION = re.compile(r"([.,]\d+)?", re.ASCII)
_SIX = re.compile(r"[.,]\d{6}", re.ASCII)
_DATE = len("2006-01-02")


def time_problem(text: str, layout: str) -> str:
    """Why Go cannot read a time; empty when it can.

    Args:
        text: such as ``2026-01-31T12:00:00Z``.
        layout: `SECONDS`, or `MICROSECONDS` of which there are to be six.
    """
    why = _why(text, layout)
    if not why:
        return ""
    at = f' as "{layout}"' if why.startswith("cannot") else ""
    return f'parsing time "{text}"{at}: {why}'


def _why(text: str, layout: str) -> str:
    rest = text
    for pattern, element, name, least, most in _PARTS:
        match = re.match(pattern, rest, re.ASCII)
        if match is None:
            return f'cannot parse "{rest}" as "{element}"'
        if name and not least <= int(match[0]) <= most:
            return f"{name} out of range"
        rest = rest[match.end() :]
    fraction = (_SIX if layout == MICROSECONDS else _FRACTION).match(rest)
    if fraction is None:
        return f'cannot parse "{rest}" as ".000000"'
    rest = rest[fraction.end() :]
    if (match := _ZONE.match(rest)) is None:
        return f'cannot parse "{rest}" as "Z07:00"'
    if rest := rest[match.end() :]:
        return f'extra text: "{rest}"'
    return "" if is_date(text[:_DATE]) else "day out of range"
