"""What a request asks for: its path, its query, and the object in its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import orjson

from kfed.errors import TextError
from kfed.sandbox.duplicates import duplicate_fields
from kfed.sandbox.errors import ApiError, bad_request, quoted, unsupported_media_type
from kfed.sandbox.protobuf import ProtobufError, decode_object
from kfed.text.documents import split
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.auth import User
    from kfed.sandbox.options import Options
    from kfed.sandbox.served import ServedType

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
_TAKEN = (JSON, YAML, PROTOBUF)
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_OF_NAMESPACES = frozenset({"status", "finalize"})
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read.

    Attributes:
        method: such as ``GET``.
        path: within the cluster, still escaped.
        query: its parameters.
        headers: by name, whatever the case.
        body: as it came.
        user: who asks.
    """

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    body: bytes
    user: User

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        return self.headers.get("Content-Type", "")

    @property
    def user_agent(self) -> str:
        """Which program asks."""
        return self.headers.get("User-Agent", "")


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names: a type, and one of its objects or all.

    Attributes:
        group: empty for the core group.
        version: of the group.
        plural: of the type.
        namespace: empty where the path has none.
        name: of the object; empty for all.
        subresource: such as ``status``; empty for the object itself.
        watch: the path is one of the old ones that are watched by their name.
    """

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    watch: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a request."""

    values: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Parse what follows the ``?``; of a parameter that is given twice the first counts, as for Go's clients."""
        values: dict[str, str] = {}
        for key, value in parse_qsl(text, keep_blank_values=True):
            values.setdefault(key, value)
        return cls(values)

    def text(self, name: str) -> str:
        """A parameter, empty when it is not given."""
        return self.values.get(name, "")

    def flag(self, name: str) -> bool:
        """Whether a parameter is set; ``?watch`` alone sets it, as in a real server."""
        return name in self.values and self.values[name] in _TRUE | {""}

    def number(self, name: str) -> int | None:
        """A whole number; ``None`` when it is not given.

        Raises:
            ApiError: 400, it is none.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise bad_request(f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax") from None


def parse_target(path: str) -> Target | None:
    """What an escaped path such as ``/apis/apps/v1/namespaces/default/deployments/web`` names.

    Returns:
        ``None`` when it is no path of a resource.
    """
    parts = [unquote(part) for part in path.split("/")[1:]]
    match parts:
        case ["api", version, *rest] if rest:
            return _target("", version, rest)
        case ["apis", group, version, *rest] if rest:
            return _target(group, version, rest)
    return None


def _target(group: str, version: str, parts: list[str]) -> Target | None:
    watch = parts[0] == "watch"
    if watch:
        parts = parts[1:]
    if not parts or "" in parts:
        return None
    namespace = ""
    match parts:
        case ["namespaces", name, what, *_] if what not in _OF_NAMESPACES:
            namespace, parts = name, parts[2:]
    match parts:
        case [plural]:
            return Target(group, version, plural, namespace, watch=watch)
        case [plural, name]:
            return Target(group, version, plural, namespace, name, watch=watch)
        case [plural, name, subresource]:
            return Target(group, version, plural, namespace, name, subresource, watch=watch)
    return None


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
            if not isinstance(value.get(name) or "", str):
                problem = f"json: cannot unmarshal {_go_name(value[name])} into Go struct field .{name} of type string"
    if problem:
        raise _unrecognized(kind, f"couldn't get version/kind; json parse error: {problem}", body)
    return dict(value)


def decode_strictly(request: Request, served: ServedType, options: Options) -> dict[str, Any]:
    """The object in a body, where a field that it has twice is told or refused, as the options say.

    Raises:
        ApiError: as ``decode``; 400, a field is there twice and that is not to be.
    """
    value = decode(request.body, request.content_type, served.kind)
    if served.crd is not None and not value.get("kind"):
        what = f"Object 'Kind' is missing in '{request.body.decode(errors='replace')}'"
        raise _unrecognized(served.kind, what, request.body)
    if options.field_validation != "Ignore" and media_type(request.content_type) in {"", JSON}:
        said = [f"duplicate field {quoted(field)}" for field in duplicate_fields(request.body, value)]
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
    return f"json: cannot unmarshal {_go_name(value)} into Go value of type struct {{ {fields} }}"


def _go_name(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case None:
            return "null"
    return "number"
