"""Fields that a JSON text has twice: readers differ in which one counts, so a server says so."""

from __future__ import annotations

import json
import re
from typing import Any

_MAYBE_FIELD = re.compile(rb'"\s*:')


def duplicate_fields(body: bytes, value: Any) -> list[str]:
    """The fields that an object has more than once, such as ``spec.size``, in their order.

    Args:
        body: the JSON.
        value: what was read from it, where of two fields one is left.
    """
    # What is in strings may look like a field; only then is it worth a second look.
    if len(_MAYBE_FIELD.findall(body)) == _count(value):
        return []
    found: list[str] = []
    _look(json.loads(body, object_pairs_hook=_Pairs), "", found)
    return list(dict.fromkeys(found))


class _Pairs(list[tuple[str, Any]]):
    """An object as it is written."""


def _look(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for name, below in value:
            here = f"{path}.{name}" if path else name
            if name in seen:
                found.append(here)
            seen.add(name)
            _look(below, here, found)
    elif isinstance(value, list):
        for place, below in enumerate(value):
            _look(below, f"{path}[{place}]", found)


def _count(value: Any) -> int:
    """How many fields there are in all."""
    total = 0
    waiting = [value]
    while waiting:
        below = waiting.pop()
        if isinstance(below, dict):
            total += len(below)
            waiting += below.values()
        elif isinstance(below, list):
            waiting += below
    return total
