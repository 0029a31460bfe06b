"""Lists: which objects, at which revision, page by page; and the tokens by which a list goes on.

A token holds the revision of the first page and where the next page begins, so that all pages together show one moment.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.errors import ApiError, bad_request, expired, quoted
from kfed.sandbox.state.history import Expired
from kfed.sandbox.state.selectors import compile_selectors, everything
from kfed.sandbox.values.gonumbers import unsigned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Record
    from kfed.sandbox.state.selectors import Matches
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.values.options import ListQuery

_FORMAT = "meta.k8s.io/v1"
_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")
_INCONSISTENT = -1  # a token's revision, of a list that goes on although what it began with is forgotten
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list.

    Attributes:
        items: the objects.
        continue_: the token of the next page; empty on the last one.
        remaining: how many are still to come; ``None`` when nobody counted.
        revision: at which all of it is shown.
    """

    items: list[Record]
    continue_: str
    remaining: int | None
    revision: int


class ExpiredTokenError(ApiError):
    """A token is too old; the answer holds one to go on with all the same."""

    def __init__(self, token: str) -> None:
        super().__init__(410, "Expired", _TOO_OLD)
        self.token = token

    def status(self) -> dict[str, Any]:
        """The Status object that is the body of the answer."""
        return super().status() | {"metadata": {"continue": self.token}}


def page(store: Store, served: ServedType, namespace: str | None, query: ListQuery) -> ListPage:
    """One page of the objects of a type.

    Args:
        store: where they are.
        served: the type.
        namespace: ``None`` for all namespaces, and for types without.
        query: which of them.

    Raises:
        ApiError: 400 or 422, the query makes no sense; 410, what it asks for is forgotten; 504, it is yet to come.
    """
    check_match(query)
    matches = compile_selectors(served, query.label_selector, query.field_selector)
    wanted = _revision(query.resource_version)
    if query.continue_:
        if wanted:
            raise bad_request("specifying resource version is not allowed when using continue")
        revision, after = _decode(query.continue_, namespace)
    else:
        after, revision = "", wanted if _is_exact(query, wanted) else _INCONSISTENT
    check_not_ahead(max(wanted, revision), store.revision)
    revision = store.revision if revision == _INCONSISTENT else revision
    records = _records(store, served, namespace, revision, after)
    limit = 0 if query.resource_version == "0" else max(query.limit, 0)
    return _cut(records, matches, limit, namespace, revision)


def check_match(query: ListQuery) -> None:
    """Make sure that ``resourceVersionMatch`` makes sense beside the rest.

    Raises:
        ApiError: 422, it does not.
    """
    field, match = "resourceVersionMatch", query.match
    if not match:
        return
    causes = []
    if query.continue_:
        causes.append(("Forbidden", f"{field} is forbidden when continue is provided"))
    elif not query.resource_version:
        causes.append(("Forbidden", f"{field} is forbidden unless resourceVersion is provided"))
    if match not in {"Exact", "NotOlderThan"}:
        causes.append(("NotSupported", f'{quoted(match)}: supported values: "Exact", "NotOlderThan", ""'))
    elif match == "Exact" and query.resource_version == "0":
        causes.append(("Forbidden", f'{field} "exact" is forbidden for resourceVersion "0"'))
    if causes:
        words = {"Forbidden": "Forbidden", "NotSupported": "Unsupported value"}
        raise _invalid_options(
            "ListOptions",
            [
                {"reason": f"FieldValue{reason}", "message": f"{words[reason]}: {message}", "field": field}
                for reason, message in causes
            ],
        )


def _invalid_options(kind: str, causes: list[dict[str, str]]) -> ApiError:
    told = [f"{cause['field']}: {cause['message']}" for cause in causes]
    message = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    details = {"group": "meta.k8s.io", "kind": kind, "causes": causes}
    return ApiError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {message}', details)


def check_not_ahead(revision: int, current: int) -> None:
    """Make sure that a revision has been; a real server waits for it for a moment before it says so.

    Raises:
        ApiError: 504, it has not.
    """
    if revision > current:
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        message = f"Timeout: Too large resource version: {revision}, current: {current}"
        raise ApiError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})


def _is_exact(query: ListQuery, wanted: int) -> bool:
    return wanted > 0 and (query.match == "Exact" or (query.limit > 0 and not query.match))


def _records(store: Store, served: ServedType, namespace: str | None, revision: int, after: str) -> Iterator[Record]:
    """The objects that there were at *revision*, from behind the path *after* on."""
    if revision == store.revision:
        return store.list(*served.place, namespace, after)
    try:
        found = store.list_at(*served.place, namespace, revision)
    except Expired as error:
        if after:
            raise ExpiredTokenError(_encode(_INCONSISTENT, after, namespace)) from None
        raise expired(str(error)) from None
    return (record for record in found if record.key.path > after)


def _cut(records: Iterator[Record], matches: Matches, limit: int, namespace: str | None, revision: int) -> ListPage:
    found = filter(matches, records)
    if not limit:
        return ListPage(list(found), "", None, revision)
    items = list(islice(found, limit))
    is_counted = matches is everything
    left = sum(1 for _ in (found if is_counted else islice(found, 1)))
    if not left:
        return ListPage(items, "", None, revision)
    remaining = left if is_counted else None
    return ListPage(items, _encode(revision, items[-1].key.path, namespace), remaining, revision)


def _revision(text: str) -> int:
    revision = unsigned(text) if text else 0
    if isinstance(revision, str):
        raise bad_request(f"invalid resource version: resourceVersion: Invalid value: {quoted(text)}: {revision}")
    return revision


def _encode(revision: int, path: str, namespace: str | None) -> str:
    start = path.removeprefix(f"{namespace}/") if namespace else path
    token = orjson.dumps({"v": _FORMAT, "rv": revision, "start": f"/{start}\0"})
    return urlsafe_b64encode(token).decode().rstrip("=")


def _decode(token: str, namespace: str | None) -> tuple[int, str]:
    """The revision, and the path behind which the list goes on."""
    flaw = _FOREIGN.search(token)
    if flaw is not None or len(token) % 4 == 1:
        place = len(token) - 1 if flaw is None else len(token[: flaw.start()].encode())
        raise _bad_token(f"illegal base64 data at input byte {place}")
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    try:
        value = orjson.loads(raw)
    except ValueError as error:
        raise _bad_token(_json_error(raw, error)) from None
    match value:
        case {"v": "meta.k8s.io/v1", "rv": int(revision), "start": str(start)} if start and revision:
            path = start.removeprefix("/").removesuffix("\0")
            return revision, f"{namespace}/{path}" if namespace else path
        case {"v": str(version)} if version != _FORMAT:
            raise _bad_token(f"server does not recognize this encoded version {version}")
    raise _bad_token(f"incorrect encoded start resourceVersion (version {_FORMAT})")


def _bad_token(why: str) -> ApiError:
    return bad_request(f"invalid continue token: continue key is not valid: {why}")


def _json_error(raw: bytes, error: ValueError) -> str:
    """What Go says of what is no JSON at all."""
    if not raw:
        return "unexpected end of JSON input"
    return str(error) if raw[:1] == b"{" else f"invalid character {chr(raw[0])!r} looking for beginning of value"
