"""What the controller of DaemonSets does: a pod on each node."""

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
from kfed.sandbox.play.pods import ENDED
from kfed.sandbox.play.revisions import ensured, revision_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kfed.sandbox.play.acting import Action, Create, Manifest

_ALWAYS = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def play_daemon_set(
    daemon_set: Manifest,
    pods: Sequence[Manifest],
    revisions: Sequence[Manifest],
    nodes: Sequence[str],
    now: dt.datetime,
) -> list[Action]:
    """What is to be done about a DaemonSet.

    Args:
        daemon_set: as it is.
        pods: those that it controls.
        revisions: the ControllerRevisions that it controls.
        nodes: the names of all nodes.
        now: the time.
    """
    if is_ending(daemon_set):
        return []
    placed: dict[str, list[Manifest]] = {}
    for pod in pods:
        placed.setdefault(target_node(pod), []).append(pod)
    update = revision_name(daemon_set).rpartition("-")[2]
    actions: list[Action] = [*ensured(daemon_set, revisions), *_placed(daemon_set, placed, nodes, update)]
    return actions + _reported(daemon_set, placed, nodes, update, now)


def target_node(pod: Manifest) -> str:
    """The node that a DaemonSet's pod is meant for; empty for other pods."""
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or ()
    for term in terms:
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name":
                return str(field["values"][0])
    return ""


def _placed(daemon_set: Manifest, placed: dict[str, list[Manifest]], nodes: Sequence[str], update: str) -> list[Action]:
    actions: list[Action] = [_pod(daemon_set, node, update) for node in nodes if not placed.get(node)]
    for node, pods in placed.items():
        unwanted = pods if node not in nodes else [pod for pod in pods if pod["status"].get("phase") in ENDED]
        actions += [Delete("pods", pod) for pod in unwanted if not is_ending(pod)]
    if actions or (daemon_set["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
        return actions
    present = [pod for pods in placed.values() for pod in pods]
    if not all(is_ready(pod) and not is_ending(pod) for pod in present if _revision(pod) == update):
        return []
    old = [pod for pod in present if _revision(pod) != update]
    return [Delete("pods", pod) for pod in old[:1] if not is_ending(pod)]


def _pod(daemon_set: Manifest, node: str, update: str) -> Create:
    template = daemon_set["spec"]["template"]
    only = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    affinity = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [only]}}
    spec = {
        **template["spec"],
        "affinity": {**(template["spec"].get("affinity") or {}), "nodeAffinity": affinity},
    }
    generation = daemon_set["metadata"].get("annotations", {}).get(_TEMPLATE_GENERATION, "1")
    labels = {REVISION_LABEL: update, "pod-template-generation": generation}
    base = f"{daemon_set['metadata']['name']}-"
    return new_pod(daemon_set, {**template, "spec": spec}, labels, generateName=base)


def _reported(
    daemon_set: Manifest,
    placed: dict[str, list[Manifest]],
    nodes: Sequence[str],
    update: str,
    now: dt.datetime,
) -> list[Action]:
    seconds = daemon_set["spec"].get("minReadySeconds", 0)
    present = [pods[0] for node, pods in placed.items() if node in nodes]
    times = [available_in(pod, seconds, now) for pod in present]
    available = times.count(0)
    status = without_zero(
        {
            "currentNumberScheduled": len(present),
            "numberMisscheduled": sum(len(pods) for node, pods in placed.items() if node not in nodes),
            "desiredNumberScheduled": len(nodes),
            "numberReady": sum(map(is_ready, present)),
            "observedGeneration": daemon_set["metadata"].get("generation", 0),
            "updatedNumberScheduled": sum(_revision(pod) == update for pod in present),
            "numberAvailable": available,
            "numberUnavailable": len(nodes) - available,
        },
        *_ALWAYS,
    )
    waiting = [seconds for seconds in times if seconds]
    return [*with_status(daemon_set, status, "daemonsets"), *([Again(min(waiting))] if waiting else [])]


def _revision(pod: Manifest) -> str:
    return str(pod["metadata"].get("labels", {}).get(REVISION_LABEL, ""))
