"""HorizontalPodAutoscalers: their defaults beyond plain ones, and what is not valid about them.

The rules and the words are those of k8s.io/kubernetes, ``pkg/apis/autoscaling/v2/defaults.go`` and
``pkg/apis/autoscaling/validation``; each was tried on kube-apiserver 1.37.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.values.causes import forbidden_field, invalid_value, required, unsupported
from kfed.sandbox.values.filling import fill, maps, part
from kfed.sandbox.values.quantities import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.filling import Manifest

_PERCENT: Manifest = {"type": "Percent", "value": 100, "periodSeconds": 15}
_PODS: Manifest = {"type": "Pods", "value": 4, "periodSeconds": 15}
_UP: Manifest = {"selectPolicy": "Max", "policies": [_PODS, _PERCENT]}
_STILL: Manifest = {"stabilizationWindowSeconds": 0, **_UP}
_DOWN: Manifest = {"selectPolicy": "Max", "policies": [_PERCENT]}
_SOURCES = ("ContainerResource", "External", "Object", "Pods", "Resource")
_SELECTED = ("Disabled", "Max", "Min")
_LONGEST_WINDOW, _LONGEST_PERIOD = 3600, 1800
# What is missing when a metric has no target: the field, and the words.
_TARGETS = {
    "External": ("averageValue", "must set either a target value for metric or a per-pod target"),
    "Object": ("averageValue", "must set either a target value or averageValue"),
    "Pods": ("averageValue", "must specify a positive target averageValue"),
}
_UTILIZATION = ("averageUtilization", "must set either a target raw value or a target utilization")


def fill_autoscaler(autoscaler: Manifest) -> None:
    """How fast to scale, when anything is said of it."""
    spec = part(autoscaler, "spec")
    behavior = part(spec, "behavior")
    if "behavior" in spec:
        fill(behavior, {"scaleUp": _UP if "scaleUp" in behavior else _STILL, "scaleDown": _DOWN})


def autoscaler_causes(autoscaler: Manifest) -> Iterator[Cause]:
    """What is not valid about an autoscaler that has its defaults."""
    spec = part(autoscaler, "spec")
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if least < 0:
        yield invalid_value("spec.minReplicas", least, "must be greater than or equal to 0")
    if most < least:
        yield invalid_value("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    yield from _reference(part(spec, "scaleTargetRef"), "spec.scaleTargetRef", is_target=True)
    metrics = list(maps(spec, "metrics"))
    for index, metric in enumerate(metrics):
        yield from _metric(metric, f"spec.metrics[{index}]")
    if least == 0 and not any(metric.get("type") in {"Object", "External"} for metric in metrics):
        why = "must specify at least one Object or External metric to support scaling to zero replicas"
        yield forbidden_field("spec.metrics", why)
    for name in ("scaleUp", "scaleDown"):
        if name in part(spec, "behavior"):
            yield from _rules(part(spec, "behavior", name), f"spec.behavior.{name}")
    if most < 0:
        yield invalid_value("spec.maxReplicas", most, "must be greater than or equal to 1")
    elif most == 0:
        yield required("spec.maxReplicas")


def _reference(reference: Manifest, field: str, *, is_target: bool = False) -> Iterator[Cause]:
    """Which object is meant; that which is scaled is of some group."""
    for name in ("kind", "name"):
        if not reference.get(name):
            yield required(f"{field}.{name}")
        elif "/" in reference[name]:
            yield invalid_value(f"{field}.{name}", reference[name], "may not contain '/'")
    version = reference.get("apiVersion", "")
    if version.count("/") > 1:
        yield invalid_value(f"{field}.apiVersion", version, f"unexpected GroupVersion string: {version}")
    elif is_target and "/" not in version and reference.get("kind") != "ReplicationController":
        yield invalid_value(f"{field}.apiVersion", version, "apiVersion must specify API group")


def _metric(metric: Manifest, field: str) -> Iterator[Cause]:
    kind = metric.get("type", "")
    if not kind:
        yield required(f"{field}.type", "must specify a metric source type")
    if kind not in _SOURCES:
        yield unsupported(f"{field}.type", kind, _SOURCES)
        return
    name = kind[0].lower() + kind[1:]
    if name not in metric:
        yield required(f"{field}.{name}", "must populate information for the given metric source")
        return
    source, below = part(metric, name), f"{field}.{name}"
    if kind == "Object":
        yield from _reference(part(source, "describedObject"), f"{below}.describedObject")
    if kind in _TARGETS and not part(source, "metric").get("name"):
        yield required(f"{below}.metric.name", "must specify a metric name")
    if kind not in _TARGETS and not source.get("name"):
        yield required(f"{below}.name", "must specify a resource name")
    if kind == "ContainerResource" and not source.get("container"):
        yield required(f"{below}.container", "must specify a container")
    yield from _target(kind, part(source, "target"), f"{below}.target")


def _target(kind: str, target: Manifest, field: str) -> Iterator[Cause]:
    """What a metric is to be; of several ways to say it, one that the kind of metric has."""
    if not target.get("type"):
        yield required(f"{field}.type", "must specify a metric target type")
    if target.get("type") not in {"Utilization", "Value", "AverageValue"}:
        yield invalid_value(
            f"{field}.type", target.get("type", ""), "must be either Utilization, Value, or AverageValue"
        )
    for name in ("value", "averageValue"):
        if name in target and (value_of(target[name]) or 0) <= 0:
            yield invalid_value(f"{field}.{name}", target[name], "must be positive")
    percent = target.get("averageUtilization")
    if percent is not None and percent < 1:
        yield invalid_value(f"{field}.averageUtilization", percent, "must be greater than 0")
    missing, why = _TARGETS.get(kind, _UTILIZATION)
    ways = {"Pods": ("averageValue",), "External": ("value", "averageValue"), "Object": ("value", "averageValue")}
    if not any(name in target for name in ways.get(kind, ("averageUtilization", "averageValue"))):
        yield required(f"{field}.{missing}", why)
    if kind not in _TARGETS and percent is not None and "averageValue" in target:
        yield forbidden_field(f"{field}.averageValue", "may not set both a target raw value and a target utilization")


def _rules(rules: Manifest, field: str) -> Iterator[Cause]:
    window = rules.get("stabilizationWindowSeconds") or 0
    if window < 0:
        yield invalid_value(f"{field}.stabilizationWindowSeconds", window, "must be greater than or equal to zero")
    elif window > _LONGEST_WINDOW:
        why = f"must be less than or equal to {_LONGEST_WINDOW}"
        yield invalid_value(f"{field}.stabilizationWindowSeconds", window, why)
    if rules.get("selectPolicy") not in _SELECTED:
        yield unsupported(f"{field}.selectPolicy", rules.get("selectPolicy"), _SELECTED)
    if not rules.get("policies"):
        yield required(f"{field}.policies", "must specify at least one Policy")
    for index, policy in enumerate(maps(rules, "policies")):
        yield from _policy(policy, f"{field}.policies[{index}]")


def _policy(policy: dict[str, Any], field: str) -> Iterator[Cause]:
    if policy.get("type") not in {"Percent", "Pods"}:
        yield unsupported(f"{field}.type", policy.get("type", ""), ("Percent", "Pods"))
    if (value := policy.get("value", 0)) <= 0:
        yield invalid_value(f"{field}.value", value, "must be greater than zero")
    if (seconds := policy.get("periodSeconds", 0)) <= 0:
        yield invalid_value(f"{field}.periodSeconds", seconds, "must be greater than zero")
    elif seconds > _LONGEST_PERIOD:
        yield invalid_value(f"{field}.periodSeconds", seconds, f"must be less than or equal to {_LONGEST_PERIOD}")
