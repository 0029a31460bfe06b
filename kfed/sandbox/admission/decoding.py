"""Whether Go could read an object into the struct of its built-in type, in the words in which it says why not."""

from __future__ import annotations

import json
import re
import string
from functools import cache
from typing import TYPE_CHECKING, Any

from kfed.core.resource import Gvk
from kfed.sandbox.kinds.builtin import builtin_definitions
from kfed.sandbox.values.gotime import MICROSECONDS, SECONDS, time_problem
from kfed.schema.formats.own import is_bytes
from kfed.schema.formats.table import INTEGER_RANGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BASE64 = frozenset(string.ascii_letters + string.digits + "+/")
_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_QUANTITY_WORDS = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_LAYOUTS = {"Time": SECONDS, "MicroTime": MICROSECONDS}
_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_SCHEMAS = frozenset({"JSONSchemaPropsOrBool", "JSONSchemaPropsOrArray"})
_SCALARS = {"string": "string", "boolean": "bool", "number": "float64"}
_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float)}


def decode_problem(gvk: Gvk, body: Mapping[str, Any]) -> str:
    """Why an object cannot be read as one of a built-in type, the first reason; empty when it can."""
    name = _definitions_by_type().get(gvk)
    return next(_problems({"$ref": name}, body, "", ""), "") if name is not None else ""


@cache
def _definitions_by_type() -> Mapping[Gvk, str]:
    return {
        Gvk(entry["group"], entry["version"], entry["kind"]): name
        for name, definition in builtin_definitions().items()
        for entry in definition.get("x-kubernetes-group-version-kind", ())
    }


def _problems(node: Mapping[str, Any], value: Any, struct: str, path: str) -> Iterator[str]:
    """The problems of a value, in its order.

    Args:
        node: its schema.
        value: what came.
        struct: the Go struct that it is a field of.
        path: the names of the fields down to it, without the places of elements.
    """
    if value is None:
        return
    name = node["$ref"].rpartition("/")[2] if "$ref" in node else ""
    definition = builtin_definitions()[name] if name else node
    kind = name.rpartition(".")[2]
    if kind in _SCHEMAS and value is not True and value is not False:
        below = value if isinstance(value, list) else [value]
        yield from (why for schema in below for why in _schema_problems(schema, kind, struct, path))
    elif kind in _SPECIAL:
        if why := _SPECIAL[kind](kind, value):
            yield why
    else:
        yield from _typed_problems(definition, value, struct, path, name)


def _schema_problems(schema: Any, kind: str, struct: str, path: str) -> Iterator[str]:
    """Of what stands for a schema in a schema; what is none counts as nothing in a list, and is refused elsewhere."""
    if isinstance(schema, dict):
        yield from _problems({"$ref": _SCHEMA}, schema, struct, path)
    elif kind == "JSONSchemaPropsOrBool":
        yield "boolean or JSON schema expected"


def _typed_problems(definition: Mapping[str, Any], value: Any, struct: str, path: str, name: str) -> Iterator[str]:
    match _type(definition):
        case "object" if "properties" in definition or "additionalProperties" in definition:
            yield from _object_problems(definition, value, struct, path, name)
        case "array":
            yield from _array_problems(definition, value, struct, path)
        case "string" | "boolean" | "integer" | "number":
            yield from _scalar_problems(definition, value, struct, path)


def _object_problems(definition: Mapping[str, Any], value: Any, struct: str, path: str, name: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _misfit(value, struct, path, _go_type({"$ref": name} if name else definition))
        return
    fields, values = definition.get("properties", {}), definition.get("additionalProperties")
    inner = name.rpartition(".")[2] or struct
    for key, item in value.items():
        if key in fields:
            yield from _problems(fields[key], item, inner, f"{path}.{key}" if path else key)
        elif isinstance(values, dict):
            yield from _problems(values, item, struct, path)


def _array_problems(definition: Mapping[str, Any], value: Any, struct: str, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _misfit(value, struct, path, _go_type(definition))
        return
    for item in value:
        yield from _problems(definition["items"], item, struct, path)


def _scalar_problems(definition: Mapping[str, Any], value: Any, struct: str, path: str) -> Iterator[str]:
    type_ = _type(definition)
    fits = isinstance(value, _TYPES[type_]) and (type_ == "boolean") is isinstance(value, bool)
    if fits and type_ == "integer":
        low, high = INTEGER_RANGES.get(definition.get("format", ""), INTEGER_RANGES["int64"])
        fits = low <= value <= high
    if not fits:
        yield _misfit(value, struct, path, _go_type(definition))
    elif definition.get("format") == "byte" and not is_bytes(value):
        yield f"illegal base64 data at input byte {_base64_flaw(value)}"


def _base64_flaw(text: str) -> int:
    """Where Go's decoder gives up on text that is not base64: at a character, or at the group that is not whole."""
    group = 0
    for place, character in enumerate(text):
        if character in "\r\n":
            continue
        if character in _BASE64:
            group = (group + 1) % 4
            continue
        rest = text[place:].replace("\r", "").replace("\n", "")
        if character != "=" or group in {0, 1}:
            return place
        if group == 2:  # noqa: PLR2004  # of two characters of four, two are missing
            return len(text) if rest == "=" else place if rest[1] != "=" else place + 2
        return place + 1
    return len(text) - group


def _misfit(value: Any, struct: str, path: str, go_type: str) -> str:
    place = f"Go struct field {struct}.{path}" if path else "Go value"
    return f"json: cannot unmarshal {json_type(value)} into {place} of type {go_type}"


def _go_type(node: Mapping[str, Any]) -> str:
    if "$ref" in node:
        group, _, kind = node["$ref"].rpartition("/")[2].rpartition(".")
        return f"{group.rpartition('.')[2]}.{kind}"
    match _type(node):
        case "array":
            return f"[]{_go_type(node['items'])}"
        case "object":
            values = node.get("additionalProperties")
            return f"map[string]{_go_type(values) if isinstance(values, dict) else 'interface {}'}"
        case "integer":
            return str(node.get("format", "int"))
        case type_:
            return "[]uint8" if node.get("format") == "byte" else _SCALARS.get(type_, "interface {}")


def _type(node: Mapping[str, Any]) -> str:
    kind = node.get("type", "")
    return kind if isinstance(kind, str) else next((name for name in kind if name != "null"), "")


def json_type(value: Any) -> str:
    """What Go calls a value of JSON; a number that may not fit is shown."""
    match value:
        case bool():
            return "bool"
        case int():
            return f"number {value}" if abs(value) > INTEGER_RANGES["int32"][1] else "number"
        case float():
            return f"number {json.dumps(value)}"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _quantity(_: str, value: Any) -> str:
    text = json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    return "" if isinstance(text, str) and _QUANTITY.fullmatch(text) else _QUANTITY_WORDS


def _moment(kind: str, value: Any) -> str:
    if not isinstance(value, str):
        return f"json: cannot unmarshal {json_type(value)} into Go value of type string"
    return time_problem(value, _LAYOUTS[kind])


def _int_or_string(_: str, value: Any) -> str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return ""
    return f"json: cannot unmarshal {json_type(value)} into Go value of type int32"


def _anything(_: str, __: Any) -> str:
    return ""


_SPECIAL = {
    "Quantity": _quantity,
    "Time": _moment,
    "MicroTime": _moment,
    "IntOrString": _int_or_string,
    **dict.fromkeys(
        ("RawExtension", "FieldsV1", "JSON", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray"), _anything
    ),
}
