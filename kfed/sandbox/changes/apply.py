"""Server-side apply: what a manager wants laid over what is there, and who owns what after it.

The rules are those of the Kubernetes documentation, "Server-Side Apply", and of sigs.k8s.io/structured-merge-diff.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.changes.comparing import compare
from kfed.sandbox.changes.fields import path_text, to_fields
from kfed.sandbox.changes.managers import APPLY, UPDATE, Owned, manager_of, read_owners, without_fields
from kfed.sandbox.changes.overlaying import overlay
from kfed.sandbox.changes.tracking import owned_part, reset_fields, updated, with_owners, without_owners
from kfed.sandbox.changes.typecheck import type_errors
from kfed.sandbox.changes.typed import UntypedError, field_set, root, with_named, without
from kfed.sandbox.changes.zero import zero
from kfed.sandbox.errors import ApiError, apply_conflict, bad_request
from kfed.sandbox.values.nesting import check_nesting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.changes.fields import FieldPath, FieldSet
    from kfed.sandbox.changes.managers import Manager, Owners
    from kfed.sandbox.kinds.served import ServedType

_BEFORE = "before-first-apply"
_KUBECTL = "kubectl"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True)
class Applied:
    """One request to apply.

    Attributes:
        config: the manifest, as far as its manager has an opinion.
        manager: ``fieldManager``.
        force: take fields that others own.
        now: the time, as it stands in objects.
        subresource: such as ``status``.
    """

    config: dict[str, Any]
    manager: str
    force: bool
    now: str
    subresource: str = ""


def apply(served: ServedType, live: dict[str, Any] | None, request: Applied) -> dict[str, Any]:
    """The object after a server-side apply, with its ``metadata.managedFields``; defaults are still to be filled in.

    Args:
        served: its type.
        live: the object as it is stored; ``None`` when there is none yet.
        request: what is applied.

    Raises:
        ApiError: the manifest is of another type or names owners (400), cannot be read by its schema (500, as the
            real one answers), or sets fields that others own (409).
    """
    check_nesting(request.config)
    _check(served, request.config)
    # Kept apart from *config*, which is written into kubectl's annotation as it came.
    wanted = without_reset(served, request.config, request.subresource)
    me = manager_of(request.manager, APPLY, "", request.subresource)
    try:
        owners = _owners(served, live, request.now)
        return _apply(served, live, wanted, request, me, owners)
    except (UntypedError, ValueError) as error:
        raise ApiError(500, "", f"failed to create typed live object ({_name(request.config)}): {error}") from None


def without_reset(served: ServedType, config: dict[str, Any], subresource: str) -> dict[str, Any]:
    """What can be applied by way of a subresource, or of none; the rest goes without a word."""
    result = dict(config)
    for top, *below in reset_fields(served, subresource):
        name = top[2:]
        if below or name == "metadata":
            kept = {"name", "namespace", "uid", "resourceVersion"} if not below else None
            gone = {element[2:] for element in below}
            given = result.get(name) or {}
            result[name] = {key: item for key, item in given.items() if key not in gone and (not kept or key in kept)}
        else:
            result.pop(name, None)
    return result


def _apply(  # noqa: PLR0913, PLR0917  what there is to know of a request, and what was made of it
    served: ServedType,
    live: dict[str, Any] | None,
    wanted: dict[str, Any],
    request: Applied,
    me: Manager,
    owners: Owners,
) -> dict[str, Any]:
    node = root(served)
    before = zero(served) if live is None else without_owners(live)
    last = owners.get(me)
    version = served.resource.gvk.api_version
    owners[me] = Owned(field_set(node, wanted), version, last.time if last else "")
    merged = overlay(node, {} if live is None else before, wanted)
    if last:
        merged = _pruned(served, merged, last.fields, owners)
    found = compare(node, before, merged)
    changed = frozenset(found.added | found.modified)
    _check_conflicts(served, live, request, _conflicts(owners, me, changed))
    owners = without_fields(owners, changed | found.removed, me)
    is_changed = live is None or merged != before
    owners[me] = replace(
        owners[me],
        fields=owned_part(served, owners[me].fields, request.subresource),
        time=request.now if is_changed else owners[me].time,
    )
    if not owners[me].fields:
        del owners[me]
    return with_owners(_annotated(merged, request), owners)


def _pruned(served: ServedType, merged: dict[str, Any], last: FieldSet, owners: Owners) -> dict[str, Any]:
    """The object without what the manager applied last time, applies no more, and nobody else owns."""
    node = root(served)
    whole = with_named(node, field_set(node, merged))
    owned: FieldSet = with_named(node, frozenset().union(*(each.fields for each in owners.values())))
    last = with_named(node, last)
    left = with_named(node, field_set(node, without(node, merged, to_fields(last)) or {}))
    kept = without(node, merged, to_fields(whole - (left | owned))) or {}
    gone = (whole - with_named(node, field_set(node, kept))) & last
    return without(node, merged, to_fields(gone)) or {} if gone else merged


def _owners(served: ServedType, live: dict[str, Any] | None, now: str) -> Owners:
    """Who owns the object; where nobody was noted, one manager owns all that was there before."""
    if live is None:
        return {}
    owners = read_owners(live["metadata"].get("managedFields"))
    if owners:
        return owners
    before = manager_of(_BEFORE, UPDATE, served.resource.gvk.api_version, "")
    return updated(served, None, live, {}, before, now)


def _conflicts(owners: Owners, me: Manager, changed: FieldSet) -> dict[Manager, FieldSet]:
    found = {manager: owned.fields & changed for manager, owned in owners.items() if manager != me}
    return {manager: fields for manager, fields in found.items() if fields}


def _check_conflicts(
    served: ServedType, live: dict[str, Any] | None, request: Applied, conflicts: Mapping[Manager, FieldSet]
) -> None:
    """Refuse to take what others own.

    Raises:
        ApiError: it would be taken, by somebody who does not force it.
    """
    if not conflicts or request.force:
        return
    if request.manager == _KUBECTL and live is not None:
        # An object that was made by client-side apply comes over to server-side apply without a conflict.
        allowed = _client_side(served, live)
        conflicts = {manager: left for manager, fields in conflicts.items() if (left := fields - allowed)}
    if conflicts:
        raise _conflict(conflicts)


def _conflict(conflicts: Mapping[Manager, FieldSet]) -> ApiError:
    managers = sorted(conflicts, key=lambda manager: manager.order)
    pairs = [(manager, path) for manager in managers for path in sorted(conflicts[manager], key=_members_first)]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager.label}", "field": path_text(path)}
        for manager, path in pairs
    ]
    if len(pairs) == 1:
        manager, path = pairs[0]
        return apply_conflict(f"Apply failed with 1 conflict: conflict with {manager.label}: {path_text(path)}", causes)
    lines = []
    for manager in managers:
        lines.append(f"conflicts with {manager.label}:")
        lines += [f"- {path_text(path)}" for owner, path in pairs if owner == manager]
    return apply_conflict(f"Apply failed with {len(pairs)} conflicts: " + "\n".join(lines), causes)


def _members_first(path: FieldPath) -> list[tuple[bool, str]]:
    """What stands at a place goes before what stands below it or its neighbours."""
    return [(depth < len(path), element) for depth, element in enumerate(path, start=1)]


def _client_side(served: ServedType, live: dict[str, Any]) -> FieldSet:
    """The fields that client-side apply set, and that nobody has changed since."""
    text = (live["metadata"].get("annotations") or {}).get(_LAST_APPLIED) or "null"
    try:
        config = orjson.loads(text)
        if not isinstance(config, dict) or config.get("apiVersion") != served.resource.gvk.api_version:
            return frozenset()
        node = root(served)
        found = compare(node, config, without_owners(live))
        return field_set(node, config) - found.added - found.removed - found.modified
    except (ValueError, UntypedError):
        return frozenset()


def _annotated(manifest: dict[str, Any], request: Applied) -> dict[str, Any]:
    """The note of what kubectl applied last, brought up to date where there is one."""
    annotations = manifest["metadata"].get("annotations") or {}
    if request.manager != _KUBECTL or not annotations.get(_LAST_APPLIED):
        return manifest
    config = {**request.config, "metadata": dict(request.config["metadata"])}
    given = {key: text for key, text in (config["metadata"].get("annotations") or {}).items() if key != _LAST_APPLIED}
    if "annotations" in config["metadata"]:
        config["metadata"]["annotations"] = given
    text = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": annotations | {_LAST_APPLIED: text}}}


def _check(served: ServedType, config: dict[str, Any]) -> None:
    """Refuse what cannot be applied.

    Raises:
        ApiError: it is of another type, names owners, or cannot be read by its schema.
    """
    gvk = served.resource.gvk
    if (config.get("apiVersion"), config.get("kind")) != (gvk.api_version, gvk.kind):
        raise bad_request(f"invalid object type: {_kind(config)}")
    if (config.get("metadata") or {}).get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    if errors := type_errors(root(served), config):
        raise ApiError(500, "", f"failed to create typed patch object ({_name(config)}): {errors}")


def _name(config: dict[str, Any]) -> str:
    metadata = config.get("metadata") or {}
    return f"{metadata.get('namespace', '')}/{metadata.get('name', '')}; {_kind(config)}"


def _kind(config: dict[str, Any]) -> str:
    """A type as Go's GroupVersionKind is written; the core group has a slash before its version."""
    version, kind = (word if isinstance(word := config.get(name), str) else "" for name in ("apiVersion", "kind"))
    return f"{version if '/' in version else '/' + version}, Kind={kind}"
