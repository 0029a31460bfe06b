"""CustomResourceDefinitions for tests."""

from __future__ import annotations

from typing import Any


def version(name: str = "v1", **fields: Any) -> dict[str, Any]:
    """One version of a CustomResourceDefinition, served and, unless *fields* say otherwise, not stored."""
    schema = {"type": "object", "properties": {"spec": {"type": "object"}, "status": {"type": "object"}}}
    return {"name": name, "served": True, "storage": False, "schema": {"openAPIV3Schema": schema}, **fields}


def crd(*versions: dict[str, Any], kind: str = "Widget", group: str = "example.com", **spec: Any) -> dict[str, Any]:
    """A CustomResourceDefinition as a server stores it."""
    plural = f"{kind.lower()}s"
    given = {"group": group, "scope": "Namespaced", "names": {"plural": plural, "kind": kind}, **spec}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": given | {"versions": list(versions) or [version(storage=True)]},
    }
