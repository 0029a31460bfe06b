"""What is not valid about objects of built-in types, as far as users run into it, in kube-apiserver's words.

Fields that must be there and values that a field takes are in the schemas; the rest is Go code (k8s.io/kubernetes,
``pkg/apis/*/validation``), of which the mistakes that people make are here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.autoscalerchecks import autoscaler_causes
from kfed.sandbox.admission.podchecks import pod_causes
from kfed.sandbox.admission.servicechecks import service_causes
from kfed.sandbox.admission.workloadchecks import cron_job_causes, job_causes, workload_causes
from kfed.sandbox.changes.typed import root
from kfed.sandbox.values.causes import invalid_value, required, too_long, unsupported
from kfed.sandbox.values.filling import maps, part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.filling import Manifest
    from kfed.schema.check.node import Node

_COUNTS = frozenset(
    {"replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds", "parallelism", "completions"}
    | {"backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "startingDeadlineSeconds"}
    | {"successfulJobsHistoryLimit", "failedJobsHistoryLimit", "initialDelaySeconds"}
)
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_KEY_SAYS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
# Values that kube-apiserver lists in an order of its own, or not all of them.
_ORDERS = {
    "completionMode": ("NonIndexed", "Indexed"),
    "dnsPolicy": ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
    "preemptionPolicy": ("PreemptLowerPriority", "Never"),
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
}
_LISTED: dict[frozenset[str], tuple[str, ...]] = {
    frozenset({"NoExecute", "NoSchedule", "PreferNoSchedule"}): ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    frozenset({"Equal", "Exists", "Gt", "Lt"}): ("Equal", "Exists"),
}
# Values of which more is to be said than a schema can.
_ELSEWHERE = re.compile(
    r"spec\.((updateS|s)trategy\.type|podManagementPolicy|(in|e)gress\[\d+\]\.ports\[\d+\]\.protocol)"
)
# Types of which every missing field is told in words of its own.
_WHOLE = frozenset({"horizontalpodautoscalers.autoscaling"})
_ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_DIRECTIONS, _PROTOCOLS = ("Ingress", "Egress"), ("TCP", "UDP", "SCTP")
_MOST_BYTES = 1024 * 1024


def builtin_causes(served: ServedType, manifest: Manifest) -> list[Cause]:
    """What is not valid about an object with all its defaults; its metadata and its status are not looked at."""
    node = root(served)
    causes: list[Cause] = []
    is_checked_whole = served.resource.full_name in _WHOLE
    for name, value in () if is_checked_whole else manifest.items():
        field = node.field(name)
        if field is not None and name not in {"metadata", "status", "apiVersion", "kind"}:
            causes += _field_causes(node, name, field, value, name)
    further = _CHECKS.get(served.resource.full_name)
    return causes + [cause for cause in (further(manifest) if further else ()) if cause not in causes]


def _schema_causes(node: Node, value: Any, field: str) -> Iterator[Cause]:
    """What is missing, and what is none of the values that there can be."""
    match value:
        case dict():
            for name in sorted(node.required - value.keys()):
                below = node.field(name)
                if below is not None and below.type not in {"array", "object", "boolean"}:
                    yield required(f"{field}.{name}")
            for name, item in value.items():
                if (below := node.field(name)) is not None:
                    yield from _field_causes(node, name, below, item, f"{field}.{name}")
        case list():
            for index, item in enumerate(value):
                yield from _schema_causes(node.element, item, f"{field}[{index}]")


def _field_causes(node: Node, name: str, below: Node, value: Any, field: str) -> Iterator[Cause]:
    choices = [word for word in below.schema.get("enum", ()) if word]
    if value == "" and name in node.required:
        yield required(field)
    elif choices and isinstance(value, str) and value not in below.schema["enum"]:
        if not _ELSEWHERE.fullmatch(field):
            order = _ORDERS.get(name) or _LISTED.get(frozenset(choices))
            yield unsupported(field, value, order or sorted(choices))
    elif name in _COUNTS and isinstance(value, int) and value < 0:
        yield invalid_value(field, value, "must be greater than or equal to 0")
    else:
        yield from _schema_causes(below, value, field)


def _pod(manifest: Manifest) -> Iterator[Cause]:
    yield from pod_causes(part(manifest, "spec"), "spec")


def _keys(*names: str) -> Callable[[Manifest], Iterator[Cause]]:
    """The check of the keys under which data is kept."""

    def check(manifest: Manifest) -> Iterator[Cause]:
        for name in names:
            for key in part(manifest, name):
                if not _KEY.fullmatch(key):
                    yield invalid_value(f"{name}[{key}]", key, _KEY_SAYS)
        if _size(manifest, is_plain="binaryData" in names) > _MOST_BYTES:
            yield too_long("[]" if "binaryData" in names else "data", _MOST_BYTES)
        if manifest.get("type") == "kubernetes.io/tls":
            yield from (required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in part(manifest, "data"))

    return check


def _size(manifest: Manifest, *, is_plain: bool) -> int:
    """How many bytes the data has, once it is decoded."""
    data, more = part(manifest, "data").values(), part(manifest, "binaryData").values()
    encoded = [*more, *(() if is_plain else data)]
    plain = sum(len((value or "").encode()) for value in data) if is_plain else 0
    return plain + sum(len(value or "") * 3 // 4 - (value or "").count("=", -2) for value in encoded)


def _role(manifest: Manifest) -> Iterator[Cause]:
    for index, rule in enumerate(manifest.get("rules") or ()):
        field = f"rules[{index}]"
        if not rule.get("nonResourceURLs"):
            if not rule.get("apiGroups"):
                yield required(f"{field}.apiGroups", "resource rules must supply at least one api group")
            if not rule.get("resources"):
                yield required(f"{field}.resources", "resource rules must supply at least one resource")
        if not rule.get("verbs"):
            yield required(f"{field}.verbs")


def _lease(manifest: Manifest) -> Iterator[Cause]:
    spec = part(manifest, "spec")
    seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if seconds is not None and seconds <= 0:
        yield invalid_value("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    if transitions is not None and transitions < 0:
        yield invalid_value("spec.leaseTransitions", transitions, "must be greater than or equal to 0")


def _claim(manifest: Manifest) -> Iterator[Cause]:
    modes = part(manifest, "spec").get("accessModes") or ()
    if not modes:
        yield required("spec.accessModes", "at least 1 access mode is required")
    for mode in modes:
        if mode not in _ACCESS:
            yield unsupported("spec.accessModes", mode, _ACCESS)


def _network_policy(manifest: Manifest) -> Iterator[Cause]:
    for direction in ("ingress", "egress"):
        for place, rule in enumerate(maps(part(manifest, "spec"), direction)):
            for index, port in enumerate(maps(rule, "ports")):
                if port.get("protocol") not in _PROTOCOLS:
                    yield unsupported(
                        f"spec.{direction}[{place}].ports[{index}].protocol", port.get("protocol"), _PROTOCOLS
                    )
    for index, kind in enumerate(part(manifest, "spec").get("policyTypes") or ()):
        if kind not in _DIRECTIONS:
            yield unsupported(f"spec.policyTypes[{index}]", kind, _DIRECTIONS)


_CHECKS: dict[str, Callable[[Manifest], Iterable[Cause]]] = {
    "configmaps": _keys("data", "binaryData"),
    "cronjobs.batch": cron_job_causes,
    "leases.coordination.k8s.io": _lease,
    "daemonsets.apps": workload_causes("daemonset"),
    "deployments.apps": workload_causes("deployment"),
    "horizontalpodautoscalers.autoscaling": autoscaler_causes,
    "jobs.batch": job_causes,
    "networkpolicies.networking.k8s.io": _network_policy,
    "persistentvolumeclaims": _claim,
    "pods": _pod,
    "replicasets.apps": workload_causes("ReplicaSet"),
    "secrets": _keys("data"),
    "services": service_causes,
    "statefulsets.apps": workload_causes("statefulset"),
    "clusterroles.rbac.authorization.k8s.io": _role,
    "roles.rbac.authorization.k8s.io": _role,
}
