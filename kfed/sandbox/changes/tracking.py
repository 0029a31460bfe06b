"""Who owns what after a write that is no server-side apply: whoever changes a field has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.comparing import compare
from kfed.sandbox.changes.managers import (
    UPDATE,
    Owned,
    Owners,
    capped,
    manager_of,
    read_owners,
    without_fields,
    write_owners,
)
from kfed.sandbox.changes.typed import UntypedError, root
from kfed.sandbox.changes.zero import zero

if TYPE_CHECKING:
    from kfed.sandbox.changes.fields import FieldSet
    from kfed.sandbox.changes.managers import Manager
    from kfed.sandbox.kinds.served import ServedType

# What nobody owns: the server alone says what these are, or they say which object is meant.
UNOWNED = frozenset(
    {("f:apiVersion",), ("f:kind",), ("f:metadata",)}
    | {
        ("f:metadata", f"f:{name}")
        for name in (
            *("name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation"),
            *("managedFields", "resourceVersion"),
        )
    }
)


def track(  # noqa: PLR0913  what there is to know of a write
    served: ServedType,
    old: dict[str, Any] | None,
    new: dict[str, Any],
    manager: str,
    *,
    now: str,
    subresource: str = "",
) -> dict[str, Any]:
    """*new* with the ``metadata.managedFields`` that it has after a create, an update or a patch.

    Args:
        served: its type.
        old: the object as it was; ``None`` when it is created.
        new: the object as it is to be stored, defaults and all. Its own ``managedFields`` are what the client sent: a
            client may change them, leave them out, or do away with them by sending an empty list.
        manager: ``fieldManager``, or the beginning of the client's ``User-Agent``.
        now: the time, as it stands in objects.
        subresource: such as ``status``.
    """
    sent = new["metadata"].get("managedFields")
    owners = _owners_before(old, sent, from_client=not subresource)
    if old is not None and not owners:
        return with_owners(new, {})
    me = manager_of(manager, UPDATE, served.resource.gvk.api_version, subresource)
    try:
        owners = updated(served, old, new, owners, me, now)
    except UntypedError:
        # What cannot be read by its schema is left to its owners; it can only be there since before the schema.
        return with_owners(new, owners)
    return with_owners(new, capped(owners))


def updated(  # noqa: PLR0913, PLR0917  what there is to know of a write
    served: ServedType, old: dict[str, Any] | None, new: dict[str, Any], owners: Owners, me: Manager, now: str
) -> Owners:
    """*owners* after *me* has made *new* of *old*.

    Raises:
        UntypedError: a list cannot be read by its schema.
    """
    before = zero(served) if old is None else without_owners(old)
    found = compare(root(served), before, without_owners(new))
    changed = owned_part(served, found.added | found.modified, me.subresource)
    previous = owners.get(me)
    result = without_fields(owners, found.added | found.modified | found.removed, me)
    if previous is not None:
        previous = replace(previous, fields=previous.fields - found.removed)
        result.pop(me, None)
        if previous.fields:
            result[me] = previous
    if changed:
        fields = changed | previous.fields if previous else changed
        result[me] = Owned(fields, served.resource.gvk.api_version, now)
    return result


def owned_part(served: ServedType, fields: frozenset[Any] | set[Any], subresource: str) -> FieldSet:
    """Those of the fields that a request can own: by way of ``status`` only the status, and else all but it."""
    reset = reset_fields(served, subresource)
    return frozenset(
        path for path in fields if path not in UNOWNED and not any(path[: len(top)] == top for top in reset)
    )


def reset_fields(served: ServedType, subresource: str) -> tuple[tuple[str, ...], ...]:
    """The fields that a request cannot change, as paths: they stay as they are, or are reset."""
    if subresource == "status":
        return (("f:spec",), ("f:metadata",) if served.crd else ("f:metadata", "f:labels"))
    return (("f:status",),) if "status" in served.subresources else ()


def without_owners(manifest: dict[str, Any]) -> dict[str, Any]:
    """The object without its ``managedFields``."""
    metadata = manifest.get("metadata") or {}
    if "managedFields" not in metadata:
        return manifest
    return {**manifest, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}


def with_owners(manifest: dict[str, Any], owners: Owners) -> dict[str, Any]:
    """The object with these owners, as its last metadata."""
    metadata = dict(without_owners(manifest)["metadata"])
    if owners:
        metadata["managedFields"] = write_owners(owners)
    return {**manifest, "metadata": metadata}


def _owners_before(old: dict[str, Any] | None, sent: Any, *, from_client: bool) -> Owners:
    stored = _read((old or {"metadata": {}})["metadata"].get("managedFields"))
    if not from_client:
        return stored
    if sent in ([], [{}]):
        return {}
    return _read(sent) or stored


def _read(entries: Any) -> Owners:
    try:
        return read_owners(entries)
    except (ValueError, AttributeError):
        return {}
