"""Events, which newer and older clients write in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.surface.printers.printer import at, name, printer
from kfed.sandbox.values.ages import age

if TYPE_CHECKING:
    import datetime as dt


def _cells(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    first = age(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    last = age(obj["lastTimestamp"], now) if obj.get("lastTimestamp") else first
    count = obj.get("count") or 1
    if series := obj.get("series"):
        last, count = age(series.get("lastObservedTime"), now), series.get("count", 0)
    about = at(obj, "involvedObject", default={})
    target = "/".join(filter(None, (about.get("kind", "").lower(), about.get("name", ""))))
    component = at(obj, "source", "component") or obj.get("reportingComponent", "")
    instance = at(obj, "source", "host") or obj.get("reportingInstance", "")
    source = f"{component}, {instance}" if instance else component
    return [
        *(last, obj.get("type", ""), obj.get("reason", ""), target, about.get("fieldPath", ""), source),
        *(obj.get("message", "").strip(), first, count, name(obj)),
    ]


PRINTERS = {
    ("", "Event"): printer(
        "Last Seen, Type, Reason, Object, Subobject+, Source+, Message, First Seen+, Count+, Name+", _cells
    )
}
