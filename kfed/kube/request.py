"""What is asked of an API server, as a value: verb, resource and options in, method, path and bytes out.

The paths and options are those of https://kubernetes.io/docs/reference/using-api/api-concepts/.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson

from kfed.core.key import Key, key_of
from kfed.core.lifecycle import USUAL
from kfed.core.resource import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kfed.core.lifecycle import DeleteOptions
    from kfed.core.resource import Resource

JSON = "application/json"
APPLY = "application/apply-patch+yaml"  # JSON is YAML; the type for JSON proper is of 1.36 only
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
METADATA = f"{JSON};as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PAGE = 500


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be sent to any cluster.

    Attributes:
        method: of HTTP.
        path: from the server's root, percent-encoded, with the query.
        about: what it does, for messages and logs: ``apply deployments.apps shop/web``.
        body: what is sent.
        content_type: what the body is.
        accept: what may come back.
        repeatable: sent twice, it does what it does once.
    """

    method: str
    path: str
    about: str
    body: bytes | None = None
    content_type: str = JSON
    accept: str = JSON
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a type are listed and watched, and how much of each.

    Attributes:
        namespace: only of this one; empty for all.
        labels: a label selector as text.
        fields: a field selector as text.
        metadata_only: without spec and status.
    """

    namespace: str = ""
    labels: str = ""
    fields: str = ""
    metadata_only: bool = False


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Writing:
    """How an object is written.

    Attributes:
        manager: the field manager.
        force: when applying, take fields from other managers instead of being refused for them.
        validation: what becomes of fields that the type lacks: ``Ignore``, ``Warn`` or ``Strict``; what the server does
            by itself, which is to warn, when empty.
        dry_run: let the server say what would come of it.
    """

    manager: str = "kfed"
    force: bool = False
    validation: str = ""
    dry_run: bool = False


def list_page(resource: Resource, selection: Selection = EVERYTHING, *, page: str = "", limit: int = PAGE) -> Request:
    """List at most *limit* objects; *page* is the ``continue`` of the page before."""
    accept = METADATA_LIST if selection.metadata_only else JSON
    query = _query({**_selectors(selection), "limit": str(limit), "continue": page})
    return Request("GET", _path(resource, selection.namespace, query=query), _about("list", resource), accept=accept)


def watch(resource: Resource, selection: Selection, *, version: str, seconds: int) -> Request:
    """Watch from *version* on, for so many seconds, with bookmarks."""
    accept = METADATA if selection.metadata_only else JSON
    bookmarks = {"watch": "true", "allowWatchBookmarks": "true"}
    query = _query({**_selectors(selection), **bookmarks, "resourceVersion": version, "timeoutSeconds": str(seconds)})
    return Request("GET", _path(resource, selection.namespace, query=query), _about("watch", resource), accept=accept)


def get(resource: Resource, key: Key, *, subresource: str = "", metadata_only: bool = False) -> Request:
    """Get one object."""
    path = _path(resource, key.namespace, key.name, subresource)
    return Request("GET", path, _about("get", resource, key), accept=METADATA if metadata_only else JSON)


def create(
    resource: Resource, manifest: Mapping[str, Any], writing: Writing = Writing(), *, subresource: str = ""
) -> Request:
    """Create an object, or post to a subresource of the object that *manifest* names, such as ``token``.

    A manifest without a name but with ``generateName`` is given a name by the server.
    """
    metadata = manifest.get("metadata") or {}
    key = Key(metadata.get("namespace") or "", metadata.get("name") or "")
    path = _path(resource, key.namespace, key.name if subresource else "", subresource, _written(writing))
    about = _about("create", resource, key._replace(name=key.name or metadata.get("generateName") or ""))
    return Request("POST", path, about, orjson.dumps(manifest), repeatable=False)


def apply(
    resource: Resource, manifest: Mapping[str, Any], writing: Writing = Writing(), *, subresource: str = ""
) -> Request:
    """Apply an object (server-side apply): what the manager set before and *manifest* lacks is given up."""
    key = key_of(manifest)
    path = _path(resource, key.namespace, key.name, subresource, _written(writing, "true" if writing.force else ""))
    return Request("PATCH", path, _about("apply", resource, key), orjson.dumps(manifest), APPLY)


def update(
    resource: Resource, manifest: Mapping[str, Any], writing: Writing = Writing(), *, subresource: str = ""
) -> Request:
    """Replace an object; refused when the manifest has a resourceVersion that is not the present one."""
    key = key_of(manifest)
    path = _path(resource, key.namespace, key.name, subresource, _written(writing))
    return Request("PUT", path, _about("update", resource, key), orjson.dumps(manifest))


def patch(
    resource: Resource,
    key: Key,
    change: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    writing: Writing = Writing(),
    *,
    subresource: str = "",
) -> Request:
    """Patch an object: by JSON Merge Patch (RFC 7396) when *change* is a map, by JSON Patch (RFC 6902) when a list."""
    is_merge = isinstance(change, dict)
    path = _path(resource, key.namespace, key.name, subresource, _written(writing))
    content_type = MERGE if is_merge else JSON_PATCH
    about = _about("patch", resource, key)
    return Request("PATCH", path, about, orjson.dumps(change), content_type, repeatable=is_merge)


def delete(
    resource: Resource, key: Key, *, uid: str = "", version: str = "", options: DeleteOptions = USUAL
) -> Request:
    """Delete an object.

    Args:
        resource: its type.
        key: its namespace and name.
        uid: refuse with a conflict when it is another object of this name.
        version: refuse with a conflict when it has changed since this resourceVersion.
        options: how it is deleted.
    """
    preconditions = _filled(uid=uid, resourceVersion=version)
    said = _filled(preconditions=preconditions, propagationPolicy=options.propagation)
    if options.grace is not None:
        said["gracePeriodSeconds"] = options.grace
    body = orjson.dumps({"apiVersion": "v1", "kind": "DeleteOptions", **said})
    return Request("DELETE", _path(resource, key.namespace, key.name), _about("delete", resource, key), body)


def read(path: str, *, accept: str = JSON) -> Request:
    """Get what is at *path* and is no object: ``/readyz``, ``/version``, ``/openapi/v3``."""
    return Request("GET", path, f"get {path}", accept=accept)


def _path(resource: Resource, namespace: str, name: str = "", subresource: str = "", query: str = "") -> str:
    gvk = resource.gvk
    path = f"/apis/{gvk.group}/{gvk.version}" if gvk.group else f"/api/{gvk.version}"
    if namespace and resource.scope is Scope.NAMESPACED:
        path += f"/namespaces/{quote(namespace, safe='')}"
    path += f"/{resource.plural}"
    if name:
        path += f"/{quote(name, safe='')}"  # a name of RBAC may have a colon
    if subresource:
        path += f"/{subresource}"
    return path + query


def _query(options: Mapping[str, str]) -> str:
    """The options that have a value, as they stand after a path."""
    given = urlencode({option: value for option, value in options.items() if value})
    return f"?{given}" if given else ""


@lru_cache  # a controller writes a thousand objects in one way
def _written(writing: Writing, force: str = "") -> str:
    dry_run = "All" if writing.dry_run else ""
    options = {"fieldManager": writing.manager, "fieldValidation": writing.validation, "dryRun": dry_run}
    return _query(options | {"force": force})


def _selectors(selection: Selection) -> dict[str, str]:
    return {"labelSelector": selection.labels, "fieldSelector": selection.fields}


def _about(verb: str, resource: Resource, key: Key | None = None) -> str:
    return f"{verb} {resource.full_name} {key}".rstrip() if key else f"{verb} {resource.full_name}"


def _filled(**options: Any) -> dict[str, Any]:
    return {option: value for option, value in options.items() if value}
