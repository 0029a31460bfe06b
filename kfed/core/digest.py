"""Digest: one short text that two JSON values have in common if and only if they are equal.

Guarantees: the same value has the same digest everywhere and in every version of kfed, for members remember it; numbers
are equal by value, so that 1.0 is 1, and the order of a map's keys does not count.

Assumes: nothing but that the value is JSON.

Does not: tell which of two values is the newer one, or where they differ.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A number with a fraction or an exponent; within a text that looks like one it only costs time.
_FRACTION = re.compile(rb'(?:":|[,\[]|\A)-?[0-9]+[.e]')


def digest(value: Any) -> str:
    """The SHA-256 of *value* in its canonical form, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON with its keys in order and no space, in which equal numbers look the same; equal values, equal bytes."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number of more than 64 bits, half of a surrogate pair, or more levels than it goes down
        return _written(value)
    return _written(value) if _FRACTION.search(text) else text


def _written(value: Any) -> bytes:
    """The same by hand, in the same bytes; of however many levels, for what is still to be written is in a list."""
    parts: list[str] = []
    pending: list[Any] = [value]
    while pending:
        match pending.pop():
            case tuple() as literal:  # which no JSON value is
                parts += literal
            case dict() as members:
                pending += reversed([("{",), *_members(members), ("}",)])
            case list() as elements:
                pending += reversed([("[",), *_elements(elements), ("]",)])
            case scalar:
                parts.append(_scalar(scalar))
    return "".join(parts).encode("utf-8", "surrogatepass")


def _members(members: Mapping[str, Any]) -> Iterator[Any]:
    for index, key in enumerate(sorted(members)):
        yield (f"{',' if index else ''}{_scalar(key)}:",)
        yield members[key]


def _elements(elements: list[Any]) -> Iterator[Any]:
    for index, element in enumerate(elements):
        if index:
            yield (",",)
        yield element


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else orjson.dumps(value).decode()
    return json.dumps(value, ensure_ascii=False)
