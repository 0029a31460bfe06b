r"""JSONPath as printer columns have it: ``.spec.replicas``, ``.status.conditions[?(@.type=="Ready")].status``.

The dialect is that of k8s.io/client-go, ``util/jsonpath``: fields, ``['quoted']`` fields, escaped dots
(``.metadata.annotations.example\.com/a``), indices, slices, ``*``, ``..``, unions, and filters of one comparison.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELD = re.compile(r"\.((?:\\.|[^.\[\\|\s(){}])+)")
_QUOTED = r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\""""
_QUOTED_FIELDS = re.compile(rf"\[\s*((?:{_QUOTED})(?:\s*,\s*(?:{_QUOTED}))*)\s*\]")
_SLICE = re.compile(r"\[\s*(-?\d+)?\s*(?:(:)\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?)?\]")
_UNION = re.compile(r"\[\s*(-?\d+(?:\s*,\s*-?\d+)+)\s*\]")
_WILDCARD = re.compile(r"\.\*|\[\s*\*\s*\]")
_RECURSION = re.compile(r"\.(?=\.)")
_FILTER = re.compile(r"\[\s*\?\(\s*(.*?)\s*\)\s*\]")
_COMPARISON = re.compile(rf"((?:{_QUOTED}|[^'\"<>=!])+?)\s*(==|!=|<=|>=|<|>)\s*(.+)")
_OPERATOR = re.compile(r"[=<>!]")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
# From here on Go prints a float with an exponent; Python's repr does so earlier.
_EXPONENT_FROM = 1e21


class JsonPathError(ValueError):
    """A path is no JSONPath, or asks for what a value does not have, such as an element of a list beyond its end."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A parsed path."""

    steps: tuple[Callable[[list[Any]], list[Any]], ...]

    def find(self, value: Any) -> list[Any]:
        """All that the path leads to in *value*, in order; empty where a field is missing.

        Raises:
            JsonPathError: an index is out of bounds, or something that is no list is to have elements.
        """
        found = [value]
        for step in self.steps:
            found = step(found)
        return found


@lru_cache(maxsize=1024)
def parse_path(text: str) -> JsonPath:
    """Parse a path; what a CRD may have in ``jsonPath``.

    Raises:
        JsonPathError: it is none, or more than sandboxes know.
    """
    steps: list[Callable[[list[Any]], list[Any]]] = []
    rest = text.removeprefix("$").removeprefix("@")
    if rest and rest[0] not in ".[":
        rest = f".{rest}"
    while rest and rest != ".":
        step, length = _step(rest, text)
        steps.append(step)
        rest = rest[length:]
    return JsonPath(tuple(steps))


def to_text(value: Any) -> str:
    """A value as a column of type string shows it: as Go prints it, lists and mappings as JSON."""
    if isinstance(value, dict | list):
        # Go's encoder escapes what could end a script.
        encoded = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        return encoded.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return go_float(value) if isinstance(value, float) else str(value)


def go_float(value: float) -> str:
    """A number as Go's ``%v`` prints it: ``1.5``, ``1e+21``, ``100`` for 100.0."""
    return str(int(value)) if value.is_integer() and abs(value) < _EXPONENT_FROM else repr(value)


def _step(rest: str, whole: str) -> tuple[Callable[[list[Any]], list[Any]], int]:
    """The first step of a path, and how long it is."""
    for pattern, make in _STEPS:
        if match := pattern.match(rest):
            return make(match), match.end()
    raise JsonPathError(f"{whole!r:.80} is no JSONPath: {rest!r:.40} cannot be read.")


def _recursion(_: re.Match[str]) -> Callable[[list[Any]], list[Any]]:
    return lambda values: [below for value in values for below in _descend(value)]


def _descend(value: Any) -> list[Any]:
    below = _children(value)
    return [value, *(deeper for child in below for deeper in _descend(child))] if below else []


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _wildcard(_: re.Match[str]) -> Callable[[list[Any]], list[Any]]:
    return lambda values: [child for value in values for child in _children(value)]


def _field(match: re.Match[str]) -> Callable[[list[Any]], list[Any]]:
    return _fields([re.sub(r"\\(.)", r"\1", match[1])])


def _quoted_fields(match: re.Match[str]) -> Callable[[list[Any]], list[Any]]:
    return _fields([_unquote(text) for text in re.findall(_QUOTED, match[1])])


def _fields(names: list[str]) -> Callable[[list[Any]], list[Any]]:
    return lambda values: [
        value[name] for name in names for value in values if isinstance(value, dict) and name in value
    ]


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _elements(match: re.Match[str]) -> Callable[[list[Any]], list[Any]]:
    """One element, or a slice."""
    start = int(match[1] or 0)
    if match[2] is None:
        return lambda values: [element for value in values for element in _between(value, start, start + 1 or None, 1)]
    end = int(match[3]) if match[3] else None
    step = int(match[4]) if match[4] else 1
    return lambda values: [element for value in values for element in _between(value, start, end, step)]


def _union(match: re.Match[str]) -> Callable[[list[Any]], list[Any]]:
    indices = [int(index) for index in match[1].split(",")]
    return lambda values: [
        element for index in indices for value in values for element in _between(value, index, index + 1 or None, 1)
    ]


def _between(value: Any, start: int, end: int | None, step: int) -> list[Any]:
    """A slice of a list, whose bounds are to be in it; nothing of what is null."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise JsonPathError(f"{value!r:.40} is no list.")
    size = len(value)
    first = start + size if start < 0 else start
    last = size if end is None else end + size if end < 0 else end
    if first == last:
        return []
    if not 0 <= first < size or not first < last <= size or step < 1:
        raise JsonPathError(f"[{start}:{end}] is not within a list of {size}.")
    return value[first:last:step]


def _filter(match: re.Match[str]) -> Callable[[list[Any]], list[Any]]:
    """The elements of lists of which a comparison is true, or that have a field."""
    test = _test(match[1])

    def step(values: list[Any]) -> list[Any]:
        found: list[Any] = []
        for value in values:
            if not isinstance(value, list):
                raise JsonPathError(f"{value!r:.40} is no list, and cannot be filtered.")
            found += [element for element in value if test(element)]
        return found

    return step


def _test(text: str) -> Callable[[Any], bool]:
    comparison = _COMPARISON.fullmatch(text)
    if comparison is None:
        if _OPERATOR.search(re.sub(_QUOTED, "", text)):
            raise JsonPathError(
                f"{text!r:.80} is no comparison: it is to be ==, !=, <, >, <= or >= between two values."
            )
        path = parse_path(text)
        return lambda element: bool(path.find(element))
    left, right = _operand(comparison[1]), _operand(comparison[3])
    compare = _COMPARE[comparison[2]]

    def test(element: Any) -> bool:
        lefts, rights = left(element), right(element)
        if not lefts or not rights:
            return False
        if len(lefts) > 1 or len(rights) > 1:
            raise JsonPathError("Only one value can be compared with one other.")
        if isinstance(lefts[0], str) is not isinstance(rights[0], str):
            raise JsonPathError(f"{lefts[0]!r:.40} and {rights[0]!r:.40} cannot be compared.")
        return compare(lefts[0], rights[0])

    return test


def _operand(text: str) -> Callable[[Any], list[Any]]:
    text = text.strip()
    if text.startswith(("@", "$")):
        return parse_path(text).find
    if re.fullmatch(_QUOTED, text):
        constant: Any = _unquote(text)
    elif text in {"true", "false"}:
        constant = text == "true"
    else:
        try:
            constant = float(text)
        except ValueError:
            raise JsonPathError(f"{text!r:.40} is neither a path nor a value.") from None
    return lambda _: [constant]


_STEPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Callable[[list[Any]], list[Any]]]], ...] = (
    (_RECURSION, _recursion),
    (_WILDCARD, _wildcard),
    (_FIELD, _field),
    (_QUOTED_FIELDS, _quoted_fields),
    (_UNION, _union),
    (_FILTER, _filter),
    (_SLICE, _elements),
)
