"""CustomResourceDefinitions to the types that a server serves because of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.errors import SchemaError
from kfed.sandbox.kinds.served import Column, ScalePaths, ServedType
from kfed.schema.upstream.crd import read_crd
from kfed.schema.upstream.types import served_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.schema.upstream.types import UpstreamType

# In the order in which kube-apiserver names them for custom types.
_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


def served_by(manifest: Mapping[str, Any]) -> tuple[ServedType, ...]:
    """The types that a CustomResourceDefinition serves, one per served version.

    Raises:
        SchemaError: it is malformed.
    """
    entries = {entry["name"]: entry for entry in _versions(manifest)}
    storage = next((name for name, entry in entries.items() if entry.get("storage")), "")
    crd = manifest["metadata"]["name"]
    return tuple(
        _served(upstream, entries[upstream.resource.gvk.version], crd, storage)
        for upstream in read_crd(manifest, "the request")
    )


def _versions(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    match manifest:
        case {"metadata": {"name": str()}, "spec": {"versions": [*entries]}} if all(map(_is_version, entries)):
            return entries
    raise SchemaError("A CustomResourceDefinition is to have metadata.name, and spec.versions, each with a name.")


def _is_version(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("name"), str)


def _served(upstream: UpstreamType, entry: dict[str, Any], crd: str, storage: str) -> ServedType:
    subresources = _mapping(entry, "subresources")
    return ServedType(
        resource=upstream.resource,
        verbs=_VERBS,
        schema=served_schema(upstream),
        subresources=frozenset({"status", "scale"} & {name for name in subresources if subresources[name] is not None}),
        scale=_scale(_mapping(subresources, "scale")),
        columns=tuple(_column(column) for column in entry.get("additionalPrinterColumns") or ()),
        crd=crd,
        storage=storage,
        selectable=tuple(
            field["jsonPath"].removeprefix(".")
            for field in entry.get("selectableFields") or ()
            if isinstance(field, dict) and isinstance(field.get("jsonPath"), str)
        ),
    )


def _mapping(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _scale(given: dict[str, Any]) -> ScalePaths | None:
    if not given:
        return None
    match given:
        case {"specReplicasPath": str(spec), "statusReplicasPath": str(status)}:
            return ScalePaths(spec, status, given.get("labelSelectorPath") or "")
    raise SchemaError("subresources.scale is to have specReplicasPath and statusReplicasPath, each a JSON path.")


def _column(given: Any) -> Column:
    match given:
        case {"name": str(name), "type": str(kind), "jsonPath": str(path)}:
            format_, description = given.get("format") or "", given.get("description") or ""
            return Column(name, kind, path, format_, description, given.get("priority") or 0)
    raise SchemaError("Each of additionalPrinterColumns is to have a name, a type and a jsonPath, each a string.")
