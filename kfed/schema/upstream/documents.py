"""Upstream schemas in: tell what a document is, and read its types."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from kfed.errors import SchemaError
from kfed.schema.structural.schema import Document
from kfed.schema.upstream.crd import read_crd
from kfed.schema.upstream.openapi import read_definitions, read_openapi_v2, read_openapi_v3, read_paths
from kfed.schema.upstream.release import read_release, releases
from kfed.schema.upstream.types import CrdSchema, Definition, UpstreamType, structural

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CrdSchema",
    "Definition",
    "UpstreamType",
    "read_crd",
    "read_document",
    "read_documents",
    "read_openapi_v2",
    "read_openapi_v3",
    "read_release",
    "releases",
    "structural",
]

_EXPECTED = (
    "an OpenAPI document (v2 with definitions, v3 with components.schemas), a CustomResourceDefinition "
    "or a List of them"
)


def read_documents(documents: Iterable[tuple[Any, str]], version: str | None = None) -> list[UpstreamType]:
    """The types of several documents, which may refer to definitions of one another.

    Args:
        documents: parsed documents, each with its origin: a file's name.
        version: as for `read_document`.

    Raises:
        SchemaError: as `read_document`.
    """
    types = [upstream for doc, origin in documents for upstream in read_document(doc, origin, version)]
    return _linked(types)


def read_document(doc: Any, origin: str, version: str | None = None) -> list[UpstreamType]:
    """The types of one document, whatever kind of document it is.

    Args:
        doc: an OpenAPI document, v2 or v3; JSON Schema definitions as kubernetes-validate ships them; a
            CustomResourceDefinition, or a List of them.
        origin: the file's name, for messages.
        version: the version of the CustomResourceDefinitions to prefer; the storage version when ``None``.

    Raises:
        SchemaError: it is something else, or malformed; the message says what was found.
    """
    match doc:
        case {"kind": "CustomResourceDefinition"}:
            return read_crd(doc, origin, version)
        case {"kind": "List" | "CustomResourceDefinitionList", "items": list(items)}:
            return _read_list(doc, items, origin, version)
        case {"components": {"schemas": _}}:
            return read_openapi_v3(doc, origin)
        case {"definitions": _}:
            return read_openapi_v2(doc, origin)
        case {"$defs": dict(definitions)}:
            return read_definitions(definitions, read_paths({}, origin), origin)
    raise SchemaError(f"{origin} is {_describe(doc)}; expected {_EXPECTED}.")


def _read_list(doc: dict[str, Any], items: list[Any], origin: str, version: str | None) -> list[UpstreamType]:
    types: list[UpstreamType] = []
    for index, item in enumerate(items):
        # A server leaves apiVersion and kind out of the items of a typed list.
        typed = doc["kind"] == "CustomResourceDefinitionList" and isinstance(item, dict)
        crd = {"apiVersion": doc.get("apiVersion"), "kind": "CustomResourceDefinition"} | item if typed else item
        match crd:
            case {"kind": "CustomResourceDefinition"}:
                types += read_crd(crd, origin, version)
            case _:
                raise SchemaError(
                    f"items[{index}] of the List in {origin} is {_describe(item)}; expected a CustomResourceDefinition."
                )
    return types


def _linked(types: list[UpstreamType]) -> list[UpstreamType]:
    """The same types; what a document refers to and does not define is looked for in the others, by order of name."""
    origins = {upstream.raw.document: upstream.origin for upstream in types if isinstance(upstream.raw, Definition)}
    if len(origins) < 2:  # noqa: PLR2004  (one has no others)
        return types
    together: dict[str, dict[str, Any]] = {}
    for document, _ in sorted(origins.items(), key=itemgetter(1), reverse=True):
        together.update(document.definitions)
    linked = {document: Document(ChainMap(dict(document.definitions), together)) for document in origins}
    return [
        replace(upstream, raw=replace(upstream.raw, document=linked[upstream.raw.document]))
        if isinstance(upstream.raw, Definition)
        else upstream
        for upstream in types
    ]


def _describe(doc: Any) -> str:
    match doc:
        case {"kind": str(kind), "apiVersion": str(api_version)}:
            found = f"a {kind} ({api_version})"
        case {"paths": dict(paths)} if "serverRelativeURL" in str(paths):
            found = "the index of a server's OpenAPI v3 documents, each of which is served under its own path"
        case {"properties": _}:
            found = "a schema on its own, which does not say the plural and the scope of its type"
        case dict() if doc:
            found = f"a mapping with the keys {', '.join(sorted(map(str, doc))[:5])}"
        case _:
            found = f"a {type(doc).__name__}" if doc else "empty"
    return found
