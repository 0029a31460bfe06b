"""OpenAPI documents, v2 and v3, as API servers publish them: which types they have, and where those are served."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import SchemaError
from kfed.schema.structural.schema import Document
from kfed.schema.upstream.discovery import built_in
from kfed.schema.upstream.types import Definition, UpstreamType, check_names, preference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_GVK = "x-kubernetes-group-version-kind"
# A type's own paths: all its objects, those in one namespace, one object. What follows {name} is a sub-resource.
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/{}]+))/(?P<version>[^/{}]+)"
    r"(?P<namespace>/namespaces/\{namespace\})?/(?P<plural>[^/{}]+)(?:/\{name\})?/?"
)
_PERSISTED = frozenset({"post", "get", "list", "delete"})
_OBJECT_META = ".meta.v1.ObjectMeta"


@dataclass(frozen=True, slots=True)
class Served:
    """What a document's paths say of one type."""

    plural: str
    scope: Scope
    persisted: bool


def read_openapi_v2(doc: Mapping[str, Any], origin: str) -> list[UpstreamType]:
    """The types of an OpenAPI v2 document, as served under ``/openapi/v2``.

    Args:
        doc: has ``definitions``; ``paths`` tell plural and scope. Without any, only built-in types can be used.
        origin: the document's name, for messages.

    Returns:
        Every type that has a schema, in the document's order; those of unknown plural and scope say so in `missing`.

    Raises:
        SchemaError: the document is malformed.
    """
    definitions = _schemas(doc.get("definitions"), "definitions", origin)
    return read_definitions(definitions, read_paths(doc.get("paths", {}), origin), origin)


def read_openapi_v3(doc: Mapping[str, Any], origin: str) -> list[UpstreamType]:
    """The types of an OpenAPI v3 document, as served under ``/openapi/v3/apis/<group>/<version>``.

    Args:
        doc: has ``components.schemas``; ``paths`` as for v2.
        origin: the document's name, for messages.

    Raises:
        SchemaError: the document is malformed.
    """
    components = doc.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    definitions = _schemas(schemas, "components.schemas", origin)
    return read_definitions(definitions, read_paths(doc.get("paths", {}), origin), origin)


def read_definitions(
    definitions: Mapping[str, dict[str, Any]], served: Mapping[Gvk, Served], origin: str
) -> list[UpstreamType]:
    """The types among *definitions*, which name themselves with ``x-kubernetes-group-version-kind``.

    A document with paths says what it serves: a PersistentVolumeClaim that it has only because a StatefulSet holds one
    is none of its types. One without any paths gets plural and scope from what is known of the built-in types.
    """
    found = []
    document = Document(definitions)
    for name, definition in definitions.items():
        gvks = list(_gvks(definition, name, origin))
        for gvk in gvks:
            raw = Definition(document, name)
            if (known := _known(gvk, served)) is not None:
                resource, persisted = known
                found.append(UpstreamType(resource, persisted, preferred=False, origin=origin, raw=raw))
            elif len(gvks) == 1 and _is_object(definition):
                found.append(_unusable(gvk, raw, origin))
    for upstream in found:
        check_names(upstream.resource, origin)
    return with_preferred(found)


def read_paths(paths: Any, origin: str) -> dict[Gvk, Served]:
    """What ``paths`` say of each type: sub-resources are left out.

    Raises:
        SchemaError: ``paths`` is malformed.
    """
    if not isinstance(paths, dict):
        raise SchemaError(f"{origin}: paths is to be a mapping of paths to operations, not {_what(paths)}.")
    plurals: dict[Gvk, str] = {}
    namespaced: set[Gvk] = set()
    actions: dict[Gvk, set[str]] = {}
    for path, item in paths.items():
        if (match := _PATH.fullmatch(path)) is None:
            continue
        for gvk, action in _operations(item):
            plurals[gvk] = match["plural"]
            actions.setdefault(gvk, set()).add(action)
            if match["namespace"]:
                namespaced.add(gvk)
    return {
        gvk: Served(plural, Scope.NAMESPACED if gvk in namespaced else Scope.CLUSTER, actions[gvk] >= _PERSISTED)
        for gvk, plural in plurals.items()
    }


def with_preferred(types: Iterable[UpstreamType]) -> list[UpstreamType]:
    """The same types, the version that a server prefers marked in each group and kind: a persisted one if any is."""
    listed = list(types)
    best: dict[tuple[str, str], UpstreamType] = {}
    for upstream in listed:
        key = (upstream.resource.gvk.group, upstream.resource.gvk.kind)
        if key not in best or _rank(upstream) < _rank(best[key]):
            best[key] = upstream
    chosen = {id(upstream) for upstream in best.values()}
    return [replace(upstream, preferred=True) if id(upstream) in chosen else upstream for upstream in listed]


def _rank(upstream: UpstreamType) -> tuple[Any, ...]:
    return (bool(upstream.missing), not upstream.persisted, preference(upstream.resource.gvk.version))


def _known(gvk: Gvk, served: Mapping[Gvk, Served]) -> tuple[Resource, bool] | None:
    """Names, scope and persistence of a type; ``None`` when nothing says them."""
    fact = built_in(gvk.group, gvk.kind)
    here = served.get(gvk)
    if here is None:
        return (fact.resource(gvk.version), fact.persisted) if fact and not served else None
    if fact and fact.plural == here.plural:
        return replace(fact.resource(gvk.version), scope=here.scope), here.persisted
    return Resource(gvk, here.plural, here.scope), here.persisted


def _unusable(gvk: Gvk, raw: Definition, origin: str) -> UpstreamType:
    missing = (
        f"{origin} has a schema for {gvk}, but no path of its own for it, so its plural and its scope are unknown. "
        "Give a document that serves it, or its CustomResourceDefinition."
    )
    return UpstreamType(
        Resource(gvk, "", Scope.NAMESPACED), persisted=False, preferred=False, origin=origin, raw=raw, missing=missing
    )


def _gvks(definition: dict[str, Any], name: str, origin: str) -> Iterator[Gvk]:
    given = definition.get(_GVK, [])
    # Published CRDs have been seen with the bare mapping instead of a list of one.
    for entry in given if isinstance(given, list) else [given]:
        gvk = _gvk(entry)
        if gvk is None:
            raise SchemaError(f"{origin}: {_GVK} of {name} is to hold group, version and kind, each a string.")
        yield gvk


def _gvk(entry: Any) -> Gvk | None:
    match entry:
        case {"group": str(group), "version": str(version), "kind": str(kind)}:
            return Gvk(group, version, kind)
    return None


def _operations(item: Any) -> Iterator[tuple[Gvk, str]]:
    """Type and Kubernetes action of each operation under one path."""
    for operation in item.values() if isinstance(item, dict) else ():
        if isinstance(operation, dict) and (gvk := _gvk(operation.get(_GVK))) is not None:
            yield gvk, str(operation.get("x-kubernetes-action", ""))


def _is_object(definition: dict[str, Any]) -> bool:
    """Whether the definition is of a manifest: it has an object's metadata, and not a list's."""
    match definition.get("properties"):
        case {"metadata": {"$ref": str(ref)} | {"allOf": [{"$ref": str(ref)}]}}:
            return ref.endswith(_OBJECT_META)
    return False


def _schemas(value: Any, where: str, origin: str) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict):
        raise SchemaError(f"{origin}: {where} is to be a mapping of names to schemas, not {_what(value)}.")
    for name, schema in value.items():
        if not isinstance(schema, dict):
            raise SchemaError(f"{origin}: {where}.{name} is to be a schema, not {_what(schema)}.")
    return value


def _what(value: Any) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
