"""CustomResourceDefinitions: what the server says of their state, as k8s.io/apiextensions-apiserver 1.37 does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.state.conditions import condition, since
from kfed.sandbox.values.filling import maps, part

if TYPE_CHECKING:
    from collections.abc import Iterable

    Manifest = dict[str, Any]

CRDS = ("apiextensions.k8s.io", "customresourcedefinitions")


def with_versions(manifest: Manifest, old: Manifest | None) -> Manifest:
    """A definition with what the server notes of its versions; *old* is ``None`` when it is created."""
    status = part(manifest, "status") if old else {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}}
    stored = list(status.get("storedVersions") or ())
    for version in maps(part(manifest, "spec"), "versions"):
        if version.get("storage") and version.get("name") and version["name"] not in stored:
            stored.append(version["name"])
    return {**manifest, "status": {**status, "storedVersions": stored}}


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
