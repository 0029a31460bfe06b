"""HorizontalPodAutoscalers in two forms: ``autoscaling/v2``, in which they are stored, and ``autoscaling/v1``.

``v1`` has one percentage of the CPU. All else that ``v2`` has stands in annotations there, and is read from them again.
As k8s.io/kubernetes has it, ``pkg/apis/autoscaling/v1/conversion.go`` and ``pkg/apis/autoscaling/annotations.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.kinds.served import Form
from kfed.sandbox.values.filling import maps, part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Manifest = dict[str, Any]

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS, _MEASURED = f"{_PREFIX}metrics", f"{_PREFIX}current-metrics"
_CONDITIONS, _BEHAVIOR = f"{_PREFIX}conditions", f"{_PREFIX}behavior"
_ANNOTATIONS = frozenset({_METRICS, _MEASURED, _CONDITIONS, _BEHAVIOR})
_PERCENT, _MEASURED_PERCENT = "targetCPUUtilizationPercentage", "currentCPUUtilizationPercentage"
_COPIED = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
_ZERO = "0"


def _shown(manifest: Manifest) -> Manifest:
    spec, status = part(manifest, "spec"), part(manifest, "status")
    metrics, measured = list(maps(spec, "metrics")), list(maps(status, "currentMetrics"))
    annotations = {
        _BEHAVIOR: _in_go(spec.get("behavior")),
        _CONDITIONS: status.get("conditions"),
        _MEASURED: [_older(metric, "current") for metric in measured],
        _METRICS: [_older(metric, "target") for metric in metrics if not _is_percentage(metric)],
    }
    body = {name: value for name, value in spec.items() if name not in {"metrics", "behavior"}}
    counts = {"currentReplicas": 0, "desiredReplicas": 0}
    shown = {name: value for name, value in (counts | status).items() if name in _COPIED}
    return {
        "kind": "HorizontalPodAutoscaler",
        "apiVersion": "autoscaling/v1",
        "metadata": _annotated(manifest["metadata"], {key: value for key, value in annotations.items() if value}),
        "spec": body | _percentage(metrics, "target", _PERCENT),
        "status": shown | _percentage(measured, "current", _MEASURED_PERCENT),
    }


def _stored(manifest: Manifest) -> Manifest:
    spec, status = part(manifest, "spec"), part(manifest, "status")
    annotations = part(manifest, "metadata", "annotations")
    metrics, measured = _listed(annotations.get(_METRICS)), _listed(annotations.get(_MEASURED))
    behavior, conditions = _read(annotations.get(_BEHAVIOR)), _listed(annotations.get(_CONDITIONS))
    wanted = [_newer(metric, "target") for metric in metrics] + _utilization("target", spec.get(_PERCENT))
    found = [_newer(metric, "current") for metric in measured]
    found = found or _utilization("current", status.get(_MEASURED_PERCENT))
    body = {name: value for name, value in spec.items() if name != _PERCENT}
    body |= {"metrics": wanted} if wanted else {}
    body |= {"behavior": _from_go(behavior)} if isinstance(behavior, dict) else {}
    kept = {name: status[name] for name in _COPIED if name in status and (status[name] or name != "currentReplicas")}
    return {
        "kind": "HorizontalPodAutoscaler",
        "apiVersion": "autoscaling/v2",
        "metadata": _annotated(manifest["metadata"], {}),
        "spec": body,
        "status": kept | {"currentMetrics": found or None} | ({"conditions": conditions} if conditions else {}),
    }


AUTOSCALERS = Form("autoscaling", "v2", _stored, _shown)
"""How HorizontalPodAutoscalers of ``autoscaling/v1`` are stored."""


def _annotated(metadata: Manifest, values: Mapping[str, Any]) -> Manifest:
    """The metadata with these values in annotations, and none from before."""
    annotations = {key: text for key, text in part(metadata, "annotations").items() if key not in _ANNOTATIONS}
    annotations |= {key: orjson.dumps(value).decode() for key, value in values.items()}
    annotations = dict(sorted(annotations.items()))
    result = {}
    for name, value in metadata.items():
        if name == "managedFields" and annotations and "annotations" not in metadata:
            result["annotations"] = annotations
        result[name] = annotations if name == "annotations" else value
    result.setdefault("annotations", annotations)
    return result if result["annotations"] else {key: value for key, value in result.items() if key != "annotations"}


def _is_percentage(metric: Manifest) -> bool:
    """Whether all that a metric says is a percentage of the CPU."""
    resource = part(metric, "resource")
    is_cpu = metric.get("type") == "Resource" and resource.get("name") == "cpu"
    return is_cpu and part(resource, "target").get("averageUtilization") is not None


def _percentage(metrics: Iterable[Manifest], what: str, field: str) -> Manifest:
    """The percentage of the CPU, as a field, when there is one."""
    found = (part(metric, "resource", what) for metric in metrics if part(metric, "resource").get("name") == "cpu")
    percent = next(found, {}).get("averageUtilization")
    return {} if percent is None else {field: percent}


def _utilization(what: str, percent: Any) -> list[Manifest]:
    if percent is None:
        return []
    kind = {"type": "Utilization"} if what == "target" else {}
    return [{"type": "Resource", "resource": {"name": "cpu", what: kind | {"averageUtilization": percent}}}]


def _older(metric: Manifest, what: str) -> Manifest:
    """A metric, or with *what* ``current`` what was measured, as v1 writes it."""
    kind = str(metric.get("type", ""))
    field = kind[:1].lower() + kind[1:]
    source = part(metric, field)
    named, values = part(source, "metric"), part(source, what)
    value, average = values.get("value"), values.get("averageValue")
    if (kind == "Object" or (kind == "External" and what == "current")) and value is None:
        value = _ZERO  # no pointer in v1
    if "esource" in kind and what == "current" and average is None:
        average = _ZERO
    result = {
        "target": source.get("describedObject"),
        "name": source.get("name"),
        "metricName": named.get("name"),
        "metricSelector": named.get("selector") if kind == "External" else None,
        f"{what}AverageUtilization": values.get("averageUtilization"),
        f"{what}Value": value,
        f"{what}AverageValue": None if kind == "Object" else average,
        "selector": None if kind == "External" else named.get("selector"),
        "averageValue": average if kind == "Object" else None,
        "container": source.get("container"),
    }
    return {"type": kind, field: {key: entry for key, entry in result.items() if entry is not None}}


def _newer(metric: Manifest, what: str) -> Manifest:
    """A metric that v1 has written, as v2 has it."""
    kind = str(metric.get("type", ""))
    field = kind[:1].lower() + kind[1:]
    source = part(metric, field)
    average = source.get("averageValue" if kind == "Object" else f"{what}AverageValue")
    value, percent = source.get(f"{what}Value"), source.get(f"{what}AverageUtilization")
    if average is not None and value == _ZERO:
        value = None
    if percent is not None and average == _ZERO:
        average = None
    values = {"value": value, "averageValue": average, "averageUtilization": percent}
    values = {key: entry for key, entry in values.items() if entry is not None}
    if what == "target":
        kind_of_target = "Utilization" if percent is not None else "Value" if average is None else "AverageValue"
        values = {"type": kind_of_target} | values
    named = {
        "name": source.get("metricName"),
        "selector": source.get("metricSelector" if kind == "External" else "selector"),
    }
    result = {"name": source.get("name"), "container": source.get("container"), "describedObject": source.get("target")}
    result["metric"] = {key: entry for key, entry in named.items() if entry is not None} or None
    return {"type": kind, field: {key: entry for key, entry in result.items() if entry is not None} | {what: values}}


def _in_go(behavior: Any) -> Any:
    """What is said of scaling up and down, as Go writes it, with all fields of its structs."""
    if not isinstance(behavior, dict):
        return None
    policy = ("Type", "Value", "PeriodSeconds")

    def rules(given: Any) -> Any:
        if not isinstance(given, dict):
            return None
        policies = [{key: entry.get(_lower(key)) for key in policy} for entry in maps(given, "policies")]
        fields = {key: given.get(_lower(key)) for key in ("StabilizationWindowSeconds", "SelectPolicy")}
        return fields | {"Policies": policies or None, "Tolerance": given.get("tolerance")}

    return {"ScaleUp": rules(behavior.get("scaleUp")), "ScaleDown": rules(behavior.get("scaleDown"))}


def _from_go(value: Any) -> Any:
    """What `_in_go` has written, as v2 has it."""
    if isinstance(value, dict):
        return {_lower(key): _from_go(entry) for key, entry in value.items() if entry is not None}
    return [_from_go(entry) for entry in value] if isinstance(value, list) else value


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _read(text: Any) -> Any:
    """What stands in an annotation; ``None`` for what somebody has spoilt, as a server takes it."""
    try:
        return orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return None


def _listed(text: Any) -> list[Manifest]:
    value = _read(text)
    return value if isinstance(value, list) and all(isinstance(entry, dict) for entry in value) else []
