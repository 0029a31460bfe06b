"""What kfed.core.retain assumes of an API server: whose a field is that an apply leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kfed.core.cluster import Cluster
from kfed.core.federated import parse_federated
from kfed.core.render import Rendered, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource
from kfed.core.retain import applied, created

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.clusters.fleet import Cluster as Server

pytestmark = pytest.mark.cluster

DEPLOYMENT = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED)
SERVICE = Resource(Gvk("", "v1", "Service"), "services", Scope.NAMESPACED)


def rendered(target: Resource, namespace: str, template: Mapping[str, Any], **spec: Any) -> Rendered:
    manifest = {
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"template": template, "placement": {"clusterSelector": {}}, **spec},
    }
    federated = parse_federated(manifest, TypeConfig(target, federated_resource(target)))
    result = render(federated, {"a": Cluster("a")}).clusters["a"]
    assert isinstance(result, Rendered), result
    return result


class Member:
    """One object of a member: made, applied to, and changed by others, each as a manager of its own."""

    def __init__(self, server: Server, target: Resource, namespace: str) -> None:
        group = f"apis/{target.gvk.api_version}" if target.gvk.group else "api/v1"
        self._server = server
        self._path = f"/{group}/namespaces/{namespace}/{target.plural}/web"

    def send(self, manager: str, manifest: Mapping[str, Any], kind: str = "apply-patch+yaml") -> dict[str, Any]:
        """Send a patch as *manager*, and return the object that came of it."""
        force = "&force=true" if kind.startswith("apply") else ""
        headers = {"Content-Type": f"application/{kind}"}
        status, answer = self._server.call(
            "PATCH", f"{self._path}?fieldManager={manager}{force}", manifest, headers=headers
        )
        assert status in (200, 201), answer
        result: dict[str, Any] = answer
        return result


@pytest.fixture
def deployment(cluster_host: Server, namespace: Callable[..., str]) -> tuple[Member, Rendered]:
    name = namespace(cluster_host)
    labels = {"app": "web"}
    containers = [{"name": "web", "image": "example/web"}]
    template = {
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        }
    }
    result = rendered(DEPLOYMENT, name, template, retainReplicas=True)
    return Member(cluster_host, DEPLOYMENT, name), result


def test_retained_replicas_are_those_of_the_template_until_somebody_else_says_otherwise(
    deployment: tuple[Member, Rendered],
) -> None:
    member, result = deployment
    again = applied(result.manifest, DEPLOYMENT.gvk)
    made = member.send("kfed-create", created(result.manifest, result.origins))
    kept = member.send("kfed", again)
    scaled = member.send("autoscaler", {"spec": {"replicas": 7}}, "merge-patch+json")
    kept_scaled = member.send("kfed", again)
    assert [one["spec"]["replicas"] for one in (made, kept, scaled, kept_scaled)] == [3, 3, 7, 7]


def test_what_one_manager_said_and_leaves_out_goes_away(deployment: tuple[Member, Rendered]) -> None:
    member, result = deployment
    member.send("kfed", created(result.manifest, result.origins))
    assert member.send("kfed", applied(result.manifest, DEPLOYMENT.gvk))["spec"]["replicas"] == 1


def test_addresses_and_ports_that_a_member_allotted_stay(cluster_host: Server, namespace: Callable[..., str]) -> None:
    name = namespace(cluster_host)
    template = {"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 0}], "selector": {"app": "web"}}}
    member = Member(cluster_host, SERVICE, name)
    result = rendered(SERVICE, name, template)
    made = member.send("kfed-create", created(result.manifest, result.origins))
    again = member.send("kfed", applied(result.manifest, SERVICE.gvk))
    assert made["spec"]["ports"][0]["nodePort"] > 0
    assert made["spec"]["clusterIP"]
    for field in ("ports", "clusterIP", "clusterIPs"):
        assert again["spec"][field] == made["spec"][field]
