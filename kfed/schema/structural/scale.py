"""The scale sub-resource: what an API server holds the number of replicas to, of which a schema need not speak.

The bounds are those of k8s.io/apiextensions-apiserver (pkg/registry/customresource/validator.go, ValidateScaleSpec);
built-in types with replicas have the same.
"""

from __future__ import annotations

from typing import Any

MOST_REPLICAS = 2**31 - 1


def with_replicas(schema: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """A copy of *schema* in which the integer at *path* is a number of replicas; *schema* when none is described there.

    Args:
        schema: in structural form.
        path: the names of properties, as ``("spec", "replicas")``.
    """
    if not path:
        return _bounded(schema) if schema.get("type") == "integer" else schema
    name, *rest = path
    properties = schema.get("properties", {})
    if name not in properties:
        return schema
    return schema | {"properties": properties | {name: with_replicas(properties[name], tuple(rest))}}


def has_integer(schema: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether *schema* describes an integer at *path*."""
    for name in path:
        schema = schema.get("properties", {}).get(name, {})
    return bool(schema.get("type") == "integer")


def _bounded(node: dict[str, Any]) -> dict[str, Any]:
    result = dict(node)
    if node.get("minimum", -1) < 0:
        result["minimum"] = 0
        result.pop("exclusiveMinimum", None)
    if node.get("format") != "int32" and node.get("maximum", MOST_REPLICAS + 1) > MOST_REPLICAS:
        result["maximum"] = MOST_REPLICAS
        result.pop("exclusiveMaximum", None)
    return result
