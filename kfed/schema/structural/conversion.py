"""One node of an upstream schema to one node of a structural schema.

The rules are those of the Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
"Specifying a structural schema", and of the API server's validation of CustomResourceDefinitions
(k8s.io/apiextensions-apiserver, pkg/apiserver/schema/validation.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.schema.formats.table import has_meaning
from kfed.schema.keywords import RESTRICTIONS
from kfed.schema.patterns import is_re2
from kfed.schema.structural.fold import COMBINATORS, fold
from kfed.schema.structural.jsontypes import INT_OR_STRING, PRESERVE
from kfed.schema.structural.listtypes import listed
from kfed.schema.structural.loss import Loss, Shaped, below, limited
from kfed.schema.structural.wellformed import MalformedError, well_formed

if TYPE_CHECKING:
    from collections.abc import Callable

    Child = Callable[[Any], Shaped]

# An API server takes 3 MiB of a CRD, and a field that says its type has 20 bytes and more; the largest of Kubernetes'
# own types has 1,500 fields.
_MOST_FIELDS = 100_000
_TOO_MANY = (
    f"The schema has more than {_MOST_FIELDS:,} fields, once what it refers to is written out; no server takes it."
)
EMBEDDED = "x-kubernetes-embedded-resource"
TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean"})
_TELLING = ("description", "title", "type", "nullable", INT_OR_STRING, "x-kubernetes-validations")
_PLAIN = (*_TELLING, *(key for key in RESTRICTIONS if key not in {"format", "pattern"}))
_FLAGS = (PRESERVE, EMBEDDED, INT_OR_STRING, "nullable")
# Keywords of JSON Schema that restrict values, and that a CRD may not have.
_UNSAYABLE = ("dependencies", "additionalItems", "const", "contains", "propertyNames", "if", "dependentRequired")
_NAMES = frozenset({"name", "generateName"})
_ANY = {PRESERVE: True}


def shape(node: Any, child: Child) -> Shaped:
    """The structural form of *node*.

    Args:
        node: a schema without a ``$ref`` of its own.
        child: gives the structural form of what is below it.

    Raises:
        MalformedError: the schema is no schema.
    """
    if node is True:
        return Shaped(_ANY)
    fields = 1

    def counted(below: Any) -> Shaped:
        nonlocal fields
        shaped = child(below)
        fields += shaped.fields
        if fields > _MOST_FIELDS:
            raise MalformedError(_TOO_MANY)
        return shaped

    node, losses = fold(well_formed(node))
    schema = {key: node[key] for key in _PLAIN if key in node}
    for key in _FLAGS:
        if schema.get(key) is False:
            del schema[key]
    _type(schema, node, losses)
    _children(schema, node, counted, losses)
    _validations(schema, node, losses)
    listed(schema, node, losses)
    if schema.get("type") == "object" and node.get("x-kubernetes-map-type") in {"atomic", "granular"}:
        schema["x-kubernetes-map-type"] = node["x-kubernetes-map-type"]
    if "default" in node and (node["default"] is not None or schema.get("nullable")):
        schema["default"] = node["default"]
    return Shaped(schema, limited(losses), fields)


def _type(schema: dict[str, Any], node: dict[str, Any], losses: list[Loss]) -> None:
    """Check or find the type: one, or int-or-string, or none at all, which means any value."""
    if schema.get(INT_OR_STRING):
        schema.pop("type", None)
        return
    if "type" not in schema and not node.get(EMBEDDED):
        schema[PRESERVE] = True
        return
    kind = schema.setdefault("type", "object")
    if kind not in TYPES:
        del schema["type"]
        schema[PRESERVE] = True
        losses.append(Loss("", "Any value is accepted.", f"A CRD has no type {kind!r}."))
        return
    if node.get(EMBEDDED) is True and kind == "object":
        schema[EMBEDDED] = True
    if node.get(PRESERVE) is True and kind in {"object", "array"}:
        schema[PRESERVE] = True


def _children(schema: dict[str, Any], node: dict[str, Any], child: Child, losses: list[Loss]) -> None:
    kind = schema.get("type")
    if kind == "array":
        _items(schema, node.get("items", {}), child, losses)
    properties = node.get("properties")
    if properties and (kind == "object" or schema.get(PRESERVE)):
        schema["properties"] = {name: _below(name, sub, child, losses) for name, sub in properties.items()}
    if kind == "object":
        _rest(schema, node, child, losses)
    if schema.get(EMBEDDED):
        _embedded(schema)


def _below(token: str, node: Any, child: Child, losses: list[Loss]) -> dict[str, Any]:
    try:
        shaped = child(node)
    except MalformedError as error:
        raise error.below(token) from None
    losses += below(token, shaped.losses)
    return shaped.schema


def _items(schema: dict[str, Any], items: Any, child: Child, losses: list[Loss]) -> None:
    if isinstance(items, list):
        losses.append(Loss("[]", "Any value is accepted.", "A CRD has one schema for all elements of a list."))
        items = {}
    below = _below("[]", items, child, losses)
    # Of such elements a server prunes nothing that they do not describe (pkg/apiserver/schema/pruning/algorithm.go).
    schema["items"] = _preserved(below) if schema.get(PRESERVE) else below


def _preserved(items: dict[str, Any]) -> dict[str, Any]:
    match items:
        case {"type": "object"} if "additionalProperties" not in items:
            return items | {PRESERVE: True}
        case {"type": "array"}:
            return items | {PRESERVE: True, "items": _preserved(items["items"])}
    return items


def _rest(schema: dict[str, Any], node: dict[str, Any], child: Child, losses: list[Loss]) -> None:
    """What is said of fields that are not among the properties."""
    rest = node.get("additionalProperties")
    if node.get("patternProperties"):
        losses.append(Loss("", "Fields are not checked by the pattern of their names.", "A CRD cannot say it."))
        rest = True
    if rest is None:
        return
    if rest is False:
        losses.append(Loss("", "Unknown fields are dropped, not refused.", "A CRD cannot forbid additional fields."))
    elif rest is True or rest == {} or schema.get(EMBEDDED):
        schema[PRESERVE] = True
    elif "properties" in schema:
        schema[PRESERVE] = True
        why = "A CRD describes an object's fields or a map's values, not both."
        losses.append(Loss("", "Values of fields that are not described are not checked.", why))
    else:
        schema["additionalProperties"] = _below("*", rest, child, losses)


def _embedded(schema: dict[str, Any]) -> None:
    """The server itself describes apiVersion, kind and metadata of an embedded object; a CRD may restrict names."""
    properties = schema.get("properties")
    if not properties:
        schema[PRESERVE] = True
        return
    fixed: dict[str, Any] = {
        name: {"type": "string"}
        for name in ("apiVersion", "kind")
        if name in properties and properties[name].get("type") != "string"
    }
    if metadata := properties.get("metadata"):
        names = {name: node for name, node in metadata.get("properties", {}).items() if name in _NAMES}
        described = {key: metadata[key] for key in ("description",) if key in metadata}
        fixed["metadata"] = {"type": "object", **described, **({"properties": names} if names else {})}
    schema["properties"] = properties | fixed


def _validations(schema: dict[str, Any], node: dict[str, Any], losses: list[Loss]) -> None:
    """Carry over what restricts values beyond the type."""
    if has_meaning(schema | {"format": node.get("format")}):
        schema["format"] = node["format"]
    if (pattern := node.get("pattern")) is not None:
        if is_re2(pattern):
            schema["pattern"] = pattern
        else:
            losses.append(
                Loss(
                    "", f"The pattern {pattern} is not checked.", "An API server's patterns are RE2, which refuses it."
                )
            )
    for key in COMBINATORS:
        if key in node:
            schema[key] = node[key]
    if not schema.get("required", True):
        del schema["required"]
    losses += [Loss("", f"{key} is not checked.", "A CRD cannot say it.") for key in _UNSAYABLE if key in node]
