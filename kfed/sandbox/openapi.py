"""OpenAPI documents, made when they are first asked for: v3, one per group and version with an index, and v2.

Documents are remembered by a fingerprint of what they are made of, so that all clusters of a process share those of
built-in types, and of custom types that are the same.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

import kfed
from kfed.sandbox.builtin import builtin_definitions
from kfed.sandbox.openapi_paths import SCALE, TOKEN, as_v2, paths
from kfed.sandbox.openapi_schemas import META, V2, V3, builtin_names, closure, custom_schemas, schema_name
from kfed.schema.release import releases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.sandbox.openapi_schemas import Dialect
    from kfed.sandbox.registry import Registry
    from kfed.sandbox.served import ServedType

_ALWAYS = tuple(META + name for name in ("DeleteOptions", "ListMeta", "ObjectMeta", "Patch", "Status", "WatchEvent"))
_SUBRESOURCES = {"scale": SCALE, "token": TOKEN}
_REMEMBERED = 256


def v3_index(registry: Registry) -> bytes:
    """The answer to ``/openapi/v3``: where the documents are, each with a hash of its content in the address."""
    found = {}
    for group, versions in sorted(registry.groups().items()):
        for version in versions:
            path = _path(group, version)
            print_ = _fingerprint(registry.of_version(group, version)).upper()
            found[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={print_}"}
    return orjson.dumps({"paths": found})


def v3_hash(registry: Registry, group: str, version: str) -> str | None:
    """The hash of one document, as the index has it; ``None`` when there is no such document.

    A request with this hash may be answered with ``Cache-Control: public, immutable``; one with another hash is to be
    sent to the address with this one.
    """
    types = registry.of_version(group, version)
    return _fingerprint(types).upper() if types else None


def v3_document(registry: Registry, group: str, version: str) -> bytes | None:
    """The answer to ``/openapi/v3/apis/<group>/<version>`` and ``/openapi/v3/api/v1``; ``None`` when there is none."""
    types = registry.of_version(group, version)
    return _v3(_Types(types)) if types else None


def v2_document(registry: Registry) -> bytes:
    """The answer to ``/openapi/v2``, as JSON; old clients that ask for protobuf are to be told 406."""
    return _v2(_Types(registry.types()))


class _Types:
    """Some types, equal to others of the same fingerprint."""

    def __init__(self, types: Iterable[ServedType]) -> None:
        self.types = tuple(types)
        self._print = _fingerprint(self.types)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Types) and self._print == other._print

    def __hash__(self) -> int:
        return hash(self._print)


@lru_cache(maxsize=_REMEMBERED)
def _v3(types: _Types) -> bytes:
    found: dict[str, Any] = {}
    for served, schema in _named(types.types):
        found |= paths(served, schema, V3)
    document = {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": f"v{releases()[-1]}"},
        "paths": found,
        "components": {"schemas": _schemas(types.types, V3)},
    }
    return orjson.dumps(document)


@lru_cache(maxsize=4)  # some MB each, and asked for by old clients only
def _v2(types: _Types) -> bytes:
    found: dict[str, Any] = {}
    for served, schema in _named(types.types):
        found |= {path: as_v2(item) for path, item in paths(served, schema, V2).items()}
    document = {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": f"v{releases()[-1]}"},
        "paths": found,
        "definitions": _schemas(types.types, V2),
    }
    return orjson.dumps(document)


def _schemas(types: Iterable[ServedType], dialect: Dialect) -> dict[str, Any]:
    wanted = set(_ALWAYS)
    custom: dict[str, Any] = {}
    for served, schema in _named(types):
        wanted |= {_SUBRESOURCES[name] for name in served.subresources if name in _SUBRESOURCES}
        if served.crd is None:
            wanted |= {schema, f"{schema}List"}
        else:
            custom |= custom_schemas(served, builtin_definitions(), dialect)
    return dict(sorted({**closure(builtin_definitions(), wanted, dialect), **custom}.items()))


def _named(types: Iterable[ServedType]) -> list[tuple[ServedType, str]]:
    """Types with the names of their schemas."""
    return [(served, schema_name(served) if served.crd else _builtin_name(served)) for served in types]


def _builtin_name(served: ServedType) -> str:
    return _names()[served.group, served.version, served.kind]


@lru_cache(maxsize=1)
def _names() -> dict[tuple[str, str, str], str]:
    return builtin_names(builtin_definitions())


def _path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _fingerprint(types: Iterable[ServedType]) -> str:
    """What changes whenever a document of the types would."""
    digest = hashlib.sha256(f"{kfed.__version__} {releases()[-1]}".encode())
    for served in types:
        digest.update(_type_print(served))
    return digest.hexdigest()


@lru_cache(maxsize=4096)  # a type is compared by identity
def _type_print(served: ServedType) -> bytes:
    gvk = served.resource.gvk
    names = [gvk.group, gvk.version, gvk.kind, served.plural, served.resource.scope, sorted(served.subresources)]
    schema = served.schema if served.crd else None
    return hashlib.sha256(orjson.dumps([names, served.verbs, schema], option=orjson.OPT_SORT_KEYS)).digest()
