"""Where tests ask for it pods are made, scheduled and run, and fail to be where there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters.fleet import Cluster
    from tests.clusters.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


def _workload(kind: str, **spec: Any) -> dict[str, Any]:
    pod: dict[str, Any] = {"containers": [{"name": "c", "image": "none"}]}
    if kind == "Job":
        pod["restartPolicy"] = "Never"
        return {"metadata": {"name": "job"}, "spec": {"template": {"spec": pod}}}
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": labels}, "template": template, **spec}}


def test_pods_run_as_far_as_there_is_room(
    working: Callable[[str, int], Cluster], kubectl: Kubectl, unique: str
) -> None:
    cluster = working(unique, 3)
    deployments = "/apis/apps/v1/namespaces/default/deployments"
    assert cluster.call("POST", deployments, _workload("Deployment", replicas=5))[0] == 201
    kubectl(cluster, "wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/web", "--timeout=60s")
    unscheduled = "jsonpath={range .items[*]}{.status.phase} {.status.conditions[0].reason}{'\\n'}{end}"
    pods = kubectl(cluster, "get", "pods", "-o", unscheduled, "--field-selector=status.phase=Pending")
    assert pods.splitlines() == ["Pending Unschedulable"] * 2
    kubectl(cluster, "scale", "deployment/web", "--replicas=2")
    kubectl(cluster, "wait", "--for=condition=Available", "deployment/web", "--timeout=60s")
    assert cluster.call("POST", "/apis/batch/v1/namespaces/default/jobs", _workload("Job"))[0] == 201
    kubectl(cluster, "wait", "--for=condition=Complete", "job/job", "--timeout=60s")
    kubectl(cluster, "delete", "deployment/web", "--timeout=60s")
    kubectl(cluster, "wait", "--for=delete", "pod", "-l", "app=web", "--timeout=60s")
