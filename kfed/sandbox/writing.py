"""What a server does to an object that is written, beside its schema: names, metadata, status, generation, versions.

The rules are those of k8s.io/apiserver, ``registry/rest`` (BeforeCreate, BeforeUpdate) and ``registry/generic``, and of
the strategies of built-in types; each was tried on kube-apiserver 1.37.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.causes import forbidden_field, invalid_value
from kfed.sandbox.errors import ApiError, bad_request, conflict, invalid, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.causes import Cause
    from kfed.sandbox.served import ServedType
    from kfed.sandbox.store import Key, Record

    Manifest = dict[str, Any]

_SCHEME = 'in scheme "pkg/runtime/scheme.go:111"'
_IMMUTABLE = "field is immutable"
_BY_SERVER = ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion")
_KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")
# Types that an update creates when they are not there, and types whose updates must name a resourceVersion.
_RBAC = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
_CREATED_BY_UPDATE = frozenset(
    {"endpoints", "events", "limitranges", "services", "leases.coordination.k8s.io", "runtimeclasses.node.k8s.io"}
    | {f"{name}.rbac.authorization.k8s.io" for name in _RBAC}
)
_CONDITIONAL = frozenset(
    {"leases.coordination.k8s.io", "poddisruptionbudgets.policy", "customresourcedefinitions.apiextensions.k8s.io"}
    | {f"{name}webhookconfigurations.admissionregistration.k8s.io" for name in ("validating", "mutating")}
)
# What built-in types with a status have in it from the start.
_BALANCED: Manifest = {"loadBalancer": {}}
_INITIAL_STATUS: dict[str, Manifest] = {
    "DaemonSet": {
        "currentNumberScheduled": 0,
        "desiredNumberScheduled": 0,
        "numberMisscheduled": 0,
        "numberReady": 0,
    },
    "HorizontalPodAutoscaler": {"desiredReplicas": 0, "currentMetrics": None},
    "Ingress": _BALANCED,
    "PersistentVolumeClaim": {"phase": "Pending"},
    "PersistentVolume": {"phase": "Pending"},
    "Pod": {"phase": "Pending", "qosClass": "BestEffort"},
    "PodDisruptionBudget": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    "ReplicaSet": {"replicas": 0},
    "ReplicationController": {"replicas": 0},
    "Service": _BALANCED,
    "StatefulSet": {"replicas": 0, "availableReplicas": 0},
}
_STATUS_AS_SENT = frozenset({"Node", "CustomResourceDefinition"})


def identified(served: ServedType, body: Manifest, namespace: str) -> Manifest:
    """An object that has been read, as one of the type: with its ``kind``, ``apiVersion`` and namespace.

    Raises:
        ApiError: 400, it is of another namespace than the path.
    """
    metadata = dict(body["metadata"])
    if served.is_namespaced:
        if metadata.setdefault("namespace", namespace) != namespace and metadata["namespace"]:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        metadata["namespace"] = namespace
    elif metadata.pop("namespace", ""):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    gvk = served.resource.gvk
    return {**body, "kind": gvk.kind, "apiVersion": gvk.api_version, "metadata": metadata}


def check_name(manifest: Manifest, name: str) -> None:
    """Make sure that the object is the one that the path names.

    Raises:
        ApiError: 400, it has no name, or another.
    """
    given = manifest["metadata"].get("name", "")
    if not given:
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if given != name:
        raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({name})")


def new_object(served: ServedType, manifest: Manifest, now: str) -> Manifest:
    """*manifest*, which has a name, as it begins to exist: with an identity of its own, and no status of the user's."""
    metadata = {name: value for name, value in manifest["metadata"].items() if name not in _BY_SERVER}
    metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": now}
    if served.generation:
        metadata["generation"] = 1
    elif served.crd is None and not metadata.get("generation"):
        metadata.pop("generation", None)
    manifest = {**manifest, "metadata": _without_empty(metadata)}
    if "status" in served.subresources and served.kind not in _STATUS_AS_SENT:
        manifest.pop("status", None)
        if served.crd is None:
            manifest["status"] = dict(_INITIAL_STATUS.get(served.kind, {}))
    return manifest


def changed_object(served: ServedType, old: Manifest, new: Manifest, subresource: str) -> Manifest:
    """*new* with all of *old* that such a request cannot change.

    Args:
        served: the type.
        old: as it is stored.
        new: as it is sent, or patched.
        subresource: ``status`` changes the status and little else; without one, all but the status is changed.
    """
    before, metadata = old["metadata"], dict(new["metadata"])
    if subresource and served.crd is not None:
        sent = metadata.get("managedFields")
        metadata = {**before} if sent is None else {**before, "managedFields": sent}
    elif subresource and served.kind == "Deployment":
        metadata.pop("labels", None)
        if "labels" in before:
            metadata["labels"] = before["labels"]
    for name in _KEPT:
        metadata.pop(name, None)
        if name in before:
            metadata[name] = before[name]
    metadata.pop("selfLink", None)
    return _body(served, old, new, subresource) | {"metadata": _without_empty(metadata)}


def counted(served: ServedType, old: Manifest, new: Manifest, subresource: str) -> Manifest:
    """*new*, complete with its defaults, as one generation more when there is something new to act upon."""
    if subresource or not served.generation or not _is_new_generation(served, old, new):
        return new
    return {**new, "metadata": {**new["metadata"], "generation": old["metadata"].get("generation", 0) + 1}}


def _body(served: ServedType, old: Manifest, new: Manifest, subresource: str) -> Manifest:
    if "status" not in served.subresources:
        return dict(new)
    # A namespace is finalized with all that it is but its status.
    source, other = (old, new) if subresource not in {"", "finalize"} else (new, old)
    body = {name: value for name, value in source.items() if name != "status"}
    body |= {"kind": new["kind"], "apiVersion": new["apiVersion"]}
    if "status" in other:
        body["status"] = other["status"]
    return body


def _is_new_generation(served: ServedType, old: Manifest, new: Manifest) -> bool:
    """Whether something was changed that somebody may have to act upon."""
    beside = {"metadata", "kind", "apiVersion"} | ({"status"} if "status" in served.subresources else set())
    if any(old.get(name) != new.get(name) for name in (old.keys() | new.keys()) - beside):
        return True
    # Deployments hand their annotations on to their ReplicaSets.
    annotations = (old["metadata"].get("annotations"), new["metadata"].get("annotations"))
    return served.resource.full_name == "deployments.apps" and annotations[0] != annotations[1]


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
    if not (version.isascii() and version.isdigit()):
        raise ApiError(500, "", f"strconv.ParseUint: parsing {quoted(version)}: invalid syntax")
    if int(version) != current.revision:
        raise conflict(served, name)


def _version_needed(served: ServedType, name: str) -> ApiError:
    cause = invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
    # kube-apiserver says the plural here, where it says the kind elsewhere.
    said = invalid(served, name, [cause])
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
            served,
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


def is_created_by_update(served: ServedType) -> bool:
    """Whether an update of an object that is not there creates it."""
    return served.crd is None and served.resource.full_name in _CREATED_BY_UPDATE


def is_unchanged(old: Manifest, new: Manifest) -> bool:
    """Whether a write would change nothing but when somebody last wrote; such a write is none."""
    return all(
        _timeless(old["metadata"]) == _timeless(new["metadata"])
        if name == "metadata"
        else old.get(name) == new.get(name)
        for name in old.keys() | new.keys()
    )


def _timeless(metadata: Manifest) -> Manifest:
    owners = [{**entry, "time": None} for entry in metadata.get("managedFields", ())]
    return {**metadata, "managedFields": owners, "resourceVersion": None}


def _without_empty(metadata: Manifest) -> Manifest:
    """Go leaves out what is empty; but for ``managedFields``, which means something to those who read on."""
    return {name: value for name, value in metadata.items() if value not in ("", [], {}) or name == "managedFields"}


def check_type(served: ServedType, body: Any, *, is_patch: bool = False) -> None:
    """Make sure that what is sent says that it is of the type, or, of built-in types, does not say of which.

    Args:
        served: the type.
        body: what is sent.
        is_patch: it came out of a patch, of which the words of an error speak.

    Raises:
        ApiError: 400 or 422, it is of another type.
    """
    if not isinstance(body, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {served.kind})")
    gvk = served.resource.gvk
    version, kind = body.get("apiVersion") or "", body.get("kind") or ""
    if served.crd is not None:
        _check_custom_type(served, body, version, kind)
        return
    if (version or gvk.api_version, kind or gvk.kind) == (gvk.api_version, gvk.kind):
        return
    if is_patch:
        raise _patched_away(body, f"no kind {quoted(kind)} is registered for version {quoted(version)} {_SCHEME}")
    said = str(version).rpartition("/")[2] or gvk.version
    start = f"{kind or gvk.kind} in version {quoted(said)} cannot be handled as a {gvk.kind}: "
    if (kind or gvk.kind) == gvk.kind:
        raise bad_request(f"{start}no kind {quoted(gvk.kind)} is registered for version {quoted(version)} {_SCHEME}")
    group = gvk.group.partition(".")[0] or "core"
    raise bad_request(f"{start}converting ({said}.{kind}) to ({group}.{gvk.kind}): unknown conversion")


def _patched_away(body: Manifest, why: str) -> ApiError:
    cause = invalid_value("patch", orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode(), why)
    return ApiError(422, "Invalid", f' "" is invalid: patch: {cause["message"]}', {"causes": [cause]})


def _check_custom_type(served: ServedType, body: Manifest, version: Any, kind: Any) -> None:
    gvk = served.resource.gvk
    if not kind or not version:
        missing = "apiVersion" if kind else "Kind"
        shown = orjson.dumps(body).decode()
        said = f"Object '{missing}' is missing in '{shown}' ({shown})"
        raise bad_request(f"the object provided is unrecognized (must be of type {gvk.kind}): {said}")
    if version != gvk.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({gvk.api_version})"
        )
    if kind != gvk.kind:
        name = body["metadata"].get("name", "") if isinstance(body.get("metadata"), dict) else ""
        cause = invalid_value("kind", kind, f"must be {gvk.kind}")
        details = {"name": name, "group": gvk.group, "kind": kind, "causes": [cause]}
        raise ApiError(
            422, "Invalid", f"{kind}.{gvk.group} {quoted(name)} is invalid: kind: {cause['message']}", details
        )
