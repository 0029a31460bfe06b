"""Evictions and bindings: what a server decides when a pod is to leave its node, or to get one.

The rules and the words are those of k8s.io/kubernetes, ``pkg/registry/core/pod/storage``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import ApiError, quoted
from kfed.sandbox.state.conditions import condition, since
from kfed.sandbox.state.labelselectors import parse_labels
from kfed.sandbox.state.scaling import selector_text
from kfed.sandbox.values.causes import required, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable

    Manifest = dict[str, Any]

BUDGETS = ("policy", "poddisruptionbudgets")
ALLOWED = "DisruptionAllowed"
_UNGUARDED = frozenset({"Pending", "Succeeded", "Failed"})
_VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."
_SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_PROCESSED_WITHIN = 10


def guards(budget: Manifest, pod: Manifest) -> bool:
    """Whether a PodDisruptionBudget is about a pod."""
    selector = budget["spec"].get("selector")
    if selector is None:
        return False
    labels = pod["metadata"].get("labels") or {}
    return all(requirement.matches(labels) for requirement in parse_labels(selector_text(selector)))


def is_healthy(pod: Manifest) -> bool:
    """Whether a pod is ready, which is what budgets count."""
    conditions = pod.get("status", {}).get("conditions") or ()
    return any((entry["type"], entry["status"]) == ("Ready", "True") for entry in conditions)


def disruption_condition(status: Manifest, generation: int, now: str) -> list[Manifest]:
    """The conditions of a budget's *status*, where what it says of disruptions is up to date."""
    allowed = status["disruptionsAllowed"] > 0
    told = condition(ALLOWED, "SufficientPods" if allowed else "InsufficientPods", "")
    told = {**told, "status": "True" if allowed else "False", "observedGeneration": generation}
    known = status.get("conditions") or []
    before = next((entry for entry in known if entry["type"] == ALLOWED), None)
    return [*(entry for entry in known if entry["type"] != ALLOWED), since(told, before, now)]


def decide_eviction(pod: Manifest, budgets: Iterable[Manifest], now: str) -> Manifest | None:
    """Whether a pod may be evicted.

    Args:
        pod: which.
        budgets: the PodDisruptionBudgets of its namespace.
        now: the time.

    Returns:
        The budget that the eviction is on, with its status as it is then; ``None`` when it is on none.

    Raises:
        ApiError: 429, not now; 500, several budgets are about the pod.
    """
    if pod.get("status", {}).get("phase") in _UNGUARDED or "deletionTimestamp" in pod["metadata"]:
        return None
    guarding = [budget for budget in budgets if guards(budget, pod)]
    if not guarding:
        return None
    if guarding[1:]:
        raise ApiError(500, "", _SEVERAL)
    (budget,) = guarding
    status = budget.get("status") or {}
    if not is_healthy(pod):
        healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
        if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow" or healthy >= wanted > 0:
            return None
    _check(budget, status)
    return _spent(budget, pod["metadata"]["name"], now)


def bound_causes(binding: Manifest) -> list[str]:
    """What is wrong with a Binding, sentence by sentence."""
    target = binding.get("target") or {}
    causes = []
    if target.get("kind") not in {None, "", "Node"}:
        causes.append(unsupported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        causes.append(required("target.name"))
    return [f"{cause['field']}: {cause['message']}" for cause in causes]


def check_unbound(pod: Manifest) -> None:
    """Make sure that a pod can be put on a node.

    Raises:
        ApiError: 409, it is on one, or ends, or waits for something else.
    """
    name, spec = pod["metadata"]["name"], pod["spec"]
    why = ""
    if "deletionTimestamp" in pod["metadata"]:
        why = f"pod {name} is being deleted, cannot be assigned to a host"
    elif spec.get("nodeName"):
        why = f"pod {name} is already assigned to node {quoted(spec['nodeName'])}"
    elif spec.get("schedulingGates"):
        why = f"pod {name} has non-empty .spec.schedulingGates"
    if why:
        message = f"Operation cannot be fulfilled on pods/binding {quoted(name)}: {why}"
        raise ApiError(409, "Conflict", message, {"name": name, "kind": "pods/binding"})


def _check(budget: Manifest, status: Manifest) -> None:
    name = budget["metadata"]["name"]
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        said = f"The disruption budget {name} is still being processed by the server."
        raise _refused(said, _PROCESSED_WITHIN)
    if status.get("disruptionsAllowed", 0) > 0:
        return
    healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    if healthy <= wanted:
        raise _refused(f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently")
    raise _refused(f"The disruption budget {name} does not allow evicting pods currently")


def _spent(budget: Manifest, pod: str, now: str) -> Manifest:
    """The budget with one disruption less."""
    status = budget["status"]
    left = status["disruptionsAllowed"] - 1
    changed = {**status, "disruptionsAllowed": left, "disruptedPods": {**(status.get("disruptedPods") or {}), pod: now}}
    if not left:
        changed["conditions"] = disruption_condition(changed, status["observedGeneration"], now)
    return {**budget, "status": changed}


def _refused(cause: str, retry_after: int = 0) -> ApiError:
    details: Manifest = {"causes": [{"reason": "DisruptionBudget", "message": cause}]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return ApiError(429, "TooManyRequests", _VIOLATED, details)
