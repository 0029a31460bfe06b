"""What is not valid about events, in whichever form they are sent.

The rules are those of k8s.io/kubernetes, ``pkg/apis/core/validation/events.go``: an event without ``eventTime`` is an
old one, of which next to nothing is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.values.causes import invalid_value, required
from kfed.sandbox.values.filling import part
from kfed.sandbox.values.naming import qualified_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.filling import Manifest

_FREE = frozenset({"default", "kube-system"})
_LONGEST, _LONGEST_NOTE = 128, 1024
_LEAST_COUNT = 2
_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_IMMUTABLE = (
    *("involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type"),
    *("eventTime", "action", "related", "reportingComponent", "reportingInstance"),
)


def event_causes(manifest: Manifest, *, newer: bool = False) -> Iterator[Cause]:
    """What is not valid about an event, in the form that is stored.

    Args:
        manifest: the event.
        newer: it is sent in the newer form, in whose words some fields are told.
    """
    own = manifest["metadata"].get("namespace", "")
    about = part(manifest, "involvedObject").get("namespace", "")
    if not manifest.get("eventTime"):
        if own != about and (about or own != "default"):
            yield invalid_value("involvedObject.namespace", about, "does not match event.namespace")
        return
    if not about and own not in _FREE:
        yield invalid_value("involvedObject.namespace", about, "does not match event.namespace")
    controller = manifest.get("reportingComponent", "")
    field = "reportingController" if newer else "reportingComponent"
    if not controller:
        yield required(field)
    yield from (invalid_value(field, controller, problem) for problem in qualified_problems(controller))
    for name in ("reportingInstance", "action", "reason"):
        if not manifest.get(name):
            yield required(name)
        elif len(manifest[name].encode()) > _LONGEST:
            yield _too_long(name, _LONGEST)
    if len(manifest.get("message", "").encode()) > _LONGEST_NOTE:
        yield _too_long("message", _LONGEST_NOTE)


def newer_event_causes(manifest: Manifest, old: Manifest | None) -> Iterator[Cause]:
    """What else is not valid about one that is sent in the newer form, in the form that is stored.

    Args:
        manifest: the event.
        old: as it was; ``None`` when it is created.
    """
    if series := part(manifest, "series"):
        if series.get("count", 0) < _LEAST_COUNT:
            yield invalid_value("series.count", "", "should be at least 2")
        if not series.get("lastObservedTime"):
            yield required("series.lastObservedTime")
    yield from _created(manifest) if old is None else _changed(manifest, old)


def _created(manifest: Manifest) -> Iterator[Cause]:
    if not manifest.get("eventTime"):
        yield required("eventTime")
    if (kind := manifest.get("type", "")) not in {"Normal", "Warning"}:
        yield invalid_value("type", "", f"has invalid value: {kind}")
    for name in ("firstTimestamp", "lastTimestamp", "count", "source"):
        if manifest.get(name):
            yield invalid_value(name, "", "needs to be unset")


def _changed(manifest: Manifest, old: Manifest) -> Iterator[Cause]:
    for name in _IMMUTABLE:
        before, after = old.get(name) or None, manifest.get(name) or None
        if before != after:
            field = "reportingController" if name == "reportingComponent" else name
            yield invalid_value(field, _in_go(name, after), "field is immutable")


def _in_go(name: str, value: Any) -> Any:
    """A value as Go prints it: structs have all their fields."""
    match name:
        case "involvedObject" | "related" if isinstance(value, dict):
            names = {"uid": "UID", "apiVersion": "APIVersion"}
            return {names.get(key, key[0].upper() + key[1:]): value.get(key, "") for key in _REFERENCE}
        case "source":
            return {"Component": part(value).get("component", ""), "Host": part(value).get("host", "")}
    return "" if value is None else value


def _too_long(field: str, most: int) -> Cause:
    return invalid_value(field, "", f"can have at most {most} characters")
