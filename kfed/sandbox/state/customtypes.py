"""CustomResourceDefinitions: what the server fills in, what it refuses, and what it says of their state.

The rules and the words are those of k8s.io/apiextensions-apiserver, of release 1.37.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.errors import SchemaError
from kfed.sandbox.errors import invalid
from kfed.sandbox.state.conditions import condition, since
from kfed.sandbox.surface.crds import served_by
from kfed.sandbox.values.causes import invalid_value, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.values.causes import Cause

    Manifest = dict[str, Any]

CRDS = ("apiextensions.k8s.io", "customresourcedefinitions")
_PROTECTED = (".k8s.io", ".kubernetes.io")
_SCOPES = ("Cluster", "Namespaced")
_APPROVED = "api-approved.kubernetes.io"


def completed_definition(manifest: Manifest, old: Manifest | None) -> Manifest:
    """A definition with what the server fills in; *old* is ``None`` when it is created."""
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
        raise invalid(served.resource, manifest["metadata"]["name"], causes)


def accepted(manifest: Manifest, taken: Iterable[Manifest], now: str) -> Manifest:
    """A CustomResourceDefinition with its conditions and its accepted names; *taken* are those of others."""
    names = manifest["spec"]["names"]
    conflict = _conflict(names, taken)
    status = {**(manifest.get("status") or {})}
    known = {condition["type"]: condition for condition in status.get("conditions") or ()}
    conditions = []
    if conflict:
        field, value = conflict
        message = f'"{value}" is already in use'
        conditions.append(condition("NamesAccepted", f"{field}Conflict", message))
        reason, message = "NotAccepted", "not all names are accepted"
        if known.get("Established", {}).get("status") != "True":
            conditions.append(condition("Established", reason, message))
    else:
        status["acceptedNames"] = names
        conditions.append(condition("NamesAccepted", "NoConflicts", "no conflicts found") | {"status": "True"})
        said = "the initial names have been accepted"
        conditions.append(condition("Established", "InitialNamesAccepted", said) | {"status": "True"})
    named = {condition["type"]: since(condition, known.get(condition["type"]), now) for condition in conditions}
    status["conditions"] = [*named.values(), *(entry for name, entry in known.items() if name not in named)]
    return {**manifest, "status": status}


def terminating(manifest: Manifest, now: str) -> Manifest:
    """A CustomResourceDefinition that ends."""
    status = {**(manifest.get("status") or {})}
    said = "CustomResource deletion is in progress"
    ending = condition("Terminating", "InstanceDeletionInProgress", said) | {"status": "True"}
    others = [entry for entry in status.get("conditions") or () if entry["type"] != "Terminating"]
    before = next((entry for entry in status.get("conditions") or () if entry["type"] == "Terminating"), None)
    status["conditions"] = [*others, since(ending, before, now)]
    return {**manifest, "status": status}


def is_established(manifest: Manifest) -> bool:
    """Whether the types of a CustomResourceDefinition are served."""
    conditions = (manifest.get("status") or {}).get("conditions") or ()
    return any(entry["type"] == "Established" and entry["status"] == "True" for entry in conditions)


def _definition_causes(manifest: Manifest) -> list[Cause]:
    spec = manifest["spec"]
    causes = []
    is_protected = str(spec.get("group", "")).endswith(_PROTECTED) or spec.get("group") in {"k8s.io", "kubernetes.io"}
    if is_protected and not manifest["metadata"].get("annotations", {}).get(_APPROVED):
        why = f'protected groups must have approval annotation "{_APPROVED}", '
        why += "see https://github.com/kubernetes/enhancements/pull/1111"
        causes.append(required(f"metadata.annotations[{_APPROVED}]", why))
    if (scope := spec.get("scope")) not in _SCOPES:
        causes.append(unsupported("spec.scope", scope, _SCOPES) if scope else required("spec.scope"))
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
    for taken in others:
        resources |= {taken.get("plural"), taken.get("singular"), *(taken.get("shortNames") or ())}
        kinds |= {taken.get("kind"), taken.get("listKind")}
    wanted = [("Plural", names.get("plural"), resources), ("Singular", names.get("singular"), resources)]
    wanted += [("ShortNames", name, resources) for name in names.get("shortNames") or ()]
    wanted += [("Kind", names.get("kind"), kinds), ("ListKind", names.get("listKind"), kinds)]
    found = [(field, value) for field, value, taken in wanted if value and value in taken]
    return found[-1] if found else None
