"""The checker of the rules finds what breaks them: each schema here is one that an API server refuses."""

from __future__ import annotations

from typing import Any

import pytest

from .rules import violations

TEXT = {"type": "string"}
PRESERVE = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"
EMBEDDED = "x-kubernetes-embedded-resource"
EITHER = [{"type": "integer"}, {"type": "string"}]


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _map(items: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": items,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": list(keys),
    }


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no type": ({}, "type must not be empty"),
    "no type in items": ({"type": "array", "items": {"description": "x"}}, "[]: type must not be empty"),
    "no type in a map": ({"type": "object", "additionalProperties": {}}, "{}: type must not be empty"),
    "unknown type": ({"type": "null"}, "is not supported"),
    "list of types": ({"type": ["string", "null"]}, "is not supported"),
    "type beside int-or-string": ({"type": "string", INT_OR_STRING: True}, "type must be empty"),
    "int-or-string and anything": ({PRESERVE: True, INT_OR_STRING: True}, "must stand alone"),
    "false flag": ({"type": "object", PRESERVE: False}, "must be true or undefined"),
    "preserve on a string": ({"type": "string", PRESERVE: True}, "is for objects"),
    "reference": ({"$ref": "#/definitions/x", "type": "string"}, "must not have $ref"),
    "definitions": ({"type": "object", "definitions": {}}, "must not have definitions"),
    "patternProperties": ({"type": "object", "patternProperties": {}}, "must not have patternProperties"),
    "deprecated": ({"type": "object", "deprecated": True}, "must not have deprecated"),
    "uniqueItems": ({"type": "array", "items": TEXT, "uniqueItems": True}, "must not have uniqueItems"),
    "upstream extension": ({"type": "array", "items": TEXT, "x-kubernetes-patch-merge-key": "a"}, "must not have x-"),
    "no items": ({"type": "array"}, "items must be specified"),
    "tuple": ({"type": "array", "items": [TEXT]}, "items must be specified"),
    "both": ({"type": "object", "properties": {"a": TEXT}, "additionalProperties": TEXT}, "mutually exclusive"),
    "closed": ({"type": "object", "additionalProperties": False}, "cannot be set to false"),
    "properties of a string": ({"type": "string", "properties": {"a": TEXT}}, "properties is for objects"),
    "unknown format": ({"type": "string", "format": "int-or-string"}, "format 'int-or-string' is not known"),
    "look-ahead": ({"type": "string", "pattern": "^(?!a)"}, "is not RE2"),
    "look-behind": ({"type": "string", "pattern": "(?<=a)b"}, "is not RE2"),
    "back reference": ({"type": "string", "pattern": r"(a)\1"}, "is not RE2"),
    "open bracket": ({"type": "string", "pattern": "[a"}, "is not RE2"),
    "empty enum": ({"type": "string", "enum": []}, "enum must have values"),
    "required twice": ({"type": "object", "required": ["a", "a"]}, "each once"),
    "negative length": ({"type": "string", "minLength": -1}, "whole number"),
    "textual minimum": ({"type": "integer", "minimum": "1"}, "must be a number"),
    "set of objects": (
        {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "set"},
        "scalar or atomic",
    ),
    "list type of a string": ({"type": "string", "x-kubernetes-list-type": "atomic"}, "on an array"),
    "unknown list type": ({"type": "array", "items": TEXT, "x-kubernetes-list-type": "bag"}, "atomic, set or map"),
    "keys without map": ({"type": "array", "items": TEXT, "x-kubernetes-list-map-keys": ["a"]}, "go with"),
    "map without keys": (_map(_object(a=TEXT)), "go with"),
    "map of strings": (_map(TEXT, "a"), "must be objects"),
    "optional key": (_map(_object(a=TEXT), "a"), "must have a default or be required"),
    "missing key": (_map(_object(a=TEXT) | {"required": ["a"]}, "b"), "is no field"),
    "object as key": (_map(_object(a={"type": "object"}) | {"required": ["a"]}, "a"), "must be a scalar"),
    "nullable key": (_map(_object(a=TEXT | {"nullable": True}) | {"required": ["a"]}, "a"), "cannot be nullable"),
    "key named twice": (_map(_object(a=TEXT) | {"required": ["a"]}, "a", "a"), "named twice"),
    "nullable items": (_map(_object(a=TEXT) | {"required": ["a"], "nullable": True}, "a"), "cannot be nullable"),
    "map type of a list": ({"type": "array", "items": TEXT, "x-kubernetes-map-type": "atomic"}, "on an object"),
    "wrong default": ({"type": "integer", "default": "1"}, "default is not valid"),
    "default of a wrong kind": ({INT_OR_STRING: True, "default": 1.5}, "default is not valid"),
    "null as default": ({"type": "string", "default": None}, "not nullable"),
    "default to be pruned": (_object(a=TEXT) | {"default": {"b": 1}}, "would be pruned"),
    "rule without text": ({"type": "object", "x-kubernetes-validations": [{"message": "x"}]}, "is no rule"),
    "no rules": ({"type": "object", "x-kubernetes-validations": []}, "must be a list of rules"),
    "type in a branch": ({"type": "string", "anyOf": [{"type": "string"}]}, "must not have type"),
    "description in a branch": ({"type": "string", "allOf": [{"description": "x"}]}, "must not have description"),
    "default in not": ({"type": "string", "not": {"default": "x"}}, "must not have default"),
    "nullable in a branch": ({"type": "string", "oneOf": [{"nullable": True}]}, "must not have nullable"),
    "map in a branch": ({"type": "object", "oneOf": [{"additionalProperties": TEXT}]}, "must not have additional"),
    "types of int-or-string elsewhere": ({INT_OR_STRING: True, "oneOf": EITHER}, "must not have type"),
    "types of int-or-string reversed": ({INT_OR_STRING: True, "anyOf": EITHER[::-1]}, "must not have type"),
    "field only in a branch": (_object(a=TEXT) | {"anyOf": [{"properties": {"b": {}}}]}, "must be specified outside"),
    "field only in a nested branch": (
        _object(a=_object()) | {"not": {"allOf": [{"properties": {"a": {"properties": {"b": {}}}}}]}},
        "must be specified outside",
    ),
    "items only in a branch": ({"type": "string", "allOf": [{"items": {"minLength": 1}}]}, "specified outside"),
    "no branches": ({"type": "string", "anyOf": []}, "must have branches"),
    "embedded map": ({"type": "object", EMBEDDED: True, "additionalProperties": TEXT}, "must not be empty"),
    "embedded nothing": ({"type": "object", EMBEDDED: True}, "properties must not be empty"),
    "embedded string": ({"type": "string", EMBEDDED: True, PRESERVE: True}, "must be object"),
    "embedded labels": (
        _object(metadata=_object(labels={"type": "object"})) | {EMBEDDED: True},
        "must not specify anything other",
    ),
    "embedded kind": (_object(kind={"type": "integer"}) | {EMBEDDED: True}, "type must be string"),
}
SOUND: list[dict[str, Any]] = [
    {"type": "object"},
    {PRESERVE: True},
    {"type": "object", PRESERVE: True, "properties": {"a": TEXT}},
    {INT_OR_STRING: True, "anyOf": EITHER, "default": 3},
    {INT_OR_STRING: True, "allOf": [{"anyOf": EITHER}, {"pattern": r"^\d+%$"}]},
    {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "number", "default": 0.5}}},
    _map(_object(port={"type": "integer"}, protocol=TEXT | {"default": "TCP"}) | {"required": ["port"]}, "port"),
    _object(metadata={"type": "object", "properties": {"name": TEXT}}) | {EMBEDDED: True},
    _object(a=_object(b=TEXT)) | {"oneOf": [{"properties": {"a": {"properties": {"b": {"enum": ["x"]}}}}}]},
    {"type": "string", "nullable": True, "default": None, "pattern": r"^\\1[[:alpha:]]\z"},
]


@pytest.mark.parametrize("name", BROKEN)
def test_broken_rule_is_named(name: str) -> None:
    """Alone, and at any depth."""
    schema, expected = BROKEN[name]
    assert any(expected in line for line in violations(schema, root=False)), violations(schema, root=False)
    deep = _object(a={"type": "array", "items": {"type": "object", "additionalProperties": schema}})
    assert any(line.startswith(".a[]{}") and expected in line for line in violations(deep))


@pytest.mark.parametrize("schema", SOUND, ids=str)
def test_sound_schema_breaks_no_rule(schema: dict[str, Any]) -> None:
    """What the documentation allows is let pass."""
    assert violations(schema, root=False) == []


def test_root_has_rules_of_its_own() -> None:
    """The root is an object of which the server knows the metadata."""
    labels = _object(metadata=_object(labels={"type": "object"}))
    assert violations(labels, root=False) == []
    for schema in (
        labels,
        TEXT,
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "nullable": True},
    ):
        assert violations(schema)
