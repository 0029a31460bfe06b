"""The root of a schema: the whole object, and what is left of it to stand under ``spec.template``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.resource import Scope
from kfed.errors import SchemaError
from kfed.schema.structural.celrules import movable
from kfed.schema.structural.fold import COMBINATORS
from kfed.schema.structural.jsontypes import PRESERVE
from kfed.schema.structural.loss import Loss
from kfed.schema.structural.objectmeta import object_meta

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.schema.structural.loss import Shaped

# The federated object tells what these are, so that a template need not.
_IMPLIED = frozenset({"apiVersion", "kind", "metadata", "status"})
_API_VERSION = "Version of the object's schema, with its group."
_KIND = "The object's kind."


def whole_object(shaped: Shaped, scope: Scope | None) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    """The object without its status, with apiVersion, kind and metadata typed, and with all losses.

    Raises:
        SchemaError: the schema is of something that is no object.
    """
    schema = shaped.schema
    losses = [loss for loss in shaped.losses if loss.path.split(".")[0].rstrip("[]") != "status"]
    _check_object(schema)
    given = schema.get("properties", {})
    if not given:
        what, why = "Any object is accepted: nothing in it is checked.", "The source describes no properties."
        losses.append(Loss("", what, why))
        schema = schema | {PRESERVE: True}
    properties = _typed(given, scope)
    schema = schema | {"type": "object", "properties": properties}
    schema = _unrequired(_uncombined(schema, losses))
    schema.pop("additionalProperties", None)
    schema, dropped = movable(schema)
    _name_rules(given, losses)
    return schema, tuple(losses + dropped)


def served_object(shaped: Shaped, scope: Scope | None) -> dict[str, Any]:
    """The object as its server sees it: nothing is left out, and apiVersion, kind and metadata are typed.

    Raises:
        SchemaError: the schema is of something that is no object.
    """
    schema = shaped.schema
    _check_object(schema)
    given = schema.get("properties", {})
    properties = _typed(given, scope) | {name: given[name] for name in ("status",) if name in given}
    return schema | {"type": "object", "properties": properties}


def _check_object(schema: dict[str, Any]) -> None:
    if schema.get("type") not in {"object", None}:
        raise SchemaError(f"The schema is of a {schema['type']}; a Kubernetes object is an object. Give its schema.")


def _typed(given: dict[str, Any], scope: Scope | None) -> dict[str, Any]:
    metadata = given.get("metadata", {})
    if _leaves_to_server(metadata):
        metadata = object_meta(metadata, namespaced=scope is not Scope.CLUSTER)
    rest = {name: node for name, node in given.items() if name not in _IMPLIED}
    return {
        "apiVersion": {"type": "string", "description": given.get("apiVersion", {}).get("description", _API_VERSION)},
        "kind": {"type": "string", "description": given.get("kind", {}).get("description", _KIND)},
        "metadata": metadata,
        **rest,
    }


def _leaves_to_server(metadata: dict[str, Any]) -> bool:
    """Whether this is metadata as a CRD has it, which may restrict two fields and describes none."""
    return set(metadata.get("properties", {})) <= {"name", "generateName"}


def _unrequired(schema: dict[str, Any]) -> dict[str, Any]:
    required = [name for name in schema.get("required", ()) if name not in _IMPLIED]
    rest = {key: value for key, value in schema.items() if key != "required"}
    return rest | {"required": required} if required else rest


def _uncombined(schema: dict[str, Any], losses: list[Loss]) -> dict[str, Any]:
    """Without the combinators that speak of what a template has no need to have."""
    result = dict(schema)
    for key in COMBINATORS:
        if key in schema and (names := sorted(_names(schema[key]) & _IMPLIED)):
            del result[key]
            what = f"What {key} says of {', '.join(names)}, and all else in it, is not checked."
            losses.append(Loss("", what, "A template need not have them."))
    return result


def _names(value: Any) -> set[str]:
    """The fields of the object that a combinator speaks of."""
    branches: Iterable[Any] = value if isinstance(value, list) else [value]
    found: set[str] = set()
    for branch in branches:
        found |= {*branch.get("properties", {}), *branch.get("required", ())}
        for key in COMBINATORS:
            if key in branch:
                found |= _names(branch[key])
    return found


def _name_rules(given: dict[str, Any], losses: list[Loss]) -> None:
    """The name of an object is the federated object's, which this schema does not describe."""
    metadata = given.get("metadata", {})
    for name, node in metadata.get("properties", {}).items():
        if _leaves_to_server(metadata) and set(node) - {"type", "description"}:
            what = "The restriction is checked only where the template gives the field."
            losses.append(Loss(f"metadata.{name}", what, "An object is named as its federated object is."))
