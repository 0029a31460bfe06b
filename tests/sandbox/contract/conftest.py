"""The two servers of the contract: a real kube-apiserver, and the sandbox.

Every test that asks for ``server`` or ``working`` runs on both; ``-m "not cluster"`` runs those of the sandbox alone,
which need no programs (but kubectl, where a test is about it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.clusters.fleet import FleetError
from tests.clusters.kubectl import Kubectl
from tests.sandbox.contract.gaps import KNOWN_GAPS
from tests.sandbox.contract.manifests import GROUP_SUFFIX, crd, widget, widget_crd
from tests.sandbox.contract.sandboxes import Sandbox, run_sandbox
from tests.sandbox.contract.wire import Server

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.clusters.fleet import Cluster, Fleet

SERVERS = [pytest.param("real", marks=pytest.mark.cluster), "sandbox"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the sandbox is known not to do must indeed fail there: a gap that has closed leaves the list."""
    for item in items:
        name = getattr(item, "originalname", item.name)
        callspec = getattr(item, "callspec", None)
        if name in KNOWN_GAPS and callspec and "sandbox" in callspec.id.split("-"):
            item.add_marker(pytest.mark.xfail(reason=KNOWN_GAPS[name], strict=True))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all tests of this process."""
    with run_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def _servers() -> Iterator[dict[str, Server]]:
    """The servers in use, so that connections are kept open from test to test."""
    known: dict[str, Server] = {}
    yield known
    for server in known.values():
        server.close()


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, _servers: dict[str, Server]) -> Server:
    """An API server. On the real one nothing but it runs: no controller, no pods."""
    return _serve(request, _servers, "contract", working=False)


@pytest.fixture(params=SERVERS)
def working(request: pytest.FixtureRequest, _servers: dict[str, Server]) -> Server:
    """A server with controllers, on which workloads become ready, and what nobody owns is collected."""
    return _serve(request, _servers, "contract-working", working=True)


def _serve(request: pytest.FixtureRequest, known: dict[str, Server], name: str, *, working: bool) -> Server:
    """The server that a test asks for, started by the first."""
    if request.param == "sandbox":
        sandbox: Sandbox = request.getfixturevalue("sandbox")
        return known.setdefault("sandbox", sandbox.server())
    fleet: Fleet = request.getfixturevalue("fleet")
    if name not in known:
        known[name] = Server("real", _with_controllers(fleet, name) if working else fleet.clusters(name)[0])
    return known[name]


def _with_controllers(fleet: Fleet, name: str) -> Cluster:
    """A cluster in which pods run; when another worker of the run has made its node already, as it is."""
    try:
        return fleet.working(name, 500)
    except FleetError:
        return fleet.clusters(name)[0]


@pytest.fixture
def ns(request: pytest.FixtureRequest, unique: str) -> str:
    """The path of a namespace that no other test uses, such as ``/api/v1/namespaces/t1``; its name comes last."""
    on = _server_of(request)
    on.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": unique}})
    return f"/api/v1/namespaces/{unique}"


@pytest.fixture
def deployments(ns: str) -> str:
    """The path of the Deployments of the test's namespace."""
    return f"/apis/apps/v1/namespaces/{ns.rpartition('/')[2]}/deployments"


@pytest.fixture
def configmaps(ns: str) -> str:
    """The path of the ConfigMaps of the test's namespace."""
    return f"{ns}/configmaps"


@pytest.fixture
def secrets(ns: str) -> str:
    """The path of the Secrets of the test's namespace, of which there are none at first."""
    return f"{ns}/secrets"


def _server_of(request: pytest.FixtureRequest) -> Server:
    """The server that the test is about."""
    asked = "working" if "working" in request.fixturenames else "server"
    found: Server = request.getfixturevalue(asked)
    return found


@pytest.fixture
def define(request: pytest.FixtureRequest, unique: str) -> Iterator[Callable[..., str]]:
    """Create a CRD of the test's own group and wait until its type is served.

    As in ``path = define(schema)``, the path of its objects in the namespace ``default``; the CRD goes with the test.
    """
    on = _server_of(request)
    made = []

    def create(schema: dict[str, Any] | None = None, kind: str = "Widget", **version: Any) -> str:
        manifest = crd(unique + GROUP_SUFFIX, schema, kind, **version)
        made.append(manifest["metadata"]["name"])
        return create_crd(on, manifest)

    yield create
    for name in made:
        on.ask("DELETE", f"{CRDS}/{name}")


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def create_crd(server: Server, manifest: dict[str, Any]) -> str:
    """Create a CRD and wait until its type is served; the path of its objects in the namespace ``default``."""
    server.post(CRDS, manifest)
    spec = manifest["spec"]
    served = f"/apis/{spec['group']}/{spec['versions'][0]['name']}"
    server.wait_answer(f"{served}/{spec['names']['plural']}", lambda answer: answer.status == 200)
    return f"{served}/namespaces/default/{spec['names']['plural']}"


@dataclass(frozen=True)
class Widgets:
    """The type Widget on one server.

    Attributes:
        group: its API group.
        path: of the Widgets of the test's namespace.
        namespace: its name.
    """

    group: str
    path: str
    namespace: str

    def new(self, name: str, spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
        """A Widget, not yet sent."""
        return widget(self.group, name, spec, **metadata)


@pytest.fixture(scope="session")
def _widget_groups() -> dict[str, str]:
    return {}


@pytest.fixture
def widgets(request: pytest.FixtureRequest, unique: str, ns: str, _widget_groups: dict[str, str]) -> Widgets:
    """A custom type with a rule of every sort, made once per server, and a namespace of the test's own."""
    on = _server_of(request)
    if on.cluster.url not in _widget_groups:
        group = _widget_groups[on.cluster.url] = f"{unique}{GROUP_SUFFIX}"
        create_crd(on, widget_crd(group))
    group = _widget_groups[on.cluster.url]
    namespace = ns.rpartition("/")[2]
    return Widgets(group, f"/apis/{group}/v1/namespaces/{namespace}/widgets", namespace)


@dataclass(frozen=True, slots=True)
class Run:
    """kubectl, the real program, against the test's server and in its namespace."""

    program: Kubectl
    server: Server
    namespace: str

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run it and return what came of it, whatever that is."""
        return self.program.run(self.server.cluster, f"--namespace={self.namespace}", *arguments, stdin=stdin)

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """Run it; it must succeed; what it printed."""
        return self.program(self.server.cluster, f"--namespace={self.namespace}", *arguments, stdin=stdin)

    def refusal(self, *arguments: str, stdin: str = "") -> str:
        """Run it; it must fail; its complaint."""
        return self.program.refusal(self.server.cluster, f"--namespace={self.namespace}", *arguments, stdin=stdin)


@pytest.fixture(scope="session")
def _kubectl(kubectl_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    return Kubectl(kubectl_program, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def kubectl(request: pytest.FixtureRequest, ns: str, _kubectl: Kubectl) -> Run:
    """Run kubectl, as in ``kubectl("get", "pods")``."""
    return Run(_kubectl, _server_of(request), ns.rpartition("/")[2])
