"""Objects with every field that a schema knows, to see what a server keeps of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

_ANYTHING = {"anything": [1, {"goes": "here"}]}
_NAMED = {"Quantity": "1500m", "RawExtension": _ANYTHING, "FieldsV1": _ANYTHING}
_TEXTS = {"date-time": "2026-01-02T03:04:05Z", "byte": "a2ZlZA=="}
_SCALARS = {None: _ANYTHING, "boolean": True, "integer": 1, "number": 1.5}


class Recursion(Exception):  # noqa: N818  # not an error: a field that would hold its own type again is left out
    """The schema contains itself; its inner self is not filled again."""


def full(
    schema: Schema, named: Mapping[str, Schema], hints: Mapping[str, Any] | None = None, _inside: tuple[str, ...] = ()
) -> Any:
    """A value with every field of ``schema``: one element in every list, one entry in every map.

    Args:
        schema: of an OpenAPI document (v2 or v3) or a CRD.
        named: what ``$ref`` may point to, by its last part.
        hints: values of properties by their name, where the schema alone does not tell a valid one.

    Raises:
        Recursion: the schema is one that is being filled further out.
    """
    hints = hints or {}
    for part in [schema, *schema.get("allOf", ())]:
        if "$ref" in part and not part.get("properties"):
            name = part["$ref"].rpartition("/")[2]
            if name in _inside:
                raise Recursion(name)
            return _of_type(name, named[name], named, hints, (*_inside, name))
    return _of_type("", schema, named, hints, _inside)


def _of_type(
    name: str, schema: Schema, named: Mapping[str, Schema], hints: Mapping[str, Any], inside: tuple[str, ...]
) -> Any:
    """A value of a schema that is no reference; ``name`` is its name, if it has one."""
    if name.rpartition(".")[2] in _NAMED:
        return _NAMED[name.rpartition(".")[2]]
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case _ if "int-or-string" in {schema.get("format"), *(key.removeprefix("x-kubernetes-") for key in schema)}:
            return "50%"
        case "object":
            return _of_object(schema, named, hints, inside)
        case "array":
            return [full(schema["items"], named, hints, inside)]
        case "string":
            return schema["enum"][-1] if "enum" in schema else _TEXTS.get(schema.get("format", ""), "text")
        case scalar_or_none:
            return _SCALARS[scalar_or_none]


def _of_object(schema: Schema, named: Mapping[str, Schema], hints: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """An object with all properties, or a map with one entry; empty where the schema knows nothing to put in."""
    found: dict[str, Any] = {}
    for key, one in schema.get("properties", {}).items():
        try:
            found[key] = hints[key] if key in hints else full(one, named, hints, inside)
        except Recursion:
            continue
    if isinstance(values := schema.get("additionalProperties"), dict):
        found["key"] = full(values, named, hints, inside)
    return found or (_ANYTHING if schema.get("x-kubernetes-preserve-unknown-fields") else {})
