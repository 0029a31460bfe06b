"""Records: objects as a store holds them, which one each is, and how they change."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import Any, NamedTuple

import orjson

Manifest = dict[str, Any]

_NO_LABELS: dict[str, str] = {}
_ORDER = (
    *("name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp"),
    *("deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers"),
    "managedFields",
)


class Key(NamedTuple):
    """Which object: its group and plural, and its place among objects of the type, whatever the version."""

    group: str
    plural: str
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """``default/web``, or the bare name of an object without a namespace; etcd sorts objects of a type by it."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """An object as it was written once.

    Attributes:
        key: which object.
        revision: the store's revision when it was written; 0 for what a dry run would have written.
        data: the manifest as JSON.
        labels: its labels, for selectors.
        deleting: it has a ``deletionTimestamp``, and waits for something.
    """

    key: Key
    revision: int
    data: bytes
    labels: dict[str, str]
    deleting: bool = False

    def manifest(self) -> Manifest:
        """The object, as a copy of one's own."""
        manifest: Manifest = orjson.loads(self.data)
        return manifest


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One change: ``ADDED``, ``MODIFIED`` or ``DELETED``; ``previous`` is what was there before."""

    type: str
    record: Record
    previous: Record | None


Records = list[Record]


def record_of(key: Key, manifest: Manifest, data: bytes = b"") -> Record:
    """A record of *manifest*; its revision is what its resourceVersion says."""
    metadata = manifest["metadata"]
    labels = metadata.get("labels")
    shared = {intern(name): value for name, value in labels.items()} if labels else _NO_LABELS
    revision = int(metadata.get("resourceVersion") or 0)
    return Record(key, revision, data or _dumped(manifest), shared, "deletionTimestamp" in metadata)


def _dumped(manifest: Manifest) -> bytes:
    """JSON in as many bytes as it has: what orjson returns holds on to several times the memory."""
    return bytes(memoryview(orjson.dumps(manifest)))


def dressed(manifest: Manifest, revision: int) -> Manifest:
    """*manifest* with its resourceVersion, and in the order in which kube-apiserver writes what all objects have."""
    given = {**manifest["metadata"], "resourceVersion": str(revision)}
    if not revision:
        del given["resourceVersion"]
    metadata = {name: given[name] for name in _ORDER if name in given}
    known = {"kind": manifest["kind"], "apiVersion": manifest["apiVersion"], "metadata": metadata}
    return known | {name: value for name, value in manifest.items() if name not in known}
