"""What a failure is called: HTTP's codes and Kubernetes' reasons to the leaves of ``kfed.errors``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConflictError,
    DeadlineError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    RefusedError,
    ServerFailedError,
    StatusError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.kube.config import Connection
    from kfed.kube.pool import Answer

_LEAVES: Mapping[int, type[StatusError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    422: InvalidError,
    429: ThrottledError,
}
# Where one code has two meanings, the reason tells them apart (k8s.io/apimachinery, api/errors).
_REASONS: Mapping[tuple[int, str], type[StatusError]] = {(409, "AlreadyExists"): AlreadyExistsError}
_SERVER_FAILED = 500
_SHOWN = 300  # characters of an answer that is no Status


def refusal(cluster: str, about: str, answer: Answer) -> StatusError:
    """The error for an answer that says no, of a cluster that was asked about something."""
    status = _status(answer.body)
    said = status.get("message") or answer.body[:_SHOWN].decode("utf-8", "replace").strip() or f"HTTP {answer.code}"
    after = _seconds(answer.headers.get("Retry-After", ""))
    return _error(f"{cluster} did not {about}: {said}", answer.code, status, after)


def failed_watch(cluster: str, about: str, status: Any) -> StatusError:
    """The error for a Status that came as an event of a watch."""
    status = status if isinstance(status, dict) else {}
    code = status.get("code") or _SERVER_FAILED
    return _error(f"{cluster} ended {about}: {status.get('message') or f'HTTP {code}'}", code, status, None)


def unreachable(connection: Connection, about: str, error: BaseException) -> UnreachableError:
    """The error for a connection that was not made, or broke off."""
    why = str(error) or type(error).__name__
    return UnreachableError(f"{connection.name} ({connection.server}) could not be asked to {about}: {why}.")


def too_late(connection: Connection, about: str, seconds: float) -> DeadlineError:
    """The error for an answer that did not come in time."""
    return DeadlineError(f"{connection.name} ({connection.server}) did not {about} within {seconds:g} s.")


def silent(connection: Connection, about: str, seconds: float) -> DeadlineError:
    """The error for a stream on which nothing comes any more."""
    return DeadlineError(
        f"{connection.name} ({connection.server}) was asked to {about}, and has said nothing for {seconds:g} s."
    )


def not_json(connection: Connection, about: str, body: bytes) -> UnreachableError:
    """The error for an answer that no API server gives."""
    shown = body[:_SHOWN].decode("utf-8", "replace").strip()
    return UnreachableError(
        f"{connection.name} ({connection.server}) was asked to {about}, and answered what is no JSON, so it is no API "
        f"server, or the answer was cut off: {shown}"
    )


def _error(message: str, code: int, status: Mapping[str, Any], after: float | None) -> StatusError:
    if after is None:
        asked = (status.get("details") or {}).get("retryAfterSeconds")
        after = float(asked) if asked else None
    leaf = _REASONS.get((code, status.get("reason") or "")) or _LEAVES.get(code)
    return (leaf or _family(code))(message, code=code, status=status, after=after)


def _family(code: int) -> type[StatusError]:
    return ServerFailedError if code >= _SERVER_FAILED else RefusedError


def _status(body: bytes) -> Mapping[str, Any]:
    """The Status in a body; empty where there is none, as proxies answer in words of their own."""
    try:
        status = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return status if isinstance(status, dict) and status.get("kind") == "Status" else {}


def _seconds(header: str) -> float | None:
    """Retry-After in seconds; its other form, a date, is not sent by API servers."""
    return float(header) if header.isdecimal() else None
