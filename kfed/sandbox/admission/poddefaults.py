"""Defaults of pods and of their templates, as kube-apiserver has them (k8s.io/kubernetes, ``pkg/apis/core/v1``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kfed.sandbox.values.filling import fill, maps, part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.values.filling import Manifest

_SPEC: Manifest = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_CONTAINER: Manifest = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_PROBE: Manifest = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_HTTP: Manifest = {"path": "/", "scheme": "HTTP"}
_MODE: Manifest = {"defaultMode": 420}
# By the kind of volume.
_VOLUMES: dict[str, Manifest] = {
    "secret": _MODE,
    "configMap": _MODE,
    "downwardAPI": _MODE,
    "projected": _MODE,
    "hostPath": {"type": ""},
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "azureDisk": {"cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": False},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}
_CLAIM: Manifest = {"metadata": {}, "spec": {"resources": {}, "volumeMode": "Filesystem"}}
# What admission adds to a pod, beside the defaults of its type.
_POD: Manifest = {"enableServiceLinks": True, "priority": 0, "preemptionPolicy": "PreemptLowerPriority"}
_TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_TAGGED = re.compile(r":(?P<tag>[^:/@]+)$")


def fill_template(template: Manifest) -> None:
    """Fill in a pod template."""
    fill(template, {"metadata": {}, "spec": {}})
    fill_spec(part(template, "spec"))


def fill_pod(pod: Manifest) -> None:
    """Fill in a pod, which gets some fields that a template does not get."""
    spec = part(pod, "spec")
    fill_spec(spec)
    fill(spec, _POD)
    for container in _containers(spec):
        _request_limits(container)
        if spec.get("hostNetwork") is True:
            for port in maps(container, "ports"):
                fill(port, {"hostPort": port.get("containerPort", 0)})
    _tolerate(spec)


def fill_spec(spec: Manifest) -> None:
    """Fill in the spec of a pod or of a template."""
    fill(spec, _SPEC)
    if account := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in maps(spec, "volumes"):
        _fill_volume(volume)
    for container in _containers(spec):
        _fill_container(container)


def _containers(spec: Manifest) -> Iterator[Manifest]:
    for name in ("initContainers", "containers", "ephemeralContainers"):
        yield from maps(spec, name)


def _fill_container(container: Manifest) -> None:
    fill(container, _CONTAINER | {"imagePullPolicy": _pull_policy(container.get("image"))})
    for port in maps(container, "ports"):
        fill(port, {"protocol": "TCP"})
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            probe = part(container, name)
            fill(probe, _PROBE)
            _fill_action(probe)
    for name in ("postStart", "preStop"):
        _fill_action(part(container, "lifecycle", name))
    for variable in maps(container, "env"):
        _fill_source(part(variable, "valueFrom"))


def _fill_action(action: Manifest) -> None:
    if "httpGet" in action:
        fill(part(action, "httpGet"), _HTTP)
    if "grpc" in action:
        fill(part(action, "grpc"), {"service": ""})


def _fill_source(source: Manifest) -> None:
    """A value that is taken from elsewhere: a variable's, or that of a file of the downward API."""
    if "fieldRef" in source:
        fill(part(source, "fieldRef"), {"apiVersion": "v1"})
    if "resourceFieldRef" in source:
        fill(part(source, "resourceFieldRef"), {"divisor": "0"})


def _fill_volume(volume: Manifest) -> None:
    if len(volume) == 1 and "name" in volume:
        volume["emptyDir"] = {}
    for kind, defaults in _VOLUMES.items():
        if kind in volume:
            fill(part(volume, kind), defaults)
    for item in maps(part(volume, "downwardAPI"), "items"):
        _fill_source(item)
    for source in maps(part(volume, "projected"), "sources"):
        if "serviceAccountToken" in source:
            fill(part(source, "serviceAccountToken"), {"expirationSeconds": 3600})
        for item in maps(part(source, "downwardAPI"), "items"):
            _fill_source(item)
    if "volumeClaimTemplate" in part(volume, "ephemeral"):
        fill(part(volume, "ephemeral", "volumeClaimTemplate"), _CLAIM)


def _pull_policy(image: Any) -> str:
    """An image without a tag, or with ``latest``, is pulled each time; one with a digest is not."""
    if not isinstance(image, str) or not image or "@" in image:
        return "IfNotPresent"
    tagged = _TAGGED.search(image)
    return "Always" if tagged is None or tagged["tag"] == "latest" else "IfNotPresent"


def _request_limits(container: Manifest) -> None:
    """What is limited and not requested is requested."""
    resources = part(container, "resources")
    limits = part(resources, "limits")
    if limits:
        resources["requests"] = {**limits, **part(resources, "requests")}


def _tolerate(spec: Manifest) -> None:
    """A pod stays for five minutes on a node that is gone, unless it says for how long."""
    given = list(maps(spec, "tolerations"))
    for key in _TOLERATED:
        if not any(one.get("key") in {key, None, ""} and one.get("effect") in {"NoExecute", None, ""} for one in given):
            toleration = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            spec.setdefault("tolerations", []).append(toleration)
