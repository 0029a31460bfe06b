"""Changes: how objects come to be, change and go, one at a time, each as kube-apiserver decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.admission.bodies import YAML, parse_body
from kfed.sandbox.changes.apply import Applied, apply
from kfed.sandbox.changes.patches import APPLY_PATCH, patched
from kfed.sandbox.errors import ApiError, bad_request, conflict, forbidden, invalid, not_found
from kfed.sandbox.state import deleting
from kfed.sandbox.state.forms import as_kept, as_stored, shown, tracked_by
from kfed.sandbox.state.identity import check_name
from kfed.sandbox.state.lifecycle import begun
from kfed.sandbox.state.places import check_free, check_namespace_of, key_of, named
from kfed.sandbox.state.preconditions import check_uid, check_version, deletion_causes
from kfed.sandbox.state.reading import check_place, prepared, read
from kfed.sandbox.state.records import Key, Record, dressed, record_of
from kfed.sandbox.state.scaling import patched_scale, read_scale, scale_of, scaled
from kfed.sandbox.state.writing import changed_object, counted, is_created_by_update, is_unchanged, new_object
from kfed.sandbox.values.causes import invalid_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.surface.registry import Registry
    from kfed.sandbox.values.options import DeleteOptions, Options

    Manifest = dict[str, Any]


class Changes:
    """Changes the objects in one store.

    Attributes:
        ending: the CustomResourceDefinitions that are being deleted, of whose types nothing can be created.
    """

    def __init__(self, store: Store, registry: Registry, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock
        self.ending: set[str] = set()

    def now(self) -> str:
        """The time, as it stands in objects."""
        return deleting.timestamp(self._clock())

    def found(self, served: ServedType, key: Key) -> Record:
        """The object.

        Raises:
            ApiError: 404.
        """
        record = self._store.get(key)
        if record is None:
            raise not_found(served.resource, key.name)
        return record

    def create(self, served: ServedType, namespace: str, body: Any, options: Options) -> Record:
        """Create what is sent."""
        manifest = read(served, body, namespace, options)
        if manifest["metadata"].get("resourceVersion", "") not in {"", "0"}:
            raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
        return self._create(served, manifest, options)

    def update(self, served: ServedType, key: Key, body: Any, options: Options, subresource: str) -> Record:
        """Write what is sent in the place of what is there."""
        sent = read(served, body, key.namespace, options)
        check_name(sent, key.name)
        if not subresource and self._store.get(key) is None and is_created_by_update(served.place):
            return self._create(served, sent, options)
        current = self.found(served, key)
        check_version(served, current, sent["metadata"], conditional=True)
        check_uid(served, key, current.manifest()["metadata"]["uid"], sent["metadata"].get("uid", ""))
        return self._change(served, current, sent, options, subresource)

    def patch(  # noqa: PLR0913, PLR0917  what a request consists of
        self, served: ServedType, key: Key, body: bytes, content_type: str, options: Options, subresource: str
    ) -> Record:
        """Change what is there by a patch."""
        if content_type == APPLY_PATCH:
            return self._apply(served, key, body, options, subresource)
        current = self.found(served, key)
        changed = patched(served, shown(served, current), body, content_type)
        sent = read(served, changed, key.namespace, options, is_patch=True)
        check_name(sent, key.name)
        check_version(served, current, sent["metadata"], conditional=False)
        uid = sent["metadata"].get("uid", "")
        if uid and uid != current.manifest()["metadata"]["uid"]:
            raise invalid(served.resource, key.name, [invalid_value("metadata.uid", uid, "field is immutable")])
        return self._change(served, current, sent, options, subresource)

    def scale(self, served: ServedType, key: Key) -> Record:
        """An object's Scale."""
        return _scale_record(served, self.found(served, key))

    def update_scale(self, served: ServedType, key: Key, scale: Any, options: Options) -> Record:
        """Set how many replicas there are to be."""
        return self._scale(served, key, read_scale(scale, is_patch=False), options)

    def patch_scale(self, served: ServedType, key: Key, body: bytes, content_type: str, options: Options) -> Record:
        """Set how many replicas there are to be, by a patch of the Scale."""
        changed = patched_scale(served, self.found(served, key).manifest(), body, content_type)
        return self._scale(served, key, read_scale(changed, is_patch=True), options)

    def _scale(self, served: ServedType, key: Key, scale: Manifest, options: Options) -> Record:
        current = self.found(served, key)
        metadata = scale.get("metadata") or {}
        check_name({"metadata": metadata}, key.name)
        check_version(served, current, {"resourceVersion": metadata.get("resourceVersion") or ""}, conditional=False)
        sent = scaled(served, shown(served, current), scale)
        return _scale_record(served, self._change(served, current, sent, options, "scale"))

    def write_back(self, key: Key, manifest: Manifest) -> None:
        """Write what the server itself has changed, or remove it when nothing keeps it any more."""
        current = self._store.get(key)
        if current is None or current.manifest() == manifest:
            return
        if deleting.is_finished(manifest):
            self._store.remove(key, manifest)
        else:
            self._store.put(key, manifest)

    def delete(self, served: ServedType, current: Record, wish: DeleteOptions, options: Options) -> Record | Manifest:
        """Delete what is there, or begin to."""
        manifest = current.manifest()
        decision = deleting.decide_deletion(served, manifest, wish, self._clock())
        last = manifest if decision.written is None else decision.written
        record = current
        if options.dry_run:
            record = record_of(current.key, dressed(last, current.revision))
        elif decision.written is not None:
            record = self._store.put(current.key, last)
        if not decision.removed:
            return record
        if not options.dry_run:
            record = self._store.remove(current.key, last)
        if deleting.is_answered_whole(served):
            return record
        return deleting.success(served, current.key, manifest["metadata"]["uid"])

    def _create(self, served: ServedType, manifest: Manifest, options: Options, *, tracked: bool = False) -> Record:
        """Store what has been read as a new object; *tracked* when it is noted already who owns what."""
        if served.crd in self.ending:
            why = "create not allowed while custom resource definition is terminating"
            raise forbidden(served.resource, manifest["metadata"].get("name", ""), why)
        check_namespace_of(self._store, served, manifest["metadata"])
        kept, sent = as_kept(self._registry, served, named(self._store, served, manifest))
        made = prepared(served, kept, new_object(kept, sent, self.now()), None, "")
        key = key_of(served, made["metadata"].get("namespace", ""), made["metadata"]["name"])
        check_free(self._store, served, key)
        if not tracked:
            made = tracked_by(served, None, made, options, self.now())
        return self._put(served, key, begun(kept, made), options, 0)

    def _change(  # noqa: PLR0913  what a change consists of
        self,
        served: ServedType,
        current: Record,
        sent: Manifest,
        options: Options,
        subresource: str,
        *,
        tracked: bool = False,
    ) -> Record:
        """Store what has been read in the place of *current*."""
        kept, sent = as_kept(self._registry, served, sent)
        old = shown(kept, current)
        if causes := deletion_causes(old["metadata"], sent["metadata"]):
            raise invalid(served.resource, current.key.name, causes)
        part = "" if subresource == "scale" else subresource
        new = prepared(served, kept, changed_object(kept, old, sent, part), old, part)
        manifest = counted(kept, old, new, part)
        if not tracked:
            manifest = tracked_by(served, old, manifest, options, self.now(), subresource)
        stored = as_stored(self._registry, served, manifest)
        if is_unchanged(current.manifest(), stored):
            return current
        if not deleting.is_finished(stored):
            return self._put(served, current.key, manifest, options, current.revision)
        if not options.dry_run:
            self._store.remove(current.key, stored)
        return record_of(current.key, dressed(stored, current.revision))

    def _apply(self, served: ServedType, key: Key, body: bytes, options: Options, subresource: str) -> Record:
        config = parse_body(body, YAML, served.kind)
        if not config:
            raise bad_request("invalid object type: /, Kind=")
        if not isinstance(config, dict):
            raise bad_request(f"the object provided is unrecognized (must be of type {served.kind})")
        current = self._store.get(key)
        if current is None and subresource:
            raise not_found(served.resource, key.name)
        check_place(served, config, key)
        live = None if current is None else shown(served, current)
        merged = apply(served, live, Applied(config, options.manager, options.force, self.now(), subresource))
        if current is None:
            if uid := config["metadata"].get("uid", ""):
                why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                raise conflict(served.resource, key.name, why)
            merged["metadata"].pop("resourceVersion", None)
            return self._create(served, read(served, merged, key.namespace, options), options, tracked=True)
        check_version(served, current, config["metadata"], conditional=False)
        sent = read(served, merged, key.namespace, options)
        return self._change(served, current, sent, options, subresource, tracked=True)

    def _put(self, served: ServedType, key: Key, manifest: Manifest, options: Options, revision: int) -> Record:
        """Store an object; a dry run only shows it, at the *revision* that it had."""
        stored = as_stored(self._registry, served, manifest)
        return record_of(key, dressed(stored, revision)) if options.dry_run else self._store.put(key, stored)


def _scale_record(served: ServedType, record: Record) -> Record:
    scale = scale_of(served, record.manifest())
    return Record(record.key, record.revision, orjson.dumps(scale), {})
