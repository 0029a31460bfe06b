"""Pods: of all cells the one that people look at most, and the one with the most to decide, is their status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.surface.printers.printer import NONE, at, containers, created, labels, name, printer
from kfed.sandbox.values.ages import age, parse_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

_GATED = "SchedulingGated"
_TERMINAL = frozenset({"Succeeded", "Failed"})


def row_conditions(pod: dict[str, Any]) -> list[dict[str, str]]:
    """What marks the row of a pod that has ended."""
    match at(pod, "status", "phase"):
        case "Succeeded":
            message = "The pod has completed successfully."
        case "Failed":
            message = "The pod failed."
        case _:
            return []
    return [{"type": "Completed", "status": "True", "reason": pod["status"]["phase"], "message": message}]


def _cells(pod: dict[str, Any], now: dt.datetime) -> list[Any]:
    sidecars = {entry["name"] for entry in at(pod, "spec", "initContainers", default=[]) if _is_sidecar(entry)}
    initial = at(pod, "status", "initContainerStatuses", default=[])
    regular = at(pod, "status", "containerStatuses", default=[])
    blocked = _initializing(pod, initial, sidecars)
    is_started = blocked is None or _condition(pod, "Initialized")
    counted = [status for status in initial if not is_started or status.get("name") in sidecars]
    counted += regular if is_started else []
    ready = sum(_is_ready(status) for status in regular) if is_started else 0
    ready += sum(_is_ready_sidecar(status, sidecars) for status in _until_blocked(initial, sidecars))
    total = len(at(pod, "spec", "containers", default=[])) + len(sidecars)
    status = _status(pod, _waiting(pod, regular, blocked or _phase(pod)) if is_started else str(blocked))
    return [name(pod), f"{ready}/{total}", status, _restarts(counted, now), created(pod, now), *_wide(pod)]


def _is_sidecar(container: dict[str, Any]) -> bool:
    return container.get("restartPolicy") == "Always"


def _phase(pod: dict[str, Any]) -> str:
    """What there is to say of a pod before one looks at its containers."""
    for entry in at(pod, "status", "conditions", default=[]):
        if entry.get("type") == "PodScheduled" and entry.get("reason") == _GATED:
            return _GATED
    return str(at(pod, "status", "reason") or at(pod, "status", "phase", default=""))


def _is_past(status: dict[str, Any], sidecars: set[str]) -> bool:
    """Whether an init container lets the next one start."""
    if at(status, "state", "terminated") is not None and at(status, "state", "terminated", "exitCode", default=0) == 0:
        return True
    return status.get("name") in sidecars and bool(status.get("started"))


def _until_blocked(statuses: Iterable[dict[str, Any]], sidecars: set[str]) -> Iterator[dict[str, Any]]:
    for status in statuses:
        if not _is_past(status, sidecars):
            return
        yield status


def _initializing(pod: dict[str, Any], statuses: list[dict[str, Any]], sidecars: set[str]) -> str | None:
    """What keeps the pod from having been initialized; ``None`` when nothing does."""
    index = sum(1 for _ in _until_blocked(statuses, sidecars))
    if index == len(statuses):
        return None
    state = at(statuses[index], "state", default={})
    if state.get("terminated") is not None:
        return f"Init:{_ended(state['terminated'])}"
    reason = at(state, "waiting", "reason", default="")
    if reason and reason != "PodInitializing":
        return f"Init:{reason}"
    return f"Init:{index}/{len(at(pod, 'spec', 'initContainers', default=[]))}"


def _ended(terminated: dict[str, Any]) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _waiting(pod: dict[str, Any], statuses: list[dict[str, Any]], reason: str) -> str:
    """What the containers make of *reason*: the first of them that waits or has ended has the last word."""
    error = ""
    for status in reversed(statuses):
        state = at(status, "state", default={})
        if at(state, "waiting", "reason"):
            reason = state["waiting"]["reason"]
        elif state.get("terminated") is not None:
            reason = _ended(state["terminated"])
            error = reason if at(state, "terminated", "exitCode", default=0) != 0 else error
    if reason != "Completed":
        return reason
    is_running = any(_is_ready(status) for status in statuses)
    if is_running and _condition(pod, "Ready"):
        return "Running"
    return error or ("NotReady" if is_running else reason)


def _is_ready(status: dict[str, Any]) -> bool:
    state = at(status, "state", default={})
    is_elsewhere = at(state, "waiting", "reason") or state.get("terminated") is not None
    return not is_elsewhere and bool(status.get("ready")) and state.get("running") is not None


def _is_ready_sidecar(status: dict[str, Any], sidecars: set[str]) -> bool:
    if status.get("name") not in sidecars or not status.get("started"):
        return False
    has_ended = at(status, "state", "terminated") is not None
    is_done = has_ended and at(status, "state", "terminated", "exitCode", default=0) == 0
    return bool(status.get("ready")) and not is_done


def _condition(pod: dict[str, Any], kind: str) -> bool:
    conditions = at(pod, "status", "conditions", default=[])
    return any(entry.get("type") == kind and entry.get("status") == "True" for entry in conditions)


def _status(pod: dict[str, Any], reason: str) -> str:
    """*reason*, unless the pod is being deleted."""
    if at(pod, "metadata", "deletionTimestamp") is None:
        return reason
    if at(pod, "status", "reason") == "NodeLost":
        return "Unknown"
    return reason if at(pod, "status", "phase") in _TERMINAL else "Terminating"


def _restarts(statuses: list[dict[str, Any]], now: dt.datetime) -> str:
    """How often containers were restarted, and when the last one was."""
    count = sum(int(status.get("restartCount") or 0) for status in statuses)
    ends = [at(status, "lastState", "terminated", "finishedAt") for status in statuses]
    moments = [moment for end in ends if (moment := parse_time(end)) is not None]
    return f"{count} ({age(max(moments).isoformat(), now)} ago)" if count and moments else str(count)


def _wide(pod: dict[str, Any]) -> list[str]:
    addresses = at(pod, "status", "podIPs", default=[])
    gates = [entry.get("conditionType") for entry in at(pod, "spec", "readinessGates", default=[])]
    passed = sum(_condition(pod, gate) for gate in gates)
    return [
        at(addresses[0], "ip", default=NONE) if addresses else NONE,
        at(pod, "spec", "nodeName") or NONE,
        at(pod, "status", "nominatedNodeName") or NONE,
        f"{passed}/{len(gates)}" if gates else NONE,
    ]


def _template_cells(template: dict[str, Any], now: dt.datetime) -> list[Any]:
    del now
    spec, given = at(template, "template", "spec"), at(template, "template", "metadata", "labels")
    return [name(template), *containers(spec), labels(given)]


PRINTERS = {
    ("", "Pod"): printer("Name, Ready, Status, Restarts, Age, IP+, Node+, Nominated Node+, Readiness Gates+", _cells),
    ("", "PodTemplate"): printer("Name, Containers, Images, Pod Labels", _template_cells),
}
