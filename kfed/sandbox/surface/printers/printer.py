"""Printer: the columns of a type, and how its objects fill them; with the few forms that many cells have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.sandbox.values.ages import age

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    Cells = Callable[[dict[str, Any], dt.datetime], list[Any]]

NONE, UNSET = "<none>", "<unset>"
_NAMES = frozenset({"Name", "Attacher"})
_TYPES = {"#": "integer", "?": "boolean", "@": "date"}


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a table; `priority` 1 is for ``-o wide``."""

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0
    description: str = ""

    def definition(self) -> dict[str, Any]:
        """The column as a Table defines it."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


@dataclass(frozen=True, slots=True)
class Printer:
    """How a type is printed.

    Attributes:
        headings: its columns.
        cells: an object and the present time to the values of the columns.
    """

    headings: tuple[Heading, ...]
    cells: Cells


def printer(columns: str, cells: Cells) -> Printer:
    """A printer whose columns are written ``Name, Ready, Desired#, Suspend?, Created At@, IP+``.

    ``#`` marks an integer, ``?`` a boolean, ``@`` a date, ``+`` a column that only ``-o wide`` shows.
    """
    return Printer(tuple(_heading(column) for column in columns.split(", ")), cells)


def at(value: Any, *path: str, default: Any = None) -> Any:
    """What stands at *path* in an object; *default* where a field is missing or null."""
    for name in path:
        if not isinstance(value, dict) or value.get(name) is None:
            return default
        value = value[name]
    return value


def name(obj: dict[str, Any]) -> str:
    """The object's name."""
    return str(at(obj, "metadata", "name", default=""))


def created(obj: dict[str, Any], now: dt.datetime) -> str:
    """How long the object has been there."""
    return age(at(obj, "metadata", "creationTimestamp"), now)


def labels(given: Any) -> str:
    """Labels as text, by name: ``a=1,b=2``, or ``<none>``."""
    return ",".join(f"{key}={value}" for key, value in sorted(given.items())) if given else NONE


def selector(given: Any) -> str:
    """A label selector as text, by key: ``a=1,b in (x,y),!c``; empty when it selects everything or nothing."""
    equal = [(key, f"{key}={value}") for key, value in at(given, "matchLabels", default={}).items()]
    others = [
        (entry["key"], _expression(entry["key"], entry["operator"], entry.get("values") or []))
        for entry in at(given, "matchExpressions", default=[])
    ]
    return ",".join(text for _, text in sorted(equal + others, key=lambda pair: pair[0]))


def containers(spec: Any) -> list[str]:
    """Names and images of a pod's containers, a cell each."""
    listed = at(spec, "containers", default=[])
    return [",".join(str(entry.get(key, "")) for entry in listed) for key in ("name", "image")]


def limited(texts: Sequence[str], shown: int = 3, empty: str = UNSET) -> str:
    """The first few of *texts*, and how many more there are."""
    if len(texts) > shown:
        return f"{','.join(texts[:shown])} + {len(texts) - shown} more..."
    return ",".join(texts) or empty


def condition(obj: dict[str, Any], kind: str) -> str:
    """The status of a condition, ``True``, ``False`` or ``Unknown``; empty when there is no such condition."""
    conditions: Iterable[dict[str, Any]] = at(obj, "status", "conditions", default=[])
    return next((str(entry.get("status", "")) for entry in conditions if entry.get("type") == kind), "")


def _heading(column: str) -> Heading:
    bare = column.rstrip("#?@+")
    marks = column[len(bare) :]
    kind = next((_TYPES[mark] for mark in marks if mark in _TYPES), "string")
    return Heading(bare, kind, "name" if bare in _NAMES else "", 1 if "+" in marks else 0)


def _expression(key: str, operator: str, values: list[str]) -> str:
    match operator:
        case "Exists":
            return key
        case "DoesNotExist":
            return f"!{key}"
        case _:
            return f"{key} {'in' if operator == 'In' else 'notin'} ({','.join(sorted(values))})"
