"""Patch: one operation of an override, as its user wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.overridepath import Tokens, parse_override_path
from kfed.core.reader import Reader, wrong_type

if TYPE_CHECKING:
    from kfed.core.pointer import Path

OPERATIONS = ("add", "remove", "replace")

# The identity of an object is the federated object's. KubeFed refuses these paths to the letter, and leaves /apiVersion
# free for clusters that serve another version; here whatever contains one of them, or lies in one, is refused too.
FORBIDDEN_PATHS = (("kind",), ("metadata", "name"), ("metadata", "namespace"), ("metadata", "generateName"))

# What is one cluster's own: the API server writes it, or another part of that cluster. Sending it would pin the
# bookkeeping of one cluster on all of them, and an owner, whose uid is of one, has the garbage collectors of all others
# delete the object.
SERVER_FIELDS: tuple[tuple[str, ...], ...] = (
    ("metadata", "creationTimestamp"),
    ("metadata", "deletionGracePeriodSeconds"),
    ("metadata", "deletionTimestamp"),
    ("metadata", "generation"),
    ("metadata", "managedFields"),
    ("metadata", "ownerReferences"),
    ("metadata", "resourceVersion"),
    ("metadata", "selfLink"),
    ("metadata", "uid"),
    ("status",),
)
_GUARDED = {"apiVersion", *(path[0] for path in (*FORBIDDEN_PATHS, *SERVER_FIELDS))}


@dataclass(frozen=True, slots=True)
class Patch:
    """One operation on the object of a cluster.

    Attributes:
        op: ``add``, ``remove`` or ``replace``.
        path: as the user wrote it.
        tokens: the path, parsed.
        value: for ``add`` and ``replace``; ``None`` when none was given.
        has_value: a value was given.
        at: where in the federated object the patch stands.
        mistake: why the patch cannot be used; it refuses every cluster it applies to.
    """

    op: str
    path: str
    tokens: Tokens
    value: Any
    has_value: bool
    at: Path
    mistake: Mistake | None = None


def parse_patches(value: Any, at: Path) -> tuple[Patch, ...]:
    """The operations of a list that may be any JSON.

    What is no list is one patch that cannot be used, so that it refuses the clusters it would have applied to.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        return (_unusable(wrong_type(value, at, "a list"), at),)
    return tuple(_parse_patch(item, (*at, index)) for index, item in enumerate(value))


def _unusable(mistake: Mistake, at: Path) -> Patch:
    return Patch("replace", "", (), None, has_value=False, at=at, mistake=mistake)


def _parse_patch(value: Any, at: Path) -> Patch:
    if not isinstance(value, dict):
        return _unusable(wrong_type(value, at, "a map"), at)
    reader = Reader()
    op, path = reader.text(value.get("op"), (*at, "op")) or "replace", reader.required(value, "path", at, empty=True)
    tokens: Tokens = ()
    mistake: Mistake | None = None
    try:
        tokens = parse_override_path(path)
        mistake = _unknown_operation(op, at) or _out_of_bounds(op, path, tokens, at)
    except ValueError as error:
        message = f"The path {path} cannot be read: {error}."
        mistake = Mistake("bad-path", message, (*at, "path"), expected="a JSON pointer")
    mistake = next(iter(reader.mistakes), mistake)
    return Patch(op, path, tokens, value.get("value"), "value" in value, at, mistake)


def _unknown_operation(op: str, at: Path) -> Mistake | None:
    if op in OPERATIONS:
        return None
    message = f"The operation {op!r} is unknown; use add, remove or replace."
    hint = nearest(op, OPERATIONS)
    return Mistake("not-in-enum", message, (*at, "op"), expected="add, remove or replace", nearest=hint)


def _out_of_bounds(op: str, path: str, tokens: Tokens, at: Path) -> Mistake | None:
    """Why what a path leads to is nobody's to override."""
    if tokens and tokens[0] not in _GUARDED:
        return None
    return _forbidden(path, tokens, at) or _removed_version(op, tokens, at) or _server_field(path, tokens, at)


def _forbidden(path: str, tokens: Tokens, at: Path) -> Mistake | None:
    for forbidden in FORBIDDEN_PATHS:
        shared = min(len(forbidden), len(tokens))
        if tokens[:shared] == forbidden[:shared]:
            what = "The whole object" if not tokens else f"The path {path}"
            return Mistake(
                "forbidden-path",
                f"{what} holds the object's identity (/{'/'.join(forbidden)}), which is the federated object's own and "
                "cannot be overridden; address the fields below it that should differ.",
                (*at, "path"),
                expected="a path that leaves kind, name and namespace alone",
            )
    return None


def _removed_version(op: str, tokens: Tokens, at: Path) -> Mistake | None:
    if op != "remove" or tokens != ("apiVersion",):
        return None
    message = "An object without apiVersion is of no type; replace /apiVersion to have another version in a cluster."
    return Mistake("forbidden-path", message, (*at, "path"), expected="op: replace")


def _server_field(path: str, tokens: Tokens, at: Path) -> Mistake | None:
    for field in SERVER_FIELDS:
        if tokens[: len(field)] == field:
            message = f"The path {path} lies in what each cluster writes for itself; remove this override."
            return Mistake("server-field", message, (*at, "path"), expected="a path to what all clusters share")
    return None
