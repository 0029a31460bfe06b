"""What a controller may want done, and what controllers make of the templates that they are given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson

Manifest = dict[str, Any]

CONTROLLERS = "kube-controller-manager"
HASH_LABEL = "pod-template-hash"
REVISION_LABEL = "controller-revision-hash"

_SAFE = "bcdfghjklmnpqrstvwxz2456789"  # no vowels, so no words: as k8s.io/apimachinery has it
_FNV_START, _FNV_PRIME, _FNV_MASK = 2166136261, 16777619, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Create:
    """Create an object of a type, which is named by its plural."""

    plural: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Write:
    """Write an object, or its status."""

    plural: str
    manifest: Manifest
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete an object."""

    plural: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Again:
    """Look again after so many seconds, though nothing may have changed by then."""

    seconds: float


Action = Create | Write | Delete | Again


def stamp(now: dt.datetime) -> str:
    """A moment as it stands in objects."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> dt.datetime:
    """The moment that stands in an object."""
    return dt.datetime.fromisoformat(text)


def owner_reference(owner: Manifest) -> Manifest:
    """What says that *owner* controls an object."""
    metadata = owner["metadata"]
    named = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": metadata["name"]}
    return {**named, "uid": metadata["uid"], "controller": True, "blockOwnerDeletion": True}


def controller_of(manifest: Manifest) -> str:
    """The uid of an object's controller; empty when it has none."""
    owners = manifest["metadata"].get("ownerReferences", ())
    return next((owner.get("uid", "") for owner in owners if owner.get("controller")), "")


def is_ending(manifest: Manifest) -> bool:
    """Whether an object is being deleted."""
    return "deletionTimestamp" in manifest["metadata"]


def new_pod(owner: Manifest, template: Manifest, labels: Manifest, **metadata: Any) -> Create:
    """The wish for a pod of a template.

    Args:
        owner: which controls it.
        template: of the pod.
        labels: beside those of the template.
        metadata: such as its ``name`` or ``generateName``.
    """
    given = template.get("metadata", {})
    made: Manifest = {
        **metadata,
        "namespace": owner["metadata"]["namespace"],
        "labels": {**given.get("labels", {}), **labels},
        "annotations": {**given.get("annotations", {}), **metadata.get("annotations", {})},
        "ownerReferences": [owner_reference(owner)],
    }
    return Create("pods", {"kind": "Pod", "apiVersion": "v1", "metadata": made, "spec": template["spec"]})


def template_hash(template: Manifest, collisions: int = 0) -> str:
    """A short name of a template; like the one that a real controller makes, and not the same."""
    data = orjson.dumps([template, collisions], option=orjson.OPT_SORT_KEYS)
    value = _FNV_START
    for byte in data:
        value = (value * _FNV_PRIME & _FNV_MASK) ^ byte
    return "".join(_SAFE[byte % len(_SAFE)] for byte in str(value).encode())


def condition(manifest: Manifest, type_: str) -> Manifest:
    """One of an object's conditions; empty when it has none such."""
    conditions = (manifest.get("status") or {}).get("conditions") or ()
    return next((found for found in conditions if found["type"] == type_), {})


def is_ready(pod: Manifest) -> bool:
    """Whether a pod is ready."""
    return condition(pod, "Ready").get("status") == "True"


def available_in(pod: Manifest, seconds: int, now: dt.datetime) -> float | None:
    """In how many seconds a pod counts as available: 0 when it does, ``None`` when it is not even ready.

    Args:
        pod: which.
        seconds: ``minReadySeconds`` of its owner.
        now: the time.
    """
    if not is_ready(pod) or is_ending(pod):
        return None
    if not seconds:
        return 0
    since = moment(condition(pod, "Ready")["lastTransitionTime"])
    return max((since + dt.timedelta(seconds=seconds) - now).total_seconds(), 0)


def with_status(manifest: Manifest, status: Manifest, plural: str) -> list[Action]:
    """The wish for a new status; none when it is the same."""
    if manifest.get("status") == status:
        return []
    return [Write(plural, {**manifest, "status": status}, "status")]


def without_zero(status: Manifest, *kept: str) -> Manifest:
    """A status as Go writes it, where a zero is left out unless the field is always there."""
    return {name: value for name, value in status.items() if value not in (0, None, "", []) or name in kept}
