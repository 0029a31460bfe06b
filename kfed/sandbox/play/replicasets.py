"""What the controller of ReplicaSets does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.sandbox.play.acting import (
    Again,
    Delete,
    available_in,
    is_ending,
    is_ready,
    new_pod,
    with_status,
    without_zero,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kfed.sandbox.play.acting import Action, Manifest

BURST = 200  # pods made or removed in one go; others can be served in between
_ENDED = frozenset({"Succeeded", "Failed"})


def play_replica_set(replica_set: Manifest, pods: Sequence[Manifest], now: dt.datetime) -> list[Action]:
    """What is to be done about a ReplicaSet.

    Args:
        replica_set: as it is.
        pods: those that it controls.
        now: the time.
    """
    ending = sum(map(is_ending, pods))
    pods = [pod for pod in pods if not is_ending(pod) and pod.get("status", {}).get("phase") not in _ENDED]
    actions: list[Action] = []
    if not is_ending(replica_set):
        actions += _scaled(replica_set, pods)
    status, soon = _status(replica_set, pods, now)
    if "terminatingReplicas" in replica_set.get("status", {}) or ending:
        status["terminatingReplicas"] = ending
    return [*actions, *with_status(replica_set, status, "replicasets"), *soon]


def surplus_first(pods: Sequence[Manifest]) -> list[Manifest]:
    """Pods in the order in which one can do without them: nowhere yet, not ready, the youngest."""
    oldest_last = sorted(pods, key=lambda pod: pod["metadata"]["creationTimestamp"], reverse=True)
    return sorted(oldest_last, key=lambda pod: ("nodeName" in pod["spec"], is_ready(pod)))


def _scaled(replica_set: Manifest, pods: Sequence[Manifest]) -> list[Action]:
    spec = replica_set["spec"]
    missing = spec.get("replicas", 1) - len(pods)
    if missing < 0:
        return [Delete("pods", pod) for pod in surplus_first(pods)[: min(-missing, BURST)]]
    base = f"{replica_set['metadata']['name']}-"
    return [new_pod(replica_set, spec["template"], {}, generateName=base) for _ in range(min(missing, BURST))]


def _status(replica_set: Manifest, pods: Sequence[Manifest], now: dt.datetime) -> tuple[Manifest, list[Action]]:
    spec = replica_set["spec"]
    labels = (spec["template"].get("metadata") or {}).get("labels", {}).items()
    times = [available_in(pod, spec.get("minReadySeconds", 0), now) for pod in pods]
    waiting = [seconds for seconds in times if seconds]
    status = without_zero(
        {
            "replicas": len(pods),
            "fullyLabeledReplicas": sum(labels <= pod["metadata"].get("labels", {}).items() for pod in pods),
            "readyReplicas": sum(map(is_ready, pods)),
            "availableReplicas": times.count(0),
            "observedGeneration": replica_set["metadata"].get("generation", 0),
            "conditions": replica_set.get("status", {}).get("conditions"),
        },
        "replicas",
    )
    return status, [Again(min(waiting))] if waiting else []
