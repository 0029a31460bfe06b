"""What is not valid about objects of built-in types, as far as users run into it, in kube-apiserver's words.

Fields that must be there and values that a field takes are in the schemas; the rest is Go code (k8s.io/kubernetes,
``pkg/apis/*/validation``), of which the mistakes that people make are here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.sandbox.causes import duplicate, forbidden_field, invalid_value, required, too_long, unsupported
from kfed.sandbox.filling import maps, part
from kfed.sandbox.podchecks import label_causes, pod_causes, template_causes
from kfed.sandbox.typed import root
from kfed.schema.formats import is_ipv4, is_ipv6

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kfed.sandbox.causes import Cause
    from kfed.sandbox.filling import Manifest
    from kfed.sandbox.served import ServedType
    from kfed.schema.node import Node

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
_PORTS = range(1, 65536)
_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})
_PERCENT = re.compile(r"[0-9]+%")
_PERCENT_SAYS = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
    "regex used for validation is '[0-9]+%')"
)
# Values that kube-apiserver lists in an order of its own.
_ORDERS = {
    "dnsPolicy": ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
    "restartPolicy": ("Always", "OnFailure", "Never"),
}
_MOST_BYTES = 1024 * 1024
_ADDRESS_SAYS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_PORT_SAYS = "must be between 1 and 65535, inclusive"


def builtin_causes(served: ServedType, manifest: Manifest) -> list[Cause]:
    """What is not valid about an object with all its defaults; its metadata and its status are not looked at."""
    node = root(served)
    causes: list[Cause] = []
    for name, value in manifest.items():
        field = node.field(name)
        if field is not None and name not in {"metadata", "status", "apiVersion", "kind"}:
            causes += _schema_causes(field, value, name)
    further = _CHECKS.get(served.resource.full_name)
    seen = {cause["field"] for cause in causes}
    return causes + [cause for cause in (further(manifest) if further else ()) if cause["field"] not in seen]


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
    choices = below.schema.get("enum")
    if value == "" and name in node.required:
        yield required(field)
    elif choices and isinstance(value, str) and value and value not in choices:
        yield unsupported(field, value, _ORDERS.get(name, sorted(choices)))
    elif name in _COUNTS and isinstance(value, int) and value < 0:
        yield invalid_value(field, value, "must be greater than or equal to 0")
    else:
        yield from _schema_causes(below, value, field)


def _workload(kind: str) -> Callable[[Manifest], Iterator[Cause]]:
    """The checks of what makes pods of a template, selects them by their labels, and keeps them running."""

    def check(manifest: Manifest) -> Iterator[Cause]:
        spec = part(manifest, "spec")
        yield from _selector_causes(spec, kind)
        yield from template_causes(part(spec, "template"), "spec.template", ("Always",))
        if kind == "deployment":
            yield from _deployment_causes(spec)

    return check


def _selector_causes(spec: Manifest, kind: str) -> Iterator[Cause]:
    selector, labels = spec.get("selector"), part(spec, "template", "metadata").get("labels")
    if not isinstance(selector, dict):
        yield required("spec.selector")
        selector = {}
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid_value("spec.selector", selector, f"empty selector is invalid for {kind}")
        return
    for index, expression in enumerate(maps(selector, "matchExpressions")):
        operator = expression.get("operator")
        if operator not in _OPERATORS:
            field = f"spec.selector.matchExpressions[{index}].operator"
            yield invalid_value(field, operator, "not a valid selector operator")
            yield invalid_value("spec.selector", selector, "invalid label selector")
            return
    wanted = selector.get("matchLabels") or {}
    has = labels if isinstance(labels, dict) else {}
    if not selector or any(has.get(key) != value for key, value in wanted.items()):
        words = "`selector` does not match template `labels`"
        yield invalid_value("spec.template.metadata.labels", labels or None, words)


def _deployment_causes(spec: Manifest) -> Iterator[Cause]:
    strategy = part(spec, "strategy")
    if strategy.get("type") == "Recreate" and "rollingUpdate" in strategy:
        words = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden_field("spec.strategy.rollingUpdate", words)
    for name, value in part(strategy, "rollingUpdate").items():
        if isinstance(value, str) and not _PERCENT.fullmatch(value):
            yield invalid_value(f"spec.strategy.rollingUpdate.{name}", value, _PERCENT_SAYS)
    deadline = spec.get("progressDeadlineSeconds")
    if isinstance(deadline, int) and 0 <= deadline <= spec.get("minReadySeconds", 0):
        yield invalid_value("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _job(manifest: Manifest, *names: str) -> Iterator[Cause]:
    template = part(manifest, *(names or ("spec",)), "template")
    field = ".".join((*(names or ("spec",)), "template"))
    yield from template_causes(template, field, ("OnFailure", "Never"))


def _cron_job(manifest: Manifest) -> Iterator[Cause]:
    yield from _job(manifest, "spec", "jobTemplate", "spec")


def _pod(manifest: Manifest) -> Iterator[Cause]:
    yield from pod_causes(part(manifest, "spec"), "spec")


def _service(manifest: Manifest) -> Iterator[Cause]:
    spec = part(manifest, "spec")
    ports = spec.get("ports") or []
    if spec.get("type") == "ExternalName":
        if not spec.get("externalName"):
            yield required("spec.externalName")
        return
    if not ports and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    yield from label_causes(part(spec, "selector"), "spec.selector")
    address = spec.get("clusterIP")
    if address and address != "None" and not (is_ipv4(address) or is_ipv6(address)):
        yield invalid_value("spec.clusterIPs[0]", address, _ADDRESS_SAYS)
    names: set[str] = set()
    for index, port in enumerate(ports):
        yield from _service_port(port, f"spec.ports[{index}]", names, only=len(ports) == 1)
        if port.get("nodePort") and spec.get("type") == "ClusterIP":
            words = "may not be used when `type` is 'ClusterIP'"
            yield forbidden_field(f"spec.ports[{index}].nodePort", words)


def _service_port(port: Manifest, field: str, names: set[str], *, only: bool) -> Iterator[Cause]:
    name = port.get("name", "")
    if not name and not only:
        yield required(f"{field}.name")
    if name and name in names:
        yield duplicate(f"{field}.name", name)
    names.add(name)
    if port.get("port") not in _PORTS:
        yield invalid_value(f"{field}.port", port.get("port", 0), _PORT_SAYS)
    target = port.get("targetPort")
    if isinstance(target, int) and target not in _PORTS:
        yield invalid_value(f"{field}.targetPort", target, _PORT_SAYS)


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


def _event(manifest: Manifest) -> Iterator[Cause]:
    """An event is where its object is; one about an object of the whole cluster is in ``default``."""
    for name in ("involvedObject", "regarding"):
        if name in manifest:
            about, own = part(manifest, name).get("namespace", ""), part(manifest, "metadata").get("namespace", "")
            if own != about and (about or own != "default"):
                yield invalid_value("involvedObject.namespace", about, "does not match event.namespace")


_CHECKS: dict[str, Callable[[Manifest], Iterable[Cause]]] = {
    "configmaps": _keys("data", "binaryData"),
    "cronjobs.batch": _cron_job,
    "events": _event,
    "events.events.k8s.io": _event,
    "leases.coordination.k8s.io": _lease,
    "daemonsets.apps": _workload("daemonset"),
    "deployments.apps": _workload("deployment"),
    "jobs.batch": _job,
    "pods": _pod,
    "replicasets.apps": _workload("ReplicaSet"),
    "secrets": _keys("data"),
    "services": _service,
    "statefulsets.apps": _workload("statefulset"),
    "clusterroles.rbac.authorization.k8s.io": _role,
    "roles.rbac.authorization.k8s.io": _role,
}
