"""CustomResourceDefinitions: their names, their scope and the schema of each version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import SchemaError
from kfed.schema.upstream.types import CrdSchema, UpstreamType, check_names, preference

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = "apiextensions.k8s.io"
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_TYPES = {str: "a string", list: "a list", dict: "a mapping", bool: "true or false"}
_REQUIRED: Any = object()
_REPLICAS_PATH = re.compile(r"\.spec(\.[^.\[\]]+)+")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Fields:
    """A mapping in a CRD, read with messages that name the field and the CRD.

    Attributes:
        value: the mapping.
        where: its path, such as ``spec.names.``; empty at the top.
        owner: ``CustomResourceDefinition foos.example.com in foo.yaml``.
    """

    value: Mapping[str, Any]
    where: str
    owner: str

    def take(self, name: str, kind: type[T], default: T = _REQUIRED) -> T:
        """The field's value; *default* where it is absent or null.

        Raises:
            SchemaError: the field is absent and has no default, or is of another type.
        """
        value = self.value.get(name)
        if value is None or (value == "" and default is _REQUIRED):
            if default is _REQUIRED:
                raise SchemaError(f"{self.owner} has no {self.where}{name}; it is to be {_TYPES[kind]}.")
            return default
        if not isinstance(value, kind):
            raise SchemaError(f"{self.where}{name} of {self.owner} is to be {_TYPES[kind]}, not {value!r:.60}.")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """A list of strings, empty where it is absent."""
        values = self.take(name, list, [])
        if not all(isinstance(value, str) for value in values):
            raise SchemaError(f"{self.where}{name} of {self.owner} is to be a list of strings, not {values!r:.60}.")
        return tuple(values)

    def under(self, name: str, default: dict[str, Any] = _REQUIRED) -> _Fields:
        """The mapping in a field."""
        return _Fields(self.take(name, dict, default), f"{self.where}{name}.", self.owner)


def read_crd(doc: Mapping[str, Any], origin: str, version: str | None = None) -> list[UpstreamType]:
    """The versions that a CustomResourceDefinition serves.

    Args:
        doc: the CRD, ``apiextensions.k8s.io/v1`` or ``v1beta1``.
        origin: the file's name, for messages.
        version: the version to prefer; the storage version when ``None``, or, where that one is not served, the one
            that a server prefers.

    Returns:
        One type per served version, in the CRD's order.

    Raises:
        SchemaError: the CRD is malformed, or does not serve *version*.
    """
    top = _Fields(doc, "", f"The CustomResourceDefinition in {origin}")
    name = top.under("metadata").take("name", str)
    top = _Fields(doc, "", f"CustomResourceDefinition {name} in {origin}")
    is_legacy = _is_legacy(top)
    spec = top.under("spec")
    # "preserveUnknownFields defaults to true in v1beta1" (API reference of CustomResourceDefinitionSpec).
    loose = spec.take("preserveUnknownFields", bool, is_legacy)
    versions = _versions(spec, is_legacy=is_legacy)
    served = [entry for entry in versions if entry.take("served", bool)]
    resources = [_resource(spec, entry.take("name", str)) for entry in served]
    preferred = _preferred(served, version, top.owner)
    types = [
        UpstreamType(
            resource=resource,
            persisted=True,
            preferred=resource.gvk.version == preferred,
            origin=top.owner,
            raw=CrdSchema(_schema(spec, entry, loose=loose), _replicas(spec, entry)),
        )
        for entry, resource in zip(served, resources, strict=True)
    ]
    _check_stored(spec, versions)
    _check_name(top, name, resources[0])
    return types


def _is_legacy(top: _Fields) -> bool:
    """Whether it is a v1beta1 CRD, not one of v1."""
    api_version = top.take("apiVersion", str)
    if api_version not in {f"{GROUP}/v1", f"{GROUP}/v1beta1"}:
        raise SchemaError(f"{top.owner} is of {api_version!r:.60}; kfed reads {GROUP}/v1, and v1beta1.")
    return api_version == f"{GROUP}/v1beta1"


def _check_name(top: _Fields, name: str, resource: Resource) -> None:
    if name != resource.full_name:
        raise SchemaError(
            f"{top.owner} defines {resource.full_name}; that is to be its metadata.name, or no API server takes it."
        )


def _check_stored(spec: _Fields, versions: list[_Fields]) -> None:
    stored = [entry.take("name", str) for entry in versions if entry.take("storage", bool, default=False)]
    if len(stored) != 1:
        number = f"stores {' and '.join(stored)}" if stored else "stores no version"
        raise SchemaError(f"{spec.owner} {number}; storage is to be true in one of spec.versions, and in no other.")


def _resource(spec: _Fields, version: str) -> Resource:
    names = spec.under("names")
    kind = names.take("kind", str)
    scope = spec.take("scope", str)
    if scope not in set(Scope):
        raise SchemaError(f"spec.scope of {spec.owner} is to be Namespaced or Cluster, not {scope!r}.")
    resource = Resource(
        gvk=Gvk(spec.take("group", str), version, kind),
        plural=names.take("plural", str),
        scope=Scope(scope),
        # The server fills in the lower-cased kind (API reference of CustomResourceDefinitionNames).
        singular=names.take("singular", str, "") or kind.lower(),
        short_names=names.names("shortNames"),
        categories=names.names("categories"),
    )
    check_names(resource, spec.owner)
    return resource


def _versions(spec: _Fields, *, is_legacy: bool) -> list[_Fields]:
    """The entries of ``spec.versions``; of ``spec.version``, which v1beta1 had before it, one entry."""
    if is_legacy and not spec.value.get("versions"):
        entry = {"name": spec.take("version", str), "served": True, "storage": True}
        return [_Fields(entry, "spec.version.", spec.owner)]
    entries = spec.take("versions", list)
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise SchemaError(f"spec.versions[{index}] of {spec.owner} is to be a mapping, not {entry!r:.60}.")
    found = [_Fields(entry, f"spec.versions[{index}].", spec.owner) for index, entry in enumerate(entries)]
    names = [entry.take("name", str) for entry in found]
    if len(set(names)) != len(names):
        raise SchemaError(f"{spec.owner} has one version twice: {', '.join(sorted(names))}.")
    return found


def _preferred(served: list[_Fields], version: str | None, owner: str) -> str:
    names = [entry.take("name", str) for entry in served]
    if not names:
        raise SchemaError(f"{owner} serves no version.")
    if version is not None:
        if version not in names:
            raise SchemaError(f"{owner} does not serve version {version!r}; it serves {', '.join(sorted(names))}.")
        return version
    stored = [entry.take("name", str) for entry in served if entry.take("storage", bool, default=False)]
    return min(stored or names, key=preference)


def _schema(spec: _Fields, version: _Fields, *, loose: bool) -> dict[str, Any]:
    """The version's schema; where there is none, v1beta1's one for all versions, or a free-form object."""
    given = version.under("schema", {}).take("openAPIV3Schema", dict, {})
    schema = given or spec.under("validation", {}).take("openAPIV3Schema", dict, {})
    if not schema:
        return {"type": "object", _PRESERVE: True}
    try:
        return _loosen(schema) if loose else schema
    except RecursionError:
        raise SchemaError(f"The schema of {spec.owner} is nested too deeply; simplify it.") from None


def _replicas(spec: _Fields, version: _Fields) -> tuple[str, ...]:
    """Where the scale sub-resource keeps the number of replicas; v1beta1 may say it for all versions at once."""
    for fields in (version, spec):
        scale = fields.under("subresources", {}).under("scale", {})
        if scale.value:
            path = scale.take("specReplicasPath", str)
            if _REPLICAS_PATH.fullmatch(path) is None:
                raise SchemaError(
                    f"{scale.where}specReplicasPath of {spec.owner} is to be like .spec.replicas, not {path!r:.60}."
                )
            return tuple(path.split(".")[1:])
    return ()


def _loosen(schema: Any) -> Any:
    """The schema of a CRD whose server keeps unknown fields everywhere, which a structural schema says node by node."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    if isinstance(schema.get("properties"), dict):
        result.setdefault("type", "object")
        result["properties"] = {name: _loosen(node) for name, node in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            result[key] = _loosen(schema[key])
    is_object = schema.get("type") == "object" or "properties" in schema
    if is_object and "additionalProperties" not in schema:
        result[_PRESERVE] = True
    return result
