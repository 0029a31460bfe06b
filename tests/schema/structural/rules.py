"""The rules that an API server has for the schemas of CustomResourceDefinitions, as a checker of its own.

Written from the Kubernetes documentation ("Specifying a structural schema", "Field pruning", "Defaulting", "Merge
strategy" in the API reference of JSONSchemaProps) and from the validation in k8s.io/apiextensions-apiserver
(pkg/apis/apiextensions/validation, pkg/apiserver/schema). It shares nothing with kfed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsonschema

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = {"object", "array", "string", "integer", "number", "boolean"}
FORMATS = {
    *("int32", "int64", "float", "double", "byte", "date", "date-time", "duration", "password", "uri", "email"),
    *("hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5", "isbn", "isbn10", "isbn13"),
    *("hexcolor", "rgbcolor", "bsonobjectid", "creditcard", "ssn", "k8s-short-name", "k8s-long-name"),
}
INT_OR_STRING = "x-kubernetes-int-or-string"
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
LIST_TYPE = "x-kubernetes-list-type"
LIST_KEYS = "x-kubernetes-list-map-keys"
MAP_TYPE = "x-kubernetes-map-type"
RULES = "x-kubernetes-validations"
STRUCTURE = {
    *("type", "description", "title", "default", "nullable", "properties", "items", "additionalProperties"),
    *(INT_OR_STRING, PRESERVE, EMBEDDED, LIST_TYPE, LIST_KEYS, MAP_TYPE, RULES),
}
NUMBERS = {"maximum", "minimum", "multipleOf"}
COUNTS = {"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"}
VALUES = NUMBERS | COUNTS | {"exclusiveMaximum", "exclusiveMinimum", "format", "pattern", "enum", "required"}
LOGIC = ("allOf", "anyOf", "oneOf", "not")
RULE_FIELDS = {"rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf"}
EITHER = [{"type": "integer"}, {"type": "string"}]


def violations(schema: Any, *, root: bool = True) -> list[str]:
    """What a server would say against *schema*; empty for one that it takes.

    Args:
        schema: an ``openAPIV3Schema``, or with ``root=False`` one that stands below another one.
        root: the rules for the root of an object hold as well.
    """
    found = list(_node(schema, "", {}))
    if root and isinstance(schema, dict):
        found += _root(schema)
    return found


def _root(schema: dict[str, Any]) -> Iterator[str]:
    if schema.get("type") != "object":
        yield ": type must be object at the root"
    if "additionalProperties" in schema:
        yield ": additionalProperties must not be used at the root"
    if schema.get("nullable"):
        yield ": nullable cannot be true at the root"
    yield from _metadata(schema, "")


def _metadata(schema: dict[str, Any], path: str) -> Iterator[str]:
    """At the root, and in an embedded resource, the server itself knows what these are."""
    properties = schema.get("properties", {})
    for name in ("apiVersion", "kind"):
        if name in properties and properties[name].get("type") != "string":
            yield f"{path}.{name}: type must be string"
    metadata = properties.get("metadata")
    if metadata is not None:
        if metadata.get("type") != "object":
            yield f"{path}.metadata: type must be object"
        if set(metadata) - {"type", "description", "properties"} or set(metadata.get("properties", {})) - {
            "name",
            "generateName",
        }:
            yield f"{path}.metadata: must not specify anything other than name and generateName"


def _node(node: Any, path: str, seen: dict[int, bool]) -> Iterator[str]:
    """A node outside of combinators."""
    if not isinstance(node, dict):
        yield f"{path}: must be a schema, not {node!r}"
        return
    if unknown := set(node) - STRUCTURE - VALUES - set(LOGIC):
        yield f"{path}: must not have {', '.join(sorted(unknown))}"
    yield from _type(node, path)
    yield from _flags(node, path)
    yield from _values(node, path)
    yield from _containers(node, path)
    yield from _embedded(node, path)
    yield from _lists(node, path)
    yield from _rules(node, path)
    yield from _default(node, path)
    yield from _logic(node, path)
    for name, child in _children(node):
        # The same mapping below the same kind of place has been looked at already.
        if id(child) not in seen:
            seen[id(child)] = True
            yield from _node(child, path + name, seen)


def _children(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, child in node.get("properties", {}).items():
        yield f".{name}", child
    if "items" in node:
        yield "[]", node["items"]
    if isinstance(node.get("additionalProperties"), dict):
        yield "{}", node["additionalProperties"]


def _type(node: dict[str, Any], path: str) -> Iterator[str]:
    kind = node.get("type")
    if node.get(INT_OR_STRING):
        if kind is not None:
            yield f"{path}: type must be empty if {INT_OR_STRING} is true"
        if node.get(PRESERVE) or node.get(EMBEDDED):
            yield f"{path}: {INT_OR_STRING} must stand alone"
    elif kind is None:
        if node.get(EMBEDDED) or not node.get(PRESERVE):
            yield f"{path}: type must not be empty"
    elif not isinstance(kind, str) or kind not in TYPES:
        yield f"{path}: type {kind!r} is not supported"
    if node.get(PRESERVE) and kind not in {None, "array", "object"}:
        yield f"{path}: {PRESERVE} is for objects and lists"


def _flags(node: dict[str, Any], path: str) -> Iterator[str]:
    for flag in (INT_OR_STRING, PRESERVE, EMBEDDED):
        if flag in node and node[flag] is not True:
            yield f"{path}: {flag} must be true or undefined"
    for flag in {"nullable", "exclusiveMaximum", "exclusiveMinimum"} & set(node):
        if not isinstance(node[flag], bool):
            yield f"{path}: {flag} must be a boolean"


def _values(node: dict[str, Any], path: str) -> Iterator[str]:
    if "format" in node and node["format"] not in FORMATS:
        yield f"{path}: format {node['format']!r} is not known"
    if "pattern" in node and not _is_re2(node["pattern"]):
        yield f"{path}: pattern {node['pattern']!r} is not RE2"
    if "enum" in node and (not isinstance(node["enum"], list) or not node["enum"]):
        yield f"{path}: enum must have values"
    required = node.get("required", ["x"])
    if not isinstance(required, list) or not required or len(set(required)) != len(required):
        yield f"{path}: required must name fields, each once"
    for key in NUMBERS & set(node):
        if isinstance(node[key], bool) or not isinstance(node[key], int | float):
            yield f"{path}: {key} must be a number"
    for key in COUNTS & set(node):
        if isinstance(node[key], bool) or not isinstance(node[key], int) or node[key] < 0:
            yield f"{path}: {key} must be a whole number"


def _is_re2(pattern: Any) -> bool:
    if not isinstance(pattern, str) or re.search(r"\(\?(<?[=!]|>|\()|\(\?P=|\\[1-9]", pattern.replace("\\\\", "")):
        return False
    try:
        re.compile(re.sub(r"\[\[:\w+:\]\]|\\[zpP](\{\w+\})?", "x", pattern))
    except re.error:
        return False
    return True


def _containers(node: dict[str, Any], path: str) -> Iterator[str]:
    kind = node.get("type")
    if kind == "array" and not isinstance(node.get("items"), dict):
        yield f"{path}: items must be specified, and be one schema"
    if "items" in node and kind != "array":
        yield f"{path}: items is for arrays"
    if "properties" in node and not (kind == "object" or node.get(PRESERVE)):
        yield f"{path}: properties is for objects"
    if "additionalProperties" in node:
        if "properties" in node:
            yield f"{path}: additionalProperties and properties are mutually exclusive"
        if node["additionalProperties"] is False:
            yield f"{path}: additionalProperties cannot be set to false"
        if kind != "object":
            yield f"{path}: additionalProperties is for objects"


def _embedded(node: dict[str, Any], path: str) -> Iterator[str]:
    kind = node.get("type")
    if node.get(EMBEDDED):
        yield from _metadata(node, path)
        if kind != "object":
            yield f"{path}: type must be object if {EMBEDDED} is true"
        if not node.get("properties") and not node.get(PRESERVE):
            yield f"{path}: properties must not be empty if {EMBEDDED} is true without {PRESERVE}"


def _lists(node: dict[str, Any], path: str) -> Iterator[str]:
    kind, keys = node.get(LIST_TYPE), node.get(LIST_KEYS)
    if kind is not None and (kind not in {"atomic", "set", "map"} or node.get("type") != "array"):
        yield f"{path}: {LIST_TYPE} is atomic, set or map, on an array"
    if (kind == "map") != bool(keys):
        yield f"{path}: {LIST_KEYS} go with {LIST_TYPE} map"
    if MAP_TYPE in node and (node[MAP_TYPE] not in {"atomic", "granular"} or node.get("type") != "object"):
        yield f"{path}: {MAP_TYPE} is atomic or granular, on an object"
    items = node.get("items") if isinstance(node.get("items"), dict) else {}
    if kind in {"set", "map"} and items.get("nullable"):
        yield f"{path}: the items of a {kind} cannot be nullable"
    if kind == "set" and (
        (items.get("type") == "object" and items.get(MAP_TYPE) != "atomic")
        or (items.get("type") == "array" and items.get(LIST_TYPE, "atomic") != "atomic")
    ):
        yield f"{path}: the items of a set must be scalar or atomic"
    if kind == "map":
        yield from _keys(items, keys or [], path)


def _keys(items: dict[str, Any], keys: list[str], path: str) -> Iterator[str]:
    if items.get("type") != "object":
        yield f"{path}: the items of a map must be objects"
    if len(set(keys)) != len(keys):
        yield f"{path}: a key is named twice"
    for key in keys:
        field = items.get("properties", {}).get(key)
        if field is None:
            yield f"{path}: the key {key} is no field of the items"
            continue
        if field.get("type") not in TYPES - {"object", "array"} and not field.get(INT_OR_STRING):
            yield f"{path}: the key {key} must be a scalar"
        if field.get("nullable"):
            yield f"{path}: the key {key} cannot be nullable"
        if key not in items.get("required", []) and "default" not in field:
            yield f"{path}: the key {key} must have a default or be required"


def _rules(node: dict[str, Any], path: str) -> Iterator[str]:
    rules = node.get(RULES, [])
    if not isinstance(rules, list) or (RULES in node and not rules):
        yield f"{path}: {RULES} must be a list of rules"
        return
    for rule in rules:
        if not isinstance(rule, dict) or not str(rule.get("rule", "")).strip() or set(rule) - RULE_FIELDS:
            yield f"{path}: {rule!r} is no rule"


def _default(node: dict[str, Any], path: str) -> Iterator[str]:
    if "default" not in node:
        return
    value = node["default"]
    if value is None and not node.get("nullable"):
        yield f"{path}: the default null is not nullable"
        return
    if error := next(jsonschema.Draft4Validator(_draft4(node)).iter_errors(value), None):
        yield f"{path}: the default is not valid: {error.message}"
    if _pruned(value, node) != value:
        yield f"{path}: the default has fields that would be pruned"


def _draft4(node: dict[str, Any]) -> dict[str, Any]:
    """The node for a JSON Schema validator."""
    result = dict(node)
    if node.get(INT_OR_STRING):
        result["type"] = ["integer", "string"]
    if node.get("nullable") and "type" in result:
        result["type"] = [*([result["type"]] if isinstance(result["type"], str) else result["type"]), "null"]
    if "properties" in node:
        result["properties"] = {name: _draft4(child) for name, child in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            result[key] = _draft4(node[key])
    return result


def _pruned(value: Any, node: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_pruned(one, node.get("items", {PRESERVE: True})) for one in value]
    if not isinstance(value, dict):
        return value
    rest = node.get("additionalProperties")
    result = {}
    for name, one in value.items():
        if name in node.get("properties", {}):
            result[name] = _pruned(one, node["properties"][name])
        elif isinstance(rest, dict):
            result[name] = _pruned(one, rest)
        elif rest or node.get(PRESERVE):
            result[name] = one
    return result


def _logic(node: dict[str, Any], path: str) -> Iterator[str]:
    for key in LOGIC:
        branches = [node[key]] if key == "not" and key in node else node.get(key, [])
        if key in node and (not isinstance(branches, list) or not branches):
            yield f"{path}.{key}: must have branches"
            continue
        for index, branch in enumerate(branches):
            if not _is_either(node, key, index):
                yield from _nested(branch, node, f"{path}.{key}[{index}]")


def _is_either(node: dict[str, Any], key: str, index: int) -> bool:
    """The two forms in which an int-or-string may say its types."""
    if not node.get(INT_OR_STRING):
        return False
    return (key == "anyOf" and node[key] == EITHER) or (
        key == "allOf" and index == 0 and node[key][0] == {"anyOf": EITHER}
    )


def _nested(node: Any, outer: dict[str, Any], path: str) -> Iterator[str]:
    """A node in a combinator: it restricts and describes nothing, and all it speaks of is described by *outer*."""
    if not isinstance(node, dict):
        yield f"{path}: must be a schema"
        return
    if unknown := set(node) - VALUES - set(LOGIC) - {"properties", "items"}:
        yield f"{path}: must not have {', '.join(sorted(unknown))} in a combinator"
    yield from _flags(node, path)
    yield from _values(node, path)
    for name, child in node.get("properties", {}).items():
        if name not in outer.get("properties", {}):
            yield f"{path}.{name}: must be specified outside of the combinator"
        else:
            yield from _nested(child, outer["properties"][name], f"{path}.{name}")
    if "items" in node:
        if not isinstance(outer.get("items"), dict):
            yield f"{path}[]: must be specified outside of the combinator"
        else:
            yield from _nested(node["items"], outer["items"], f"{path}[]")
    for key in LOGIC:
        branches = [node[key]] if key == "not" and key in node else node.get(key, [])
        for index, branch in enumerate(branches):
            yield from _nested(branch, outer, f"{path}.{key}[{index}]")
