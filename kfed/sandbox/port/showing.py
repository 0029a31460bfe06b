"""Answers: objects as stored, in the form that a client accepts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import orjson
import yaml

from kfed.sandbox.admission.bodies import JSON, YAML
from kfed.sandbox.port.negotiation import METADATA, TABLE
from kfed.sandbox.surface import tables
from kfed.sandbox.surface.registry import converted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kfed.sandbox.errors import ApiError
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.port.negotiation import Form
    from kfed.sandbox.state.records import Record

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    code: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def plain(text: str, code: int = 200) -> Answer:
    """An answer for people."""
    return Answer(code, text.encode(), TEXT)


def page_not_found() -> Answer:
    """The answer to a path under which there is nothing at all."""
    return plain("404 page not found\n", 404)


def prettily(answer: Answer) -> Answer:
    """An answer in JSON, indented for people."""
    if answer.content_type != JSON or not answer.body:
        return answer
    body = orjson.dumps(orjson.loads(answer.body), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return replace(answer, body=body)


def warned(answer: Answer, warnings: Iterable[str]) -> Answer:
    """*answer* with a header for each warning."""
    headers = tuple(("Warning", _warning(text)) for text in dict.fromkeys(warnings))
    return replace(answer, headers=answer.headers + headers) if headers else answer


def _warning(text: str) -> str:
    """A warning as a header (RFC 7234); it is one line of ASCII."""
    line = " ".join(text.split()).encode("ascii", "backslashreplace").decode()
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{escaped}"'


def document(value: Mapping[str, Any], form: Form | None = None, code: int = 200) -> Answer:
    """A value that is no stored object."""
    return _encoded(orjson.dumps(value), form, code)


def refusal(error: ApiError) -> Answer:
    """An error as the Status that it is."""
    headers: tuple[tuple[str, str], ...] = ()
    seconds = (error.details or {}).get("retryAfterSeconds")
    if seconds:
        headers = (("Retry-After", str(seconds)),)
    return Answer(error.code, orjson.dumps(error.status(), option=orjson.OPT_APPEND_NEWLINE), JSON, headers)


def one(served: ServedType, record: Record, form: Form, code: int = 200, subresource: str | None = None) -> Answer:
    """One object, or the Scale of one, which looks the same for all types."""
    if subresource == "scale":
        return document(record.manifest(), form, code)
    return _encoded(shower(served, form)(record), form, code)


def listing(served: ServedType, records: Sequence[Record], metadata: dict[str, Any], form: Form) -> Answer:
    """Several objects, with the metadata of their list."""
    if form.view == TABLE:
        manifests = [_manifest(served, record) for record in records]
        return document(tables.table(served, manifests, _now(), metadata=metadata, include=form.include), form)
    if form.view == METADATA:
        return document(tables.partial_list([_manifest(served, record) for record in records], metadata), form)
    version = served.resource.gvk.api_version
    items = (converted(record.data, served) for record in records)
    if served.crd is None:  # of built-in types, only the list says what its items are
        prefix = orjson.dumps({"kind": served.kind, "apiVersion": version})[:-1] + b","
        items = (b"{" + item[len(prefix) :] if item.startswith(prefix) else item for item in items)
    head = orjson.dumps({"kind": f"{served.kind}List", "apiVersion": version, "metadata": metadata})[:-1]
    return _encoded(b'%b,"items":[%b]}\n' % (head, b",".join(items)), form, 200)


def shower(served: ServedType, form: Form, *, is_watch: bool = False) -> Callable[[Record], bytes]:
    """What turns a record into the JSON that a client of *form* is shown.

    In a watch only the first table has headings, so each watch of tables needs a shower of its own.
    """
    if form.view == METADATA:
        return lambda record: orjson.dumps(tables.partial(_manifest(served, record)))
    if form.view != TABLE:
        return lambda record: converted(record.data, served)
    headings = chain([True], repeat(not is_watch))

    def show_table(record: Record) -> bytes:
        metadata = {"resourceVersion": str(record.revision)}
        shown = tables.table(
            served,
            [_manifest(served, record)],
            _now(),
            metadata=metadata,
            include=form.include,
            headings=next(headings),
            is_list=False,
        )
        return orjson.dumps(shown)

    return show_table


def _manifest(served: ServedType, record: Record) -> dict[str, Any]:
    manifest: dict[str, Any] = orjson.loads(converted(record.data, served))
    return manifest


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _encoded(body: bytes, form: Form | None, code: int) -> Answer:
    if form is None or form.media == JSON:
        return Answer(code, body if body.endswith(b"\n") else body + b"\n")
    text = yaml.dump(orjson.loads(body), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    return Answer(code, text.encode(), YAML)
