"""The servers that other tests stand on are real, apart from each other, shut to strangers, and gone afterwards."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.clusters.fleet import open_fleet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters.fleet import Cluster, Fleet
    from tests.clusters.kubectl import Kubectl

pytestmark = pytest.mark.cluster


def test_server_is_ready_and_of_the_pinned_release(cluster_host: Cluster) -> None:
    assert cluster_host.call("GET", "/readyz") == (200, "ok")
    _, version = cluster_host.call("GET", "/version")
    assert (version["major"], version["minor"]) == ("1", "37")
    assert version["gitVersion"].startswith("v1.37.")


def test_certificate_is_verified_against_its_own_authority_only(
    cluster_host: Cluster, members: Callable[[int], list[Cluster]]
) -> None:
    (member,) = members(1)
    with pytest.raises(ssl.SSLCertVerificationError, match="CERTIFICATE_VERIFY_FAILED"):
        replace(cluster_host, ca=member.ca).call("GET", "/readyz")


def test_nobody_gets_in_without_a_token(cluster_host: Cluster) -> None:
    status, answer = cluster_host.call("GET", "/api/v1/namespaces", user=None)
    assert (status, answer["reason"]) == (401, "Unauthorized")


def test_token_of_one_cluster_is_worth_nothing_at_another(
    cluster_host: Cluster, members: Callable[[int], list[Cluster]]
) -> None:
    (member,) = members(1)
    bearer = {"Authorization": f"Bearer {cluster_host.tokens['admin']}"}
    assert member.call("GET", "/api/v1/namespaces", user=None, headers=bearer)[0] == 401


def test_user_without_a_role_may_do_nothing(cluster_host: Cluster) -> None:
    status, answer = cluster_host.call("GET", "/api/v1/namespaces", user="alice")
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert '"alice"' in answer["message"]


def test_kubectl_works_with_the_kubeconfig(
    cluster_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    name = namespace(cluster_host)
    kubectl(cluster_host, "create", "configmap", "cm", "--from-literal=a=b", "-n", name)
    assert kubectl(cluster_host, "get", "configmap", "cm", "-n", name, "-o", "jsonpath={.data.a}") == "b"
    assert "Username    alice" in kubectl(cluster_host, "auth", "whoami", user="alice")


def test_members_are_different_servers_with_data_of_their_own(
    cluster_host: Cluster, members: Callable[[int], list[Cluster]], namespace: Callable[..., str]
) -> None:
    clusters = [cluster_host, *members(2)]
    assert len({cluster.pid for cluster in clusters}) == 3
    assert len({cluster.url for cluster in clusters}) == 3
    name = namespace(clusters[1])
    assert [cluster.call("GET", f"/api/v1/namespaces/{name}")[0] for cluster in clusters] == [404, 200, 404]
    systems = [cluster.call("GET", "/api/v1/namespaces/kube-system")[1]["metadata"]["uid"] for cluster in clusters]
    assert len(set(systems)) == 3


def test_asking_again_gives_the_same_servers(fleet: Fleet, cluster_host: Cluster) -> None:
    assert fleet.clusters("host") == [cluster_host]


def test_service_account_token_is_accepted(cluster_host: Cluster, namespace: Callable[..., str]) -> None:
    accounts = f"/api/v1/namespaces/{namespace(cluster_host)}/serviceaccounts"
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}
    assert cluster_host.call("POST", accounts, account)[0] == 201
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    status, answer = cluster_host.call("POST", f"{accounts}/robot/token", request)
    assert status == 201, answer
    bearer = {"Authorization": f"Bearer {answer['status']['token']}"}
    status, answer = cluster_host.call("GET", "/api/v1/namespaces", user=None, headers=bearer)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert ":robot" in answer["message"]


def test_log_is_there_to_be_read(cluster_host: Cluster) -> None:
    assert "Version: v1.37" in cluster_host.log.read_text(errors="replace")


def test_stopped_cluster_comes_back_with_its_data_and_address(
    fleet: Fleet, unique: str, namespace: Callable[..., str]
) -> None:
    (before,) = fleet.clusters(unique)
    name = namespace(before)
    fleet.stop(unique)
    with pytest.raises(ConnectionRefusedError):
        before.call("GET", "/readyz")
    (after,) = fleet.clusters(unique)
    assert (after.url, after.tokens) == (before.url, before.tokens)
    assert before.call("GET", f"/api/v1/namespaces/{name}")[0] == 200
    fleet.stop(unique)


def test_servers_go_with_the_last_who_holds_them(programs: Path, tmp_path: Path) -> None:
    with open_fleet(programs, tmp_path) as second:
        with open_fleet(programs, tmp_path) as first:
            (cluster,) = first.clusters("short")
        assert second.clusters("short") == [cluster]
        assert cluster.call("GET", "/readyz") == (200, "ok")
    _wait_until_gone(cluster.url)


def test_servers_go_when_who_holds_them_is_killed(programs: Path, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from tests.clusters.fleet import open_fleet\n"
        "with open_fleet(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])) as fleet:\n"
        "    print(fleet.clusters('short')[0].url, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(programs), str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.getcwd()}, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert _answers(url)
        process.kill()
    _wait_until_gone(url)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills the children of a process that was killed")
def test_servers_go_when_their_owner_is_killed(programs: Path, tmp_path: Path) -> None:
    with open_fleet(programs, tmp_path) as fleet:
        (cluster,) = fleet.clusters("short")
        status = Path(f"/proc/{cluster.pid}/status").read_text()
        os.kill(int(status.split("PPid:")[1].split()[0]), signal.SIGKILL)
        _wait_until_gone(cluster.url)


def _wait_until_gone(url: str) -> None:
    deadline = time.monotonic() + 20
    while _answers(url):
        assert time.monotonic() < deadline, f"{url} still answers"


def _answers(url: str) -> bool:
    host, port = url.removeprefix("https://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
