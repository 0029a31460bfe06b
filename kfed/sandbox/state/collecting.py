"""Garbage: what is owned goes the way of its owners, as the garbage collector of Kubernetes has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.state.deleting import FOREGROUND, ORPHAN, without_finalizer
from kfed.sandbox.state.owners import Dependents, references
from kfed.sandbox.state.records import Key
from kfed.sandbox.values.options import DeleteOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.state.changing import Changes
    from kfed.sandbox.state.records import Event, Record
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.surface.registry import Registry

    Manifest = dict[str, Any]


class Collector:
    """The garbage collector of one cluster."""

    def __init__(
        self, store: Store, registry: Registry, changes: Changes, delete: Callable[[Key, DeleteOptions], None]
    ) -> None:
        self._store = store
        self._registry = registry
        self._changes = changes
        self._delete = delete
        self._dependents = Dependents()

    def load(self) -> list[Key]:
        """Take note of what is there; the owners are returned that may have been left half collected."""
        records = [record for type_ in self._store.types() for record in self._store.list(*type_)]
        for record in records:
            self._dependents.note(record, None)
        return [record.key for record in records if record.deleting]

    def concerned(self, event: Event) -> tuple[list[Key], list[Key]]:
        """The owners and the dependents that are to be looked at for a change."""
        record, is_gone = event.record, event.type == "DELETED"
        dependents = self._dependents.note(None if is_gone else record, event.previous)
        owners = [record.key] if record.deleting and not is_gone else []
        if event.previous is not None and (before := references(event.previous)):
            left = [] if is_gone else references(record)
            found = [self._owner_key(record.key, reference) for reference in before if reference not in left]
            owners += [key for key in found if key is not None]
        return owners, dependents

    def look_at_owner(self, key: Key) -> None:
        """Go on deleting an owner that waits until what it owns is gone, or is owned no more."""
        found = self._store.get(key)
        if found is None or not found.deleting:
            return
        manifest = found.manifest()
        metadata = manifest["metadata"]
        finalizers = metadata.get("finalizers", ())
        owned = self._dependents.of(metadata["uid"])
        if ORPHAN in finalizers:
            for dependent in owned:
                self._disown(dependent.key, {metadata["uid"]})
            self._changes.write_back(key, without_finalizer(manifest, ORPHAN))
        elif FOREGROUND in finalizers:
            for dependent in owned:
                self.look_at_dependent(dependent.key)
            if not any(dependent.blocks for dependent in self._dependents.of(metadata["uid"])):
                self._finish(key, FOREGROUND)

    def look_at_dependent(self, key: Key) -> None:
        """Delete an object when none of its owners is there to stay."""
        found = self._store.get(key)
        if found is None or found.deleting:
            return
        metadata = found.manifest()["metadata"]
        owners = metadata.get("ownerReferences", ())
        states = {owner["uid"]: self._state(key, owner) for owner in owners}
        lost = {uid for uid, state in states.items() if state != "solid"}
        if not lost:
            return
        if len(lost) < len(states):
            self._disown(key, lost)
            return
        owned = self._dependents.of(metadata["uid"])
        is_awaited = bool(owned) and "waiting" in states.values()
        if is_awaited and any(self._is_waiting(self._store.get(dependent.key)) for dependent in owned):
            self._unblock(key)  # they wait for each other, in a circle
        finalizers = metadata.get("finalizers", ())
        kept = "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"
        self._delete(key, DeleteOptions(propagation="Foreground" if is_awaited else kept))

    def _owner_key(self, key: Key, reference: Manifest) -> Key | None:
        """Where the owner is that an object refers to; ``None`` when its type is not served."""
        group, _, version = str(reference.get("apiVersion", "")).rpartition("/")
        served = self._registry.by_kind(group, version, str(reference.get("kind", "")))
        if served is None:
            return None
        namespace = key.namespace if served.is_namespaced else ""
        return Key(*served.place, namespace, str(reference.get("name", "")))

    def _finish(self, key: Key, finalizer: str) -> None:
        found = self._store.get(key)
        if found is not None and finalizer in (manifest := found.manifest())["metadata"].get("finalizers", ()):
            self._changes.write_back(key, without_finalizer(manifest, finalizer))

    def _state(self, key: Key, reference: Manifest) -> str:
        """Whether an owner is ``solid``, ``absent``, or ``waiting`` for what it owns."""
        owner = self._owner_key(key, reference)
        if owner is None:
            return "solid"  # nobody can tell
        found = self._store.get(owner)
        if found is None or found.manifest()["metadata"]["uid"] != reference["uid"]:
            return "absent"
        return "waiting" if self._is_waiting(found) else "solid"

    @staticmethod
    def _is_waiting(record: Record | None) -> bool:
        """Whether an object is being deleted, and waits for what it owns."""
        if record is None or not record.deleting:
            return False
        return FOREGROUND in record.manifest()["metadata"].get("finalizers", ())

    def _unblock(self, key: Key) -> None:
        """Let no owner wait for an object."""
        found = self._store.get(key)
        if found is not None:
            manifest = found.manifest()
            for owner in manifest["metadata"].get("ownerReferences", ()):
                owner["blockOwnerDeletion"] = False
            self._changes.write_back(key, manifest)

    def _disown(self, key: Key, uids: set[str]) -> None:
        found = self._store.get(key)
        if found is None:
            return
        manifest = found.manifest()
        metadata = manifest["metadata"]
        left = [owner for owner in metadata.get("ownerReferences", ()) if owner["uid"] not in uids]
        if left:
            metadata["ownerReferences"] = left
        else:
            metadata.pop("ownerReferences", None)
        self._changes.write_back(key, manifest)
