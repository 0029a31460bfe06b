"""Every exception that kfed raises on purpose.

::

    KfedError                 exit code 3
     ├── InputError           exit code 1: what the user gave has a mistake in it
     │    ├── TextError       a document is no YAML or JSON that a Kubernetes object could be
     │    ├── SchemaError     a schema cannot be read, or has no structural form
     │    └── UnknownTypeError  no type, or more than one, answers to a name
     └── UnavailableError     exit code 3: a file, a program or a server failed
          ├── CredentialsError     a kubeconfig, a Secret or an exec plugin does not say how to reach a cluster
          ├── LeaseLostError       another process may hold the lease now
          ├── UnreachableError *   no connection, no trust in it, cut off, or no API server's answer
          │    └── DeadlineError *     no answer in time
          └── StatusError          an API server answered with a Status that says no
               ├── BadRequestError      400: it cannot read what was sent
               ├── UnauthorizedError    401: it does not know who asks
               ├── ForbiddenError       403: who asks may not do this, or admission refuses it
               ├── NotFoundError        404: no such object, namespace or type
               ├── ConflictError *      409: of another resourceVersion, or another field manager's
               ├── AlreadyExistsError   409: there is an object of this name
               ├── GoneError            410: the version or page that was asked for is no longer kept
               ├── InvalidError         422: the object breaks its type's rules; the causes say where
               ├── ThrottledError *     429: too many requests, or an eviction that a budget forbids
               ├── ServerFailedError *  5xx: the server, or what stands before it, failed
               └── RefusedError         any other code

What is marked * is transient: to ask again, with nothing changed, can help.

Wrong usage (exit code 2) is click's ``UsageError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class KfedError(Exception):
    """What every error of kfed is; its text is a full sentence that says what to do next."""

    exit_code = 3


class InputError(KfedError):
    """What the user gave has a mistake in it."""

    exit_code = 1


class TextError(InputError):
    """A document is no YAML or JSON that a Kubernetes object could be.

    Attributes:
        rule: the finding's rule, such as ``yaml-syntax``.
        line: 1-based line in the file.
        column: 1-based column.
    """

    def __init__(self, message: str, *, rule: str = "yaml-syntax", line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line
        self.column = column


class SchemaError(InputError):
    """A schema cannot be read, or has no structural form."""


class UnknownTypeError(InputError):
    """No type, or more than one, answers to a name."""


class UnavailableError(KfedError):
    """A file, a program or a server that kfed needs failed.

    Attributes:
        transient: to ask again, with nothing changed, can help.
    """

    transient = False


class CredentialsError(UnavailableError):
    """A kubeconfig, a Secret or an exec plugin does not say how to reach a cluster."""


class LeaseLostError(UnavailableError):
    """A lease could not be renewed in time, so that another process may hold it now."""


class UnreachableError(UnavailableError):
    """No connection, no trust in it, cut off, or an answer that no API server gives."""

    transient = True


class DeadlineError(UnreachableError):
    """No answer in time; whether a write was done is not known."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One of the reasons that a Status gives: of which field, in a word, and in a sentence."""

    field: str
    reason: str
    message: str


class StatusError(UnavailableError):
    """An API server answered with a Status that says no.

    Attributes:
        code: of HTTP.
        reason: in one word of Kubernetes, such as ``AlreadyExists``; empty where something else than an API server
            answered.
        details: as they were sent: name, group, kind, uid, causes, retryAfterSeconds.
        causes: those of the details.
        said: the server's own sentence, without who was asked what.
        after: seconds that the server asks to wait; ``None`` where it asks for nothing.
    """

    def __init__(
        self, message: str, *, code: int, status: Mapping[str, Any] | None = None, after: float | None = None
    ) -> None:
        super().__init__(message)
        status = status or {}
        self.code = code
        self.reason: str = status.get("reason") or ""
        self.details: Mapping[str, Any] = status.get("details") or {}
        self.said: str = status.get("message") or ""
        self.after = after

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why, field by field."""
        return tuple(
            Cause(cause.get("field", ""), cause.get("reason", ""), cause.get("message", ""))
            for cause in self.details.get("causes") or ()
        )


class BadRequestError(StatusError):
    """The server cannot read what was sent."""


class UnauthorizedError(StatusError):
    """The server does not know who asks."""


class ForbiddenError(StatusError):
    """Who asks may not do this, or admission refuses it."""


class NotFoundError(StatusError):
    """There is no such object, namespace or type."""


class ConflictError(StatusError):
    """The object is of another resourceVersion or uid, or other field managers own what was set.

    The causes of the latter have the reason ``FieldManagerConflict``.
    """

    transient = True


class AlreadyExistsError(StatusError):
    """There is an object of this name."""


class GoneError(StatusError):
    """The version or page that was asked for is no longer kept: list again."""


class InvalidError(StatusError):
    """The object breaks its type's rules; the causes say where."""


class ThrottledError(StatusError):
    """Too many requests, or an eviction that a disruption budget forbids; ``after`` says when to come back."""

    transient = True


class ServerFailedError(StatusError):
    """The server, or what stands before it, failed."""

    transient = True


class RefusedError(StatusError):
    """The server refuses for a reason that has no leaf of its own."""
