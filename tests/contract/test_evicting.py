"""Pods are evicted as far as their disruption budget allows, and put on nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.manifests import deployment, pod

if TYPE_CHECKING:
    from tests.contract.conftest import Run
    from tests.contract.wire import Answer, Server

VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."


@pytest.fixture
def budgets(ns: str) -> str:
    """The path of the PodDisruptionBudgets of the test's namespace."""
    return f"/apis/policy/v1/namespaces/{ns.rpartition('/')[2]}/poddisruptionbudgets"


def budget(name: str = "p", **spec: Any) -> dict[str, Any]:
    """A budget for the pods of the Deployment ``web``, not yet sent."""
    return {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec}}


def allows(number: int, healthy: int) -> Any:
    """Whether a budget allows so many disruptions of so many healthy pods."""
    return lambda found: (
        (found["status"].get("disruptionsAllowed"), found["status"].get("currentHealthy")) == (number, healthy)
        and found["status"].get("observedGeneration") == found["metadata"]["generation"]
    )


def evict(server: Server, path: str, **options: Any) -> Answer:
    """Ask for the eviction of a pod."""
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": path.rpartition("/")[2]}}
    return server.ask("POST", f"{path}/eviction", body | ({"deleteOptions": options} if options else {}))


@pytest.mark.slow
def test_eviction_waits_for_the_budget(working: Server, ns: str, deployments: str, budgets: str) -> None:
    working.post(deployments, deployment("web", 2))
    working.post(budgets, budget(minAvailable=1))
    found = working.wait(f"{budgets}/p", allows(1, 2))
    assert (found["status"]["desiredHealthy"], found["status"]["expectedPods"]) == (1, 2)
    (condition,) = found["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == (
        *("DisruptionAllowed", "True", "SufficientPods"),
    )
    first, second = working.names(f"{ns}/pods", labelSelector="app=web")
    assert evict(working, f"{ns}/pods/{first}", dryRun=["All"]).status == 201
    assert evict(working, f"{ns}/pods/{first}").status == 201
    answer = evict(working, f"{ns}/pods/{second}").refused(429, "TooManyRequests")
    assert answer.message == VIOLATED
    working.wait(f"{budgets}/p", allows(1, 2))
    assert evict(working, f"{ns}/pods/{second}").status == 201


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "counted"),
    [
        ({"maxUnavailable": 1}, (3, 1)),
        ({"maxUnavailable": "30%"}, (2, 2)),
        ({"minAvailable": "60%"}, (3, 1)),
        ({"minAvailable": 5}, (5, 0)),
    ],
)
def test_budget_counts_what_is_wanted(
    working: Server, deployments: str, budgets: str, spec: dict[str, Any], counted: tuple[int, int]
) -> None:
    working.post(deployments, deployment("web", 4))
    working.post(budgets, budget(**spec))
    found = working.wait(f"{budgets}/p", allows(counted[1], 4))
    assert (found["status"]["desiredHealthy"], found["status"]["expectedPods"]) == (counted[0], 4)


@pytest.mark.slow
def test_pod_that_is_needed_stays(working: Server, ns: str, deployments: str, budgets: str) -> None:
    working.post(deployments, deployment("web", 1))
    working.post(budgets, budget(minAvailable=1))
    working.wait(f"{budgets}/p", allows(0, 1))
    (name,) = working.names(f"{ns}/pods", labelSelector="app=web")
    answer = evict(working, f"{ns}/pods/{name}").refused(429, "TooManyRequests")
    said = "The disruption budget p needs 1 healthy pods and has 1 currently"
    assert answer.json["details"] == {"causes": [{"reason": "DisruptionBudget", "message": said}]}
    assert "deletionTimestamp" not in working.get(f"{ns}/pods/{name}")["metadata"]


@pytest.mark.slow
def test_pod_of_several_budgets_is_not_evicted(working: Server, ns: str, deployments: str, budgets: str) -> None:
    working.post(deployments, deployment("web", 1))
    working.post(budgets, budget("p", minAvailable=0))
    working.post(budgets, budget("q", maxUnavailable=1))
    working.wait(f"{budgets}/p", allows(1, 1))
    (name,) = working.names(f"{ns}/pods", labelSelector="app=web")
    answer = evict(working, f"{ns}/pods/{name}").refused(500, "")
    assert "more than one PodDisruptionBudget" in answer.message


def test_pod_that_does_not_run_is_evicted_whatever_the_budget(server: Server, ns: str, budgets: str) -> None:
    server.post(budgets, budget(minAvailable=1) | {"spec": {"minAvailable": 1, "selector": {}}})
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    assert evict(server, f"{ns}/pods/a").status == 201
    server.wait_gone(f"{ns}/pods/a")


def test_eviction_names_its_pod(server: Server, ns: str) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    answer = server.ask("POST", f"{ns}/pods/a/eviction", {"metadata": {"name": "b"}}).refused(400, "BadRequest")
    assert answer.message == "name in URL does not match name in Eviction object"
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    answer = server.ask("POST", f"{ns}/pods/a/eviction", body).refused(400, "BadRequest")
    assert answer.message == (
        'Pod in version "v1" cannot be handled as a Eviction: converting (v1.Pod) to (policy.Eviction): '
        "unknown conversion"
    )


def test_pod_is_bound_once(server: Server, ns: str) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    binding = {"metadata": {"name": "a", "labels": {"x": "y"}}, "target": {"kind": "Node", "name": "far"}}
    assert server.ask("POST", f"{ns}/pods/a/binding", binding).status == 201
    found = server.get(f"{ns}/pods/a")
    assert (found["spec"]["nodeName"], found["metadata"]["labels"]["x"]) == ("far", "y")
    answer = server.ask("POST", f"{ns}/pods/a/binding", binding).refused(409, "Conflict")
    assert answer.message == (
        'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "far"'
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"kind": "Node"}, "target.name: Required value"),
        ({"kind": "X", "name": "n"}, 'target.kind: Unsupported value: "X": supported values: "Node", "<empty>"'),
    ],
)
def test_pod_is_bound_to_a_node(server: Server, ns: str, target: dict[str, str], said: str) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    body = {"metadata": {"name": "a"}, "target": target}
    assert server.ask("POST", f"{ns}/pods/a/binding", body).refused(500, "").message == said


def test_what_runs_in_pods_is_asked_of_pods_that_are_there(server: Server, ns: str) -> None:
    for name in ("log", "exec", "attach", "portforward"):
        answer = server.ask("GET", f"{ns}/pods/none/{name}").refused(404, "NotFound")
        assert answer.message == 'pods "none" not found'
    server.ask("PUT", f"{ns}/pods/none/log", {}).refused(405, "MethodNotAllowed")


def test_kubectl_executes_nothing_in_what_does_not_run(server: Server, ns: str, kubectl: Run) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    assert kubectl.refusal("exec", "a", "--", "ls")
