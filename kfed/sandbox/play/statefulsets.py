"""What the controller of StatefulSets does: pods with numbers, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.sandbox.play.acting import (
    REVISION_LABEL,
    Again,
    Delete,
    available_in,
    is_ending,
    is_ready,
    new_pod,
    with_status,
    without_zero,
)
from kfed.sandbox.play.revisions import ensured, revision_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kfed.sandbox.play.acting import Action, Create, Manifest


def play_stateful_set(
    stateful_set: Manifest, pods: Sequence[Manifest], revisions: Sequence[Manifest], now: dt.datetime
) -> list[Action]:
    """What is to be done about a StatefulSet.

    Args:
        stateful_set: as it is.
        pods: those that it controls.
        revisions: the ControllerRevisions that it controls.
        now: the time.
    """
    if is_ending(stateful_set):
        return []
    numbered = {number: pod for pod in pods if (number := _number(stateful_set, pod)) is not None}
    update = revision_name(stateful_set)
    current = (stateful_set.get("status") or {}).get("currentRevision") or update
    actions = [*ensured(stateful_set, revisions), *_changed(stateful_set, numbered, current, update)]
    return actions + _reported(stateful_set, list(numbered.values()), current, update, now)


def _changed(stateful_set: Manifest, pods: dict[int, Manifest], current: str, update: str) -> list[Action]:
    spec = stateful_set["spec"]
    start = (spec.get("ordinals") or {}).get("start", 0)
    wanted = range(start, start + spec.get("replicas", 1))
    one_by_one = spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    actions: list[Action] = []
    for number in wanted:
        pod = pods.get(number)
        if pod is None:
            revision = update if number >= _partition(stateful_set) or current == update else current
            actions.append(_pod(stateful_set, number, revision))
        if one_by_one and (pod is None or is_ending(pod) or not is_ready(pod)):
            return actions
    for number in sorted(pods.keys() - set(wanted), reverse=True):
        if not is_ending(pods[number]):
            actions.append(Delete("pods", pods[number]))
        if one_by_one:
            return actions
    return actions or _updated(stateful_set, [pods[number] for number in wanted if number in pods], update)


def _updated(stateful_set: Manifest, pods: list[Manifest], update: str) -> list[Action]:
    """The next pod that is to be made anew: from the last to the first, when all behind it are ready."""
    if (stateful_set["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
        return []
    for pod in reversed(pods):
        number = _number(stateful_set, pod)
        if number is None or number < _partition(stateful_set) or is_ending(pod):
            return []
        if _revision(pod) != update:
            return [Delete("pods", pod)]
        if not is_ready(pod):
            return []
    return []


def _pod(stateful_set: Manifest, number: int, revision: str) -> Create:
    name = f"{stateful_set['metadata']['name']}-{number}"
    labels = {
        "apps.kubernetes.io/pod-index": str(number),
        REVISION_LABEL: revision,
        "statefulset.kubernetes.io/pod-name": name,
    }
    spec = stateful_set["spec"]
    place = {"hostname": name, **({"subdomain": spec["serviceName"]} if spec.get("serviceName") else {})}
    template = {**spec["template"], "spec": {**spec["template"]["spec"], **place}}
    base = f"{stateful_set['metadata']['name']}-"
    return new_pod(stateful_set, template, labels, name=name, generateName=base)


def _reported(
    stateful_set: Manifest, pods: list[Manifest], current: str, update: str, now: dt.datetime
) -> list[Action]:
    spec = stateful_set["spec"]
    times = [available_in(pod, spec.get("minReadySeconds", 0), now) for pod in pods]
    live = [pod for pod in pods if not is_ending(pod)]
    updated = sum(_revision(pod) == update for pod in live)
    if updated == len(pods) == spec.get("replicas", 1) and all(map(is_ready, pods)) and not _partition(stateful_set):
        current = update
    status = without_zero(
        {
            "observedGeneration": stateful_set["metadata"].get("generation", 0),
            "replicas": len(pods),
            "readyReplicas": sum(map(is_ready, pods)),
            "availableReplicas": times.count(0),
            "currentReplicas": sum(_revision(pod) == current for pod in live),
            "updatedReplicas": updated,
            "currentRevision": current,
            "updateRevision": update,
            "collisionCount": 0,
        },
        "replicas",
        "availableReplicas",
        "collisionCount",
    )
    waiting = [seconds for seconds in times if seconds]
    return [*with_status(stateful_set, status, "statefulsets"), *([Again(min(waiting))] if waiting else [])]


def _partition(stateful_set: Manifest) -> int:
    strategy = stateful_set["spec"].get("updateStrategy") or {}
    return int((strategy.get("rollingUpdate") or {}).get("partition", 0))


def _revision(pod: Manifest) -> str:
    return str(pod["metadata"].get("labels", {}).get(REVISION_LABEL, ""))


def _number(stateful_set: Manifest, pod: Manifest) -> int | None:
    base, _, number = pod["metadata"]["name"].rpartition("-")
    return int(number) if base == stateful_set["metadata"]["name"] and number.isdigit() else None
