"""The schema of a federated type: a template of the target's own shape, a placement, overrides, and a status."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from kfed.codegen.templates import folder
from kfed.text.documents import Document
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

_SCALE = frozenset({"replicasPerCluster", "selector"})
_RULES = "x-kubernetes-validations"


def wrapper_schema(template: Schema, *, retain_replicas: bool, scales: bool = False, kind: str = "object") -> Schema:
    """The structural schema of a whole federated object.

    Args:
        template: the structural schema of the target without its status; shared with the result.
        retain_replicas: the target has replicas that the member cluster may be left to decide.
        scales: the target has a scale sub-resource, so that the federated type is to have one.
        kind: the target's kind, for the descriptions.
    """
    frame = _frame()
    spec, status = frame["properties"]["spec"], frame["properties"]["status"]
    words = (
        f"The {kind} that every cluster of the placement gets, before overrides. Name and namespace are this object's"
    )
    fields = {**spec["properties"], "template": {**template, "description": f"{words} own."}}
    if not retain_replicas:
        del fields["retainReplicas"]
    if not scales:
        status = _without(status, _SCALE)
    return {
        **frame,
        "description": f"Federated{kind} is a {kind} for member clusters: a template, where it goes, what differs.",
        "properties": {**frame["properties"], "spec": {**spec, "properties": fields}, "status": status},
    }


def template_of(schema: Schema) -> Schema:
    """The schema of the template in that of a whole federated object."""
    template: Schema = schema["properties"]["spec"]["properties"]["template"]
    return template


def with_template(schema: Schema, template: Schema) -> Schema:
    """The schema of a whole federated object, with another one of its template."""
    spec = schema["properties"]["spec"]
    spec = {**spec, "properties": {**spec["properties"], "template": template}}
    return {**schema, "properties": {**schema["properties"], "spec": spec}}


def _without(schema: Schema, names: frozenset[str]) -> Schema:
    return {**schema, "properties": {name: node for name, node in schema["properties"].items() if name not in names}}


@cache
def _frame() -> Schema:
    """What every federated type has; it is shared, and never to be changed."""
    path = folder() / "wrapper.yaml"
    frame: Schema = parse(Document(path.name, 0, path.read_text(encoding="utf-8")))
    return frame


def has_replicas(schema: Mapping[str, Any]) -> bool:
    """Whether a type has ``spec.replicas`` as an int32, which is what KubeFed asks of types with retainReplicas."""
    spec = schema.get("properties", {}).get("spec", {})
    replicas = spec.get("properties", {}).get("replicas", {})
    return bool(replicas.get("type") == "integer" and replicas.get("format") == "int32")


def without_required(schema: Schema) -> Schema:
    """The same schema in which nothing is required but what tells the elements of a list apart.

    Rules (CEL) go as well: one may read a field that is no longer sure to be there, and then it refuses the object.
    """
    return _relaxed(schema, frozenset())


def has_rules(schema: Any) -> bool:
    """Whether there is a rule (CEL) anywhere in a schema."""
    match schema:
        case dict():
            return _RULES in schema or any(map(has_rules, schema.values()))
        case list():
            return any(map(has_rules, schema))
    return False


def _relaxed(schema: Schema, keys: frozenset[str]) -> Schema:
    result = dict(schema)
    kept = [name for name in schema.get("required", ()) if name in keys]
    result.pop("required", None)
    result.pop(_RULES, None)
    if kept:
        result["required"] = kept
    if "properties" in schema:
        result["properties"] = {name: _relaxed(one, frozenset()) for name, one in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = _relaxed(schema["additionalProperties"], frozenset())
    if "items" in schema:
        result["items"] = _relaxed(schema["items"], frozenset(schema.get("x-kubernetes-list-map-keys", ())))
    for combinator in ("allOf", "anyOf", "oneOf"):
        if combinator in schema:
            result[combinator] = [_relaxed(one, frozenset()) for one in schema[combinator]]
    return result
