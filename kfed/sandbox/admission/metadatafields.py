"""Whether metadata of objects can be read, in the words in which Go says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.decoding import json_type
from kfed.sandbox.values.gotime import SECONDS, time_problem

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType

    Manifest = dict[str, Any]

# The fields of k8s.io/apimachinery ``ObjectMeta`` and their types, in Go's words.
_FIELDS: dict[str, tuple[type, str]] = {
    "name": (str, "string"),
    "generateName": (str, "string"),
    "namespace": (str, "string"),
    "selfLink": (str, "string"),
    "uid": (str, "types.UID"),
    "resourceVersion": (str, "string"),
    "generation": (int, "int64"),
    "creationTimestamp": (str, "string"),
    "deletionTimestamp": (str, "string"),
    "deletionGracePeriodSeconds": (int, "int64"),
    "labels": (dict, "map[string]string"),
    "annotations": (dict, "map[string]string"),
    "ownerReferences": (list, "[]v1.OwnerReference"),
    "finalizers": (list, "[]string"),
    "managedFields": (list, "[]v1.ManagedFieldsEntry"),
}
_ELEMENTS: dict[str, tuple[type, str]] = {
    "finalizers": (str, "string"),
    "ownerReferences": (dict, "v1.OwnerReference"),
    "managedFields": (dict, "v1.ManagedFieldsEntry"),
}
_TIMES = frozenset({"creationTimestamp", "deletionTimestamp"})
_OWNER_FIELDS = ("apiVersion", "kind", "name", "uid")


class UnreadableError(Exception):
    """An object cannot be read; the message says why."""


def unknown_metadata(metadata: Any) -> list[str]:
    """The fields that metadata do not have, such as ``metadata.lables``."""
    return [f"metadata.{name}" for name in metadata if name not in _FIELDS] if isinstance(metadata, dict) else []


def decoded(served: ServedType, body: Manifest) -> Manifest:
    """The metadata of *body* as decoding leaves it: known fields of the right types, and no nulls.

    Raises:
        UnreadableError: a field is of another type.
    """
    metadata = body.get("metadata")
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        where = "value" if served.crd else f"struct field {served.kind}.metadata"
        raise _misfit(metadata, f"{where} of type v1.ObjectMeta")
    prefix = "struct field ObjectMeta." if served.crd else "struct field ObjectMeta.metadata."
    return {name: _decoded(name, metadata[name], prefix) for name in _FIELDS if metadata.get(name) is not None}


def _decoded(name: str, value: Any, prefix: str) -> Any:
    kind, go_type = _FIELDS[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _misfit(value, f"{prefix}{name} of type {go_type}")
    if isinstance(value, dict):
        for text in value.values():
            if not isinstance(text, str | None):
                raise _misfit(text, f"{prefix}{name} of type string")
        return {key: text or "" for key, text in value.items()}
    if isinstance(value, list):
        kind, go_type = _ELEMENTS[name]
        for element in value:
            if not isinstance(element, kind):
                raise _misfit(element, f"{prefix}{name} of type {go_type}")
    if name == "ownerReferences":
        _check_owners(value)
    _check_times(name, value)
    return value


def _check_times(name: str, value: Any) -> None:
    times = [value] if name in _TIMES else []
    if name == "managedFields":
        times = [entry.get("time") for entry in value]
    for time in times:
        if isinstance(time, str) and (why := time_problem(time, SECONDS)):
            raise UnreadableError(why)


def _check_owners(owners: Any) -> None:
    for owner in owners:
        for field in _OWNER_FIELDS:
            if not isinstance(owner.get(field), str | None):
                raise _misfit(owner[field], f"struct field OwnerReference.metadata.{field} of type string")


def _misfit(value: Any, where: str) -> UnreadableError:
    return UnreadableError(f"json: cannot unmarshal {json_type(value)} into Go {where}")
