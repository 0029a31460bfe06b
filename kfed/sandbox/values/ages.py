"""How long ago: ages as kubectl's tables show them."""

from __future__ import annotations

import datetime as dt

UNKNOWN = "<unknown>"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400


def parse_time(text: object) -> dt.datetime | None:
    """A timestamp of the API, such as ``2026-01-01T00:00:00Z``; ``None`` for whatever is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def age(timestamp: object, now: dt.datetime) -> str:
    """The time since *timestamp*, such as ``5m7s`` or ``326d``; ``<unknown>`` when there is none."""
    moment = parse_time(timestamp)
    return UNKNOWN if moment is None else human_duration(now - moment)


def human_duration(elapsed: dt.timedelta) -> str:
    """A duration in two or three significant figures, as k8s.io/apimachinery's ``HumanDuration`` puts it."""
    exact = elapsed.total_seconds()
    seconds = int(exact)  # towards zero: up to two seconds ahead counts as now, as clocks differ
    if seconds < -1:
        return "<invalid>"
    for below, unit, unit_name, part, part_name in _STEPS:
        if seconds < below:
            return _in(max(seconds, 0), unit, unit_name, part, part_name)
    return f"{seconds // _YEAR}y"


# Below how many seconds which unit is shown, and which smaller one beside it (none when 0).
_STEPS = (
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)


def _in(seconds: int, unit: int, unit_name: str, part: int, part_name: str) -> str:
    whole = f"{seconds // unit}{unit_name}"
    rest = seconds % unit // part if part else 0
    return f"{whole}{rest}{part_name}" if rest else whole
