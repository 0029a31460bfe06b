"""Writes one after the other, whose answers by a real kube-apiserver are recorded: who owns what after each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.sandbox.examples import CONTAINER, LABELS, manifest, template, widget, workload

_LAST = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True)
class Step:
    """One write.

    Attributes:
        verb: ``create``, ``apply``, or ``merge`` for a merge patch.
        manager: who writes.
        body: what.
        force: for ``apply``.
        subresource: such as ``status``.
    """

    verb: str
    manager: str
    body: dict[str, Any]
    force: bool = False
    subresource: str = ""


def _deployment(metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return manifest("Deployment", spec=spec) | {"metadata": {"name": "one", **(metadata or {})}}


def _containers(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"template": {"spec": {"containers": list(containers)}}}


def _create(body: dict[str, Any], manager: str = "me") -> Step:
    return Step("create", manager, body)


def _apply(manager: str, body: dict[str, Any], *, force: bool = False, subresource: str = "") -> Step:
    return Step("apply", manager, body, force, subresource)


def _merge(manager: str, body: dict[str, Any], kind: str = "Deployment", subresource: str = "") -> Step:
    return Step("merge", manager, {"kind": kind, **body}, subresource=subresource)


def _config(metadata: dict[str, Any] | None = None, **data: str) -> dict[str, Any]:
    return manifest("ConfigMap", data=data) | {"metadata": {"name": "one", **(metadata or {})}}


_FULL = workload(
    template=template(
        CONTAINER | {"ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "1"}]}, volumes=[{"name": "v"}]
    )
)
_NOTE = '{"apiVersion":"v1","kind":"ConfigMap","data":{"x":"y"}}\n'
_CLIENT_SIDE = _config({"annotations": {_LAST: _NOTE}}, x="y")
_ENV = {"name": "c", "env": [{"name": "Z", "value": "1"}, {"name": "A", "value": "1"}]}

SCENARIOS: dict[str, list[Step]] = {
    "applied first": [
        _apply("a", workload(replicas=2)),
        _apply("b", _deployment(replicas=2)),
        _apply("c", _deployment(replicas=5, **_containers({"name": "c", "image": "foo"}))),
        _apply("c", _deployment(**_containers({"name": "c", "image": "foo"}))),
        _apply("c", _deployment(replicas=5, **_containers({"name": "c", "image": "foo"})), force=True),
        _merge("u", {"spec": {"replicas": 7}}),
        _apply("a", workload(replicas=2)),
        _apply("a", workload(), force=True),
    ],
    "created first": [
        _create(_FULL),
        _apply("a", _deployment(replicas=3)),
        _apply("a", _deployment(replicas=3), force=True),
        _apply("b", _deployment(replicas=3)),
        _apply("a", _deployment(replicas=3, **_containers(_ENV))),
        _apply("a", _deployment(replicas=3)),
        _apply("b", _deployment(replicas=3, **_containers({"name": "d", "image": "q"}))),
        _apply("b", _deployment({"labels": {"l": "m"}}, **_containers({"name": "d", "image": "q"}, {"name": "c"}))),
        _apply("b", _deployment()),
        _apply("a", _deployment()),
    ],
    "metadata": [
        _apply("a", _config({"labels": {"l": "m"}, "annotations": {"a": "b"}, "finalizers": ["a.b/c"]}, x="y")),
        _apply("b", _config({"labels": {"l": "m", "n": "o"}, "finalizers": ["a.b/d"]})),
        _apply("a", _config({"labels": {}}, x="y")),
        _merge("u", {"metadata": {"labels": None}}, "ConfigMap"),
        _merge("u", {"metadata": {"finalizers": None}}, "ConfigMap"),
        _apply("b", manifest("ConfigMap")),
    ],
    "owners sent": [
        _create(_config({"labels": {"l": "m"}}, x="y")),
        _merge("u", {"metadata": {"managedFields": []}}, "ConfigMap"),
        _merge("u", {"data": {"z": "z"}}, "ConfigMap"),
        _apply("a", _config(x="y")),
        _merge("u", {"data": {"z": "zz"}}, "ConfigMap"),
    ],
    "status": [
        _create(_FULL),
        _apply("s", manifest("Deployment", status={"replicas": 1}), subresource="status"),
        _apply("t", manifest("Deployment", status={"replicas": 2}), subresource="status"),
        _merge("u", {"status": {"replicas": 3, "observedGeneration": 1}}, subresource="status"),
        _apply("s", manifest("Deployment", status={"replicas": 1}), force=True, subresource="status"),
    ],
    "from client-side apply": [
        _create(_CLIENT_SIDE, "kubectl-client-side-apply"),
        _apply("other", _config(x="z")),
        _apply("kubectl", _config(x="z")),
        _merge("u", {"data": {"x": "q"}}, "ConfigMap"),
        _apply("kubectl", _config(x="z")),
    ],
    "custom": [
        _create(widget(tags=["a"], ports=[{"port": 1}], any={"p": [1], "q": {"r": "s"}}, map={"k": 1})),
        _apply("a", widget(size=4)),
        _apply("a", widget(size=3, tags=["b"], ports=[{"port": 2, "protocol": "UDP"}], any={"q": {"r": "s"}})),
        _apply("b", widget(tags=["c", "b"], ports=[{"port": 1}, {"port": 2, "protocol": "UDP"}])),
        _apply("a", manifest("Widget", spec={"size": 3})),
        _apply("b", manifest("Widget", spec={"size": 3, "tags": []})),
        _apply("s", manifest("Widget", spec={"size": 5}, status={"ready": True}), subresource="status"),
        _merge("u", {"status": {"ready": False}}, "Widget", "status"),
    ],
    "refused": [
        _create(workload()),
        _apply("a", _deployment(foo=2)),
        _apply("a", _deployment(replicas="x")),
        _apply("a", _deployment(paused=3)),
        _apply("a", _deployment(template=[1])),
        _apply("a", _deployment(**_containers(CONTAINER, CONTAINER))),
        _apply("a", _deployment({"managedFields": [{}]})),
        _apply("a", _deployment() | {"apiVersion": "apps/v2"}),
        _apply("a", _deployment(selector={"matchLabels": LABELS | {"b": "c"}})),
    ],
}
