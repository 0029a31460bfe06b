"""The types whose objects are more than data: namespaces, and CustomResourceDefinitions.

What is said of them here is what kube-apiserver and the controllers beside it write, of release 1.37.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.errors import SchemaError
from kfed.sandbox.causes import invalid_value, required
from kfed.sandbox.crds import served_by
from kfed.sandbox.errors import forbidden, invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.sandbox.causes import Cause
    from kfed.sandbox.served import ServedType
    from kfed.sandbox.store import Record

    Manifest = dict[str, Any]

NAMESPACES = ("", "namespaces")
CRDS = ("apiextensions.k8s.io", "customresourcedefinitions")
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_NAME_LABEL = "kubernetes.io/metadata.name"
_PROTECTED = (".k8s.io", ".kubernetes.io")
_APPROVED = "api-approved.kubernetes.io"


def completed(served: ServedType, manifest: Manifest, old: Manifest | None, subresource: str) -> Manifest:
    """What the server itself fills in, before an object is checked; *old* is ``None`` when it is created."""
    match (served.group, served.plural):
        case ("", "namespaces"):
            return _completed_namespace(manifest, None if subresource == "finalize" else old)
        case ("apiextensions.k8s.io", "customresourcedefinitions"):
            return manifest if subresource else _completed_crd(manifest, old)
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
    if b'"deletionTimestamp"' in found.data and "deletionTimestamp" in found.manifest()["metadata"]:
        message = f"namespace {namespace} is being terminated"
        cause = {"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        raise forbidden(served, name, why, [cause])


def check_definition(served: ServedType, manifest: Manifest, old: Manifest | None) -> None:
    """Refuse a CustomResourceDefinition that cannot be served.

    Raises:
        ApiError: 422.
    """
    if (served.group, served.plural) != CRDS:
        return
    causes = _definition_causes(manifest) + (_name_causes(manifest) if old is None else _changes(old, manifest))
    if not causes:
        try:
            served_by(manifest)
        except SchemaError as error:
            causes = [invalid_value("spec", manifest["metadata"]["name"], str(error))]
    if causes:
        raise invalid(served, manifest["metadata"]["name"], causes)


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
        _condition("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
        _condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        _condition(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        _condition("NamespaceContentRemaining", "SomeResourcesRemain", f"Some resources are remaining: {counted}"),
    ]
    conditions[-1]["status"] = "True"
    if awaited:
        said = f"Some content in the namespace has finalizers remaining: {awaited}"
        conditions.append(_condition("NamespaceFinalizersRemaining", "SomeFinalizersRemain", said) | {"status": "True"})
    status = {**(manifest.get("status") or {})}
    known = {condition["type"]: condition for condition in status.get("conditions") or ()}
    status["conditions"] = [_since(condition, known.get(condition["type"]), now) for condition in conditions]
    return {**manifest, "status": status}


def accepted(manifest: Manifest, others: Iterable[Manifest], now: str) -> Manifest:
    """A CustomResourceDefinition with its conditions and its accepted names; *others* are those of the same group."""
    names = manifest["spec"]["names"]
    conflict = _conflict(names, others)
    status = {**(manifest.get("status") or {})}
    known = {condition["type"]: condition for condition in status.get("conditions") or ()}
    conditions = []
    if conflict:
        field, value = conflict
        message = f'"{value}" is already in use'
        conditions.append(_condition("NamesAccepted", f"{field}Conflict", message))
        reason, message = "NotAccepted", "not all names are accepted"
        if known.get("Established", {}).get("status") != "True":
            conditions.append(_condition("Established", reason, message))
    else:
        status["acceptedNames"] = names
        conditions.append(_condition("NamesAccepted", "NoConflicts", "no conflicts found") | {"status": "True"})
        said = "the initial names have been accepted"
        conditions.append(_condition("Established", "InitialNamesAccepted", said) | {"status": "True"})
    named = {condition["type"]: _since(condition, known.get(condition["type"]), now) for condition in conditions}
    status["conditions"] = [*named.values(), *(entry for name, entry in known.items() if name not in named)]
    return {**manifest, "status": status}


def terminating(manifest: Manifest, now: str) -> Manifest:
    """A CustomResourceDefinition that ends."""
    status = {**(manifest.get("status") or {})}
    said = "CustomResource deletion is in progress"
    condition = _condition("Terminating", "InstanceDeletionInProgress", said) | {"status": "True"}
    others = [entry for entry in status.get("conditions") or () if entry["type"] != "Terminating"]
    before = next((entry for entry in status.get("conditions") or () if entry["type"] == "Terminating"), None)
    status["conditions"] = [*others, _since(condition, before, now)]
    return {**manifest, "status": status}


def is_established(manifest: Manifest) -> bool:
    """Whether the types of a CustomResourceDefinition are served."""
    conditions = (manifest.get("status") or {}).get("conditions") or ()
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions)


def _completed_namespace(manifest: Manifest, old: Manifest | None) -> Manifest:
    metadata = dict(manifest["metadata"])
    metadata["labels"] = {**metadata.get("labels", {}), _NAME_LABEL: metadata["name"]}
    if old is not None:
        spec = {**(manifest.get("spec") or {}), "finalizers": (old.get("spec") or {}).get("finalizers")}
        if not spec["finalizers"]:
            del spec["finalizers"]
        return {**manifest, "metadata": metadata, "spec": spec}
    return {**manifest, "metadata": metadata}


def _completed_crd(manifest: Manifest, old: Manifest | None) -> Manifest:
    spec = manifest.get("spec")
    if not isinstance(spec, dict) or not isinstance(spec.get("names"), dict):
        return manifest
    kind = spec["names"].get("kind")
    names = dict(spec["names"])
    if isinstance(kind, str) and kind:
        names["singular"] = names.get("singular") or kind.lower()
        names["listKind"] = names.get("listKind") or f"{kind}List"
    spec = {**spec, "names": names}
    spec["conversion"] = spec.get("conversion") or {"strategy": "None"}
    status = (
        {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}} if old is None else manifest.get("status")
    )
    status = dict(status or {})
    stored = list(status.get("storedVersions") or ())
    versions = spec.get("versions")
    for version in versions if isinstance(versions, list) else ():
        if isinstance(version, dict) and version.get("storage") and version.get("name") not in stored:
            stored.append(version["name"])
    return {**manifest, "spec": spec, "status": {**status, "storedVersions": stored}}


def _definition_causes(manifest: Manifest) -> list[Cause]:
    spec = manifest["spec"]
    causes = []
    is_protected = str(spec.get("group", "")).endswith(_PROTECTED) or spec.get("group") in {"k8s.io", "kubernetes.io"}
    if is_protected and not manifest["metadata"].get("annotations", {}).get(_APPROVED):
        why = f'protected groups must have approval annotation "{_APPROVED}", '
        why += "see https://github.com/kubernetes/enhancements/pull/1111"
        causes.append(required(f"metadata.annotations[{_APPROVED}]", why))
    versions = spec.get("versions") or []
    if sum(1 for version in versions if version.get("storage")) != 1:
        problem = "must have exactly one version marked as storage version"
        causes.append(invalid_value("spec.versions", versions, problem))
    for place, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            causes.append(required(f"spec.versions[{place}].schema.openAPIV3Schema"))
    return causes + _stored_causes(manifest, [version.get("name") for version in versions])


def _name_causes(manifest: Manifest) -> list[Cause]:
    spec, name = manifest["spec"], manifest["metadata"]["name"]
    if name == f"{spec['names'].get('plural')}.{spec.get('group')}":
        return []
    return [invalid_value("metadata.name", name, 'must be spec.names.plural+"."+spec.group')]


def _stored_causes(manifest: Manifest, versions: list[Any]) -> list[Cause]:
    stored = (manifest.get("status") or {}).get("storedVersions") or ()
    return [
        invalid_value(
            f"status.storedVersions[{place}]",
            name,
            f"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions "
            f"until a storage migration ensures no data remains persisted in {name} and removes {name} from "
            "status.storedVersions",
        )
        for place, name in enumerate(stored)
        if name not in versions
    ]


def _changes(old: Manifest, new: Manifest) -> list[Cause]:
    if not is_established(old):
        return []
    before, after = old["spec"], new["spec"]
    pairs = [
        ("spec.scope", before["scope"], after.get("scope")),
        ("spec.names.kind", before["names"]["kind"], after["names"].get("kind")),
        ("spec.group", before["group"], after.get("group")),
    ]
    return [invalid_value(field, now, "field is immutable") for field, was, now in pairs if was != now]


def _conflict(names: Manifest, others: Iterable[Manifest]) -> tuple[str, str] | None:
    """The field and the value of a name that another type has already; of several, kube-apiserver tells the last."""
    resources: set[Any] = set()
    kinds: set[Any] = set()
    for other in others:
        taken = (other.get("status") or {}).get("acceptedNames") or {}
        resources |= {taken.get("plural"), taken.get("singular"), *(taken.get("shortNames") or ())}
        kinds |= {taken.get("kind"), taken.get("listKind")}
    wanted = [("Plural", names.get("plural"), resources), ("Singular", names.get("singular"), resources)]
    wanted += [("ShortNames", name, resources) for name in names.get("shortNames") or ()]
    wanted += [("Kind", names.get("kind"), kinds), ("ListKind", names.get("listKind"), kinds)]
    found = [(field, value) for field, value, taken in wanted if value and value in taken]
    return found[-1] if found else None


def _condition(type_: str, reason: str, message: str) -> Manifest:
    return {"type": type_, "status": "False", "lastTransitionTime": "", "reason": reason, "message": message}


def _since(condition: Manifest, before: Manifest | None, now: str) -> Manifest:
    """The condition, with the time since when it is so."""
    is_same = before is not None and before["status"] == condition["status"]
    return {**condition, "lastTransitionTime": before["lastTransitionTime"] if before and is_same else now}
