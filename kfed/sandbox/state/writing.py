"""What a server does to an object that is written, beside its schema: metadata, status and generation.

The rules are those of k8s.io/apiserver, ``registry/rest`` (BeforeCreate, BeforeUpdate) and ``registry/generic``, and of
the strategies of built-in types; each was tried on kube-apiserver 1.37.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.qos import qos_class
from kfed.sandbox.values.filling import part

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType

    Manifest = dict[str, Any]

_BY_SERVER = ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion")
_KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")
# Types that an update creates when they are not there.
_RBAC = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
_CREATED_BY_UPDATE = frozenset(
    {("", name) for name in ("endpoints", "events", "limitranges", "services")}
    | {("coordination.k8s.io", "leases"), ("node.k8s.io", "runtimeclasses")}
    | {("rbac.authorization.k8s.io", name) for name in _RBAC}
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
    "Pod": {"phase": "Pending"},
    "PodDisruptionBudget": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    "ReplicaSet": {"replicas": 0},
    "ReplicationController": {"replicas": 0},
    "Service": _BALANCED,
    "StatefulSet": {"replicas": 0, "availableReplicas": 0},
}
_STATUS_AS_SENT = frozenset({"Node", "CustomResourceDefinition"})


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
            if served.kind == "Pod":
                manifest["status"]["qosClass"] = qos_class(part(manifest, "spec"))
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


def is_created_by_update(place: tuple[str, str]) -> bool:
    """Whether an update of an object that is not there creates it; *place* is its type's group and plural."""
    return place in _CREATED_BY_UPDATE


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
