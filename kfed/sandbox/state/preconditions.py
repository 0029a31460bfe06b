"""Preconditions: whether the object that is written is still the one that the writer has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import ApiError, conflict, invalid, quoted
from kfed.sandbox.values.causes import forbidden_field, invalid_value
from kfed.sandbox.values.gonumbers import unsigned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Key, Record
    from kfed.sandbox.values.causes import Cause

    Manifest = dict[str, Any]

_IMMUTABLE = "field is immutable"
# Built-in types whose updates must name a resourceVersion, as those of all custom types must.
_CONDITIONAL = frozenset(
    {"leases.coordination.k8s.io", "poddisruptionbudgets.policy", "customresourcedefinitions.apiextensions.k8s.io"}
    | {f"{name}webhookconfigurations.admissionregistration.k8s.io" for name in ("validating", "mutating")}
)


def check_version(served: ServedType, current: Record, metadata: Manifest, *, conditional: bool) -> None:
    """Make sure that the object is still the one that the writer has seen.

    Args:
        served: the type.
        current: what is stored.
        metadata: as it is sent: an empty resourceVersion stands for any.
        conditional: a type that must not be written blindly must name its resourceVersion.

    Raises:
        ApiError: 409, it has changed since; 422, no resourceVersion where one is needed.
    """
    name = current.key.name
    version = metadata.get("resourceVersion", "")
    if not version or version == "0":
        if conditional and (served.crd is not None or served.resource.full_name in _CONDITIONAL):
            raise _version_needed(served, name)
        return
    revision = unsigned(version)
    if isinstance(revision, str):
        raise ApiError(500, "", revision)
    if revision != current.revision:
        raise conflict(served.resource, name)


def _version_needed(served: ServedType, name: str) -> ApiError:
    cause = invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
    # kube-apiserver says the plural here, where it says the kind elsewhere.
    said = invalid(served.resource, name, [cause])
    subject = f"{served.resource.full_name} {quoted(name)} is invalid"
    said.details = {**(said.details or {}), "kind": served.plural}
    return ApiError(422, "Invalid", f"{subject}: {cause['field']}: {cause['message']}", said.details)


def check_uid(served: ServedType, key: Key, stored: str, given: str) -> None:
    """Make sure that an update means the object that is there, and none that had its name before.

    Raises:
        ApiError: 409, it means another.
    """
    if given and given != stored:
        folder = f"{served.group}/{served.plural}" if served.crd else served.plural
        raise conflict(
            served.resource,
            key.name,
            f"StorageError: invalid object, Code: 4, Key: /registry/{folder}/{key.path}, ResourceVersion: 0, "
            f"AdditionalErrorMsg: Precondition failed: UID in precondition: {given}, UID in object meta: {stored}",
        )


def deletion_causes(old: Manifest, sent: Mapping[str, Any]) -> list[Cause]:
    """What a write of *sent* metadata may not change about the deletion of an object."""
    causes = []
    moment = sent.get("deletionTimestamp")
    if moment and moment != old.get("deletionTimestamp"):
        causes.append(invalid_value("metadata.deletionTimestamp", moment, _IMMUTABLE))
    grace = sent.get("deletionGracePeriodSeconds")
    if grace is not None and grace != old.get("deletionGracePeriodSeconds"):
        causes.append(invalid_value("metadata.deletionGracePeriodSeconds", grace, _IMMUTABLE))
    if old.get("deletionTimestamp"):
        known = old.get("finalizers", ())
        added = [name for name in sent.get("finalizers", ()) if name not in known]
        if added:
            shown = ", ".join(map(quoted, added))
            why = "no new finalizers can be added if the object is being deleted, found new finalizers"
            causes.append(forbidden_field("metadata.finalizers", f"{why} []string{{{shown}}}"))
    return causes
