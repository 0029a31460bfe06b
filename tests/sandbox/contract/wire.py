"""One API server as a client sees it: requests, answers and watches over HTTPS, with nothing hidden.

A client library would retry, decode and forgive; what is held to the truth here is what goes over the wire.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.clusters.fleet import Cluster

WITHIN = 20.0
"""Seconds that anything waited for may take, on a machine that is busy with other things."""

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

# Words of a real server, to be compared whole.
LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL_NAME = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_REASONS = {
    "Duplicate value": "Duplicate",
    "Forbidden": "Forbidden",
    "Invalid value": "Invalid",
    "Not found": "NotFound",
    "Required value": "Required",
    "Too long": "TooLong",
    "Too many": "TooMany",
    "Unsupported value": "NotSupported",
}


@dataclass(frozen=True)
class Answer:
    """What a server said to one request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body, which must be JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def message(self) -> str:
        """The sentence of the Status object that the body must be."""
        assert self.json["kind"] == "Status", self.json
        said: str = self.json["message"]
        return said

    @property
    def reason(self) -> str:
        """The reason of the Status object that the body must be."""
        assert self.json["kind"] == "Status", self.json
        word: str = self.json.get("reason", "")
        return word

    @property
    def warnings(self) -> list[str]:
        """The texts of the ``Warning`` headers."""
        return [line.split('"', 1)[1].rsplit('"', 1)[0] for line in self.headers.get_all("Warning") or []]

    def refused(self, status: int, reason: str, message: str | None = None, **details: Any) -> Self:
        """This answer, which must be a Status object with this code and reason, and what else is said, to the word."""
        assert (self.status, self.json.get("kind")) == (status, "Status"), (self.status, self.text)
        assert (self.json["apiVersion"], self.json["status"], self.json["code"]) == ("v1", "Failure", status)
        assert self.json.get("reason", "") == reason, self.text
        if message is not None:
            assert (self.message, self.json.get("details", {})) == (message, details), self.text
        return self

    def invalid(self, kind: str, name: str, *causes: str, in_any_order: bool = False) -> None:
        """Make sure that this answer refuses an object for these causes and no others, word for word.

        Args:
            kind: with its group, such as ``Deployment.apps``.
            name: of the object.
            causes: each as ``field: message``, in the order of the server.
            in_any_order: the server goes through them in an order that is another each time.
        """
        answer = self.refused(422, "Invalid").json
        if in_any_order:
            told = [f"{cause['field']}: {cause['message']}" for cause in answer["details"]["causes"]]
            causes = tuple(told) if sorted(told) == sorted(causes) else causes
        parts = [cause.partition(": ")[::2] for cause in causes]
        listed = [{"reason": _reason(message), "message": message, "field": field} for field, message in parts]
        said = ", ".join(dict.fromkeys(causes))
        whole = f'{kind} "{name}" is invalid: ' + (f"[{said}]" if len(set(causes)) > 1 else said)
        short, _, group = kind.partition(".")
        known = {"name": name, "group": group, "kind": short}
        details = {key: value for key, value in known.items() if value} | {"causes": listed}
        assert (answer["message"], answer["details"]) == (whole, details), self.text


def _reason(message: str) -> str:
    """The reason of a cause, which follows from how its message begins."""
    if " in body must be of type" in message:
        return "FieldValueTypeInvalid"
    return next(f"FieldValue{reason}" for start, reason in _REASONS.items() if message.startswith(start))


@dataclass(slots=True)
class Watch:
    """A running watch."""

    response: http.client.HTTPResponse
    connection: http.client.HTTPSConnection

    def next(self) -> dict[str, Any] | None:
        """The next event, waited for; ``None`` when the server has ended the watch."""
        line = self.response.readline()
        event: dict[str, Any] | None = json.loads(line) if line else None
        return event

    def event(self) -> tuple[str, Any]:
        """The next event, which must come: its type and its object."""
        found = self.next()
        assert found is not None, "the server ended the watch"
        return found["type"], found["object"]

    def until(self, holds: Callable[[str, Any], bool]) -> tuple[str, Any]:
        """The first event for which *holds* says yes; events before it are skipped."""
        deadline = time.monotonic() + WITHIN
        while True:
            kind, manifest = self.event()
            if holds(kind, manifest):
                return kind, manifest
            assert time.monotonic() < deadline, f"the last event was {kind} {manifest}"


@dataclass
class Server:
    """An API server under test.

    Attributes:
        name: ``real`` or ``sandbox``.
        cluster: address, certificate, kubeconfig and tokens, in the form that kubectl is run with.
    """

    name: str
    cluster: Cluster
    _idle: list[http.client.HTTPSConnection] = field(default_factory=list)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What verifies the server's certificate."""
        return ssl.create_default_context(cafile=self.cluster.ca)

    def close(self) -> None:
        """Close the connections that are kept open."""
        while self._idle:
            self._idle.pop().close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.cluster.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    @property
    def prefix(self) -> str:
        """The path that comes before every path: none for a real server, one per cluster in the sandbox."""
        return urlsplit(self.cluster.url).path.rstrip("/")

    @property
    def token(self) -> str:
        """The administrator's bearer token."""
        return self.cluster.tokens["admin"]

    def connect(self) -> http.client.HTTPSConnection:
        """A new connection."""
        connection = http.client.HTTPSConnection(*self.address, timeout=WITHIN, context=self.context)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(  # noqa: PLR0913  # what makes a request
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> Answer:
        """Send one request and read the answer, whatever it is.

        Args:
            method: ``GET``…
            path: without the server's prefix.
            body: bytes and text are sent as they are, anything else as JSON; ``None`` is no body.
            content_type: of the body.
            accept: which media types are wanted.
            token: another one than the administrator's; ``None`` for no ``Authorization`` at all.
            headers: further ones.
            query: parameters, put behind *path*.
        """
        sent = {"Accept": accept, **(headers or {})}
        if body is not None:
            sent.setdefault("Content-Type", content_type)
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        data = body if isinstance(body, bytes | str | None) else json.dumps(body)
        data = data.encode() if isinstance(data, str) else data
        return self._send(method, self.prefix + path + _query(query), data, sent)

    def _send(self, method: str, target: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send on an idle connection; when the server has closed it meanwhile, on a new one."""
        connection, reused = (self._idle.pop(), True) if self._idle else (self.connect(), False)
        try:
            connection.request(method, target, data, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except (http.client.RemoteDisconnected, OSError):
            connection.close()
            if not reused:
                raise
            return self._send(method, target, data, headers)
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def done(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """Send one request, which must succeed, and return the JSON of the answer."""
        answer = self.ask(method, path, body, **how)
        assert answer.status in {200, 201, 202}, (method, path, answer.status, answer.text)
        return answer.json

    def get(self, path: str, **query: object) -> Any:
        """Read what must be there."""
        return self.done("GET", path, query=query)

    def post(self, path: str, body: Any, **query: object) -> Any:
        """Create what must be accepted."""
        return self.done("POST", path, body, query=query)

    def put(self, path: str, body: Any, **query: object) -> Any:
        """Replace what must be accepted."""
        return self.done("PUT", path, body, query=query)

    def patch(self, path: str, body: Any, content_type: str = MERGE_PATCH, **query: object) -> Any:
        """Patch what must be accepted."""
        return self.done("PATCH", path, body, content_type=content_type, query=query)

    def delete(self, path: str, body: Any = None, **query: object) -> Any:
        """Delete what must be there."""
        return self.done("DELETE", path, body, query=query)

    def apply(self, path: str, body: Any, manager: str, **query: object) -> Answer:
        """Server-side apply, as *manager*; the answer may be a refusal."""
        return self.ask("PATCH", path, body, content_type=APPLY_PATCH, query={"fieldManager": manager, **query})

    def names(self, path: str, **query: object) -> list[str]:
        """The names of what a list holds, as they come."""
        return [item["metadata"]["name"] for item in self.get(path, **query)["items"]]

    @contextmanager
    def watch(self, path: str, **query: object) -> Iterator[Watch]:
        """Watch a collection, which must be accepted."""
        connection = self.connect()
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
            connection.request("GET", self.prefix + path + _query({"watch": "true", **query}), headers=headers)
            response = connection.getresponse()
            assert response.status == 200, response.read()
            yield Watch(response, connection)
        finally:
            connection.close()

    def wait(self, path: str, holds: Callable[[Any], object], **query: object) -> Any:
        """Read until *holds* says yes of the answer's JSON, and return it."""
        return self.wait_answer(path, lambda answer: answer.status == 200 and holds(answer.json), **query).json

    def wait_gone(self, path: str) -> None:
        """Read until nothing is there."""
        self.wait_answer(path, lambda answer: answer.status == 404)

    def wait_answer(self, path: str, holds: Callable[[Answer], object], **query: object) -> Answer:
        """Read until *holds* says yes of the answer, and return it."""
        deadline = time.monotonic() + WITHIN
        while True:
            answer = self.ask("GET", path, query=query)
            if holds(answer):
                return answer
            assert time.monotonic() < deadline, f"{path} is still {answer.status} {answer.text}"
            time.sleep(0.02)


def _query(parameters: Mapping[str, object] | None) -> str:
    """Parameters as they stand in a URL; those that are ``None`` are left out."""
    pairs = [(key, value) for key, value in (parameters or {}).items() if value is not None]
    texts = [f"{key}={quote(_text(value))}" for key, value in pairs]
    return f"?{'&'.join(texts)}" if texts else ""


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
