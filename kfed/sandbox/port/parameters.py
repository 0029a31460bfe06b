"""The options of a request: from its query, for deletions also from its body, refused in kube-apiserver's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.resource import Gvk
from kfed.sandbox.admission.bodies import media_type, parse_body
from kfed.sandbox.admission.decoding import decode_problem
from kfed.sandbox.errors import ApiError, bad_request, quoted
from kfed.sandbox.values.gonumbers import unsigned
from kfed.sandbox.values.options import DeleteOptions, ListQuery, Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.port.requests import Query

_POLICIES = ("Foreground", "Background", "Orphan")
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")
_MATCHES = ("", "Exact", "NotOlderThan")
_LONGEST_MANAGER = 128
_DELETE_OPTIONS = Gvk("", "v1", "DeleteOptions")


def write_options(query: Query, user_agent: str, kind: str, *, applies: bool = False) -> Options:
    """The options of a request that writes.

    Args:
        query: of the request.
        user_agent: who writes, where the request does not name a field manager.
        kind: ``CreateOptions``, ``UpdateOptions`` or ``PatchOptions``, for messages.
        applies: it is a server-side apply, which must name its field manager.

    Raises:
        ApiError: 422, one of them is wrong.
    """
    manager, validation = query.text("fieldManager"), query.text("fieldValidation")
    if applies and not manager:
        raise _invalid(kind, "fieldManager", "FieldValueRequired", "Required value: is required for apply patch")
    if len(manager.encode()) > _LONGEST_MANAGER:
        why = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        raise _invalid(kind, "fieldManager", "FieldValueTooLong", why)
    for place, character in enumerate(manager):
        if not character.isprintable():
            shown = f"invalid character U+{ord(character):04X} (at position {place})"
            raise _invalid(kind, "fieldManager", "FieldValueInvalid", f"Invalid value: {quoted(manager)}: {shown}")
    if validation not in _VALIDATIONS:
        raise _unsupported(kind, "fieldValidation", quoted(validation), _VALIDATIONS)
    if "force" in query.values and kind == "PatchOptions" and not applies:
        raise _invalid(kind, "force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch")
    return Options(
        dry_run=dry_run(query, kind),
        field_manager=manager or _manager(user_agent),
        force=query.flag("force"),
        field_validation=validation or "Warn",
    )


def dry_run(query: Query, kind: str) -> bool:
    """Whether nothing is to be stored.

    Raises:
        ApiError: 422, it is asked for in a way that is not known.
    """
    wanted = query.text("dryRun")
    if wanted not in {"", "All"}:
        raise _unsupported(kind, "dryRun", f"[{quoted(wanted)}]", ("All",))
    return wanted == "All"


def delete_options(query: Query, body: bytes, content_type: str) -> tuple[DeleteOptions, Options]:
    """The options of a deletion; those in a body count, and those of the query only where there is none.

    Raises:
        ApiError: one of them is wrong.
    """
    return given_delete_options(_delete_body(body, content_type) if body else _delete_query(query))


def given_delete_options(given: Mapping[str, Any]) -> tuple[DeleteOptions, Options]:
    """The options of a deletion that a DeleteOptions holds.

    Raises:
        ApiError: one of them is wrong.
    """
    policy = given.get("propagationPolicy") or ""
    if policy not in {"", *_POLICIES}:
        raise _unsupported("DeleteOptions", "propagationPolicy", quoted(policy), (*_POLICIES, "nil"))
    if given.get("orphanDependents") is not None and not policy:
        policy = "Orphan" if given["orphanDependents"] else "Background"
    wanted = given.get("dryRun") or []
    if wanted not in ([], ["All"]):
        shown = f"[{', '.join(quoted(str(each)) for each in wanted)}]"
        raise _unsupported("DeleteOptions", "dryRun", shown, ("All",))
    conditions = given.get("preconditions") or {}
    return DeleteOptions(
        grace=given.get("gracePeriodSeconds"),
        propagation=policy,
        uid=conditions.get("uid") or "",
        resource_version=conditions.get("resourceVersion") or "",
    ), Options(dry_run=bool(wanted))


def list_query(query: Query) -> ListQuery:
    """What a list is asked for.

    Raises:
        ApiError: one of the parameters is wrong.
    """
    match = query.text("resourceVersionMatch")
    if match not in _MATCHES:
        why = f"Unsupported value: {quoted(match)}: supported values: {_listed(('Exact', 'NotOlderThan', ''))}"
        raise _invalid("ListOptions", "resourceVersionMatch", "FieldValueNotSupported", why)
    return ListQuery(
        label_selector=query.text("labelSelector"),
        field_selector=query.text("fieldSelector"),
        limit=max(query.number("limit") or 0, 0),
        continue_=query.text("continue"),
        resource_version=query.text("resourceVersion"),
        match=match,
    )


def watch_start(query: Query) -> tuple[int | None, bool]:
    """Where a watch begins.

    Returns:
        The revision after which changes are told, ``None`` to begin with what there is; and whether the end of what
        there was is to be told.

    Raises:
        ApiError: the parameters make no sense.
    """
    match, initial = query.text("resourceVersionMatch"), "sendInitialEvents" in query.values
    field = "resourceVersionMatch"
    if initial and match != "NotOlderThan":
        why = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise _invalid("ListOptions", field, "FieldValueForbidden", why)
    if match and not initial:
        why = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise _invalid("ListOptions", field, "FieldValueForbidden", why)
    text = query.text("resourceVersion")
    revision = unsigned(text) if text else 0
    if isinstance(revision, str):
        raise ApiError(500, "", f"resourceVersion: Invalid value: {quoted(text)}: {revision}")
    if initial and query.flag("sendInitialEvents"):
        return None, query.flag("allowWatchBookmarks")
    return revision or None, False


def _delete_query(query: Query) -> dict[str, Any]:
    wanted = query.text("dryRun")
    given: dict[str, Any] = {"propagationPolicy": query.text("propagationPolicy")}
    if wanted:
        given["dryRun"] = [wanted]
    if query.text("orphanDependents"):
        given["orphanDependents"] = query.flag("orphanDependents")
    return given | {"gracePeriodSeconds": query.number("gracePeriodSeconds")}


def _delete_body(body: bytes, content_type: str) -> Mapping[str, Any]:
    value = parse_body(body, media_type(content_type), "DeleteOptions")
    if not isinstance(value, dict):
        raise bad_request("couldn't get version/kind; json parse error: the body is no DeleteOptions")
    kind = value.get("kind", "DeleteOptions")
    if kind != "DeleteOptions":
        version = "meta.k8s.io/v1"
        raise bad_request(
            f'no kind {quoted(str(kind))} is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
        )
    if why := decode_problem(_DELETE_OPTIONS, value):
        raise bad_request(why)
    return value


def _manager(user_agent: str) -> str:
    """Who writes, by the name of the program; as a real server has it."""
    name = "".join(character for character in user_agent.partition("/")[0] if character.isprintable())
    return name[:_LONGEST_MANAGER]


def _unsupported(kind: str, field: str, value: str, supported: tuple[str, ...]) -> ApiError:
    why = f"Unsupported value: {value}: supported values: {_listed(supported)}"
    return _invalid(kind, field, "FieldValueNotSupported", why)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(quoted(value) for value in values)


def _invalid(kind: str, field: str, reason: str, message: str) -> ApiError:
    details = {
        "group": "meta.k8s.io",
        "kind": kind,
        "causes": [{"reason": reason, "message": message, "field": field}],
    }
    return ApiError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {field}: {message}', details)
