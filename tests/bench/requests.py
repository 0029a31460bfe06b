"""Measure what a small write costs the client: ``python -m tests.bench.requests``.

A Deployment is applied again and again (server-side apply) to one kube-apiserver, by kfed's session, by plain aiohttp
and by the two calls of kubernetes.aio that could do it, 32 at a time. What counts is processor time of this process,
the best of some rounds: the clock on the wall says how busy the server is.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from kubernetes.aio import client as kubernetes

from kfed.core.resource import Gvk, Resource, Scope
from kfed.kube.api import Api
from kfed.kube.kubeconfig import read_kubeconfig
from kfed.kube.request import Writing
from kfed.kube.session import Session
from tests.clusters.assets import find
from tests.clusters.fleet import Cluster, open_fleet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[[dict[str, Any]], Awaitable[object]]

DEPLOYMENTS = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED)
AT_A_TIME = 32
APPLY = "application/apply-patch+yaml"


def main() -> None:
    """Print a line for each client."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=500, help="how many in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    programs = find()
    if programs is None:
        sys.exit("There is no kube-apiserver to write to; `make assets` builds one.")
    with tempfile.TemporaryDirectory(prefix="kfed-bench-") as folder, open_fleet(programs, Path(folder)) as fleet:
        asyncio.run(_measure(fleet.clusters("host")[0], options.writes, options.rounds))
    for module in ("sys", "aiohttp", "kfed.kube.session", "kubernetes.aio.config"):
        print(f"import {module:<22} {_imported(module)}")


async def _measure(cluster: Cluster, writes: int, rounds: int) -> None:
    async with AsyncExitStack() as stack:
        calls = {
            "kfed.kube": await _ours(cluster, stack),
            "aiohttp": await _plain(cluster, stack),
            **await _kubernetes(cluster, stack),
        }
        best = dict.fromkeys(calls, float("inf"))
        for number in range(rounds):
            for name, call in calls.items():
                best[name] = min(best[name], await _cost(call, writes, number))
    for name, seconds in best.items():
        print(f"{name:<28} {seconds * 1000:.2f} ms of processor a write   {seconds / best['aiohttp']:.1f} x aiohttp")


async def _cost(call: Call, writes: int, number: int) -> float:
    """Seconds of processor for one write."""
    room = asyncio.Semaphore(AT_A_TIME)

    async def one(index: int) -> None:
        async with room:
            await call(_deployment(index, number))

    await asyncio.gather(*(call(_deployment(index, number)) for index in range(AT_A_TIME)))
    began = time.process_time()
    await asyncio.gather(*map(one, range(writes)))
    return (time.process_time() - began) / writes


async def _ours(cluster: Cluster, stack: AsyncExitStack) -> Call:
    connection = read_kubeconfig(cluster.kubeconfig()).connection()
    api = Api(await stack.enter_async_context(Session(connection, connections=AT_A_TIME)))
    return lambda manifest: api.apply(DEPLOYMENTS, manifest, Writing(force=True))


async def _plain(cluster: Cluster, stack: AsyncExitStack) -> Call:
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=cluster.ca), limit=AT_A_TIME)
    session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
    headers = {"Authorization": f"Bearer {cluster.tokens['admin']}", "Content-Type": APPLY}
    root = f"{cluster.url}/apis/apps/v1/namespaces/default/deployments"

    async def call(manifest: dict[str, Any]) -> object:
        url = f"{root}/{manifest['metadata']['name']}?fieldManager=kfed&force=true"
        async with session.patch(url, data=orjson.dumps(manifest), headers=headers) as response:
            response.raise_for_status()
            return orjson.loads(await response.read())

    return call


async def _kubernetes(cluster: Cluster, stack: AsyncExitStack) -> dict[str, Call]:
    configuration = kubernetes.Configuration(host=cluster.url)
    configuration.ssl_ca_cert = cluster.ca
    configuration.api_key = {"BearerToken": f"Bearer {cluster.tokens['admin']}"}
    configuration.connection_pool_maxsize = AT_A_TIME
    client = await stack.enter_async_context(kubernetes.ApiClient(configuration))
    apps, custom = kubernetes.AppsV1Api(client), kubernetes.CustomObjectsApi(client)
    how = {"field_manager": "kfed", "force": True, "_content_type": APPLY}

    async def typed(manifest: dict[str, Any]) -> object:
        return await apps.patch_namespaced_deployment(manifest["metadata"]["name"], "default", manifest, **how)

    async def untyped(manifest: dict[str, Any]) -> object:
        where = ("apps", "v1", "default", "deployments", manifest["metadata"]["name"])
        return await custom.patch_namespaced_custom_object(*where, manifest, **how)

    return {"kubernetes.aio, typed": typed, "kubernetes.aio, custom": untyped}


def _deployment(index: int, replicas: int) -> dict[str, Any]:
    labels = {"app": f"web{index}"}
    container = {"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80, "protocol": "TCP"}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": "default", "name": f"web{index}", "labels": {"kubefed.io/managed": "true"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def _imported(module: str) -> str:
    """What it costs to import a module, in a process of its own: processor, and memory at its peak (on Linux)."""
    code = f"""import resource, {module}
usage = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"{{usage.ru_utime + usage.ru_stime:.2f}} s of processor, {{int(peak) // 1024}} MB")"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
