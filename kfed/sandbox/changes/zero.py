"""What an object is before it is created, as far as owners of fields can tell.

kube-apiserver compares an object that is created with an empty one. Of a custom resource that has no fields. Of a
built-in type it is a Go struct, whose structs and required fields are there from the start: nobody adds ``spec``, and
``spec.template.spec.containers`` was null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.typed import root

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.schema.check.node import Node

# The fields that are structs and no pointers in Go, among those that an empty object of any built-in type has: where
# kube-apiserver's OpenAPI v3 documents have ``default: {}``.
_STRUCTS = frozenset(
    {"metadata", "spec", "status", "template", "jobTemplate", "strategy", "updateStrategy", "resources", "target"}
    | {"loadBalancer", "nodeInfo", "daemonEndpoints", "kubeletEndpoint", "involvedObject", "source"}
    | {"regarding", "deprecatedSource"}
)
# What an Event always has, although no schema says so.
_TIMES = ("eventTime", "firstTimestamp", "lastTimestamp", "deprecatedFirstTimestamp", "deprecatedLastTimestamp")
_EVENT: dict[str, Any] = dict.fromkeys(_TIMES) | {"reportingComponent": "", "reportingInstance": ""}
# A struct by its name, and a pointer in Go.
_POINTERS = frozenset({("ReplicationController", "template")})


def zero(served: ServedType) -> dict[str, Any]:
    """The empty object of a type."""
    if served.crd or served.schema is None:
        return {}
    node = root(served)
    events = {name: value for name, value in _EVENT.items() if served.kind == "Event" and name in node.properties}
    return events | _zero(node, served.kind)


def _zero(node: Node, kind: str) -> dict[str, Any]:
    fields = {name: node.field(name) for name in node.properties if name in node.required or name in _STRUCTS}
    return {
        name: _zero(field, kind) if name in _STRUCTS and field.type == "object" else None
        for name, field in fields.items()
        if field is not None and (kind, name) not in _POINTERS
    }
