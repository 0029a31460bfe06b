"""Bodies: the object in a request, in whichever form it comes, and what is said of one that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import TextError
from kfed.sandbox.admission.decoding import json_type
from kfed.sandbox.admission.protobuf import ProtobufError, decode_object
from kfed.sandbox.errors import ApiError, bad_request, quoted, unsupported_media_type
from kfed.sandbox.values.duplicates import duplicate_fields
from kfed.text.documents import split
from kfed.text.parse import parse

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.values.options import Options

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
_TAKEN = (JSON, YAML, PROTOBUF)
_SHOWN = 30


def decode(body: bytes, content_type: str, kind: str) -> dict[str, Any]:
    """The object in the body of a request to create or update one.

    Args:
        body: as it came.
        content_type: as the header has it; JSON when it is empty.
        kind: of the type that is asked for.

    Raises:
        ApiError: 415 for a form that is not understood, 400 for what is no object.
    """
    value = parse_body(body, content_type, kind)
    if value is None:
        return {}
    problem = ""
    if not isinstance(value, dict):
        problem = _not_a(value)
    else:
        for name in ("kind", "apiVersion"):
            if not isinstance(value.get(name), str | None):
                problem = f"json: cannot unmarshal {json_type(value[name])} into Go struct field .{name} of type string"
    if problem:
        raise _unrecognized(kind, f"couldn't get version/kind; json parse error: {problem}", body)
    return dict(value)


def decode_strictly(body: bytes, content_type: str, served: ServedType, options: Options) -> dict[str, Any]:
    """The object in a body, where a field that it has twice is told or refused, as the options say.

    Raises:
        ApiError: as ``decode``; 400, a field is there twice and that is not to be.
    """
    value = decode(body, content_type, served.kind)
    if served.crd is not None and not value.get("kind"):
        what = f"Object 'Kind' is missing in '{body.decode(errors='replace')}'"
        raise _unrecognized(served.kind, what, body)
    if options.field_validation != "Ignore" and media_type(content_type) in {"", JSON}:
        said = [f"duplicate field {quoted(field)}" for field in duplicate_fields(body, value)]
        if said and options.field_validation == "Strict":
            kind, version = served.kind, quoted(served.version)
            why = f"strict decoding error: {', '.join(said)}"
            raise bad_request(f"{kind} in version {version} cannot be handled as a {kind}: {why}")
        options.warnings.extend(said)
    return value


def parse_body(body: bytes, content_type: str, kind: str) -> Any:
    """The value in a body, whatever it is.

    Raises:
        ApiError: 415 for a form that is not understood, 400 for what cannot be read.
    """
    form = media_type(content_type) or JSON
    if form == JSON:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            what = f"couldn't get version/kind; json parse error: {_json_error(body, error)}"
            raise _unrecognized(kind, what, body) from None
    if form == YAML:
        try:
            document = next(split(body.decode(), "body"), None)
            return None if document is None else orjson.loads(orjson.dumps(parse(document)))
        except (UnicodeDecodeError, TextError) as error:
            raise _unrecognized(kind, f"yaml: {error}", body) from None
    if form == PROTOBUF:
        try:
            return decode_object(body)
        except (ProtobufError, orjson.JSONDecodeError) as error:
            raise _unrecognized(kind, str(error), body) from None
    raise unsupported_media_type(_TAKEN)


def media_type(header: str) -> str:
    """The media type in a ``Content-Type``, without its parameters."""
    return header.partition(";")[0].strip().lower()


def _unrecognized(kind: str, what: str, body: bytes) -> ApiError:
    return bad_request(f"the object provided is unrecognized (must be of type {kind}): {what} ({_summary(body)})")


def _summary(body: bytes) -> str:
    """The start of a body: text where it looks like JSON, else hexadecimal, as Kubernetes shows it."""
    if not body:
        return "<empty>"
    start = body[:_SHOWN]
    text = start.decode(errors="replace") if body.startswith(b"{") else start.hex()
    return text if len(body) <= _SHOWN else f"{text} ..."


def _json_error(body: bytes, error: orjson.JSONDecodeError) -> str:
    """What Go says of broken JSON, as near as makes no difference to a reader."""
    text = error.doc if isinstance(error.doc, str) else body.decode(errors="replace")
    if error.pos >= len(text.rstrip()):
        return "unexpected end of JSON input"
    return f"invalid character {_go_character(text[error.pos])} at position {error.pos}: {error.msg}"


def _go_character(character: str) -> str:
    return r"'\''" if character == "'" else f"'{character}'"


def _not_a(value: Any) -> str:
    fields = r'APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\""'
    return f"json: cannot unmarshal {json_type(value)} into Go value of type struct {{ {fields} }}"
