"""Structural schemas made at random, values that fit them, and the mistakes that people make in such values.

All of it comes out of one seed, so that what a test found is found again.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from kfed.schema.check.checker import Checker

if TYPE_CHECKING:
    import random

Schema = dict[str, Any]

PRESERVE = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"
NAMES = ("a", "b", "c", "name")
# Patterns and formats, each with texts that have it; the first alone is short.
FORMS: tuple[tuple[Schema, tuple[str, ...]], ...] = (
    ({}, ("", "x", "é", "some text", "true")),
    ({"pattern": "^[a-z]+$"}, ("x", "abc")),
    ({"pattern": "^(?i)v[0-9]+$"}, ("v1", "V22")),
    ({"pattern": r"\d"}, ("a1", "٣1")),
    ({"format": "date"}, ("2026-01-31",)),
    ({"format": "date-time"}, ("2026-01-31T12:00:00Z",)),
    ({"format": "duration"}, ("1h30m", "2 days")),
    ({"format": "ipv4"}, ("10.0.0.1",)),
    ({"format": "uri"}, ("https://example.com/a",)),
    ({"format": "byte"}, ("aGk=",)),
    ({"format": "gizmo"}, ("x",)),
    ({"enum": ["x", "y", ""]}, ("x", "y", "")),
    ({"minLength": 1, "maxLength": 3}, ("x", "äöü")),
)
# No fraction comes near these: a server takes 20.5 for one of them, as it compares what is left when it is cut off.
ENUM = (20, 30)
MANY = 10**6
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2,
    1.5,
    2**31,
    10**20,
    "",
    "x",
    "ABC",
    "1",
    [],
    {},
    ["x"],
    {"a": None},
    [None],
)


class Maker:
    """Makes schemas and values."""

    def __init__(self, chance: random.Random) -> None:
        """Everything is drawn from *chance*."""
        self._chance = chance

    def schema(self, depth: int = 3) -> Schema:
        """A structural schema that an API server takes."""
        makers = [self._text, self._number, self._flag, self._either, self._anything]
        makers += [self._record, self._record, self._map, self._list] if depth else []
        schema = self._chance.choice(makers)(depth)
        if self._maybe(0.15) and not schema.get(INT_OR_STRING):
            schema["nullable"] = True
        # A server looks at a default before the defaults in it have come.
        default = self.value(schema) if self._maybe(0.2) and "minProperties" not in schema else None
        is_right = default is not None and not Checker(schema, redact=False).check(default)
        return schema | {"default": default} if is_right else schema

    def value(self, schema: Schema) -> Any:
        """A value that most likely fits *schema*."""
        if schema.get("nullable") and "enum" not in schema and self._maybe(0.1):
            return None
        kind = INT_OR_STRING if schema.get(INT_OR_STRING) else schema.get("type")
        if kind in ("object", "array"):
            return self._fields(schema) if kind == "object" else self._elements(schema)
        some = {
            INT_OR_STRING: (1, "x", "80%"),
            "string": [texts for form, texts in FORMS if form.items() <= schema.items()][-1],
            "integer": schema.get("enum") or (20, 30, 25, 20.0),
            "number": schema.get("enum") or (20, 30, 0.5),
            "boolean": (True, False),
            None: (1, "x", {"a": [1, None]}, ["x"]),
        }
        return copy.deepcopy(self._chance.choice(some[kind]))

    def mistake(self, value: Any) -> Any:
        """A copy of *value* that differs from it in one place, as things go wrong."""
        if isinstance(value, dict) and value and self._maybe(0.8):
            name = self._chance.choice(list(value))
            return {**value, name: self.mistake(value[name])}
        if isinstance(value, list) and value and self._maybe(0.7):
            place = self._chance.randrange(len(value))
            return [*value[:place], self.mistake(value[place]), *value[place + 1 :]]
        return self._changed(value)

    def _changed(self, value: Any) -> Any:
        choice = self._chance.random()
        if isinstance(value, dict) and choice < 0.6:
            kept = {name: item for name, item in value.items() if self._maybe(0.6)}
            return {**kept, self._chance.choice(NAMES): self._chance.choice(ODD)} if self._maybe(0.5) else kept
        if isinstance(value, list) and choice < 0.6:
            return [*value, *value[:1], *([self._chance.choice(ODD)] if self._maybe(0.3) else [])]
        if isinstance(value, str) and choice < 0.4:
            return self._chance.choice((value + "!", value * 2, value.upper(), f" {value}", ""))
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MANY and choice < 0.4:
            return self._chance.choice((value + 1, -value, value * MANY, value / 4, str(value), float(value)))
        return copy.deepcopy(self._chance.choice(ODD))

    def _text(self, _: int) -> Schema:
        form, _texts = self._chance.choice(FORMS)
        return self._combined({"type": "string", **form}, self._text_facet)

    def _number(self, _: int) -> Schema:
        schema: Schema = {"type": self._chance.choice(("integer", "number"))}
        bounds: Schema = {"minimum": self._chance.choice((-1, 0, 20)), "maximum": self._chance.choice((25, 40))}
        bounds |= {"multipleOf": 10, "enum": list(ENUM)}
        schema |= {name: bound for name, bound in bounds.items() if self._maybe(0.25)}
        for bound in ("Minimum", "Maximum"):
            if bound.lower() in schema and self._maybe(0.3):
                schema[f"exclusive{bound}"] = True
        formats = ("int32", "int64", "uint8") if schema["type"] == "integer" else ("float", "double", "int32")
        if self._maybe(0.4):
            schema["format"] = self._chance.choice(formats)
        return self._combined(schema, self._number_facet)

    def _flag(self, _: int) -> Schema:
        return {"type": "boolean"}

    def _either(self, _: int) -> Schema:
        both = [{"type": "integer"}, {"type": "string"}]
        return {INT_OR_STRING: True} | self._chance.choice(
            ({}, {"anyOf": both}, {"allOf": [{"anyOf": both}, {"maximum": 99}]})
        )

    def _anything(self, _: int) -> Schema:
        return {PRESERVE: True} | self._chance.choice(({}, {}, {"not": {"enum": ["x"]}}, {"maxItems": 1}))

    def _record(self, depth: int) -> Schema:
        fields = {name: self.schema(depth - 1) for name in self._chance.sample(NAMES, self._chance.randint(1, 4))}
        schema: Schema = {"type": "object", "properties": fields}
        if self._maybe(0.4):
            schema["required"] = self._chance.sample(list(fields), 1)
        if self._maybe(0.15):
            schema[PRESERVE] = True
        if self._maybe(0.15):
            schema["minProperties"] = 1
        if self._maybe(0.1):
            schema["maxProperties"] = 3
        return self._combined(schema, lambda: self._record_facet(fields))

    def _map(self, depth: int) -> Schema:
        schema: Schema = {"type": "object", "additionalProperties": self.schema(depth - 1)}
        if self._maybe(0.2):
            schema |= self._chance.choice(({"minProperties": 1}, {"maxProperties": 2}))
        return schema

    def _list(self, depth: int) -> Schema:
        kind = self._chance.choice((None, None, "atomic", "set", "map"))
        schema: Schema = {"type": "array", "items": self.schema(depth - 1)}
        if self._maybe(0.3):
            schema |= self._chance.choice(({"minItems": 1}, {"maxItems": 2}))
        if self._maybe(0.1):
            schema[PRESERVE] = True
        if kind == "set":
            schema["items"] = {"type": self._chance.choice(("string", "integer", "number"))}
        if kind == "map":
            schema["items"] = self._keyed(depth)
            schema["x-kubernetes-list-map-keys"] = ["name"] if "c" not in schema["items"]["required"] else ["name", "c"]
        return schema if kind is None else schema | {"x-kubernetes-list-type": kind}

    def _keyed(self, depth: int) -> Schema:
        keys: Schema = {"name": {"type": "string"}}
        if self._maybe(0.4):
            keys["c"] = {"type": "integer"}
        rest = {name: self.schema(depth - 1) for name in ("a", "b") if self._maybe(0.5)}
        required = list(keys)
        if self._maybe(0.3):
            keys["name"]["default"] = "x"
            required.remove("name")
        return {"type": "object", "properties": keys | rest, "required": required}

    def _combined(self, schema: Schema, facet: Any) -> Schema:
        """*schema* with a combination of what *facet* gives, now and then."""
        if self._maybe(0.75):
            return schema
        key = self._chance.choice(("allOf", "anyOf", "oneOf", "not"))
        return schema | {key: facet() if key == "not" else [facet() for _ in range(self._chance.randint(1, 3))]}

    def _text_facet(self) -> Schema:
        return self._chance.choice(
            ({"enum": ["x", "v1"]}, {"pattern": "^[a-z]"}, {"maxLength": 2}, {"format": "date"}, {"minLength": 1})
        )

    def _number_facet(self) -> Schema:
        return self._chance.choice(({"enum": list(ENUM)}, {"maximum": 25}, {"multipleOf": 10}, {"minimum": 25}))

    def _record_facet(self, fields: Schema) -> Schema:
        name = self._chance.choice(list(fields))
        of_field: Schema = {"string": {"maxLength": 1}, "integer": {"maximum": 3}}.get(fields[name].get("type", ""), {})
        return self._chance.choice(
            (
                {"required": [name]},
                {"properties": {name: of_field}, "required": [name]},
                {"properties": {name: of_field}},
                {"not": {"required": [name]}},
                {"maxProperties": 2},
            )
        )

    def _fields(self, schema: Schema) -> dict[str, Any]:
        if "additionalProperties" in schema:
            names = self._chance.sample(NAMES, self._chance.randint(0, 3))
            return {name: self.value(schema["additionalProperties"]) for name in names}
        required = schema.get("required", ())
        chosen = [name for name in schema["properties"] if name in required or self._maybe(0.6)]
        return {name: self.value(schema["properties"][name]) for name in chosen}

    def _elements(self, schema: Schema) -> list[Any]:
        elements = [self.value(schema["items"]) for _ in range(self._chance.randint(0, 3))]
        match schema.get("x-kubernetes-list-type"):
            case "set":
                # A server tells 2 from 2.0 here.
                return list(dict.fromkeys(element for element in elements if type(element) is not float))
            case "map":
                return [{**element, "name": f"n{place}"} for place, element in enumerate(elements)]
        return elements

    def _maybe(self, likelihood: float) -> bool:
        return self._chance.random() < likelihood
