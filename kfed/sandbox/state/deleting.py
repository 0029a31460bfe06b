"""What a deletion does: remove, or mark and wait for finalizers, or give a Pod time to end.

The rules are those of k8s.io/apiserver, ``registry/rest/delete.go`` and ``registry/generic/registry/store.go``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import ApiError, forbidden, quoted

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Key
    from kfed.sandbox.values.options import DeleteOptions

    Manifest = dict[str, Any]

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
CRD_CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_POLICY_FINALIZERS = {"Foreground": FOREGROUND, "Orphan": ORPHAN}
_ORPHANING = frozenset({"jobs.batch", "replicationcontrollers"})  # by themselves, as they did before there was a choice
_ANSWERED_WHOLE = frozenset(
    {"pods", "services", "serviceaccounts", "persistentvolumeclaims", "persistentvolumes", "resourcequotas"}
    | {"podtemplates", "storageclasses.storage.k8s.io", "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io"}
    | {"volumeattachments.storage.k8s.io"}
)
_UNDELETABLE = frozenset({"default", "kube-system", "kube-public"})
_ENDED = frozenset({"Succeeded", "Failed"})
_POD_GRACE = 30
_LONGEST_GRACE = 2**31  # a date can hold no more than some thousand years


@dataclass(frozen=True, slots=True)
class Deletion:
    """What is to be done about one object.

    Attributes:
        written: the object as it is to be written first; ``None`` when it stays as it is.
        removed: whether it goes at once.
    """

    written: Manifest | None
    removed: bool


def timestamp(moment: datetime) -> str:
    """A time as it stands in objects, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decide_deletion(served: ServedType, manifest: Manifest, wish: DeleteOptions, now: datetime) -> Deletion:
    """What a request to delete an object does.

    Args:
        served: its type.
        manifest: the object as it is stored.
        wish: what the request says about how.
        now: the time.

    Raises:
        ApiError: 403, it is a namespace that always is; 409, it is not the one that is meant.
    """
    check_preconditions(served, manifest["metadata"], wish)
    if served.resource.full_name == "namespaces":
        return _of_namespace(served, manifest, wish, now)
    if served.resource.full_name == "customresourcedefinitions.apiextensions.k8s.io":
        return _of_crd(manifest, now)
    finalizers = _finalizers(served, manifest["metadata"], wish)
    grace = _grace(served, manifest, wish)
    if "deletionTimestamp" in manifest["metadata"]:
        return _again(served, manifest, finalizers, grace)
    if not grace and not finalizers and served.resource.full_name != "pods":
        return Deletion(None, removed=True)
    return Deletion(_marked(manifest, finalizers, grace, now), removed=not grace and not finalizers)


def is_answered_whole(served: ServedType) -> bool:
    """Whether the answer to the removal of such an object is the object; else it is a Status."""
    return served.crd is None and served.resource.full_name in _ANSWERED_WHOLE


def is_finished(manifest: Manifest) -> bool:
    """Whether an object is marked, and nothing is left to wait for."""
    metadata = manifest["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"):
        return False
    # A namespace has finalizers of its own, which say whether its content is gone.
    return not (manifest["kind"] == "Namespace" and (manifest.get("spec") or {}).get("finalizers"))


def success(served: ServedType, key: Key, uid: str) -> Manifest:
    """The Status that answers a removal."""
    details = {"name": key.name, "group": served.group, "kind": served.plural, "uid": uid}
    details = {name: value for name, value in details.items() if value}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def without_finalizer(manifest: Manifest, name: str) -> Manifest:
    """The object when one finalizer has done its work."""
    metadata = dict(manifest["metadata"])
    _set_finalizers(metadata, [finalizer for finalizer in metadata.get("finalizers", ()) if finalizer != name])
    return {**manifest, "metadata": metadata}


def check_preconditions(served: ServedType, metadata: Manifest, wish: DeleteOptions) -> None:
    """Make sure that the object is the one that is meant.

    Raises:
        ApiError: 409, it is not.
    """
    uid, version = metadata["uid"], metadata.get("resourceVersion", "")
    if wish.uid and wish.uid != uid:
        why = f"the UID in the precondition ({wish.uid}) does not match the UID in record ({uid}). "
        raise _not_meant(served, metadata["name"], f"{why}The object might have been deleted and then recreated")
    if wish.resource_version and wish.resource_version != version:
        why = f"the ResourceVersion in the precondition ({wish.resource_version}) does not match the ResourceVersion "
        raise _not_meant(served, metadata["name"], f"{why}in record ({version}). The object might have been modified")


def _not_meant(served: ServedType, name: str, why: str) -> ApiError:
    kind = f"{served.kind}.{served.group}" if served.group else served.kind
    details = {"name": name, "group": served.group, "kind": served.kind}
    details = {key: value for key, value in details.items() if value}
    return ApiError(409, "Conflict", f"Operation cannot be fulfilled on {kind} {quoted(name)}: {why}", details)


def _again(served: ServedType, manifest: Manifest, finalizers: list[str], grace: int) -> Deletion:
    """What is marked already may only be hurried up."""
    metadata = dict(manifest["metadata"])
    before = metadata.get("deletionGracePeriodSeconds", 0)
    if grace < before:
        moment = datetime.fromisoformat(metadata["deletionTimestamp"]) + timedelta(seconds=grace - before)
        metadata |= {"deletionTimestamp": timestamp(moment), "deletionGracePeriodSeconds": grace}
    _set_finalizers(metadata, finalizers)
    removed = not finalizers and not metadata.get("deletionGracePeriodSeconds")
    written = {**manifest, "metadata": metadata}
    is_told = not removed or served.resource.full_name == "pods"
    return Deletion(written if is_told and written != manifest else None, removed=removed)


def _marked(manifest: Manifest, finalizers: list[str], grace: int, now: datetime) -> Manifest:
    metadata = dict(manifest["metadata"])
    moment = now + timedelta(seconds=grace)
    metadata |= {"deletionTimestamp": timestamp(moment), "deletionGracePeriodSeconds": grace}
    if metadata.get("generation"):
        metadata["generation"] += 1
    _set_finalizers(metadata, finalizers)
    return {**manifest, "metadata": metadata}


def _of_namespace(served: ServedType, manifest: Manifest, wish: DeleteOptions, now: datetime) -> Deletion:
    """A namespace waits for what is in it."""
    metadata = dict(manifest["metadata"])
    if metadata["name"] in _UNDELETABLE:
        raise forbidden(served.resource, metadata["name"], "this namespace may not be deleted")
    if "deletionTimestamp" in metadata:
        return Deletion(None, removed=is_finished(manifest))
    metadata["deletionTimestamp"] = timestamp(now)
    _set_finalizers(metadata, _finalizers(served, metadata, wish))
    status = {**(manifest.get("status") or {}), "phase": "Terminating"}
    return Deletion({**manifest, "metadata": metadata, "status": status}, removed=False)


def _of_crd(manifest: Manifest, now: datetime) -> Deletion:
    """A CustomResourceDefinition waits for the objects of its types."""
    metadata = dict(manifest["metadata"])
    if "deletionTimestamp" in metadata:
        return Deletion(None, removed=is_finished(manifest))
    metadata["deletionTimestamp"] = timestamp(now)
    finalizers = metadata.get("finalizers", [])
    metadata["finalizers"] = finalizers if CRD_CLEANUP in finalizers else [*finalizers, CRD_CLEANUP]
    return Deletion({**manifest, "metadata": metadata}, removed=False)


def _finalizers(served: ServedType, metadata: Manifest, wish: DeleteOptions) -> list[str]:
    """An object's finalizers, with the one that sees to what it owns."""
    present = metadata.get("finalizers", [])
    if wish.propagation:
        wanted = _POLICY_FINALIZERS.get(wish.propagation)
    else:
        wanted = next((name for name in (ORPHAN, FOREGROUND) if name in present), None)
        if wanted is None and served.resource.full_name in _ORPHANING and served.crd is None:
            wanted = ORPHAN
    kept = [name for name in present if name not in {ORPHAN, FOREGROUND} or name == wanted]
    return kept if wanted is None or wanted in kept else [*kept, wanted]


def _grace(served: ServedType, manifest: Manifest, wish: DeleteOptions) -> int:
    """How many seconds a Pod gets, which runs somewhere; nothing else takes time."""
    if served.resource.full_name != "pods":
        return 0
    spec, status = manifest.get("spec") or {}, manifest.get("status") or {}
    before = manifest["metadata"].get("deletionGracePeriodSeconds")
    grace = wish.grace
    if grace is None:
        grace = spec.get("terminationGracePeriodSeconds", _POD_GRACE) if before is None else before
    if grace < 0:
        grace = 1
    if before is None and (not spec.get("nodeName") or status.get("phase") in _ENDED):
        return 0
    return int(min(grace, _LONGEST_GRACE))


def _set_finalizers(metadata: Manifest, finalizers: list[str]) -> None:
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
