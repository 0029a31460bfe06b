"""Places: where objects are stored, and whether new ones can come to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import ApiError, already_exists, quoted
from kfed.sandbox.state.lifecycle import NAMESPACES, check_namespace
from kfed.sandbox.state.records import Key
from kfed.sandbox.values.naming import generated

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.store import Store

    Manifest = dict[str, Any]

_NAMES_TRIED = 8


def key_of(served: ServedType, namespace: str, name: str) -> Key:
    """Where an object is stored."""
    return Key(*served.place, namespace if served.is_namespaced else "", name)


def check_namespace_of(store: Store, served: ServedType, metadata: Manifest) -> None:
    """Make sure that there is a namespace for a new object.

    Raises:
        ApiError: 404, there is none; 403, it ends.
    """
    if not served.is_namespaced:
        return
    namespace = metadata["namespace"]
    found = store.get(Key(*NAMESPACES, "", namespace))
    if found is None:
        message = f"namespaces {quoted(namespace)} not found"
        raise ApiError(404, "NotFound", message, {"name": namespace, "kind": "namespaces"})
    check_namespace(served, metadata.get("name", ""), found)


def named(store: Store, served: ServedType, manifest: Manifest) -> Manifest:
    """The object with a name that is not taken, when it has only the beginning of one."""
    metadata = manifest["metadata"]
    base = metadata.get("generateName", "")
    if metadata.get("name") or not base:
        return manifest
    names = (generated(base) for _ in range(_NAMES_TRIED))
    space = metadata.get("namespace", "")
    name = next((name for name in names if store.get(key_of(served, space, name)) is None), generated(base))
    return {**manifest, "metadata": {**metadata, "name": name}}


def check_free(store: Store, served: ServedType, key: Key) -> None:
    """Make sure that no object is where a new one is to be.

    Raises:
        ApiError: 409, one is.
    """
    found = store.get(key)
    if found is None:
        return
    error = already_exists(served.resource, key.name)
    if found.deleting:
        error = ApiError(error.code, error.reason, f"object is being deleted: {error.message}", error.details)
    raise error
