"""Namespaces: what there is in a new one, and how one ends."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from kfed.sandbox.errors import ApiError
from kfed.sandbox.state.lifecycle import NAMESPACES, ended_namespace, new_content, waiting_namespace
from kfed.sandbox.state.records import Key
from kfed.sandbox.values.options import DeleteOptions, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.state.changing import Changes
    from kfed.sandbox.state.records import Event, Record
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.surface.registry import Registry

_WISH = DeleteOptions(propagation="Background")
_CREATOR = Options(field_manager="kube-controller-manager")


class Namespaces:
    """What looks after the namespaces of one cluster."""

    def __init__(
        self, store: Store, registry: Registry, changes: Changes, delete: Callable[[Key, DeleteOptions], None], ca: str
    ) -> None:
        self._store = store
        self._registry = registry
        self._changes = changes
        self._delete = delete
        self._certificate = ca
        self._ending = {record.key.name for record in store.list(*NAMESPACES) if record.deleting}

    def ending(self) -> list[Key]:
        """The namespaces that are to end."""
        return [Key(*NAMESPACES, "", name) for name in sorted(self._ending)]

    def concerned(self, event: Event) -> Key | None:
        """The namespace that is to be looked at for a change, if any."""
        key = event.record.key
        if (key.group, key.plural) != NAMESPACES:
            return Key(*NAMESPACES, "", key.namespace) if key.namespace in self._ending else None
        if event.type == "DELETED":
            self._ending.discard(key.name)
            return None
        if event.record.deleting:
            self._ending.add(key.name)
        return key

    def look_at(self, key: Key) -> None:
        """Fill a namespace that is new, and go on ending one that ends."""
        found = self._store.get(key)
        if found is None:
            return
        if found.deleting:
            self._end(found)
            return
        for plural, manifest in new_content(key.name, self._certificate):
            served = self._registry.find("", "v1", plural)
            if served is not None:
                with suppress(ApiError):  # it is there already
                    self._changes.create(served, key.name, manifest, _CREATOR)

    def _end(self, namespace: Record) -> None:
        for record in self._content(namespace):
            if not record.deleting:
                with suppress(ApiError):
                    self._delete(record.key, _WISH)
        left = self._content(namespace)
        manifest = namespace.manifest()
        if not left:
            self._changes.write_back(namespace.key, ended_namespace(manifest))
            return
        counts: dict[str, int] = {}
        finalizers: dict[str, int] = {}
        for record in left:
            name = f"{record.key.plural}.{record.key.group}"
            counts[name] = counts.get(name, 0) + 1
            for finalizer in record.manifest()["metadata"].get("finalizers", ()):
                finalizers[finalizer] = finalizers.get(finalizer, 0) + 1
        waiting = waiting_namespace(manifest, counts, finalizers, self._changes.now())
        self._changes.write_back(namespace.key, waiting)

    def _content(self, namespace: Record) -> list[Record]:
        name = namespace.key.name
        return [record for type_ in self._store.types() for record in self._store.list(*type_, name)]
