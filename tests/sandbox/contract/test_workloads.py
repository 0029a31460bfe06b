"""Workloads become ready, are rolled out, scaled and taken down: played by the sandbox, or run by controllers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import deployment

if TYPE_CHECKING:
    from tests.sandbox.contract.wire import Server

pytestmark = pytest.mark.slow


def conditions(manifest: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Status and reason of conditions, by type."""
    listed = manifest.get("status", {}).get("conditions") or []
    return {one["type"]: (one["status"], one.get("reason", "")) for one in listed}


def ready(replicas: int, generation: int | None = None) -> Any:
    """Whether a Deployment has so many ready replicas, and its controller has seen this generation."""

    def holds(found: dict[str, Any]) -> bool:
        status = found["status"]
        seen = status.get("observedGeneration") == (generation or found["metadata"]["generation"])
        counts = [status.get(key, 0) for key in ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")]
        return seen and counts == [replicas] * 4

    return holds


def test_deployment_becomes_ready(working: Server, deployments: str, ns: str) -> None:
    working.post(deployments, deployment("web", 2))
    found = working.wait(f"{deployments}/web", ready(2))
    assert conditions(found)["Available"] == ("True", "MinimumReplicasAvailable")
    found = working.wait(
        f"{deployments}/web", lambda one: conditions(one)["Progressing"] == ("True", "NewReplicaSetAvailable")
    )
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    sets = deployments.replace("deployments", "replicasets")
    (made,) = working.get(sets)["items"]
    suffix = made["metadata"]["labels"]["pod-template-hash"]
    assert made["metadata"]["name"] == f"web-{suffix}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": suffix}
    owner = made["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Deployment", "web", found["metadata"]["uid"])
    assert (owner["controller"], owner["blockOwnerDeletion"]) == (True, True)
    pods = working.get(f"{ns}/pods", labelSelector="app=web")["items"]
    assert len(pods) == 2
    for pod in pods:
        assert re.fullmatch(rf"web-{suffix}-[a-z0-9]{{5}}", pod["metadata"]["name"])
        assert pod["metadata"]["generateName"] == f"web-{suffix}-"
        assert pod["metadata"]["labels"] == {"app": "web", "pod-template-hash": suffix}
        assert pod["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
        assert pod["spec"]["nodeName"]
        assert pod["status"]["phase"] == "Running"
        assert conditions(pod)["Ready"][0] == "True"


def test_deployment_is_scaled_up_and_down(working: Server, deployments: str, ns: str) -> None:
    working.post(deployments, deployment("web", 1))
    working.wait(f"{deployments}/web", ready(1))
    working.patch(f"{deployments}/web/scale", {"spec": {"replicas": 3}})
    working.wait(f"{deployments}/web", ready(3, 2))
    assert working.get(f"{deployments}/web/scale")["status"]["replicas"] == 3
    working.patch(f"{deployments}/web", {"spec": {"replicas": 0}})
    working.wait(f"{deployments}/web", ready(0, 3))
    working.wait(f"{ns}/pods", lambda found: found["items"] == [])


def test_new_image_is_rolled_out(working: Server, deployments: str, ns: str) -> None:
    working.post(deployments, deployment("web", 2))
    working.wait(f"{deployments}/web", ready(2))
    patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "nginx:2"}]
    working.patch(f"{deployments}/web", patch, "application/json-patch+json")
    found = working.wait(f"{deployments}/web", ready(2, 2))
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    sets = working.wait(
        deployments.replace("deployments", "replicasets"),
        lambda found: sorted(one["spec"]["replicas"] for one in found["items"]) == [0, 2],
    )["items"]
    images = {one["spec"]["template"]["spec"]["containers"][0]["image"]: one["spec"]["replicas"] for one in sets}
    assert images == {"nginx:1": 0, "nginx:2": 2}
    pods = working.wait(f"{ns}/pods", lambda found: len(found["items"]) == 2)["items"]
    assert {pod["spec"]["containers"][0]["image"] for pod in pods} == {"nginx:2"}


def test_lost_pod_is_replaced(working: Server, deployments: str, ns: str) -> None:
    working.post(deployments, deployment("web", 1))
    working.wait(f"{deployments}/web", ready(1))
    (name,) = working.names(f"{ns}/pods")
    working.delete(f"{ns}/pods/{name}", gracePeriodSeconds=0)
    working.wait(f"{ns}/pods", lambda found: len(found["items"]) == 1 and found["items"][0]["metadata"]["name"] != name)
    working.wait(f"{deployments}/web", ready(1))


def _workload(name: str, **spec: Any) -> dict[str, Any]:
    made = deployment(name)
    return {"metadata": {"name": name}, "spec": {key: made["spec"][key] for key in ("selector", "template")} | spec}


def test_stateful_set_has_numbered_pods(working: Server, ns: str) -> None:
    sets = f"/apis/apps/v1/namespaces/{ns.rpartition('/')[2]}/statefulsets"
    working.post(sets, _workload("db", replicas=2, serviceName="db"))
    found = working.wait(f"{sets}/db", lambda found: found["status"].get("readyReplicas") == 2)
    assert found["status"]["observedGeneration"] == 1
    assert found["status"]["currentRevision"].startswith("db-")
    pods = working.get(f"{ns}/pods")["items"]
    assert [pod["metadata"]["name"] for pod in pods] == ["db-0", "db-1"]
    assert pods[0]["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == "db-0"


def test_daemon_set_has_a_pod_on_every_node(working: Server, ns: str) -> None:
    sets = f"/apis/apps/v1/namespaces/{ns.rpartition('/')[2]}/daemonsets"
    working.post(sets, _workload("agent"))
    nodes = len(working.get("/api/v1/nodes")["items"])
    found = working.wait(f"{sets}/agent", lambda found: found["status"].get("numberReady") == nodes)
    assert found["status"]["desiredNumberScheduled"] == nodes
    assert len(working.get(f"{ns}/pods")["items"]) == nodes


def test_job_completes(working: Server, ns: str) -> None:
    jobs = f"/apis/batch/v1/namespaces/{ns.rpartition('/')[2]}/jobs"
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}
    working.post(jobs, {"metadata": {"name": "once"}, "spec": {"template": template, "completions": 2}})
    found = working.wait(f"{jobs}/once", lambda found: "Complete" in conditions(found))
    assert conditions(found)["Complete"][0] == "True"
    assert found["status"]["succeeded"] == 2
    assert found["status"]["completionTime"]
    pods = working.get(f"{ns}/pods", labelSelector="batch.kubernetes.io/job-name=once")["items"]
    assert [pod["status"]["phase"] for pod in pods] == ["Succeeded"] * 2


def test_pod_that_asks_for_too_much_is_unschedulable(working: Server, deployments: str, ns: str) -> None:
    manifest = deployment("huge", 1)
    requests = {"resources": {"requests": {"cpu": "100000"}}}
    manifest["spec"]["template"]["spec"]["containers"][0] |= requests
    working.post(deployments, manifest)
    found = working.wait(f"{ns}/pods", lambda found: found["items"] and "PodScheduled" in conditions(found["items"][0]))
    pod = found["items"][0]
    assert pod["status"]["phase"] == "Pending"
    assert conditions(pod)["PodScheduled"] == ("False", "Unschedulable")
    (condition,) = [one for one in pod["status"]["conditions"] if one["type"] == "PodScheduled"]
    assert "nodes are available" in condition["message"]
    available = working.wait(f"{deployments}/huge", lambda found: "Available" in conditions(found))
    assert conditions(available)["Available"] == ("False", "MinimumReplicasUnavailable")
