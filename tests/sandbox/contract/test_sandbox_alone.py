"""What only the sandbox promises: it survives a kill, carries thousands of watches, and keeps its clusters apart."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.conftest import CRDS
from tests.sandbox.contract.manifests import configmap, crd, deployment, secret
from tests.sandbox.contract.sandboxes import run_sandbox
from tests.sandbox.contract.wire import WITHIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.contract.sandboxes import Sandbox
    from tests.sandbox.contract.wire import Server, Watch

SECRETS = "/api/v1/namespaces/default/secrets"


@pytest.mark.slow
def test_what_was_acknowledged_is_there_again_after_a_kill(tmp_path: Path) -> None:
    """Four clients write until the process is killed; what they were told of is there, and nothing nobody asked for."""
    acknowledged: dict[str, str] = {}
    deleted: set[str] = set()
    tried: set[str] = set()
    with run_sandbox(tmp_path, 1) as sandbox:
        writers = [
            threading.Thread(target=_write, args=(sandbox.server(), number, acknowledged, deleted, tried))
            for number in range(4)
        ]
        for writer in writers:
            writer.start()
        deadline = time.monotonic() + WITHIN
        while len(acknowledged) < 200 and time.monotonic() < deadline:
            time.sleep(0.01)
        sandbox.kill()
        for writer in writers:
            writer.join()
    assert len(acknowledged) >= 150  # some of the 200 may have been deleted meanwhile
    with run_sandbox(tmp_path, 1) as again:
        server = again.server()
        found = {item["metadata"]["name"]: item["metadata"] for item in server.get(SECRETS)["items"]}
        revision = int(server.post(SECRETS, secret("after"))["metadata"]["resourceVersion"])
        server.close()
    missing = {name for name in acknowledged if name not in found} - _undecided(tried, acknowledged, deleted)
    assert not missing
    assert {name: found[name]["uid"] for name in set(found) & set(acknowledged)} == {
        name: uid for name, uid in acknowledged.items() if name in found
    }
    assert set(found) <= tried
    assert not deleted & set(found)
    assert revision > max(int(metadata["resourceVersion"]) for metadata in found.values())


def _undecided(tried: set[str], acknowledged: dict[str, str], deleted: set[str]) -> set[str]:
    """Those whose deletion was asked for, and not answered."""
    return {name for name in acknowledged if f"-{name}" in tried and name not in deleted}


def _write(server: Server, number: int, acknowledged: dict[str, str], deleted: set[str], tried: set[str]) -> None:
    """Create Secrets, and delete every third again, until the server is gone."""
    try:
        for count in range(100_000):
            name = f"s{number}-{count}"
            tried.add(name)
            answer = server.ask("POST", SECRETS, secret(name))
            assert answer.status == 201, answer.text
            acknowledged[name] = answer.json["metadata"]["uid"]
            if count % 3 == 0:
                tried.add(f"-{name}")
                assert server.ask("DELETE", f"{SECRETS}/{name}").status == 200
                deleted.add(name)
                del acknowledged[name]
    except OSError:
        pass
    finally:
        server.close()


def test_state_is_there_again_after_a_restart(tmp_path: Path) -> None:
    manifest = crd("kept.example.com")
    path = "/apis/kept.example.com/v1/namespaces/default/widgets"
    with run_sandbox(tmp_path, 1) as sandbox:
        host, member = sandbox.server(), sandbox.server("member1")
        host.post(CRDS, manifest)
        made = host.post(path, {"apiVersion": "kept.example.com/v1", "kind": "Widget", "metadata": {"name": "a"}})
        other = member.post(SECRETS, secret("theirs"))
        uid = host.get("/api/v1/namespaces/kube-system")["metadata"]["uid"]
        token = host.token
        for server in (host, member):
            server.close()
    with run_sandbox(tmp_path, 1) as sandbox:
        host, member = sandbox.server(), sandbox.server("member1")
        assert host.token == token
        assert host.get(f"{path}/a") == made
        assert member.get(f"{SECRETS}/theirs") == other
        host.ask("GET", f"{SECRETS}/theirs").refused(404, "NotFound")
        assert host.get("/api/v1/namespaces/kube-system")["metadata"]["uid"] == uid
        for server in (host, member):
            server.close()


def test_clusters_are_apart(sandbox: Sandbox, unique: str) -> None:
    host, member = sandbox.server(), sandbox.server("member1")
    host.post(SECRETS, secret(unique))
    member.ask("GET", f"{SECRETS}/{unique}").refused(404, "NotFound")
    assert host.token != member.token
    member.ask("GET", "/api", token=host.token).refused(401, "Unauthorized")
    systems = {one.get("/api/v1/namespaces/kube-system")["metadata"]["uid"] for one in (host, member)}
    assert len(systems) == 2
    for server in (host, member):
        server.close()


def test_kubeconfig_is_for_its_owner_alone(sandbox: Sandbox) -> None:
    folder = sandbox.folder / "data"
    assert folder.stat().st_mode & 0o077 == 0
    for name in ("kubeconfig", "sandbox.json", "server.key"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def test_it_says_that_it_is_for_trying_out(sandbox: Sandbox) -> None:
    assert "trying out" in (sandbox.folder / "log").read_text()


def test_nobody_acts_in_anothers_name(sandbox: Sandbox) -> None:
    server = sandbox.server()
    answer = server.ask("GET", "/api/v1/namespaces", headers={"Impersonate-User": "alice"})
    assert answer.status == 403
    server.close()


def kfed_sandbox(sandbox: Sandbox, *arguments: str) -> str:
    """Run ``kfed sandbox ...`` for a running sandbox; what it printed."""
    command = [sys.executable, "-m", "kfed", "sandbox", *arguments, f"--data-dir={sandbox.folder / 'data'}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


def test_member_is_stopped_and_started(tmp_path: Path) -> None:
    with run_sandbox(tmp_path, 1) as sandbox:
        host, member = sandbox.server(), sandbox.server("member1")
        member.post(SECRETS, secret("a"))
        with member.watch(SECRETS) as watch:
            watch.event()
            kfed_sandbox(sandbox, "stop", "member1")
            assert _has_ended(watch)
        with pytest.raises((OSError, http.client.HTTPException)):
            member.ask("GET", "/readyz")
        assert host.ask("GET", "/readyz").status == 200
        kfed_sandbox(sandbox, "start", "member1")
        assert member.names(SECRETS) == ["a"]
        for server in (host, member):
            server.close()


def _has_ended(watch: Watch) -> bool:
    """Whether a watch ends, politely or not."""
    try:
        return watch.next() is None
    except (OSError, http.client.HTTPException):
        return True


def test_pods_beyond_the_limit_are_unschedulable(tmp_path: Path) -> None:
    deployments, pods = "/apis/apps/v1/namespaces/default/deployments", "/api/v1/namespaces/default/pods"
    with run_sandbox(tmp_path, 1) as sandbox:
        member = sandbox.server("member1")
        kfed_sandbox(sandbox, "limit", "member1", "--replicas", "3")
        member.post(deployments, deployment("web", 5))
        member.wait(f"{deployments}/web", lambda found: found["status"].get("readyReplicas") == 3)
        pending = member.wait(pods, lambda found: len(found["items"]) == 2, fieldSelector="status.phase=Pending")[
            "items"
        ]
        reasons = {
            (one["type"], one["status"], one["reason"]) for pod in pending for one in pod["status"]["conditions"]
        }
        assert reasons == {("PodScheduled", "False", "Unschedulable")}
        kfed_sandbox(sandbox, "limit", "member1")
        member.wait(f"{deployments}/web", lambda found: found["status"].get("readyReplicas") == 5)
        member.close()


def test_reset_empties_every_cluster(tmp_path: Path) -> None:
    with run_sandbox(tmp_path, 1) as sandbox:
        servers = [sandbox.server(), sandbox.server("member1")]
        for server in servers:
            server.post(SECRETS, secret("a"))
        kfed_sandbox(sandbox, "reset")
        assert [server.names(SECRETS) for server in servers] == [[], []]
        for server in servers:
            server.close()


@pytest.mark.slow
def test_thousands_of_watches_all_hear_of_a_change(sandbox: Sandbox, unique: str) -> None:
    server = sandbox.server()
    path = f"/api/v1/namespaces/{unique}"
    server.post("/api/v1/namespaces", {"metadata": {"name": unique}})
    start = server.get(f"{path}/secrets")["metadata"]["resourceVersion"]

    async def work() -> None:
        context = ssl.create_default_context(cafile=server.cluster.ca)
        target = f"{server.prefix}{path}/secrets?watch=true&resourceVersion={start}"
        opened = asyncio.Semaphore(50)
        streams = await asyncio.gather(*(_open(server, context, target, opened) for _ in range(2000)))
        made = await asyncio.to_thread(server.post, f"{path}/secrets", secret("a"))  # answered before anybody reads
        events = await asyncio.gather(*(_event(reader) for reader, _ in streams))
        assert all(event["object"] == made for event in events)
        for _, writer in streams:
            writer.transport.abort()

    async def limited() -> None:
        async with asyncio.timeout(60):
            await work()

    asyncio.run(limited())
    assert server.ask("GET", "/readyz").status == 200
    server.close()


async def _open(
    server: Server, context: ssl.SSLContext, target: str, opened: asyncio.Semaphore
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin a watch, and read the head of its answer."""
    async with opened:
        reader, writer = await asyncio.open_connection(*server.address, ssl=context)
        head = f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n\r\n"
        writer.write(head.encode())
        assert b" 200 " in (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]
        return reader, writer


async def _event(reader: asyncio.StreamReader) -> Any:
    """The first event of a watch that is sent in chunks."""
    data = b""
    while not data.endswith(b"\n"):
        size = int((await reader.readline()).strip(), 16)
        data += (await reader.readexactly(size + 2))[:-2]
    return json.loads(data)


@pytest.mark.slow
def test_watch_that_is_not_read_is_ended_and_not_kept_in_memory(sandbox: Sandbox, unique: str) -> None:
    """200 MB of events for a client that reads none: the sandbox does not keep them all."""
    server = sandbox.server()
    path = f"/api/v1/namespaces/{unique}/configmaps"
    server.post("/api/v1/namespaces", {"metadata": {"name": unique}})
    before = _memory(sandbox)
    with server.watch(path):
        server.post(path, configmap("a"))
        for number in range(250):
            server.put(f"{path}/a", configmap("a", {"k": f"{number}" + "x" * 800_000}))
        assert _memory(sandbox) - before < 400
    server.close()


def _memory(sandbox: Sandbox) -> float:
    """Resident memory in MB."""
    with open(f"/proc/{sandbox.process.pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
