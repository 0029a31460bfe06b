"""The OpenAPI v2 document as protocol buffers, the only form in which kubectl asks for it.

kubectl does so when the v3 documents do not answer its question: for a List, or for a kind that there is not. The
messages are those of google/gnostic-models, ``openapiv2/OpenAPIv2.proto``; of operations only what kubectl looks at is
there: which kind a patch is of, and its parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACCEPTED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
CONTENT_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

# Field numbers, by message.
_DOCUMENT = {"swagger": 1, "info": 2, "paths": 8, "definitions": 9}
_PATCH, _PATH_PARAMETERS, _OPERATION_PARAMETERS, _OPERATION_EXTENSIONS = 8, 9, 8, 13
_SCHEMA_TEXTS = {"$ref": 1, "format": 2, "title": 3, "description": 4, "pattern": 17}
_REQUIRED, _ENUM, _ADDITIONAL, _TYPE, _ITEMS, _PROPERTIES, _EXTENSIONS = 19, 20, 21, 22, 23, 25, 31
_LENGTH_DELIMITED = 2


def encode_document(document: Mapping[str, Any]) -> bytes:
    """An OpenAPI v2 document, as far as kubectl reads it.

    Args:
        document: as JSON has it.
    """
    info = _field(1, document["info"]["title"]) + _field(2, document["info"]["version"])
    paths = b"".join(_field(2, _named(path, _path(item))) for path, item in document["paths"].items())
    return b"".join(
        (
            _field(_DOCUMENT["swagger"], document["swagger"]),
            _field(_DOCUMENT["info"], info),
            _field(_DOCUMENT["paths"], paths),
            _field(_DOCUMENT["definitions"], _schemas(document["definitions"])),
        )
    )


def _path(item: Mapping[str, Any]) -> bytes:
    operation = item.get("patch")
    if operation is None:
        return b""
    parameters = (found for found in operation.get("parameters", ()) if found["in"] == "query")
    encoded = b"".join(_field(_OPERATION_PARAMETERS, _parameter(found)) for found in parameters)
    return _field(_PATCH, encoded + _extensions(operation, _OPERATION_EXTENSIONS))


def _parameter(parameter: Mapping[str, Any]) -> bytes:
    query = _field(2, parameter["in"]) + _field(4, parameter["name"]) + _field(6, parameter.get("type", "string"))
    return _field(1, _field(2, _field(3, query)))  # an item, which is a parameter, not of the body, of the query


def _schemas(schemas: Mapping[str, Any]) -> bytes:
    return b"".join(_field(1, _named(name, _schema(schema))) for name, schema in schemas.items())


def _schema(schema: Mapping[str, Any]) -> bytes:
    pieces = [_field(number, schema[name]) for name, number in _SCHEMA_TEXTS.items() if name in schema]
    pieces += [_field(_REQUIRED, name) for name in schema.get("required", ())]
    pieces += [_field(_ENUM, _any(value)) for value in schema.get("enum", ())]
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        pieces.append(_field(_ADDITIONAL, _field(1, _schema(more))))
    if "type" in schema:
        pieces.append(_field(_TYPE, _field(1, schema["type"])))
    if "items" in schema:
        pieces.append(_field(_ITEMS, _field(1, _schema(schema["items"]))))
    if "properties" in schema:
        pieces.append(_field(_PROPERTIES, _schemas(schema["properties"])))
    return b"".join(pieces) + _extensions(schema, _EXTENSIONS)


def _extensions(value: Mapping[str, Any], number: int) -> bytes:
    return b"".join(_field(number, _named(name, _any(value[name]))) for name in value if name.startswith("x-"))


def _any(value: Any) -> bytes:
    """Any value, as YAML, which JSON is."""
    return _field(2, orjson.dumps(value))


def _named(name: str, value: bytes) -> bytes:
    return _field(1, name) + _field(2, value)


def _field(number: int, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return b"".join((_varint(number << 3 | _LENGTH_DELIMITED), _varint(len(data)), data))


def _varint(value: int) -> bytes:
    return bytes(_septets(value))


def _septets(value: int) -> Iterable[int]:
    while value > 0x7F:  # noqa: PLR2004  (seven bits a byte)
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
