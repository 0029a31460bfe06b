"""Tables: what a server answers to ``kubectl get``, and the bare metadata that some clients ask for.

A client asks for one with ``Accept: application/json;as=Table;v=v1;g=meta.k8s.io``. The server decides which columns
there are and what is in them; kubectl shows those of priority 0, and the others with ``-o wide``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import bad_request
from kfed.sandbox.kinds.served import Column
from kfed.sandbox.surface.printers import printers
from kfed.sandbox.surface.printers.cluster import creation
from kfed.sandbox.surface.printers.pods import row_conditions
from kfed.sandbox.surface.printers.printer import Heading, Printer, name
from kfed.sandbox.surface.printers.storage import default_class
from kfed.sandbox.values.ages import age, parse_time
from kfed.sandbox.values.jsonpath import JsonPathError, parse_path, to_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kfed.sandbox.kinds.served import ServedType

INCLUDES = frozenset({"Metadata", "Object", "None"})
_META = "meta.k8s.io/v1"
_NAME = Heading("Name", format="name", description="Name must be unique within a namespace.")
_AGE = Column("Age", "date", ".metadata.creationTimestamp")
_BARE = Printer((_NAME, Heading("Created At", "date")), lambda obj, _: [name(obj), creation(obj)])


def table(  # noqa: PLR0913  # each a choice of the request
    served: ServedType,
    objects: Sequence[dict[str, Any]],
    now: dt.datetime,
    *,
    metadata: dict[str, Any],
    include: str = "Metadata",
    headings: bool = True,
    is_list: bool = True,
) -> dict[str, Any]:
    """The Table of some objects of one type.

    Args:
        served: their type.
        objects: they are not changed.
        now: ages are reckoned from here; with a time zone.
        metadata: of the list, or the ``resourceVersion`` alone of a single object.
        include: ``includeObject`` of the request: ``Metadata``, ``Object`` or ``None``; empty is ``Metadata``.
        headings: whether columns are defined; a watch does so with its first event only.
        is_list: whether the request was for a list; the default StorageClass is marked in lists only.

    Raises:
        ApiError: *include* is something else.
    """
    include = include or "Metadata"
    if include not in INCLUDES:
        what = f"includeObject: Invalid value: \"{include}\": must be 'Metadata', 'Object', 'None', or empty"
        raise bad_request(f"Unable to convert to Table as requested: {what}")
    printer = printer_of(served)
    rows = [_row(served, printer, obj, now, include) for obj in objects]
    if is_list and (served.group, served.kind) == ("storage.k8s.io", "StorageClass"):
        default = default_class(objects)
        for row in rows:
            row["cells"][0] += " (default)" if row["cells"][0] == default else ""
    columns = [heading.definition() for heading in printer.headings] if headings else None
    kind = {"kind": "Table", "apiVersion": _META, "metadata": metadata}
    return kind | {"columnDefinitions": columns, "rows": rows}


def partial(obj: dict[str, Any]) -> dict[str, Any]:
    """The metadata of an object alone, as ``as=PartialObjectMetadata`` asks for it."""
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": obj.get("metadata", {})}


def partial_list(objects: Sequence[dict[str, Any]], metadata: dict[str, Any]) -> dict[str, Any]:
    """The metadata of some objects, as ``as=PartialObjectMetadataList`` asks for it."""
    items = [partial(obj) for obj in objects]
    return {"kind": "PartialObjectMetadataList", "apiVersion": _META, "metadata": metadata, "items": items}


def printer_of(served: ServedType) -> Printer:
    """How objects of a type are printed."""
    if (form := served.form) is not None:
        stored = printers().get((form.group, served.kind), _BARE)
        return Printer(stored.headings, lambda obj, now: stored.cells(form.stored(obj), now))
    if served.crd is None:
        return printers().get((served.group, served.kind), _BARE)
    columns = served.columns or (_AGE,)
    return Printer(
        (_NAME, *map(_heading, columns)), lambda obj, now: [name(obj), *(_cell(c, obj, now) for c in columns)]
    )


def _row(served: ServedType, printer: Printer, obj: dict[str, Any], now: dt.datetime, include: str) -> dict[str, Any]:
    row: dict[str, Any] = {"cells": printer.cells(obj, now)}
    if served.kind == "Pod" and served.group == "" and (conditions := row_conditions(obj)):
        row["conditions"] = conditions
    match include:
        case "Object":
            return row | {"object": obj}
        case "None":
            return row | {"object": None}
    return row | {"object": partial(obj)}


def _heading(column: Column) -> Heading:
    described = column.description or f"Custom resource definition column (in JSONPath format): {column.path}"
    return Heading(column.name, column.type, column.format, column.priority, described)


def _cell(column: Column, obj: dict[str, Any], now: dt.datetime) -> Any:
    """The first value that a column's path leads to, as its type; ``None`` when it has another type."""
    try:
        found = parse_path(column.path).find(obj)
    except JsonPathError:
        return None
    if not found:
        return None
    value = found[0]
    if column.type == "string":
        return to_text(value)
    return _typed(column.type, value, now)


def _typed(kind: str, value: Any, now: dt.datetime) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case "integer":
            return int(value) if is_number else None
        case "number":
            return value if is_number else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "date" if isinstance(value, str):
            return "<invalid>" if parse_time(value) is None else age(value, now)
    return None
