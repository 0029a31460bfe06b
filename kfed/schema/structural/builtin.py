"""What the definitions of built-in types leave unsaid, or say in a way that a CRD must not.

Everything here is about definitions that Kubernetes' own Go types were made into; those of others pass as they are.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kfed.schema.formats.own import BYTES_PATTERN, QUANTITY_PATTERN
from kfed.schema.structural.jsontypes import PRESERVE, without
from kfed.schema.structural.wellformed import is_well_formed, well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN_WORDS = Path(__file__).parent / "data" / "plainwords.json"

_BUILT_IN = ("io.k8s.api.", "io.k8s.apimachinery.", "io.k8s.apiextensions-apiserver.", "io.k8s.kube-aggregator.")
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_CONTENT = frozenset({"properties", "additionalProperties", "patternProperties", "allOf", "anyOf", "oneOf"})
_GVK = "x-kubernetes-group-version-kind"
_LIST_TYPE = "x-kubernetes-list-type"
_MERGE_KEY = "x-kubernetes-patch-merge-key"
# The Go types that hold any object; all others without fields are structs that have none.
_FREE = frozenset({_META + "FieldsV1", _META + "Patch", "io.k8s.apimachinery.pkg.runtime.RawExtension"})
_QUANTITY: dict[str, Any] = {"oneOf": [{"type": "string"}, {"type": "number"}], "pattern": QUANTITY_PATTERN}
_WHOLE: dict[str, dict[str, Any]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _QUANTITY,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"x-kubernetes-int-or-string": True},
}
# Keys of list maps that are optional: core/v1 ContainerPort and ServicePort have +default="TCP". Any other is a string
# without a pointer in Go, so that leaving it out and leaving it empty are one.
_KEY_DEFAULTS = {"protocol": "TCP"}


def adapted(definitions: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """The definition *name* with what is known of it beyond what it says.

    Raises:
        MalformedError: it is no schema; what is below it is not looked at.
    """
    definition = well_formed(definitions[name])
    if not name.startswith(_BUILT_IN):
        return definition
    if name in _WHOLE:
        described = {key: definition[key] for key in ("description",) if key in definition}
        return _WHOLE[name] | described
    if name in _FREE:
        return definition | {PRESERVE: True}
    properties = definition.get("properties")
    if not properties:
        return definition
    required = definition.get("required", ())
    fields = {field: _field(f"{name}/{field}", node, required=field in required) for field, node in properties.items()}
    if name == _META + "ObjectMeta" and isinstance(fields.get("creationTimestamp"), dict):
        # Tools that marshal Go's zero time write null.
        fields["creationTimestamp"] = fields["creationTimestamp"] | {"nullable": True}
    for field in {"apiVersion", "kind"} & set(fields) if _GVK in definition else ():
        if isinstance(fields[field], dict):
            fields[field] = without(fields[field], "enum")
    return definition | {"properties": fields}


def is_bare_object(node: dict[str, Any]) -> bool:
    """Whether the node is an object of which nothing is said but that; it may have any fields."""
    return node.get("type") in ("object", ["object", "null"], ["object"]) and not node.keys() & _CONTENT


def is_empty_struct(name: str, definition: dict[str, Any]) -> bool:
    """Whether a definition stands for a Go struct without fields, such as ``{}`` to say that a feature is wanted."""
    return name.startswith(_BUILT_IN) and name not in _FREE and is_bare_object(definition)


def map_keys(node: dict[str, Any]) -> list[str]:
    """The keys that tell the elements of a list apart; empty when nothing does.

    A patch-merge key is one where upstream says nothing of the list's type. For built-in types that is sound: up to
    1.29 these lists had no type, and 1.30 gave each of them the type map with this very key.
    """
    if node.get(_LIST_TYPE) == "map":
        return list(node.get("x-kubernetes-list-map-keys", ()))
    return []


@cache
def _plain_words() -> frozenset[str]:
    """The fields with an enum that are optional strings without a pointer in Go: empty and left out are one for them.

    ``tests/facts/plainwords.py`` makes the list from upstream's Go types.
    """
    return frozenset(orjson.loads(PLAIN_WORDS.read_bytes()))


def _field(path: str, node: Any, *, required: bool) -> Any:
    if not is_well_formed(node):
        return node  # which is told when it is read, with its place
    node = _bytes(_without_zero(node, required=required))
    if "enum" in node and "" not in node["enum"] and path in _plain_words():
        node = node | {"enum": [*node["enum"], ""]}
    for key in ("items", "additionalProperties"):
        if is_well_formed(node.get(key)):
            node = node | {key: _bytes(_without_zero(node[key], required=True))}
    if node.get("type") in ("array", ["array", "null"]) and _MERGE_KEY in node and _LIST_TYPE not in node:
        node = node | {_LIST_TYPE: "map", "x-kubernetes-list-map-keys": [node[_MERGE_KEY]]}
    return node


def _bytes(node: dict[str, Any]) -> dict[str, Any]:
    """*node* with a pattern for the base64 that Go reads, where its format would have a CRD refuse some of it."""
    if node.get("format") != "byte":
        return node
    return without(node, "format") | {"pattern": BYTES_PATTERN}


def _without_zero(node: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """*node* without a default that is only what Go makes of a field left out, which OpenAPI v3 publishes as one.

    Kept, it would fill in what is required, such as a container's name.
    """
    is_zero = node.get("default") == {} or (required and node.get("default") in ("", 0, False))
    return without(node, "default") if is_zero else node


def with_key_defaults(items: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    """The elements of a list map in structural form, each optional key with the default that it has in Go."""
    properties = items.get("properties", {})
    missing = {
        key: properties[key] | {"default": _KEY_DEFAULTS.get(key, "")}
        for key in keys
        if key not in items.get("required", ())
        and properties.get(key, {}).get("type") == "string"
        and "default" not in properties[key]
    }
    return items | {"properties": properties | missing} if missing else items
