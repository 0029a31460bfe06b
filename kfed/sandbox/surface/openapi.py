"""OpenAPI documents, made when they are first asked for: v3, one per group and version with an index, and v2.

Documents are remembered by a fingerprint of what they are made of, so that all clusters of a process share those of
built-in types, and of custom types that are the same.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

import kfed
from kfed.sandbox.kinds.builtin import builtin_definitions
from kfed.sandbox.surface.openapi_paths import CREATED, SCALE, as_v2, paths
from kfed.sandbox.surface.openapi_schemas import META, V2, V3, builtin_names, closure, custom_schemas, schema_name
from kfed.schema.upstream.release import releases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.surface.openapi_schemas import Dialect
    from kfed.sandbox.surface.registry import Registry

_ALWAYS = tuple(META + name for name in ("DeleteOptions", "ListMeta", "ObjectMeta", "Patch", "Status", "WatchEvent"))
_SUBRESOURCES = {"scale": SCALE, **{name: schema for name, (schema, *_) in CREATED.items()}}
_REMEMBERED = 64
_DOCUMENTS: OrderedDict[str, bytes] = OrderedDict()
_PRINTS: WeakKeyDictionary[ServedType, bytes] = WeakKeyDictionary()


def v3_index(registry: Registry) -> bytes:
    """The answer to ``/openapi/v3``: where the documents are, each with a hash of its content in the address."""
    found = {}
    for group, versions in sorted(registry.groups().items()):
        for version in versions:
            path = f"apis/{group}/{version}" if group else f"api/{version}"
            digest = _fingerprint(registry.of_version(group, version))
            found[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return orjson.dumps({"paths": found})


def v3_hash(registry: Registry, group: str, version: str) -> str | None:
    """The hash of one document, as the index has it; ``None`` when there is no such document.

    A request with this hash may be answered with ``Cache-Control: public, immutable``; one with another hash is to be
    sent to the address with this one.
    """
    types = registry.of_version(group, version)
    return _fingerprint(types) if types else None


def v3_document(registry: Registry, group: str, version: str) -> bytes | None:
    """The answer to ``/openapi/v3/apis/<group>/<version>`` and ``/openapi/v3/api/v1``; ``None`` when there is none."""
    types = registry.of_version(group, version)
    return _remembered("v3", types, _v3) if types else None


def v2_document(registry: Registry) -> bytes:
    """The answer to ``/openapi/v2``, as JSON; old clients that ask for protobuf are to be told 406."""
    return _remembered("v2", registry.types(), _v2)


def _remembered(form: str, types: Sequence[ServedType], make: Callable[[Sequence[ServedType]], bytes]) -> bytes:
    """The document of *types*, made if it is not there; the types themselves are not kept."""
    key = form + _fingerprint(types)
    if key not in _DOCUMENTS:
        _DOCUMENTS[key] = make(types)
        if len(_DOCUMENTS) > _REMEMBERED:
            _DOCUMENTS.popitem(last=False)
    _DOCUMENTS.move_to_end(key)
    return _DOCUMENTS[key]


def _v3(types: Sequence[ServedType]) -> bytes:
    found: dict[str, Any] = {}
    for served, schema in _named(types):
        found |= paths(served, schema, V3)
    document = {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": f"v{releases()[-1]}"},
        "paths": found,
        "components": {"schemas": _schemas(types, V3)},
    }
    return orjson.dumps(document)


def _v2(types: Sequence[ServedType]) -> bytes:
    found: dict[str, Any] = {}
    for served, schema in _named(types):
        found |= {path: as_v2(item) for path, item in paths(served, schema, V2).items()}
    document = {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": f"v{releases()[-1]}"},
        "paths": found,
        "definitions": _schemas(types, V2),
    }
    return orjson.dumps(document)


def _schemas(types: Sequence[ServedType], dialect: Dialect) -> dict[str, Any]:
    wanted = set(_ALWAYS)
    custom: dict[str, Any] = {}
    for served, schema in _named(types):
        wanted |= {_SUBRESOURCES[name] for name in served.subresources if name in _SUBRESOURCES}
        if served.crd is None:
            wanted |= {schema, f"{schema}List"}
        else:
            custom |= custom_schemas(served, builtin_definitions(), dialect)
    return dict(sorted({**closure(builtin_definitions(), wanted, dialect), **custom}.items()))


def _named(types: Sequence[ServedType]) -> list[tuple[ServedType, str]]:
    """Types with the names of their schemas."""
    names = _builtin_names()
    return [
        (served, schema_name(served) if served.crd else names[served.group, served.version, served.kind])
        for served in types
    ]


@cache
def _builtin_names() -> dict[tuple[str, str, str], str]:
    return builtin_names(builtin_definitions())


def _fingerprint(types: Sequence[ServedType]) -> str:
    """What changes whenever a document of the types would."""
    digest = hashlib.sha256(f"{kfed.__version__} {releases()[-1]}".encode())
    for served in types:
        if served not in _PRINTS:
            _PRINTS[served] = _print(served)
        digest.update(_PRINTS[served])
    return digest.hexdigest().upper()


def _print(served: ServedType) -> bytes:
    gvk = served.resource.gvk
    names = [gvk.group, gvk.version, gvk.kind, served.plural, served.resource.scope, sorted(served.subresources)]
    schema = served.schema if served.crd else None
    return hashlib.sha256(orjson.dumps([names, served.verbs, schema], option=orjson.OPT_SORT_KEYS)).digest()
