"""A federated type is scaled as its target is: by kubectl, and by an autoscaler on the host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.clusters.crds import wait_until_established

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters.fleet import Cluster
    from tests.clusters.kubectl import Kubectl

pytestmark = pytest.mark.cluster

GENERATED = Path(__file__).resolve().parents[2] / "generated"
DEPLOYMENTS = "types.kubefed.io_federateddeployments.yaml"
TYPE = "federateddeployments.types.kubefed.io"  # in full: other tests have types of the same name in other groups
LABELS = {"app": "web"}
PODS = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}


def _web(**spec: Any) -> str:
    template = {"spec": {"selector": {"matchLabels": LABELS}, "template": PODS, **spec}}
    return json.dumps(
        {
            "apiVersion": "types.kubefed.io/v1beta1",
            "kind": "FederatedDeployment",
            "metadata": {"name": "web"},
            "spec": {"template": template},
        }
    )


def _typed(cluster: Cluster, kubectl: Kubectl) -> None:
    """Have a cluster serve FederatedDeployments."""
    kubectl(cluster, "apply", "-f", str(GENERATED / "crds" / DEPLOYMENTS), "-f", str(GENERATED / "rbac" / DEPLOYMENTS))
    wait_until_established(cluster, [TYPE])


@pytest.fixture
def host(cluster_host: Cluster, kubectl: Kubectl) -> Cluster:
    """A cluster with FederatedDeployments."""
    _typed(cluster_host, kubectl)
    return cluster_host


def _replicas(kubectl: Kubectl, cluster: Cluster, namespace: str) -> str:
    path = "jsonpath={.spec.template.spec.replicas}"
    return kubectl(cluster, "get", TYPE, "web", "-n", namespace, "-o", path)


def test_kubectl_scales_and_so_may_whoever_may_write(
    host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    name = namespace(host)
    kubectl(host, "apply", "-n", name, "-f", "-", stdin=_web(replicas=3))
    scaling = ("scale", TYPE, "web", "-n", name)
    assert "cannot" in kubectl.refusal(host, *scaling, "--replicas=5", user="alice")
    role = f"kfed:{TYPE}:edit"
    kubectl(host, "create", "rolebinding", "alice", "-n", name, f"--clusterrole={role}", "--user=alice")
    kubectl(host, *scaling, "--replicas=5", user="alice")
    assert _replicas(kubectl, host, name) == "5"
    kubectl(host, *scaling, "--current-replicas=5", "--replicas=2", user="alice")
    assert _replicas(kubectl, host, name) == "2"
    assert "Invalid value: -1" in kubectl.refusal(host, "apply", "-n", name, "-f", "-", stdin=_web(replicas=-1))


def test_what_says_no_number_of_replicas_is_scaled_by_kubectl_and_shows_none_to_an_autoscaler(
    host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    name = namespace(host)
    kubectl(host, "apply", "-n", name, "-f", "-", stdin=_web())
    scale = f"/apis/types.kubefed.io/v1beta1/namespaces/{name}/federateddeployments/web/scale"
    status, answer = host.call("GET", scale)
    assert (status, answer["message"]) == (
        500,
        'Internal error occurred: the spec replicas field ".spec.template.spec.replicas" does not exist',
    )
    kubectl(host, "scale", TYPE, "web", "-n", name, "--replicas=5")
    assert host.call("GET", scale)[1]["spec"] == {"replicas": 5}


@pytest.mark.slow
def test_an_autoscaler_on_the_host_sets_the_replicas_of_the_template(
    working: Callable[[str, int], Cluster], kubectl: Kubectl, unique: str, namespace: Callable[..., str]
) -> None:
    host = working(unique, 1)  # with the controllers of Kubernetes, that of autoscalers among them
    _typed(host, kubectl)
    name = namespace(host)
    kubectl(host, "apply", "-n", name, "-f", "-", stdin=_web(replicas=1))
    autoscaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedDeployment", "name": "web"},
            "minReplicas": 4,
            "maxReplicas": 6,
        },
    }
    kubectl(host, "apply", "-n", name, "-f", "-", stdin=json.dumps(autoscaler))
    found = "--for=jsonpath={.spec.template.spec.replicas}=4"
    kubectl(host, "wait", found, f"{TYPE}/web", "-n", name, "--timeout=60s")
    # What a controller reports is what the autoscaler goes on from.
    reported = json.dumps({"status": {"replicasPerCluster": 3, "selector": "app=web"}})
    kubectl(host, "patch", "fdeploy", "web", "-n", name, "--subresource=status", "--type=merge", "-p", reported)
    status, scale = host.call("GET", f"/apis/types.kubefed.io/v1beta1/namespaces/{name}/federateddeployments/web/scale")
    assert (status, scale["spec"], scale["status"]) == (200, {"replicas": 4}, {"replicas": 3, "selector": "app=web"})
