"""Wrappers: which types are federated, by what the input says of them. A kind's name alone says nothing.

Karmada's FederatedHPA and Azure's FederatedIdentityCredential are plain types, and there will be others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.resource import CORE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kfed.core.resource import Gvk, TypeConfig
    from kfed.offline.objects import Item

PREFIX = "Federated"
NAMESPACE = "FederatedNamespace"


def declared_kinds(type_configs: Mapping[Gvk, TypeConfig], crds: Iterable[Item]) -> set[tuple[str, str]]:
    """The groups and kinds that FederatedTypeConfigs, or CustomResourceDefinitions of wrappers, say are federated."""
    declared = {(federated.group, federated.kind) for federated in type_configs}
    return declared | {kind for item in crds if (kind := _wrapped_kind(item.manifest)) is not None}


def has_federated_form(manifest: Mapping[str, Any]) -> bool:
    """Whether an object has a template and a placement; then a group that is not ours is more likely a mistake."""
    kind, group = manifest["kind"], manifest["apiVersion"].rpartition("/")[0]
    return group != CORE_GROUP and _is_wrapper(kind, _map(manifest, "spec"))


def _wrapped_kind(crd: Mapping[str, Any]) -> tuple[str, str] | None:
    """Group and kind of a CustomResourceDefinition, if it is of a wrapper."""
    spec = _map(crd, "spec")
    group, kind = spec.get("group"), _map(spec, "names").get("kind")
    if not isinstance(group, str) or not isinstance(kind, str):
        return None
    fields = (_map(place, "openAPIV3Schema", "properties", "spec", "properties") for place in _schema_places(spec))
    return (group, kind) if any(_is_wrapper(kind, each) for each in fields) else None


def _schema_places(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What may hold a schema: each version of today's form, and the one place of the first."""
    yield _map(spec, "validation")
    versions = spec.get("versions")
    for version in versions if isinstance(versions, list) else ():
        if isinstance(version, dict):
            yield _map(version, "schema")


def _is_wrapper(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether *fields* are those that a wrapper has under ``spec``; a FederatedNamespace needs no template."""
    has_template = isinstance(fields.get("template"), dict) or kind == NAMESPACE
    return kind.startswith(PREFIX) and has_template and isinstance(fields.get("placement"), dict)


def _map(value: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The map at *path*, or an empty one."""
    for key in path:
        inner = value.get(key)
        if not isinstance(inner, dict):
            return {}
        value = inner
    return value
