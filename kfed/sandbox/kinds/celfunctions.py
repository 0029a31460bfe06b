"""The functions that Kubernetes adds to CEL for texts and lists ("CEL in Kubernetes", "Kubernetes list library").

Those of CEL itself are the library's; the names of all of them are here, to know which rules can be evaluated.
"""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from kfed.schema.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _index_of(values: Any, value: Any, start: int = 0) -> int:
    if isinstance(values, str):
        return values.find(value, start)
    return values.index(value) if value in values else -1


def _last_index_of(values: Any, value: Any) -> int:
    if isinstance(values, str):
        return values.rfind(value)
    return len(values) - 1 - values[::-1].index(value) if value in values else -1


def _split(text: str, separator: str, most: int = -1) -> list[str]:
    if most == 0:
        return []
    return text.split(separator, most - 1 if most > 0 else -1) if separator else list(text)


def _substring(text: str, start: int, end: int | None = None) -> str:
    if start < 0 or start > len(text) or (end is not None and not start <= end <= len(text)):
        raise ValueError("index out of range")
    return text[start:end]


def _find(text: str, pattern: str) -> str:
    return next(_occurrences(text, pattern), "")


def _find_all(text: str, pattern: str, most: int = -1) -> list[str]:
    return list(islice(_occurrences(text, pattern), most if most >= 0 else None))


def _occurrences(text: str, pattern: str) -> Iterator[str]:
    compiled = compile_pattern(pattern)
    if compiled is None:
        raise ValueError(f"{pattern} is no regular expression of RE2")
    return compiled.find_all(text)


def _replace(text: str, old: str, new: str, most: int = -1) -> str:
    return text.replace(old, new, most)


def _join(values: list[str], separator: str = "") -> str:
    return separator.join(values)


def _is_sorted(values: list[Any]) -> bool:
    return all(one <= two for one, two in pairwise(values))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "charAt": lambda text, place: _substring(text, place, min(place + 1, len(text))),
    "find": _find,
    "findAll": _find_all,
    "indexOf": _index_of,
    "isSorted": _is_sorted,
    "join": _join,
    "lastIndexOf": _last_index_of,
    "lowerAscii": str.lower,
    "replace": _replace,
    "split": _split,
    "substring": _substring,
    "sum": sum,
    "trim": str.strip,
    "upperAscii": str.upper,
}
OPERATORS = frozenset(
    {"@not_strictly_false", "@in", "_in_", "_&&_", "_||_", "!_", "-_", "_?_:_", "_[_]"}
    | {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "_*_", "_/_", "_%_"}
    | {"has", "all", "exists", "exists_one", "map", "filter", "size", "contains", "startsWith", "endsWith", "matches"}
    | {"int", "uint", "double", "string", "bytes", "bool", "duration", "timestamp", "type", "dyn", "min", "max"}
    | {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours"}
    | {"getMinutes", "getSeconds", "getMilliseconds", "hasValue", "value", "orValue", "or", "optional"}
)
