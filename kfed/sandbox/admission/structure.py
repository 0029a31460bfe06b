"""Whether the schema of a CustomResourceDefinition is one that a server takes, in its words.

The rules are those of k8s.io/apiextensions-apiserver: ``pkg/apiserver/schema`` (a schema is to be structural) and
``pkg/apis/apiextensions/validation`` (which keywords there are, and how list and map types fit). Not looked at are
what CEL rules would cost, and whether ``allOf`` and the like speak of fields by a type that they do not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.validation import schema_causes
from kfed.sandbox.kinds.pruning import unknown_fields
from kfed.sandbox.values.causes import forbidden_field, invalid_value, required, unsupported
from kfed.schema.check.node import Node
from kfed.schema.patterns import is_re2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.values.causes import Cause

    Schema = dict[str, Any]

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_BRANCHES = ("anyOf", "allOf", "oneOf")
_INT, _PRESERVE = "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"
_EMBEDDED, _RULES = "x-kubernetes-embedded-resource", "x-kubernetes-validations"
_LIST, _KEYS, _MAP = "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"
_EITHER = [{"type": "integer"}, {"type": "string"}]
_ROOT, _ITEM, _FIELD = "at the root", "for specified array items", "for specified object fields"
# What a branch may not say, in the server's order, and what is to be said of it.
_NOT_IN_BRANCHES = (
    *(("type", "empty"), ("additionalProperties", "undefined"), ("default", "undefined")),
    *(("title", "empty"), ("description", "empty"), ("nullable", "false")),
    *((_PRESERVE, "false"), (_EMBEDDED, "false"), (_INT, "false")),
    *((_KEYS, "empty"), (_LIST, "undefined"), (_MAP, "undefined"), (_RULES, "empty")),
)


def structure_causes(schema: Schema, field: str) -> list[Cause]:
    """What a server has against an ``openAPIV3Schema``.

    Args:
        schema: of a version; its keywords have values of the right types.
        field: where it stands, such as ``spec.validation.openAPIV3Schema``.
    """
    general = list(_general(schema, field))
    if any(cause["message"].endswith(" is not supported") for cause in general):
        return general
    structural = [*_structural(schema, field, _ROOT), *_complete(schema, field)]
    found = sorted(structural, key=lambda cause: (cause["field"], cause["message"])) or list(_defaults(schema, field))
    nullable = [forbidden_field(f"{field}.nullable", "nullable cannot be true at the root")]
    return (nullable if schema.get("nullable") else []) + found + general


def _general(schema: Any, field: str) -> Iterator[Cause]:
    """The rules for each keyword by itself, wherever it stands."""
    if not isinstance(schema, dict):
        return
    yield from _keywords(schema, field)
    yield from _lists(schema, field)
    for below, where in _all_below(schema, field):
        yield from _general(below, where)


def _keywords(schema: Schema, field: str) -> Iterator[Cause]:
    kind = schema.get("type", "")
    if kind and kind not in _TYPES:
        yield unsupported(f"{field}.type", kind, _TYPES)
    for name in _UNSUPPORTED:
        if schema.get(name):
            yield forbidden_field(f"{field}.{name}", f"{name} is not supported")
    if kind == "null":
        yield forbidden_field(f"{field}.type", "type cannot be set to null, use nullable as an alternative")
    if isinstance(schema.get("items"), list):
        yield forbidden_field(f"{field}.items", "items must be a schema object and not an array")
    if schema.get("uniqueItems"):
        why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        yield forbidden_field(f"{field}.uniqueItems", why)
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        why = "additionalProperties and properties are mutual exclusive"
        yield forbidden_field(f"{field}.additionalProperties", why)
    if schema.get(_PRESERVE) is False:
        yield invalid_value(f"{field}.{_PRESERVE}", value=False, why="must be true or undefined")


def _lists(schema: Schema, field: str) -> Iterator[Cause]:
    """List types, their keys, and map types."""
    yield from _list_and_map_type(schema, field)
    keys, listed, items = schema.get(_KEYS) or [], schema.get(_LIST), schema.get("items")
    if keys and listed != "map":
        why = "must be map if x-kubernetes-list-map-keys is non-empty"
        yield required(f"{field}.{_LIST}", why) if listed is None else invalid_value(f"{field}.{_LIST}", listed, why)
    if listed == "map" and not keys:
        yield required(f"{field}.{_KEYS}", "must not be empty if x-kubernetes-list-type is map")
    if listed == "map" and items is None:
        yield required(f"{field}.items", "must have a schema if x-kubernetes-list-type is map")
    if isinstance(items, dict):
        yield from _list_items(items, listed, keys, f"{field}.items", field)


def _list_and_map_type(schema: Schema, field: str) -> Iterator[Cause]:
    for name, kind, known in ((_MAP, "object", ("atomic", "granular")), (_LIST, "array", ("atomic", "set", "map"))):
        if name not in schema:
            continue
        why = f"must be {kind} if {name} is specified"
        if not schema.get("type"):
            yield required(f"{field}.type", why)
        elif schema["type"] != kind:
            yield invalid_value(f"{field}.type", schema["type"], why)
        if schema[name] not in known:
            yield unsupported(f"{field}.{name}", schema[name], known)


def _list_items(items: Schema, listed: Any, keys: list[str], field: str, outer: str) -> Iterator[Cause]:
    if listed in {"set", "map"} and items.get("nullable"):
        yield forbidden_field(f"{field}.nullable", f"cannot be nullable when x-kubernetes-list-type is {listed}")
    if listed == "set":
        yield from _set_items(items, field)
    if listed != "map":
        return
    if items.get("type") != "object":
        why = "must be object if parent array's x-kubernetes-list-type is map"
        yield invalid_value(f"{field}.type", items.get("type", ""), why)
        return
    for key in keys:
        node = items.get("properties", {}).get(key)
        if node is None:
            why = "entries must all be names of item properties"
            yield invalid_value(f"{outer}.{_KEYS}", keys, why)
        elif key not in items.get("required", ()) and node.get("default") is None:
            why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            yield required(f"{field}.properties[{key}].default", why)


def _set_items(items: Schema, field: str) -> Iterator[Cause]:
    """The elements of a set are compared as a whole; the server names the list's type, whichever is wrong."""
    listed, name = items.get(_LIST), {"array": _LIST, "object": _MAP}.get(items.get("type", ""), "")
    is_atomic = listed in {None, "atomic"} if name == _LIST else items.get(_MAP) == "atomic"
    if name and not is_atomic:
        why = "must be atomic as item of a list with x-kubernetes-list-type=set"
        yield invalid_value(f"{field}.{name}", listed, why)


def _structural(schema: Schema, field: str, level: str) -> Iterator[Cause]:
    """The rules for what describes fields, outside of branches."""
    for below, where, deeper in _described(schema, field):
        yield from _structural(below, where, deeper)
    if schema.get("type") == "array" and "items" not in schema:
        yield required(f"{field}.items", "must be specified")
    if level == _ROOT and schema.get("additionalProperties") is not None:
        yield forbidden_field(f"{field}.additionalProperties", "must not be used at the root")
    for name in (_PRESERVE, _EMBEDDED):
        if schema.get(_INT) and schema.get(name):
            yield invalid_value(
                f"{field}.{name}", value=True, why="must be false if x-kubernetes-int-or-string is true"
            )
    yield from _type(schema, field, level)
    yield from _metadata(schema, field, level)
    yield from _branches(schema, field)


def _type(schema: Schema, field: str, level: str) -> Iterator[Cause]:
    kind = schema.get("type", "")
    if schema.get(_EMBEDDED) and kind != "object":
        why = "must be object if x-kubernetes-embedded-resource is true"
        yield invalid_value(f"{field}.type", kind, why) if kind else required(f"{field}.type", why)
    elif not kind and not schema.get(_INT) and not schema.get(_PRESERVE):
        yield required(f"{field}.type", f"must not be empty {level}")
    if level == _ROOT and kind and kind != "object":
        yield invalid_value(f"{field}.type", kind, "must be object at the root")
    if schema.get(_EMBEDDED) and not schema.get(_PRESERVE) and not schema.get("properties"):
        why = f"must not be empty if {_EMBEDDED} is true without {_PRESERVE}"
        yield required(f"{field}.properties", why)


def _metadata(schema: Schema, field: str, level: str) -> Iterator[Cause]:
    """What every object has is described by the server; a schema may restrict names."""
    if level != _ROOT and not schema.get(_EMBEDDED):
        return
    properties = schema.get("properties") or {}
    for name, kind in (("kind", "string"), ("apiVersion", "string"), ("metadata", "object")):
        given = properties.get(name, {"type": kind}).get("type", "")
        if given != kind:
            yield invalid_value(f"{field}.properties[{name}].type", given, f"must be {kind}")
    more = set(properties.get("metadata", {})) - {"type", "properties", "default"}
    more |= set(properties.get("metadata", {}).get("properties") or {}) - {"name", "generateName"}
    if level == _ROOT and more:
        why = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        yield forbidden_field(f"{field}.properties[metadata]", why)


def _branches(schema: Schema, field: str) -> Iterator[Cause]:
    if (pattern := schema.get("pattern")) and not is_re2(pattern):
        yield invalid_value(f"{field}.pattern", pattern, "must be a valid regular expression, but isn't")
    for branch, where in _branches_of(schema, field):
        yield from _branch(branch, where)


def _branch(branch: Schema, field: str) -> Iterator[Cause]:
    """The rules for what restricts values, and describes nothing."""
    yield from _branches(branch, field)
    for below, where in _below_branch(branch, field):
        yield from _branch(below, where)
    for name, state in _NOT_IN_BRANCHES:
        if branch.get(name) not in (None, "", False, []):
            yield forbidden_field(f"{field}.{name}", f"must be {state} to be structural")
    if "metadata" in (branch.get("properties") or {}):
        yield forbidden_field(f"{field}.properties[metadata]", "must not be specified in a nested context")


def _complete(schema: Schema, field: str) -> Iterator[Cause]:
    """Whether what a branch of the root restricts is described outside of it."""
    for branch, where in _branches_of(schema, field):
        yield from _has_counterpart(branch, where, schema, field)


def _has_counterpart(branch: Schema, where: str, schema: Any, field: str) -> Iterator[Cause]:
    if not isinstance(schema, dict):
        yield required(field, f"because it is defined in {where}")
        return
    for below, deeper in _branches_of(branch, where):
        yield from _has_counterpart(below, deeper, schema, field)
    if isinstance(branch.get("items"), dict):
        yield from _has_counterpart(branch["items"], f"{where}.items", schema.get("items"), f"{field}.items")
    for name, below in (branch.get("properties") or {}).items():
        described = (schema.get("properties") or {}).get(name)
        suffix = f".properties[{name}]"
        yield from _has_counterpart(below, where + suffix, described, field + suffix)


def _defaults(schema: Schema, field: str) -> Iterator[Cause]:
    """Whether defaults are valid by the schema that they are defaults of."""
    if "default" in schema:
        node = Node(schema)
        if unknown_fields(node, schema["default"]):
            yield invalid_value(f"{field}.default", schema["default"], "must not have unknown fields")
        for cause in schema_causes(node, schema["default"]):
            yield cause | {"field": ".".join(filter(None, (f"{field}.default", cause["field"])))}
    for below, where, _ in _described(schema, field):
        yield from _defaults(below, where)


def _described(schema: Schema, field: str) -> Iterator[tuple[Schema, str, str]]:
    """What is below a schema, outside of branches, and on which level."""
    if isinstance(schema.get("items"), dict):
        yield schema["items"], f"{field}.items", _ITEM
    for name, below in (schema.get("properties") or {}).items():
        yield below, f"{field}.properties[{name}]", _FIELD
    if isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"], f"{field}.additionalProperties", _FIELD


def _branches_of(schema: Schema, field: str) -> Iterator[tuple[Schema, str]]:
    """The branches of a schema; those that say that something is an integer or a string are none."""
    skipped = "anyOf" if schema.get("anyOf") == _EITHER else ""
    for key in _BRANCHES:
        for place, branch in enumerate(schema.get(key) or () if key != skipped else ()):
            is_either = key == "allOf" and place == 0 and branch.get("anyOf") == _EITHER
            yield (
                branch if not is_either else {k: v for k, v in branch.items() if k != "anyOf"},
                f"{field}.{key}[{place}]",
            )
    if isinstance(schema.get("not"), dict):
        yield schema["not"], f"{field}.not"


def _below_branch(branch: Schema, field: str) -> Iterator[tuple[Schema, str]]:
    if isinstance(branch.get("items"), dict):
        yield branch["items"], f"{field}.items"
    for name, below in (branch.get("properties") or {}).items():
        yield below, f"{field}.properties[{name}]"


def _all_below(schema: Schema, field: str) -> Iterator[tuple[Any, str]]:
    yield from ((below, where) for below, where, _ in _described(schema, field))
    for key in _BRANCHES:
        for place, branch in enumerate(schema.get(key) or ()):
            yield branch, f"{field}.{key}[{place}]"
    if "not" in schema:
        yield schema["not"], f"{field}.not"
