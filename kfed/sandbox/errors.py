"""ApiError: what an API server says no with, in kube-apiserver's own words.

Clients look at the code and the reason, people read the message, and scripts grep in it. Reasons, codes and wording
are those of k8s.io/apimachinery, ``pkg/api/errors``; what is asked for a whole server, such as the accepted media
types, is as kube-apiserver 1.37 answers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kfed.core.resource import Resource

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
NO_RESOURCE = "the server could not find the requested resource"
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_ESCAPES = {'"': r"\"", "\\": r"\\"} | {f"{chr(code)}": f"\\{name}" for code, name in enumerate("abtnvfr", 7)}


class ApiError(Exception):
    """A request that is answered with an error.

    Attributes:
        code: the HTTP status.
        reason: the word that clients decide by, such as ``NotFound``.
        message: the sentence that kubectl prints.
        details: the kind, the name, the causes; ``None`` when there is nothing to say.
    """

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def status(self) -> dict[str, Any]:
        """The Status object that is the body of the answer."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        return {key: value for key, value in status.items() if value is not None and value != ""}


def quoted(text: str) -> str:
    """*text* in double quotes, as Go's ``%q`` writes it."""
    return f'"{text}"' if _PLAIN.fullmatch(text) else f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if character.isprintable():
        return character
    if code < 0x80:  # noqa: PLR2004  # ASCII
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # what four digits hold


def not_found(resource: Resource, name: str) -> ApiError:
    """No object of the type has this name."""
    return ApiError(404, "NotFound", f"{resource.full_name} {quoted(name)} not found", _details(resource, name))


def no_resource() -> ApiError:
    """Nothing is served at the path; clients that find no type say so themselves."""
    return ApiError(404, "NotFound", NO_RESOURCE, {})


def already_exists(resource: Resource, name: str) -> ApiError:
    """An object of the type has this name already."""
    message = f"{resource.full_name} {quoted(name)} already exists"
    return ApiError(409, "AlreadyExists", message, _details(resource, name))


def conflict(resource: Resource, name: str, why: str = MODIFIED) -> ApiError:
    """The object is not as the request presumed."""
    message = f"Operation cannot be fulfilled on {resource.full_name} {quoted(name)}: {why}"
    return ApiError(409, "Conflict", message, _details(resource, name))


def apply_conflict(message: str, causes: Sequence[dict[str, str]]) -> ApiError:
    """Fields that are applied belong to other managers.

    Args:
        message: such as ``Apply failed with 1 conflict: conflict with "x": .spec.replicas``.
        causes: one per field, its reason ``FieldManagerConflict``.
    """
    return ApiError(409, "Conflict", message, {"causes": list(causes)})


def invalid(resource: Resource, name: str, causes: Sequence[dict[str, str]]) -> ApiError:
    """What the object says is not valid.

    Args:
        resource: its type.
        name: its name; may be empty.
        causes: ``reason`` (``FieldValueInvalid``…), ``message`` without the field, and ``field``, for each mistake.
    """
    gvk = resource.gvk
    kind = f"{gvk.kind}.{gvk.group}" if gvk.group else gvk.kind
    message = f"{kind} {quoted(name)} is invalid"
    if causes:
        message += f": {_aggregate(': '.join((cause['field'], cause['message'])) for cause in causes)}"
    details = _without_empty({"name": name, "group": gvk.group, "kind": gvk.kind, "causes": list(causes)})
    return ApiError(422, "Invalid", message, details)


def bad_request(message: str) -> ApiError:
    """The request itself makes no sense."""
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    """Nobody is known by the credentials, or there are none."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(resource: Resource, name: str, why: str, causes: Sequence[dict[str, str]] = ()) -> ApiError:
    """The request is understood and refused; *why* is what stands after ``is forbidden``."""
    subject = f"{resource.full_name} {quoted(name)}" if name else resource.full_name
    details = _details(resource, name)
    if causes:
        details["causes"] = list(causes)
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {why}", details)


def expired(message: str) -> ApiError:
    """A resourceVersion or a continue token is too old; the client is to list anew."""
    return ApiError(410, "Expired", message)


def method_not_allowed() -> ApiError:
    """The verb is not served, as the HTTP layer says it."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def unsupported_media_type(accepted: Iterable[str] = ()) -> ApiError:
    """The body is of a media type that is not understood; for a patch, the server does not say which ones are."""
    if not accepted:
        return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message)


def too_large(limit: int) -> ApiError:
    """The body is larger than *limit* bytes."""
    return ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def internal(message: str) -> ApiError:
    """The server failed; *message* is what failed."""
    details = {"causes": [{"message": message}]}
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", details)


def timeout(message: str) -> ApiError:
    """The server did not finish in time."""
    return ApiError(504, "Timeout", f"Timeout: {message}", {})


def _details(resource: Resource, name: str) -> dict[str, Any]:
    """Which object is meant; ``kind`` is the plural here, as in kube-apiserver's answers."""
    return _without_empty({"name": name, "group": resource.gvk.group, "kind": resource.plural})


def _without_empty(details: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if value}


def _aggregate(messages: Iterable[str]) -> str:
    """Several messages as one, each once."""
    unique = list(dict.fromkeys(messages))
    return unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"
