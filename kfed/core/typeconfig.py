"""FederatedTypeConfig (``core.kubefed.io/v1beta1``): which type is federated as which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.pointer import Path


def parse_type_config(manifest: Mapping[str, Any]) -> TypeConfig | list[Mistake]:
    """A FederatedTypeConfig as a value, or what is wrong with it.

    As in KubeFed, the target's plural and group default to the object's own name, split at its first dot; no group is
    the core group. The federated type has no default group.
    """
    spec = manifest.get("spec")
    if not isinstance(spec, dict):
        return [Mistake("missing-required", "The FederatedTypeConfig has no spec; add one.", (), expected="spec")]
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else ""
    plural, _, group = str(name).partition(".")
    target, mistakes = _parse_resource(spec, "targetType", {"pluralName": plural or None, "group": group})
    plural = target.plural if target else plural
    federated, more = _parse_resource(spec, "federatedType", {"pluralName": f"federated{plural}" if plural else None})
    mistakes += more
    if spec.get("propagation") not in ("Enabled", "Disabled"):
        message = "spec.propagation must be Enabled or Disabled."
        mistakes.append(Mistake("not-in-enum", message, ("spec", "propagation"), expected="Enabled or Disabled"))
    if target is None or federated is None or mistakes:
        return mistakes
    return TypeConfig(target, federated, spec["propagation"] == "Enabled")


def _parse_resource(
    spec: Mapping[str, Any], field: str, defaults: Mapping[str, str | None]
) -> tuple[Resource | None, list[Mistake]]:
    at: Path = ("spec", field)
    value = spec.get(field)
    if not isinstance(value, dict):
        return None, [Mistake("missing-required", f"spec.{field} is missing; name the type.", at, expected="a map")]
    parts = {**defaults, **{key: part for key, part in value.items() if part not in (None, "")}}
    mistakes = [
        Mistake("missing-required", f"spec.{field}.{key} is missing; give it as text.", (*at, key), expected="text")
        for key in ("group", "version", "kind", "pluralName", "scope")
        if not isinstance(parts.get(key), str)
    ]
    if mistakes:
        return None, mistakes
    scopes = tuple(Scope)
    if parts["scope"] not in scopes:
        message = f"spec.{field}.scope must be Cluster or Namespaced."
        hint = nearest(parts["scope"], scopes)
        return None, [Mistake("not-in-enum", message, (*at, "scope"), expected="Cluster or Namespaced", nearest=hint)]
    gvk = Gvk(parts["group"], parts["version"], parts["kind"])
    return Resource(gvk, parts["pluralName"], Scope(parts["scope"])), []
