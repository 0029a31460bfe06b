"""Custom types: which CustomResourceDefinitions are served, and how one ends."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kfed.errors import SchemaError
from kfed.sandbox.admission.definitions import is_established
from kfed.sandbox.errors import ApiError
from kfed.sandbox.state.customtypes import CRDS, accepted, terminating
from kfed.sandbox.state.deleting import CRD_CLEANUP, without_finalizer
from kfed.sandbox.values.options import DeleteOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.state.changing import Changes
    from kfed.sandbox.state.records import Event, Key
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.surface.registry import Registry

    Manifest = dict[str, Any]

_WISH = DeleteOptions()


class Definitions:
    """What looks after the CustomResourceDefinitions of one cluster."""

    def __init__(
        self, store: Store, registry: Registry, changes: Changes, delete: Callable[[Key, DeleteOptions], None]
    ) -> None:
        self._store = store
        self._registry = registry
        self._changes = changes
        self._delete = delete
        self._names: dict[str, Manifest] = {}  # which names each has, with its group
        self._served: dict[str, tuple[str, int]] = {}  # uid and generation of what the registry has read
        self._ending: dict[tuple[str, str], Key] = {}

    def all(self) -> list[Key]:
        """All of them, to be looked at when a cluster starts."""
        return [record.key for record in self._store.list(*CRDS)]

    def concerned(self, event: Event) -> Key | None:
        """The definition that is to be looked at for a change, if any."""
        key = event.record.key
        return key if (key.group, key.plural) == CRDS else self._ending.get((key.group, key.plural))

    def look_at(self, key: Key) -> None:
        """Serve the types of a definition, or end them."""
        found = self._store.get(key)
        if found is None:
            self._forget(key)
            return
        manifest = found.manifest()
        settled = accepted(manifest, self._taken(manifest), self._changes.now())
        if found.deleting:
            settled = terminating(settled, self._changes.now())
        self._changes.write_back(key, settled)
        self._names[key.name] = {**settled["status"].get("acceptedNames", {}), "group": settled["spec"]["group"]}
        if is_established(settled):
            self._serve(key, settled)
        if found.deleting:
            self._end(key, settled)

    def _serve(self, key: Key, manifest: Manifest) -> None:
        metadata = manifest["metadata"]
        state = (metadata["uid"], metadata.get("generation", 0))
        if self._served.get(key.name) != state:
            with suppress(SchemaError):  # what cannot be read is refused when it is written
                self._registry.add_crd(manifest)
            self._served[key.name] = state

    def _taken(self, manifest: Manifest) -> list[Manifest]:
        """The names that other definitions of the same group have."""
        name, group = manifest["metadata"]["name"], manifest["spec"]["group"]
        return [names for other, names in self._names.items() if other != name and names["group"] == group]

    def _end(self, key: Key, manifest: Manifest) -> None:
        if CRD_CLEANUP not in manifest["metadata"].get("finalizers", ()):
            return
        group, plural = manifest["spec"]["group"], manifest["spec"]["names"]["plural"]
        self._ending[group, plural] = key
        self._changes.ending.add(key.name)
        for record in tuple(self._store.list(group, plural)):
            if not record.deleting:
                with suppress(ApiError):
                    self._delete(record.key, _WISH)
        if not self._store.count(group, plural) and (found := self._store.get(key)) is not None:
            self._changes.write_back(key, without_finalizer(found.manifest(), CRD_CLEANUP))

    def _forget(self, key: Key) -> None:
        self._registry.remove_crd(key.name)
        self._names.pop(key.name, None)
        self._served.pop(key.name, None)
        self._changes.ending.discard(key.name)
        self._ending = {name: crd for name, crd in self._ending.items() if crd != key}
