"""A pytest plugin: real API servers for tests marked ``cluster``.

Servers start when a test first asks for them and are shared by the whole run, by the workers of pytest-xdist as well.
Tests keep out of each other's way by names: a namespace or an API group of their own.
"""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.clusters.assets import PROGRAMS, cache_folder, find
from tests.clusters.fleet import Cluster, Fleet, open_fleet
from tests.clusters.kubectl import Kubectl

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without the programs a test that needs them is skipped."""
    if item.get_closest_marker("cluster"):
        _programs()


def _programs() -> Path:
    """The folder of the programs; where there is none, whoever asks is skipped."""
    folder = find()
    if folder is None:
        pytest.skip(
            f"neither KUBEBUILDER_ASSETS nor {cache_folder()} holds {', '.join(PROGRAMS)}; `make assets` builds them"
        )
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed says where the servers' logs are."""
    report = yield
    servers = getattr(item, "funcargs", {}).get("fleet")
    if report.failed and isinstance(servers, Fleet):
        report.sections.append(("logs of the API servers", f"{servers.folder}/fleet-*/*/log"))
    return report


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of etcd, kube-apiserver, kubectl and the rest."""
    return _programs()


@pytest.fixture(scope="session")
def fleet(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """All clusters of this run, by name: for tests that want more than ``cluster_host`` and ``members``."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    with open_fleet(programs, shared / "clusters") as opened:
        yield opened


@pytest.fixture
def cluster_host(fleet: Fleet) -> Cluster:
    """The cluster in which federated objects live."""
    return fleet.clusters("host")[0]


@pytest.fixture
def members(fleet: Fleet) -> Callable[[int], list[Cluster]]:
    """Give as many member clusters as a test asks for.

    As in: ``first, second = members(2)``.
    """
    return lambda number: fleet.clusters(*(f"member{index}" for index in range(1, number + 1)))


@pytest.fixture
def working(fleet: Fleet) -> Callable[[str, int], Cluster]:
    """Give a cluster in which pods run, by a name of one's own and with room for so many.

    As in: ``member = working(unique, 10)``.
    """
    return fleet.working


@pytest.fixture(scope="session")
def kubectl_program() -> Path:
    """The real kubectl: that of the programs, or else the one on the PATH."""
    folder = find()
    program = folder / "kubectl" if folder else shutil.which("kubectl")
    if program is None:
        pytest.skip("there is no kubectl; `make assets` builds one")
    return Path(program)


@pytest.fixture(scope="session")
def kubectl(kubectl_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """Run the real program, as in: ``kubectl(cluster_host, "get", "pods")``."""
    return Kubectl(kubectl_program, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def unique() -> str:
    """A name that no other test has: for a namespace, an API group, a cluster of one's own."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture
def namespace(unique: str) -> Callable[..., str]:
    """Make one new namespace in all clusters given.

    As in: ``name = namespace(cluster_host, *members(2))``.
    """

    def make(*clusters: Cluster) -> str:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": unique}}
        for cluster in clusters:
            status, answer = cluster.call("POST", "/api/v1/namespaces", body)
            assert status == 201, answer
        return unique

    return make
