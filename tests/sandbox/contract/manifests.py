"""The objects that the contract is tried with."""

from __future__ import annotations

from typing import Any

GROUP_SUFFIX = ".contract.kfed.example"


def configmap(name: str, data: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    """A ConfigMap."""
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}
    return manifest if data is None else manifest | {"data": data}


def secret(name: str, **metadata: Any) -> dict[str, Any]:
    """A Secret without data. Where objects are counted it beats a ConfigMap: new namespaces hold one of those."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, **metadata}}


def deployment(name: str, replicas: int | None = 1, image: str = "nginx:1", **metadata: Any) -> dict[str, Any]:
    """A Deployment of one container; without ``replicas`` when they are ``None``."""
    labels = {"app": name}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, **metadata}, "spec": spec}


def service(name: str, **spec: Any) -> dict[str, Any]:
    """A Service with one port."""
    full = {"selector": {"app": name}, "ports": [{"port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": full}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    """A Pod of one container."""
    full = {"containers": [{"name": "web", "image": "nginx:1"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": full}


def crd(group: str, schema: dict[str, Any] | None = None, kind: str = "Widget", **version: Any) -> dict[str, Any]:
    """A CustomResourceDefinition of one version, ``v1``; without a schema it takes anything."""
    plural = f"{kind.lower()}s"
    whole = schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": whole}, **version}
            ],
        },
    }


def widget_crd(group: str) -> dict[str, Any]:
    """Widgets: a type with a rule of every sort that a schema can hold."""
    manifest = crd(
        group,
        _WIDGET,
        subresources={
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        additionalPrinterColumns=[
            {"name": "Size", "type": "string", "jsonPath": ".spec.size", "description": "How big it is."},
            {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"},
            {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
            {"name": "Note", "type": "string", "jsonPath": ".spec.note", "priority": 1},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        ],
    )
    names = manifest["spec"]["names"]
    names |= {"shortNames": [f"w{group[:6]}"], "categories": ["gadgets"], "listKind": "WidgetList"}
    return manifest


def widget(group: str, name: str, spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    """A Widget, valid unless *spec* breaks it."""
    full = {"size": "small", **(spec or {})}
    return {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": name, **metadata}, "spec": full}


_PORT = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "protocol": {"type": "string", "default": "TCP"},
    },
}
_WIDGET: dict[str, Any] = {
    "type": "object",
    "description": "A Widget is for trying out.",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "description": "What the widget is to be.",
            "required": ["size"],
            "properties": {
                "size": {"type": "string", "enum": ["small", "large"], "description": "How big it is."},
                "replicas": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 10, "default": 1},
                "note": {"type": "string", "maxLength": 20},
                "code": {"type": "string", "pattern": "^[a-z]+$"},
                "when": {"type": "string", "format": "date-time"},
                "amount": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
                "ratio": {"type": "number"},
                "on": {"type": "boolean"},
                "maybe": {"type": "string", "nullable": True},
                "ports": {
                    "type": "array",
                    "items": _PORT,
                    "maxItems": 5,
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                },
                "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                "steps": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "atomic"},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "whole": {
                    "type": "object",
                    "x-kubernetes-map-type": "atomic",
                    "additionalProperties": {"type": "string"},
                },
                "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "nested": {
                    "type": "object",
                    "default": {},
                    "properties": {"level": {"type": "string", "default": "info"}, "depth": {"type": "integer"}},
                },
            },
        },
        "status": {
            "type": "object",
            "properties": {
                "replicas": {"type": "integer"},
                "selector": {"type": "string"},
                "conditions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["type", "status"],
                        "properties": {
                            "type": {"type": "string"},
                            "status": {"type": "string"},
                            "reason": {"type": "string"},
                        },
                    },
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["type"],
                },
            },
        },
    },
}
