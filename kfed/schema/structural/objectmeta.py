"""ObjectMeta spelled out, for CustomResourceDefinitions: they leave it to the API server, which knows it by heart.

Below ``spec.template`` it knows nothing: a field that is not described there is dropped. Fields and wording are those
of ObjectMeta in the Kubernetes API reference.
"""

from __future__ import annotations

from typing import Any

_STRING = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}


def _map(description: str) -> dict[str, Any]:
    return {"type": "object", "description": description, "additionalProperties": _STRING}


_OWNER: dict[str, Any] = {
    "type": "object",
    "x-kubernetes-map-type": "atomic",
    "required": ["apiVersion", "kind", "name", "uid"],
    "properties": {
        "apiVersion": _STRING,
        "blockOwnerDeletion": {"type": "boolean"},
        "controller": {"type": "boolean"},
        "kind": _STRING,
        "name": _STRING,
        "uid": _STRING,
    },
}
_MANAGED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "apiVersion": _STRING,
        "fieldsType": _STRING,
        "fieldsV1": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "manager": _STRING,
        "operation": _STRING,
        "subresource": _STRING,
        "time": _TIME,
    },
}
OBJECT_META: dict[str, Any] = {
    "type": "object",
    "description": "Standard object's metadata.",
    "properties": {
        "annotations": _map("Data for tools and libraries; it cannot be selected by."),
        # Tools that marshal Go's zero time write null.
        "creationTimestamp": {"type": "string", "format": "date-time", "nullable": True},
        "deletionGracePeriodSeconds": {"type": "integer", "format": "int64"},
        "deletionTimestamp": _TIME,
        "finalizers": {
            "type": "array",
            "description": "What has to happen before the object is gone from the registry.",
            "items": _STRING,
            "x-kubernetes-list-type": "set",
        },
        "generateName": {"type": "string", "description": "A prefix, for the server to make a unique name of."},
        "generation": {"type": "integer", "format": "int64"},
        "labels": _map("What organizes objects, and what selectors match."),
        "managedFields": {"type": "array", "items": _MANAGED, "x-kubernetes-list-type": "atomic"},
        "name": {"type": "string", "description": "Unique within a namespace."},
        "namespace": {"type": "string", "description": "Within what space each name must be unique."},
        "ownerReferences": {
            "type": "array",
            "description": "Objects that this one depends on.",
            "items": _OWNER,
            "x-kubernetes-list-map-keys": ["uid"],
            "x-kubernetes-list-type": "map",
        },
        "resourceVersion": _STRING,
        "selfLink": _STRING,
        "uid": _STRING,
    },
}


def object_meta(given: dict[str, Any], *, namespaced: bool) -> dict[str, Any]:
    """ObjectMeta as the CRD's own ``metadata`` restricts it, which is name and generateName at most."""
    properties = dict(OBJECT_META["properties"])
    if not namespaced:
        del properties["namespace"]
    for name, node in given.get("properties", {}).items():
        properties[name] = {**properties.get(name, {}), **node}
    description = given.get("description", OBJECT_META["description"])
    return {**OBJECT_META, "description": description, "properties": properties}
