"""What becomes of a pod: it finds room on a node or does not, runs after a moment, and ends when it is told to."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kfed.sandbox.play.acting import is_ending, stamp
from kfed.sandbox.values.quantities import value_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kfed.sandbox.play.acting import Manifest

NODE = "node"
ENDED = frozenset({"Succeeded", "Failed"})
_RUNNING = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady")
_HEALTH = {
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}
_ROOM = 10_000
_SCHEDULER = "default-scheduler"
_UNKNOWN = (
    *("architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion"),
    *("machineID", "operatingSystem", "osImage", "systemUUID"),
)


def takes_room(pod: Manifest) -> bool:
    """Whether a pod has a place on a node."""
    return bool(pod["spec"].get("nodeName")) and pod.get("status", {}).get("phase") not in ENDED


def waits_for_room(pod: Manifest) -> bool:
    """Whether a pod is to be given a place."""
    spec = pod["spec"]
    if spec.get("nodeName") or spec.get("schedulingGates") or is_ending(pod):
        return False
    return bool(spec.get("schedulerName", _SCHEDULER) == _SCHEDULER)


def placed(pod: Manifest, node: str, now: dt.datetime) -> Manifest:
    """A pod that has found a place on a node."""
    status = pod.get("status") or {}
    conditions = _with(status.get("conditions"), {"type": "PodScheduled", "status": "True"}, pod, now)
    return {
        **pod,
        "spec": {**pod["spec"], "nodeName": node},
        "status": {**status, "phase": "Pending", "conditions": conditions},
    }


def lacking(pod: Manifest, node: Manifest) -> list[str]:
    """What a pod wants more of than a node has even when nothing else is on it: ``cpu`` and the like."""
    size = (node.get("status") or {}).get("allocatable") or {}
    wanted: dict[str, Fraction] = {}
    for container in pod["spec"].get("containers") or ():
        for name, amount in ((container.get("resources") or {}).get("requests") or {}).items():
            wanted[name] = wanted.get(name, Fraction()) + (value_of(amount) or 0)
    return sorted(name for name, amount in wanted.items() if amount > (value_of(size.get(name, 0)) or 0))


def unplaced(pod: Manifest, nodes: int, lacks: Sequence[str], now: dt.datetime) -> Manifest:
    """A pod for which there is no place, with the words of the real scheduler.

    Args:
        pod: which.
        nodes: how many nodes there are.
        lacks: what it wants too much of; nothing when there are only too many pods.
        now: the time.
    """
    status = pod.get("status") or {}
    if not nodes:
        text = "no nodes available to schedule pods"
    else:
        why = ", ".join(f"{nodes} Insufficient {name}" for name in lacks) or f"{nodes} Too many pods"
        hope = "Preemption is not helpful for scheduling" if lacks else "No preemption victims found for incoming pod"
        text = f"0/{nodes} nodes are available: {why}. preemption: 0/{nodes} nodes are available: {nodes} {hope}."
    said = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": text}
    return {
        **pod,
        "status": {**status, "phase": "Pending", "conditions": _with(status.get("conditions"), said, pod, now)},
    }


def running(pod: Manifest, address: str, now: dt.datetime) -> Manifest:
    """A pod that runs and is ready."""
    time = stamp(now)
    status = pod.get("status") or {}
    conditions = status.get("conditions")
    for type_ in _RUNNING:
        conditions = _with(conditions, {"type": type_, "status": "True"}, pod, now)
    containers = [_container(container, {"running": {"startedAt": time}}) for container in pod["spec"]["containers"]]
    ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": time, "finishedAt": time}}
    first = [_container(container, ended) for container in pod["spec"].get("initContainers") or ()]
    return {
        **pod,
        "status": {
            **status,
            "phase": "Running",
            "conditions": conditions,
            "hostIP": "127.0.0.1",
            "hostIPs": [{"ip": "127.0.0.1"}],
            "podIP": address,
            "podIPs": [{"ip": address}],
            "startTime": time,
            **({"initContainerStatuses": first} if first else {}),
            "containerStatuses": containers,
        },
    }


def succeeded(pod: Manifest, now: dt.datetime) -> Manifest:
    """A pod whose work is done."""
    status = pod.get("status") or {}
    conditions = status.get("conditions")
    for type_ in ("Ready", "ContainersReady"):
        said = {"type": type_, "status": "False", "reason": "PodCompleted"}
        conditions = _with(conditions, said, pod, now)
    started = status.get("startTime") or stamp(now)
    ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": stamp(now)}}
    containers = [{**_container(container, ended), "ready": False} for container in pod["spec"]["containers"]]
    return {
        **pod,
        "status": {**status, "phase": "Succeeded", "conditions": conditions, "containerStatuses": containers},
    }


def completes(pod: Manifest) -> bool:
    """Whether a pod's containers end by themselves: those of a Job do."""
    owners = pod["metadata"].get("ownerReferences", ())
    return any(owner.get("kind") == "Job" and owner.get("controller") for owner in owners)


def node(name: str, room: int | None, now: dt.datetime) -> Manifest:
    """The node on which all pods of a cluster are; it has room for so many, or for more than anybody tries."""
    time = stamp(now)
    size = {"cpu": "64", "memory": "256Gi", "pods": str(_ROOM if room is None else room)}
    conditions = [
        {"type": type_, "status": status, "reason": reason, "message": message}
        | {"lastHeartbeatTime": time, "lastTransitionTime": time}
        for type_, (status, reason, message) in _HEALTH.items()
    ]
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
        "spec": {},
        "status": {
            "capacity": size,
            "allocatable": size,
            "conditions": conditions,
            "addresses": [{"type": "Hostname", "address": name}],
            "nodeInfo": {**dict.fromkeys(_UNKNOWN, ""), "kubeletVersion": "sandbox"},
        },
    }


def _container(container: Manifest, state: Manifest) -> Manifest:
    is_running = "running" in state
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": "",
        "ready": is_running or state["terminated"]["exitCode"] == 0,
        "started": is_running,
        "restartCount": 0,
        "state": state,
        "lastState": {},
    }


def _with(before: Any, said: Manifest, pod: Manifest, now: dt.datetime) -> list[Manifest]:
    """Conditions with one of them set; what says the same as before is left alone."""
    conditions: list[Manifest] = list(before or ())
    for place, found in enumerate(conditions):
        if found["type"] == said["type"]:
            if {**found, **said} != found or ("reason" in found and "reason" not in said):
                conditions[place] = _condition(said, pod, now)
            return conditions
    return [*conditions, _condition(said, pod, now)]


def _condition(said: Manifest, pod: Manifest, now: dt.datetime) -> Manifest:
    seen = {"observedGeneration": pod["metadata"].get("generation", 1)}
    return {**seen, **said, "lastProbeTime": None, "lastTransitionTime": stamp(now)}
