"""The types whose objects are more than data: namespaces, and CustomResourceDefinitions.

What is said of them here is what kube-apiserver and the controllers beside it write, of release 1.37.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import forbidden
from kfed.sandbox.state.conditions import condition, since
from kfed.sandbox.state.customtypes import with_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Record

    Manifest = dict[str, Any]

NAMESPACES = ("", "namespaces")
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_NAME_LABEL = "kubernetes.io/metadata.name"


def completed(served: ServedType, manifest: Manifest, old: Manifest | None, subresource: str) -> Manifest:
    """What the server itself fills in, before an object is checked; *old* is ``None`` when it is created."""
    match (served.group, served.plural):
        case ("", "namespaces"):
            return _completed_namespace(manifest, None if subresource == "finalize" else old)
        case ("apiextensions.k8s.io", "customresourcedefinitions"):
            return manifest if subresource else with_versions(manifest, old)
        case _:
            return manifest


def begun(served: ServedType, manifest: Manifest) -> Manifest:
    """A new object with what the server gives it at last, and nobody owns."""
    if (served.group, served.plural) != NAMESPACES:
        return manifest
    spec = manifest.get("spec") or {}
    given = spec.get("finalizers") or []
    finalizers = given if "kubernetes" in given else [*given, "kubernetes"]
    return {**manifest, "spec": {**spec, "finalizers": finalizers}, "status": {"phase": "Active"}}


def check_namespace(served: ServedType, name: str, found: Record) -> None:
    """Refuse to create *name* in a namespace that ends.

    Raises:
        ApiError: 403, it ends.
    """
    namespace = found.key.name
    if found.deleting:
        message = f"namespace {namespace} is being terminated"
        cause = {"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        raise forbidden(served.resource, name, why, [cause])


def new_content(name: str, certificate: str) -> list[tuple[str, Manifest]]:
    """What there is in a new namespace, each with its plural."""
    metadata = {"name": "default", "namespace": name}
    account: Manifest = {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata}
    about = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as "
    about += "the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
    about += "Kubernetes clusters."
    notes = {"kubernetes.io/description": about}
    root = {"name": "kube-root-ca.crt", "namespace": name, "annotations": notes}
    trust: Manifest = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": root, "data": {"ca.crt": certificate}}
    return [("serviceaccounts", account), ("configmaps", trust)]


def ended_namespace(manifest: Manifest) -> Manifest:
    """A namespace of which nothing is left."""
    spec = {**(manifest.get("spec") or {})}
    spec["finalizers"] = [name for name in spec.get("finalizers") or () if name != "kubernetes"]
    if not spec["finalizers"]:
        del spec["finalizers"]
    return {**manifest, "spec": spec}


def waiting_namespace(manifest: Manifest, left: Mapping[str, int], finalizers: Mapping[str, int], now: str) -> Manifest:
    """A namespace that ends, with what it waits for.

    Args:
        manifest: the namespace.
        left: how many objects there are of each type.
        finalizers: how many objects wait for each.
        now: the time, as it stands in objects.
    """
    counted = ", ".join(f"{name} has {count} resource instances" for name, count in sorted(left.items()))
    awaited = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(finalizers.items()))
    conditions = [
        condition("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        condition(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        condition("NamespaceContentRemaining", "SomeResourcesRemain", f"Some resources are remaining: {counted}"),
    ]
    conditions[-1]["status"] = "True"
    if awaited:
        said = f"Some content in the namespace has finalizers remaining: {awaited}"
        conditions.append(condition("NamespaceFinalizersRemaining", "SomeFinalizersRemain", said) | {"status": "True"})
    status = {**(manifest.get("status") or {})}
    known = {condition["type"]: condition for condition in status.get("conditions") or ()}
    status["conditions"] = [since(condition, known.get(condition["type"]), now) for condition in conditions]
    return {**manifest, "status": status}


def _completed_namespace(manifest: Manifest, old: Manifest | None) -> Manifest:
    metadata = dict(manifest["metadata"])
    if name := metadata.get("name"):
        metadata["labels"] = {**metadata.get("labels", {}), _NAME_LABEL: name}
    if old is not None:
        spec = {**(manifest.get("spec") or {}), "finalizers": (old.get("spec") or {}).get("finalizers")}
        if not spec["finalizers"]:
            del spec["finalizers"]
        return {**manifest, "metadata": metadata, "spec": spec}
    return {**manifest, "metadata": metadata}
