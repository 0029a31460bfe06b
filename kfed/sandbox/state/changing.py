"""Changes: how objects come to be, change and go, one at a time, each as kube-apiserver decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.admission import prepare
from kfed.sandbox.admission.bodies import YAML, parse_body
from kfed.sandbox.admission.metadata import metadata_causes
from kfed.sandbox.admission.metadatafields import UnreadableError, decoded, unknown_metadata
from kfed.sandbox.changes.apply import Applied, apply
from kfed.sandbox.changes.patches import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, json_patch, merge_patch, patched
from kfed.sandbox.changes.tracking import track
from kfed.sandbox.errors import ApiError, already_exists, bad_request, conflict, forbidden, invalid, not_found, quoted
from kfed.sandbox.state import deleting
from kfed.sandbox.state.customtypes import check_definition
from kfed.sandbox.state.identity import check_name, check_type, identified
from kfed.sandbox.state.lifecycle import NAMESPACES, begun, check_namespace, completed
from kfed.sandbox.state.preconditions import check_uid, check_version, deletion_causes
from kfed.sandbox.state.scaling import scale_of, scaled
from kfed.sandbox.state.store import Key, Record, dressed, record_of
from kfed.sandbox.state.writing import changed_object, counted, is_created_by_update, is_unchanged, new_object
from kfed.sandbox.values.causes import invalid_value
from kfed.sandbox.values.naming import generated
from kfed.sandbox.values.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.surface.registry import Registry
    from kfed.sandbox.values.options import DeleteOptions

    Manifest = dict[str, Any]

_NAMES_TRIED = 8
_SILENT = Options(field_validation="Ignore")


def key_of(served: ServedType, namespace: str, name: str) -> Key:
    """Where an object is stored."""
    return Key(served.group, served.plural, namespace if served.is_namespaced else "", name)


def shown(served: ServedType, record: Record) -> Manifest:
    """A stored object as the version that is asked for has it."""
    return {**record.manifest(), "apiVersion": served.resource.gvk.api_version}


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
            raise not_found(served, key.name)
        return record

    def create(self, served: ServedType, namespace: str, body: Any, options: Options) -> Record:
        """Create what is sent."""
        manifest = _read(served, body, namespace, options)
        if manifest["metadata"].get("resourceVersion", "") not in {"", "0"}:
            raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
        return self._create(served, manifest, options)

    def update(self, served: ServedType, key: Key, body: Any, options: Options, subresource: str) -> Record:
        """Write what is sent in the place of what is there."""
        sent = _read(served, body, key.namespace, options)
        check_name(sent, key.name)
        if not subresource and self._store.get(key) is None and is_created_by_update(served):
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
        sent = _read(served, changed, key.namespace, options, is_patch=True)
        check_name(sent, key.name)
        check_version(served, current, sent["metadata"], conditional=False)
        uid = sent["metadata"].get("uid", "")
        if uid and uid != current.manifest()["metadata"]["uid"]:
            raise invalid(served, key.name, [invalid_value("metadata.uid", uid, "field is immutable")])
        return self._change(served, current, sent, options, subresource)

    def scale(self, served: ServedType, key: Key) -> Record:
        """An object's Scale."""
        return _scale_record(served, self.found(served, key))

    def update_scale(self, served: ServedType, key: Key, scale: Any, options: Options) -> Record:
        """Set how many replicas there are to be."""
        current = self.found(served, key)
        metadata = scale.get("metadata") if isinstance(scale, dict) else None
        metadata = metadata if isinstance(metadata, dict) else {}
        check_name({"metadata": metadata}, key.name)
        check_version(served, current, {"resourceVersion": metadata.get("resourceVersion") or ""}, conditional=False)
        sent = scaled(served, shown(served, current), scale)
        return _scale_record(served, self._change(served, current, sent, options, "scale"))

    def patch_scale(self, served: ServedType, key: Key, body: bytes, content_type: str, options: Options) -> Record:
        """Set how many replicas there are to be, by a patch of the Scale."""
        scale = scale_of(served, self.found(served, key).manifest())
        patch = parse_body(body, "", "Scale")
        if content_type == JSON_PATCH:
            changed = json_patch(scale, patch)
        elif content_type == APPLY_PATCH:
            raise bad_request("the sandbox does not apply a Scale; patch it, or apply the object itself")
        else:
            # Nothing in a Scale is a list, so that a strategic merge patch is a merge patch.
            changed = patched(served, scale, body, MERGE_PATCH) if isinstance(patch, dict) else merge_patch({}, patch)
        return self.update_scale(served, key, changed, options)

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
        self._check_place(served, manifest["metadata"])
        manifest = new_object(served, self._named(served, manifest), self.now())
        manifest = _prepared(served, manifest, None, "")
        key = key_of(served, manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])
        self._check_free(served, key)
        if not tracked:
            manifest = track(served, None, manifest, options.manager, now=self.now())
        return self._put(served, key, begun(served, manifest), options, 0)

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
        old = shown(served, current)
        if causes := deletion_causes(old["metadata"], sent["metadata"]):
            raise invalid(served, current.key.name, causes)
        part = "" if subresource == "scale" else subresource
        new = changed_object(served, old, sent, part)
        manifest = counted(served, old, _prepared(served, new, old, part), part)
        if not tracked:
            manifest = track(served, old, manifest, options.manager, now=self.now(), subresource=subresource)
        stored = self._as_stored(served, manifest)
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
            raise not_found(served, key.name)
        config = _placed(served, config, key)
        live = None if current is None else shown(served, current)
        merged = apply(served, live, Applied(config, options.manager, options.force, self.now(), subresource))
        if current is None:
            if uid := config["metadata"].get("uid", ""):
                why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                raise conflict(served, key.name, why)
            merged["metadata"].pop("resourceVersion", None)
            return self._create(served, _read(served, merged, key.namespace, options), options, tracked=True)
        check_version(served, current, config["metadata"], conditional=False)
        sent = _read(served, merged, key.namespace, options)
        return self._change(served, current, sent, options, subresource, tracked=True)

    def _put(self, served: ServedType, key: Key, manifest: Manifest, options: Options, revision: int) -> Record:
        """Store an object; a dry run only shows it, at the *revision* that it had."""
        stored = self._as_stored(served, manifest)
        return record_of(key, dressed(stored, revision)) if options.dry_run else self._store.put(key, stored)

    def _as_stored(self, served: ServedType, manifest: Manifest) -> Manifest:
        """An object as the version that is stored has it, which may know fewer fields."""
        storing = served if served.version == served.storage else self._registry.storing(served.group, served.plural)
        if storing is None or storing is served:
            return manifest
        stored = {**manifest, "apiVersion": storing.resource.gvk.api_version}
        return {**prepare.read(storing, stored, _SILENT), "metadata": manifest["metadata"]}

    def _check_place(self, served: ServedType, metadata: Manifest) -> None:
        """Make sure that objects can come to be there.

        Raises:
            ApiError: 404, there is no such namespace; 403, it ends, or the type does.
        """
        name = metadata.get("name", "")
        if served.crd in self.ending:
            raise forbidden(served, name, "create not allowed while custom resource definition is terminating")
        if served.is_namespaced:
            namespace = metadata["namespace"]
            found = self._store.get(Key(*NAMESPACES, "", namespace))
            if found is None:
                message = f"namespaces {quoted(namespace)} not found"
                raise ApiError(404, "NotFound", message, {"name": namespace, "kind": "namespaces"})
            check_namespace(served, name, found)

    def _named(self, served: ServedType, manifest: Manifest) -> Manifest:
        """The object with a name that is not taken, when it has only the beginning of one."""
        metadata = manifest["metadata"]
        base = metadata.get("generateName", "")
        if metadata.get("name") or not base:
            return manifest
        names = (generated(base) for _ in range(_NAMES_TRIED))
        space = metadata.get("namespace", "")
        name = next((name for name in names if self._store.get(key_of(served, space, name)) is None), generated(base))
        return {**manifest, "metadata": {**metadata, "name": name}}

    def _check_free(self, served: ServedType, key: Key) -> None:
        found = self._store.get(key)
        if found is None:
            return
        error = already_exists(served, key.name)
        if found.deleting:
            error = ApiError(error.code, error.reason, f"object is being deleted: {error.message}", error.details)
        raise error


def _read(served: ServedType, body: Any, namespace: str, options: Options, *, is_patch: bool = False) -> Manifest:
    """What is sent, as an object that the type's schema knows."""
    check_type(served, body, is_patch=is_patch)
    gvk = served.resource.gvk
    named = {**body, "kind": gvk.kind, "apiVersion": gvk.api_version}
    try:
        metadata = decoded(served, named)
    except UnreadableError as error:
        raise prepare.unreadable(served, named, str(error), is_patch=is_patch) from None
    unknown = unknown_metadata(named.get("metadata"))
    read = prepare.read(served, {**named, "metadata": metadata}, options, is_patch=is_patch, unknown=unknown)
    return identified(served, {**read, "metadata": metadata}, namespace)


def _prepared(served: ServedType, manifest: Manifest, old: Manifest | None, subresource: str) -> Manifest:
    """What has been read, with all that the server fills in, and found valid."""
    manifest = prepare.completed(served, completed(served, manifest, old, subresource), old)
    prepare.validate(served, manifest, old, metadata_causes(served, manifest["metadata"]))
    check_definition(served, manifest, old)
    return manifest


def _placed(served: ServedType, config: Manifest, key: Key) -> Manifest:
    """What is applied, with the place that the path names.

    Raises:
        ApiError: 400, it says another.
    """
    metadata = config.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    check_name({"metadata": metadata}, key.name)
    identified(served, {"metadata": metadata}, key.namespace)
    place = {"namespace": key.namespace} if served.is_namespaced else {}
    return {**config, "metadata": {**metadata, **place}}


def _scale_record(served: ServedType, record: Record) -> Record:
    scale = scale_of(served, record.manifest())
    return Record(record.key, record.revision, orjson.dumps(scale), {})
