"""The Python clients of Kubernetes work unchanged: the synchronous one, and ``kubernetes.aio`` with its dynamic client.

Each test runs the client with the kubeconfig as it is.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import subprocess
import sys
import textwrap
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import configmap, deployment
from tests.sandbox.contract.wire import WITHIN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

# The clients leave connections to a stopped watch to whoever cleans up, and warn of themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed:ResourceWarning"),
]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, within a time."""

    async def within() -> Any:
        async with asyncio.timeout(WITHIN):
            return await work

    try:
        return asyncio.run(within())
    finally:
        gc.collect()  # here, where warnings of connections left open are let pass, and not in a test to come


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Any]:
    """The client of ``kubernetes.aio`` that all its APIs are made with."""
    configuration = aio("client").Configuration()
    await aio("config").load_kube_config(server.cluster.kubeconfig(), client_configuration=configuration)
    async with aio("client").ApiClient(configuration) as api:
        yield api


@asynccontextmanager
async def dynamic(server: Server) -> AsyncIterator[Any]:
    """The dynamic client of ``kubernetes.aio``."""
    async with connected(server) as api:
        yield await aio("dynamic").DynamicClient(api)


def aio(module: str) -> Any:
    """A module of ``kubernetes.aio``; importing takes a second, which only these tests are to pay."""
    return importlib.import_module(f"kubernetes.aio.{module}")


def test_dynamic_client_reads_and_writes(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]

    async def work() -> None:
        async with dynamic(server) as api:
            maps = await api.resources.get(api_version="v1", kind="ConfigMap")
            made = await maps.create(body=configmap("a", {"k": "v"}), namespace=namespace)
            assert made.data.k == "v"
            made = await maps.patch(
                name="a", namespace=namespace, body={"data": {"l": "w"}}, content_type="application/merge-patch+json"
            )
            assert made.data.to_dict() == {"k": "v", "l": "w"}
            listed = await maps.get(namespace=namespace, field_selector="metadata.name=a")
            assert [item.metadata.name for item in listed.items] == ["a"]
            replaced = await maps.replace(body={**made.to_dict(), "data": {"k": "x"}}, namespace=namespace)
            assert replaced.data.k == "x"
            await maps.delete(name="a", namespace=namespace)

    run(work())
    server.ask("GET", f"{ns}/configmaps/a").refused(404, "NotFound")


def test_dynamic_client_raises_what_the_server_says(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]

    async def work() -> None:
        async with dynamic(server) as api:
            maps = await api.resources.get(api_version="v1", kind="ConfigMap")
            with pytest.raises(aio("dynamic.exceptions").NotFoundError):
                await maps.get(name="none", namespace=namespace)
            await maps.create(body=configmap("a"), namespace=namespace)
            with pytest.raises(aio("dynamic.exceptions").ConflictError):
                await maps.create(body=configmap("a"), namespace=namespace)

    run(work())


def test_dynamic_client_knows_custom_types(server: Server, widgets: Widgets) -> None:
    async def work() -> None:
        async with dynamic(server) as api:
            kind = await api.resources.get(api_version=f"{widgets.group}/v1", kind="Widget")
            made = await kind.create(body=widgets.new("a"), namespace=widgets.namespace)
            assert made.spec.replicas == 1
            status = {"status": {"replicas": 3}}
            kept = await kind.status.patch(
                name="a", namespace=widgets.namespace, body=status, content_type="application/merge-patch+json"
            )
            assert kept.status.replicas == 3

    run(work())


def test_dynamic_client_applies_on_the_server(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]

    async def work() -> None:
        async with dynamic(server) as api:
            maps = await api.resources.get(api_version="v1", kind="ConfigMap")
            applied = await maps.server_side_apply(
                body=configmap("a", {"k": "v"}), name="a", namespace=namespace, field_manager="python"
            )
            assert applied.metadata.managedFields[0].manager == "python"

    run(work())


def test_dynamic_client_watches(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]

    async def work() -> list[tuple[str, str]]:
        seen = []
        async with dynamic(server) as api:
            secrets = await api.resources.get(api_version="v1", kind="Secret")
            await secrets.create(body={"metadata": {"name": "a"}}, namespace=namespace)
            async for event in secrets.watch(namespace=namespace, timeout=10):
                seen.append((event["type"], event["object"].metadata.name))
                if len(seen) == 1:
                    await secrets.create(body={"metadata": {"name": "b"}}, namespace=namespace)
                elif len(seen) == 2:
                    await secrets.delete(name="a", namespace=namespace)
                else:
                    break
        return seen

    assert run(work()) == [("ADDED", "a"), ("ADDED", "b"), ("DELETED", "a")]


def test_async_client_watches_with_its_watch(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]

    async def work() -> list[tuple[str, str]]:
        seen = []
        async with connected(server) as api, aio("watch").Watch() as stream:
            core = aio("client").CoreV1Api(api)
            await core.create_namespaced_secret(namespace, {"metadata": {"name": "a"}})
            async for event in stream.stream(core.list_namespaced_secret, namespace, timeout_seconds=10):
                seen.append((event["type"], event["object"].metadata.name))
                if len(seen) == 1:
                    await core.delete_namespaced_secret("a", namespace)
                else:
                    stream.stop()
        return seen

    assert run(work()) == [("ADDED", "a"), ("DELETED", "a")]


def test_async_client_reads_typed_objects(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("web", 0))
    namespace = deployments.split("/")[5]

    async def work() -> None:
        async with connected(server) as api:
            apps = aio("client").AppsV1Api(api)
            found = await apps.read_namespaced_deployment("web", namespace)
            assert found.spec.template.spec.containers[0].image == "nginx:1"
            scale = await apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 1}})
            assert scale.spec.replicas == 1
            version = await aio("client").VersionApi(api).get_code()
            assert version.minor == "37"

    run(work())


def test_synchronous_client_reads_writes_and_watches(server: Server, ns: str) -> None:
    """In a process of its own: the client leaves connections open to whoever ends."""
    code = textwrap.dedent("""
        import sys, kubernetes
        from kubernetes import client, config, dynamic, watch
        config.load_kube_config(sys.argv[1])
        namespace = sys.argv[2]
        core = client.CoreV1Api()
        made = core.create_namespaced_secret(namespace, {"metadata": {"name": "a"}, "stringData": {"k": "v"}})
        assert made.data == {"k": "dg=="}, made
        seen = []
        for event in watch.Watch().stream(core.list_namespaced_secret, namespace, timeout_seconds=10):
            seen.append((event["type"], event["object"].metadata.name))
            if len(seen) == 2:
                break
            core.patch_namespaced_secret("a", namespace, {"metadata": {"labels": {"x": "y"}}})
        assert seen == [("ADDED", "a"), ("MODIFIED", "a")], seen
        try:
            core.read_namespaced_secret("none", namespace)
        except client.ApiException as error:
            assert error.status == 404 and '"reason":"NotFound"' in error.body.replace(" ", ""), error
        else:
            raise AssertionError
        page = core.list_namespaced_secret(namespace, limit=1)
        assert page.items[0].metadata.name == "a"
        api = dynamic.DynamicClient(client.ApiClient())
        kind = api.resources.get(api_version="apps/v1", kind="Deployment")
        assert kind.get(namespace=namespace).items == []
        core.delete_namespaced_secret("a", namespace)
        print("done")
    """)
    command = [sys.executable, "-W", "ignore", "-c", code, server.cluster.kubeconfig(), ns.rpartition("/")[2]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "done\n", done.stderr
