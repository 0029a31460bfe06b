"""A pytest plugin that offers the sandbox's fleet to tests of one's own manifests. It needs ``kfed[sandbox]``.

In ``conftest.py``::

    pytest_plugins = ["kfed.testing"]

and in a test::

    def test_shop_is_accepted(kfed_fleet):
        kfed_fleet.host.apply(open("crds.yaml").read(), open("shop.yaml").read())
        assert kfed_fleet.host.get("v1", "ConfigMap", "settings", "shop")["data"]["colour"] == "blue"

There is a host and three members; a fixture ``kfed_members`` of one's own, of scope ``session``, gives another number
or their names. Servers start once in a run, in a fraction of a second, and are empty when a test begins. It is a
sandbox: where it matters, test with a real cluster too.
"""

from __future__ import annotations

import http.client
import json
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from kfed.sandbox.fleet.background import in_background
from kfed.sandbox.fleet.startup import HOST, Settings, member_names
from kfed.text.documents import split
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kfed.sandbox.fleet.background import Background

_WITHIN = 30.0
_MANAGER = "kfed-testing"


class RefusedError(AssertionError):
    """A server has refused what a test asked for.

    Attributes:
        status: the Status object that it answered with.
    """

    def __init__(self, status: Any) -> None:
        super().__init__(status.get("message", status) if isinstance(status, dict) else status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster of the fleet.

    Attributes:
        name: which is also its context in the kubeconfig.
        url: where it answers.
        token: with which one may do everything.
        authority: the certificate of the authority that vouches for it, as PEM.
    """

    name: str
    url: str
    token: str
    authority: str

    def call(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request: the status, and the JSON that came back, or the text where it is none.

        Args:
            method: such as ``GET``.
            path: within the cluster, with its query.
            body: sent as JSON; ``None`` for none.
            headers: further ones; a ``Content-Type`` says what kind of JSON it is.
        """
        data = None if body is None else json.dumps(body)
        with self.open(method, path, data, headers=headers) as response:
            text = response.read().decode()
            is_json = response.headers.get_content_subtype() == "json"
        return response.status, json.loads(text) if is_json and text else text

    @contextmanager
    def open(
        self, method: str, path: str, data: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """One request whose answer is read line by line, such as a watch.

        Args:
            method: such as ``GET``.
            path: within the cluster, with its query.
            data: the body.
            headers: further ones.
        """
        place = urlsplit(self.url)
        context = ssl.create_default_context(cadata=self.authority)
        connection = http.client.HTTPSConnection(place.hostname or "", place.port, timeout=_WITHIN, context=context)
        sent = {"Content-Type": "application/json", **(headers or {}), "Authorization": f"Bearer {self.token}"}
        try:
            connection.request(method, place.path + path, data, sent)
            yield connection.getresponse()
        finally:
            connection.close()

    def apply(self, *manifests: str | Mapping[str, Any]) -> list[dict[str, Any]]:
        """Server-side apply objects, in order, and return what became of them.

        Args:
            manifests: objects, or text of one or more documents in YAML or JSON.

        Raises:
            RefusedError: the server does not take one.
        """
        return [self._apply(manifest) for manifest in _objects(manifests)]

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
        """One object.

        Raises:
            RefusedError: it is not there.
        """
        return self._expect("GET", self.path(api_version, kind, name, namespace))

    def wait_for(
        self, api_version: str, kind: str, name: str, namespace: str, until: Callable[[dict[str, Any]], object]
    ) -> dict[str, Any]:
        """Wait until *until* holds of an object, and return it.

        Raises:
            TimeoutError: it does not hold within half a minute.
        """
        folder = self.path(api_version, kind, "", namespace)
        query = {"fieldSelector": f"metadata.name={name}", "watch": "1", "timeoutSeconds": str(int(_WITHIN))}
        found: dict[str, Any] = {}
        with self.open("GET", f"{folder}?{urlencode(query)}") as response:
            for line in response:
                event = json.loads(line)
                found = event["object"]
                if event["type"] != "DELETED" and until(found):
                    return found
        raise TimeoutError(f"{kind} {name} of {self.name} did not come to be so; it is {json.dumps(found)}")

    def path(self, api_version: str, kind: str, name: str, namespace: str) -> str:
        """Where an object of a kind is; the folder of all of them when *name* is empty.

        Raises:
            RefusedError: there is no such kind.
        """
        folder = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        found = next(
            (
                resource
                for resource in self._expect("GET", folder)["resources"]
                if resource["kind"] == kind and "/" not in resource["name"]
            ),
            None,
        )
        if found is None:
            raise RefusedError(f"{self.name} serves no {kind} of {api_version}")
        within = f"/namespaces/{quote(namespace or 'default')}" if found["namespaced"] else ""
        return f"{folder}{within}/{found['name']}" + (f"/{quote(name)}" if name else "")

    def _apply(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        metadata = manifest.get("metadata") or {}
        kind = (str(manifest.get("apiVersion")), str(manifest.get("kind")))
        path = self.path(*kind, str(metadata.get("name", "")), str(metadata.get("namespace", "")))
        query = urlencode({"fieldManager": _MANAGER, "fieldValidation": "Strict", "force": "true"})
        return self._expect("PATCH", f"{path}?{query}", manifest, {"Content-Type": "application/apply-patch+yaml"})

    def _expect(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        status, answer = self.call(method, path, body, headers=headers)
        if status >= HTTPStatus.BAD_REQUEST:
            raise RefusedError(answer)
        return dict(answer)


@dataclass(frozen=True, slots=True)
class Fleet:
    """A host and its members.

    Attributes:
        host: the cluster in which federated objects live.
        members: the others, by name.
        kubeconfig: the path of a kubeconfig with a context for each, for kubectl and clients.
    """

    host: Cluster
    members: Mapping[str, Cluster]
    kubeconfig: str
    background: Background

    def stop(self, name: str) -> None:
        """Make a cluster unreachable."""
        self.background.ask(lambda fleet: fleet.stop(name))

    def start(self, name: str) -> None:
        """Make a cluster reachable again."""
        self.background.ask(lambda fleet: fleet.start(name))

    def limit(self, name: str, replicas: int | None) -> None:
        """Let only so many pods find room in a cluster; ``None`` for any number."""
        self.background.ask(lambda fleet: fleet.limit(name, replicas))


@pytest.fixture(scope="session")
def kfed_members() -> int | tuple[str, ...]:
    """How many members there are, or their names; to be overridden."""
    return 3


@pytest.fixture(scope="session")
def kfed_sandbox(kfed_members: int | tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The fleet of a run, which is not emptied between tests; mostly `kfed_fleet` is wanted."""
    names = member_names(kfed_members) if isinstance(kfed_members, int) else tuple(kfed_members)
    with in_background(Settings(str(tmp_path_factory.mktemp("kfed-sandbox")), names)) as background:
        yield background.ask(lambda fleet: _described(fleet, background))


@pytest.fixture
def kfed_fleet(kfed_sandbox: Fleet) -> Fleet:
    """A host and its members, all of them empty."""
    kfed_sandbox.background.ask(lambda fleet: fleet.reset())
    return kfed_sandbox


def _described(fleet: Any, background: Background) -> Fleet:
    clusters = {
        site.name: Cluster(site.name, f"{fleet.url}{site.path}", site.token, fleet.authority)
        for site in fleet.sites.values()
    }
    host = clusters.pop(HOST)
    return Fleet(host, clusters, fleet.kubeconfig, background)


def _objects(manifests: tuple[str | Mapping[str, Any], ...]) -> Iterator[Mapping[str, Any]]:
    for manifest in manifests:
        if isinstance(manifest, str):
            yield from (value for document in split(manifest, "manifest") if (value := parse(document)) is not None)
        else:
            yield manifest
