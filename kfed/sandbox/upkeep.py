"""What follows from a change, in a real cluster by the hands of controllers: the sandbox does it at once.

Namespaces end when nothing is left in them, CustomResourceDefinitions when none of their objects is; and what is owned
goes the way of its owners, as the garbage collector of Kubernetes has it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kfed.errors import SchemaError
from kfed.sandbox.deleting import CRD_CLEANUP, FOREGROUND, ORPHAN, without_finalizer
from kfed.sandbox.errors import ApiError
from kfed.sandbox.lifecycle import (
    CRDS,
    NAMESPACES,
    accepted,
    ended_namespace,
    is_established,
    new_content,
    terminating,
    waiting_namespace,
)
from kfed.sandbox.options import DeleteOptions, Options
from kfed.sandbox.owners import Dependents, references
from kfed.sandbox.store import Key

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.changing import Changes
    from kfed.sandbox.registry import Registry
    from kfed.sandbox.store import Event, Record, Store

    Manifest = dict[str, Any]

_BACKGROUND = DeleteOptions(propagation="Background")
_DEFAULT = DeleteOptions()


class Upkeep:
    """The controllers of one cluster."""

    def __init__(
        self, store: Store, registry: Registry, changes: Changes, delete: Callable[[Key, DeleteOptions], None], ca: str
    ) -> None:
        """Look after what is in *store*.

        Args:
            store: of the cluster.
            registry: of the cluster; it is told of CustomResourceDefinitions.
            changes: of the store.
            delete: delete an object as a client would.
            ca: the certificate of the authority that vouches for the server, as PEM.
        """
        self._store = store
        self._registry = registry
        self._changes = changes
        self._delete = delete
        self._certificate = ca
        self._work: dict[tuple[str, Key], None] = {}
        self._terminating: set[str] = set()
        self._ending_types: dict[tuple[str, str], Key] = {}
        self._dependents = Dependents()
        self._running = False
        self._load()
        store.subscribe(self._notice)

    def run(self) -> None:
        """Do all that is to be done; what comes up meanwhile as well."""
        if self._running:
            return
        self._running = True
        try:
            while self._work:
                job = next(iter(self._work))
                del self._work[job]
                what, key = job
                # A deletion that meets a conflict or finds nothing left has nothing more to do.
                with suppress(ApiError):
                    _JOBS[what](self, key)
        finally:
            self._running = False

    def _load(self) -> None:
        for group, plural in (NAMESPACES, CRDS):
            for record in tuple(self._store.list(group, plural)):
                self._note_special(record)
        for group, plural in self._store.types():
            for record in self._store.list(group, plural):
                self._dependents.note(record, None)

    def _notice(self, event: Event) -> None:
        """Take note of a change; nothing is written here."""
        record, is_gone = event.record, event.type == "DELETED"
        key = record.key
        if key.namespace in self._terminating:
            self._add("namespace", Key(*NAMESPACES, "", key.namespace))
        if (crd := self._ending_types.get((key.group, key.plural))) is not None:
            self._add("definition", crd)
        if (key.group, key.plural) in {NAMESPACES, CRDS}:
            self._note_special(record, event)
        for waiting in self._dependents.note(None if is_gone else record, event.previous):
            self._add("dependent", waiting)
        if b'"deletionTimestamp"' in record.data or is_gone:
            self._add("owner", key)
        if is_gone and event.previous is not None:
            for reference in references(event.previous):
                if (owner := self._owner_key(key, reference)) is not None:
                    self._add("owner", owner)

    def _note_special(self, record: Record, event: Event | None = None) -> None:
        key = record.key
        if (key.group, key.plural) == CRDS:
            self._add("definition", key)
            return
        is_gone = event is not None and event.type == "DELETED"
        if is_gone:
            self._terminating.discard(key.name)
        elif b'"deletionTimestamp"' in record.data and "deletionTimestamp" in record.manifest()["metadata"]:
            self._terminating.add(key.name)
            self._add("namespace", key)
        elif event is not None and event.previous is None:
            self._add("content", key)

    def _add(self, what: str, key: Key) -> None:
        self._work[what, key] = None

    def _fill(self, key: Key) -> None:
        for plural, manifest in new_content(key.name, self._certificate):
            served = self._registry.find("", "v1", plural)
            if served is not None:
                self._changes.create(served, key.name, manifest, Options(field_manager="kube-controller-manager"))

    def _end_namespace(self, key: Key) -> None:
        found = self._store.get(key)
        if found is None:
            return
        left = self._content(key.name)
        for record in left:
            if b'"deletionTimestamp"' not in record.data:
                with suppress(ApiError):
                    self._delete(record.key, _BACKGROUND)
        left = self._content(key.name)
        manifest = found.manifest()
        if not left:
            self._changes.write_back(key, ended_namespace(manifest))
            return
        counts: dict[str, int] = {}
        finalizers: dict[str, int] = {}
        for record in left:
            name = f"{record.key.plural}.{record.key.group}"
            counts[name] = counts.get(name, 0) + 1
            for finalizer in record.manifest()["metadata"].get("finalizers", ()):
                finalizers[finalizer] = finalizers.get(finalizer, 0) + 1
        self._changes.write_back(key, waiting_namespace(manifest, counts, finalizers, self._changes.now()))

    def _content(self, namespace: str) -> list[Record]:
        return [record for name in self._store.types() for record in self._store.list(*name, namespace)]

    def _settle_definition(self, key: Key) -> None:
        """Serve the types of a definition, or end them."""
        found = self._store.get(key)
        if found is None:
            self._registry.remove_crd(key.name)
            self._ending_types = {name: crd for name, crd in self._ending_types.items() if crd != key}
            return
        manifest = found.manifest()
        others = self._definitions_beside(manifest)
        settled = accepted(manifest, others, self._changes.now())
        if "deletionTimestamp" in manifest["metadata"]:
            settled = terminating(settled, self._changes.now())
        if settled != manifest:
            self._changes.write_back(key, settled)
        if is_established(settled):
            with suppress(SchemaError):  # what cannot be read is refused when it is written
                self._registry.add_crd(settled)
        if "deletionTimestamp" in manifest["metadata"]:
            self._end_definition(key, settled)

    def _definitions_beside(self, manifest: Manifest) -> list[Manifest]:
        name, group = manifest["metadata"]["name"], manifest["spec"]["group"]
        others = [record.manifest() for record in self._store.list(*CRDS) if record.key.name.endswith(f".{group}")]
        return [other for other in others if other["metadata"]["name"] != name and other["spec"]["group"] == group]

    def _end_definition(self, key: Key, manifest: Manifest) -> None:
        if CRD_CLEANUP not in manifest["metadata"].get("finalizers", ()):
            return
        group, plural = manifest["spec"]["group"], manifest["spec"]["names"]["plural"]
        self._ending_types[group, plural] = key
        for record in tuple(self._store.list(group, plural)):
            if b'"deletionTimestamp"' not in record.data:
                with suppress(ApiError):
                    self._delete(record.key, _DEFAULT)
        if not self._store.count(group, plural) and (found := self._store.get(key)) is not None:
            self._changes.write_back(key, without_finalizer(found.manifest(), CRD_CLEANUP))

    def _look_at_owner(self, key: Key) -> None:
        """An owner that is gone, or that waits for what it owns."""
        found = self._store.get(key)
        if found is None:
            return
        manifest = found.manifest()
        metadata = manifest["metadata"]
        if "deletionTimestamp" not in metadata:
            return
        finalizers = metadata.get("finalizers", ())
        owned = self._dependents.of(metadata["uid"])
        if ORPHAN in finalizers:
            for dependent in owned:
                self._disown(dependent.key, {metadata["uid"]})
            self._changes.write_back(key, without_finalizer(manifest, ORPHAN))
        elif FOREGROUND in finalizers:
            for dependent in owned:
                self._look_at_dependent(dependent.key)
            if not any(dependent.blocks for dependent in self._dependents.of(metadata["uid"])):
                self._finish(key, FOREGROUND)

    def _finish(self, key: Key, finalizer: str) -> None:
        found = self._store.get(key)
        if found is not None and finalizer in (manifest := found.manifest())["metadata"].get("finalizers", ()):
            self._changes.write_back(key, without_finalizer(manifest, finalizer))

    def _look_at_dependent(self, key: Key) -> None:
        """Delete an object when none of its owners is there to stay."""
        found = self._store.get(key)
        if found is None:
            return
        metadata = found.manifest()["metadata"]
        owners = metadata.get("ownerReferences", ())
        if not owners or ("deletionTimestamp" in metadata and FOREGROUND not in metadata.get("finalizers", ())):
            return
        states = {owner["uid"]: self._state(key, owner) for owner in owners}
        lost = {uid for uid, state in states.items() if state != "solid"}
        if not lost or "deletionTimestamp" in metadata:
            return
        if len(lost) < len(states):
            self._disown(key, lost)
            return
        is_awaited = "waiting" in states.values() and self._dependents.of(metadata["uid"])
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
        return Key(served.group, served.plural, namespace, str(reference.get("name", "")))

    def _state(self, key: Key, reference: Manifest) -> str:
        """Whether an owner is ``solid``, ``absent``, or ``waiting`` for what it owns."""
        owner = self._owner_key(key, reference)
        if owner is None:
            return "solid"  # nobody can tell
        found = self._store.get(owner)
        if found is None or (metadata := found.manifest()["metadata"])["uid"] != reference["uid"]:
            return "absent"
        is_waiting = "deletionTimestamp" in metadata and FOREGROUND in metadata.get("finalizers", ())
        return "waiting" if is_waiting else "solid"

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


_JOBS: dict[str, Callable[[Upkeep, Key], None]] = {
    "content": Upkeep._fill,  # noqa: SLF001  a table of this module's own methods
    "namespace": Upkeep._end_namespace,  # noqa: SLF001
    "definition": Upkeep._settle_definition,  # noqa: SLF001
    "owner": Upkeep._look_at_owner,  # noqa: SLF001
    "dependent": Upkeep._look_at_dependent,  # noqa: SLF001
}
