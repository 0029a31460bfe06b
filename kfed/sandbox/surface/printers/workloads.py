"""What makes pods: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.resource import Gvk
from kfed.sandbox.surface.printers.printer import (
    NONE,
    UNSET,
    at,
    condition,
    containers,
    created,
    labels,
    limited,
    name,
    printer,
    selector,
)
from kfed.sandbox.values.ages import age, human_duration, parse_time

if TYPE_CHECKING:
    import datetime as dt

_WIDE = "Containers+, Images+, Selector+"
_STATES = ("Suspended", "FailureTarget", "SuccessCriteriaMet")


def _pods(obj: dict[str, Any]) -> Any:
    return at(obj, "spec", "template", "spec")


def _count(obj: dict[str, Any], *path: str) -> int:
    return int(at(obj, *path, default=0))


def _deployment(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    ready, wanted = _count(obj, "status", "readyReplicas"), _count(obj, "spec", "replicas")
    progress = [_count(obj, "status", "updatedReplicas"), _count(obj, "status", "availableReplicas")]
    selected = selector(at(obj, "spec", "selector"))
    return [name(obj), f"{ready}/{wanted}", *progress, created(obj, now), *containers(_pods(obj)), selected]


def _replicas(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    counts = [
        _count(obj, "spec", "replicas"),
        _count(obj, "status", "replicas"),
        _count(obj, "status", "readyReplicas"),
    ]
    return [name(obj), *counts, created(obj, now), *containers(_pods(obj))]


def _replica_set(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [*_replicas(obj, now), selector(at(obj, "spec", "selector")) or NONE]


def _replication_controller(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [*_replicas(obj, now), labels(at(obj, "spec", "selector"))]


def _stateful_set(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    ready = f"{_count(obj, 'status', 'readyReplicas')}/{_count(obj, 'spec', 'replicas')}"
    return [name(obj), ready, created(obj, now), *containers(_pods(obj))]


def _daemon_set(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    scheduled = ("desiredNumberScheduled", "currentNumberScheduled")
    counted = (*scheduled, "numberReady", "updatedNumberScheduled", "numberAvailable")
    counts = [_count(obj, "status", field) for field in counted]
    where, selected = labels(at(_pods(obj), "nodeSelector")), selector(at(obj, "spec", "selector"))
    return [name(obj), *counts, where, created(obj, now), *containers(_pods(obj)), selected or NONE]


def _controller_revision(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    owners = at(obj, "metadata", "ownerReferences", default=[])
    owner = next((entry for entry in owners if entry.get("controller")), None)
    controller = NONE
    if owner:
        gvk = Gvk.parse(owner["apiVersion"], owner["kind"])
        kind = f"{gvk.kind}.{gvk.group}" if gvk.group else gvk.kind
        controller = f"{kind.lower()}/{owner['name']}"
    return [name(obj), controller, obj.get("revision", 0), created(obj, now)]


def _job(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    selected = selector(at(obj, "spec", "selector")) or NONE
    cells = [name(obj), _job_status(obj), _completions(obj), _job_duration(obj, now)]
    return [*cells, created(obj, now), *containers(_pods(obj)), selected]


def _job_status(obj: dict[str, Any]) -> str:
    for kind in ("Complete", "Failed"):
        if condition(obj, kind) == "True":
            return kind
    if at(obj, "metadata", "deletionTimestamp") is not None:
        return "Terminating"
    return next((kind for kind in _STATES if condition(obj, kind) == "True"), "Running")


def _completions(obj: dict[str, Any]) -> str:
    done, wanted = _count(obj, "status", "succeeded"), at(obj, "spec", "completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallel = _count(obj, "spec", "parallelism")
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _job_duration(obj: dict[str, Any], now: dt.datetime) -> str:
    start = parse_time(at(obj, "status", "startTime"))
    end = parse_time(at(obj, "status", "completionTime")) or now
    return human_duration(end - start) if start else ""


def _cron_job(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec, status = at(obj, "spec", default={}), at(obj, "status", default={})
    suspended = {True: "True", False: "False"}.get(spec.get("suspend"), UNSET)
    last = status.get("lastScheduleTime")
    job = at(spec, "jobTemplate", "spec")
    return [
        *(name(obj), spec.get("schedule", ""), spec.get("timeZone") or NONE, suspended),
        *(len(status.get("active") or ()), age(last, now) if last else NONE, created(obj, now)),
        *(*containers(at(job, "template", "spec")), selector(at(job, "selector")) or NONE),
    ]


def _autoscaler(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec = at(obj, "spec", default={})
    target = f"{at(spec, 'scaleTargetRef', 'kind')}/{at(spec, 'scaleTargetRef', 'name')}"
    least = UNSET if spec.get("minReplicas") is None else str(spec["minReplicas"])
    return [
        *(name(obj), target, _metrics(obj), least, spec.get("maxReplicas", 0)),
        *(_count(obj, "status", "currentReplicas"), created(obj, now)),
    ]


def _metrics(obj: dict[str, Any]) -> str:
    """What is measured against what is wanted, metric by metric."""
    wanted = at(obj, "spec", "metrics", default=[])
    measured = at(obj, "status", "currentMetrics", default=[])
    texts = [_metric(entry, measured[index] if index < len(measured) else {}) for index, entry in enumerate(wanted)]
    return limited(texts, 2, NONE).replace(",", ", ") if texts else NONE


def _metric(spec: dict[str, Any], status: dict[str, Any]) -> str:
    kind = spec.get("type", "")
    field = kind[:1].lower() + kind[1:]
    source, current = spec.get(field) or {}, at(status, field, "current", default={})
    target = source.get("target") or {}
    prefix = f"{source['name']}: " if "name" in source else ""
    if "averageValue" in target:
        suffix = " (avg)" if kind in {"External", "Object"} else ""
        return f"{prefix}{current.get('averageValue', '<unknown>')}/{target['averageValue']}{suffix}"
    if prefix:
        now, then = current.get("averageUtilization"), target.get("averageUtilization")
        return f"{prefix}{'<unknown>' if now is None else f'{now}%'}/{'<auto>' if then is None else f'{then}%'}"
    return f"{current.get('value', '<unknown>')}/{target.get('value', '0')}"


PRINTERS = {
    ("apps", "Deployment"): printer(f"Name, Ready, Up-to-date, Available, Age, {_WIDE}", _deployment),
    ("apps", "ReplicaSet"): printer(f"Name, Desired#, Current#, Ready#, Age, {_WIDE}", _replica_set),
    ("", "ReplicationController"): printer(f"Name, Desired#, Current#, Ready#, Age, {_WIDE}", _replication_controller),
    ("apps", "StatefulSet"): printer("Name, Ready, Age, Containers+, Images+", _stateful_set),
    ("apps", "DaemonSet"): printer(
        f"Name, Desired#, Current#, Ready#, Up-to-date#, Available#, Node Selector, Age, {_WIDE}", _daemon_set
    ),
    ("apps", "ControllerRevision"): printer("Name, Controller, Revision, Age", _controller_revision),
    ("batch", "Job"): printer(f"Name, Status, Completions, Duration, Age, {_WIDE}", _job),
    ("batch", "CronJob"): printer(
        f"Name, Schedule, Timezone, Suspend?, Active#, Last Schedule, Age, {_WIDE}", _cron_job
    ),
    ("autoscaling", "HorizontalPodAutoscaler"): printer(
        "Name, Reference, Targets, MinPods, MaxPods, Replicas, Age", _autoscaler
    ),
}
