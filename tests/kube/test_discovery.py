"""What a server serves, told in full or as unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import ForbiddenError
from kfed.kube import discovery, request
from kfed.kube.api import Api
from kfed.kube.discovery import Served, openapi_document, openapi_documents, served
from tests.kube.peer import met, status
from tests.kube.test_server import api_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from tests.clusters.fleet import Cluster

DEPLOYMENTS = Resource(
    Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED, "deployment", ("deploy",), ("all",)
)
NODES = Resource(Gvk("", "v1", "Node"), "nodes", Scope.CLUSTER, "node", ("no",))


def _resource(group: str, version: str, kind: str, plural: str, *short: str) -> Resource:
    return Resource(Gvk(group, version, kind), plural, Scope.NAMESPACED, kind.lower(), short)


HPA2, HPA1 = (
    _resource("autoscaling", v, "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa") for v in ("v2", "v1")
)
EVENTS, NEW_EVENTS = (_resource(group, "v1", "Event", "events", "ev") for group in ("", "events.k8s.io"))
SERVED = Served((NODES, EVENTS, DEPLOYMENTS, HPA2, HPA1, NEW_EVENTS))


@pytest.mark.parametrize(
    ("text", "resources"),
    [
        ("deployments", [DEPLOYMENTS]),
        ("Deployment", [DEPLOYMENTS]),
        ("deploy", [DEPLOYMENTS]),
        ("deployments.apps", [DEPLOYMENTS]),
        ("deployment.v1.apps", [DEPLOYMENTS]),
        ("deployments.extensions", []),
        ("hpa", [HPA2]),
        ("hpa.v1.autoscaling", [HPA1]),
        ("ev", [EVENTS, NEW_EVENTS]),
        ("events.events.k8s.io", [NEW_EVENTS]),
        ("events.v1", [EVENTS]),
        ("nothing", []),
        ("", []),
    ],
)
def test_name_means_what_kubectl_takes_it_for(text: str, resources: list[Resource]) -> None:
    assert SERVED.named(text) == tuple(resources)


def test_versions_are_in_the_servers_order_of_preference() -> None:
    assert SERVED.versions("autoscaling", "HorizontalPodAutoscaler") == ("v2", "v1")
    assert SERVED.versions("autoscaling", "Nothing") == ()
    assert (SERVED.resource(HPA1.gvk), SERVED.resource(Gvk("apps", "v2", "Deployment"))) == (HPA1, None)


def _old_server(broken: Any = None) -> Any:
    """A server from before aggregated discovery."""
    stored = {"name": "horizontalpodautoscalers", "kind": "HorizontalPodAutoscaler", "namespaced": True}
    documents = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/api/v1": {
            "resources": [
                {"name": "nodes", "singularName": "node", "kind": "Node", "namespaced": False, "shortNames": ["no"]},
                {"name": "nodes/status", "kind": "Node", "namespaced": False},
            ]
        },
        "/apis": {
            "kind": "APIGroupList",
            "groups": [
                {
                    "name": "autoscaling",
                    "versions": [{"version": "v1"}, {"version": "v2"}],
                    "preferredVersion": {"version": "v2"},
                },
                {"name": "metrics.k8s.io", "versions": [{"version": "v1beta1"}]},
            ],
        },
        "/apis/autoscaling/v1": {"resources": [stored]},
        "/apis/autoscaling/v2": {"resources": [stored]},
    }

    async def handler(got: web.Request) -> web.StreamResponse:
        from aiohttp import web  # noqa: PLC0415

        if got.path in documents:
            return web.json_response(documents[got.path])
        code, body = broken
        return web.json_response(body, status=code)

    return handler


def test_old_server_is_asked_for_one_group_after_the_other(run: Callable[..., Any]) -> None:
    async def play(broken: Any) -> Served:
        async with met(_old_server(broken)) as session:
            return await served(Api(session))

    hpas = [
        Resource(Gvk("autoscaling", v, "HorizontalPodAutoscaler"), "horizontalpodautoscalers", Scope.NAMESPACED)
        for v in ("v2", "v1")
    ]
    assert run(play(status(404, "NotFound"))) == Served((NODES, *hpas))
    assert run(play(status(503, "ServiceUnavailable"))) == Served(
        (NODES, *hpas), frozenset({("metrics.k8s.io", "v1beta1")})
    )


@pytest.mark.cluster
def test_server_says_what_it_serves_the_same_in_both_ways(
    run: Callable[..., Any], cluster_host: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> list[Served]:
        async with api_of(cluster_host) as api:
            new = await served(api)
            monkeypatch.setattr(discovery, "_ACCEPT", request.JSON)
            return [new, await served(api)]

    new, old = run(play())
    assert set(new.resources) == set(old.resources)
    assert DEPLOYMENTS in new.resources
    assert new.versions("autoscaling", "HorizontalPodAutoscaler") == ("v2", "v1")


@pytest.mark.cluster
def test_group_whose_server_is_away_is_unknown_and_not_absent(
    run: Callable[..., Any], cluster_host: Cluster, unique: str
) -> None:
    group = f"{unique}.example.com"
    service = {"name": "none", "namespace": "default"}
    spec = {"group": group, "version": "v1", "service": service, "groupPriorityMinimum": 100, "versionPriority": 100}
    spec |= {"insecureSkipTLSVerify": True}
    registration = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"v1.{group}"},
        "spec": spec,
    }
    path = "/apis/apiregistration.k8s.io/v1/apiservices"
    assert cluster_host.call("POST", path, registration)[0] == 201

    async def play() -> Served:
        async with api_of(cluster_host) as api:
            while True:
                seen = await served(api)
                if (group, "v1") in seen.stale:
                    return seen

    try:
        assert DEPLOYMENTS in run(play()).resources
    finally:
        cluster_host.call("DELETE", f"{path}/v1.{group}")


@pytest.mark.cluster
def test_documents_are_as_the_server_has_them(run: Callable[..., Any], cluster_host: Cluster) -> None:
    async def play() -> tuple[dict[str, str], Any, dict[str, Any]]:
        async with api_of(cluster_host) as api:
            documents = await openapi_documents(api)
            document = await openapi_document(api, documents["apis/apps/v1"])
            return documents, orjson.loads(document), await discovery.version(api)

    documents, document, version = run(play())
    assert "io.k8s.api.apps.v1.Deployment" in document["components"]["schemas"]
    assert documents["api/v1"].startswith("/openapi/v3/api/v1?hash=")
    assert version["gitVersion"].startswith("v1.")


@pytest.mark.cluster
def test_who_may_not_ask_is_told(run: Callable[..., Any], cluster_host: Cluster) -> None:
    async def play() -> None:
        async with api_of(cluster_host, "alice") as api:
            await served(api)  # everybody who is known may
            await api.read("/metrics")

    with pytest.raises(ForbiddenError, match="host did not get /metrics"):
        run(play())
