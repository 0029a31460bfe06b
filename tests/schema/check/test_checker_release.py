"""The Checker on types of a real release: a whole Deployment, the mistakes people make in one, and every other type."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from kfed.core.overridepath import parse_override_path
from kfed.schema.check.checker import Checker
from kfed.schema.check.node import Node
from kfed.schema.check.paths import PathChecker
from kfed.schema.upstream.release import read_release
from kfed.schema.upstream.types import structural

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}, "annotations": {"a/b": "c"}},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "nginx:1.25",
                        "args": ["-q", "--port", "80"],
                        "env": [{"name": "A", "value": "x"}, {"name": "B", "value": "y"}],
                        "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}],
                        "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"cpu": 1}},
                        "livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 5},
                    }
                ],
            },
        },
    },
}
CONTAINER = ("spec", "template", "spec", "containers", 0)


@cache
def schema(kind: str) -> dict[str, Any]:
    upstream = next(known for known in read_release() if known.resource.gvk.kind == kind and known.preferred)
    return structural(upstream).schema


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The Deployment with one thing changed, and everything beside it shared."""
    result = container = DEPLOYMENT.copy()
    for token in path[:-1]:
        container[token] = container[token].copy()  # type: ignore[index,call-overload]
        container = container[token]  # type: ignore[index]
    container[path[-1]] = value  # type: ignore[index]
    return result


def test_whole_deployment_is_clean() -> None:
    assert Checker(schema("Deployment"), redact=False).check(DEPLOYMENT) == []


@pytest.mark.parametrize(
    ("path", "value", "at", "rule"),
    [
        (("spec", "replica"), 3, (), "unknown-field"),
        (("spec", "replicas"), "3", (), "wrong-type"),
        (("spec", "replicas"), 3_000_000_000, (), "out-of-range"),
        (("spec", "selector"), None, (), "missing-required"),
        (("spec", "strategy", "rollingUpdate", "maxSurge"), 0.5, (), "wrong-type"),
        (("metadata", "labels", "app"), True, (), "wrong-type"),
        (("metadata", "creationTimestamp"), "yesterday", (), "wrong-format"),
        ((*CONTAINER, "args"), "-q", (), "wrong-type"),
        ((*CONTAINER, "args", 2), 80, (), "wrong-type"),
        ((*CONTAINER, "env"), {"A": "x"}, (), "wrong-type"),
        ((*CONTAINER, "env", 1, "value"), 8080, (), "wrong-type"),
        ((*CONTAINER, "ports", 1), {"containerPort": 80, "protocol": "TCP"}, (), "duplicate-list-item"),
        ((*CONTAINER, "ports", 0), {"name": "http"}, ("containerPort",), "missing-required"),
        ((*CONTAINER, "resources", "limits", "cpu"), "1 core", (), "wrong-format"),
        ((*CONTAINER, "resources", "limits", "cpu"), True, (), "wrong-type"),
        ((*CONTAINER, "livenessProbe", "httpGet", "port"), [80], (), "wrong-type"),
        ((*CONTAINER[:-1],), [{"image": "nginx"}], (0, "name"), "missing-required"),
        ((*CONTAINER[:-1],), [{"name": "a"}, {"name": "a"}], (1,), "duplicate-list-item"),
    ],
)
def test_mistake_in_a_deployment_is_one_mistake_where_it_is(
    path: tuple[str | int, ...], value: Any, at: tuple[str | int, ...], rule: str
) -> None:
    checker = Checker(schema("Deployment"), redact=False)
    assert checker.check(DEPLOYMENT) == []
    mistakes = checker.check(changed(path, value))
    assert [(mistake.at, mistake.rule) for mistake in mistakes] == [((*path, *at), rule)]


def test_result_is_the_same_whatever_was_seen_before() -> None:
    checker = Checker(schema("Deployment"), redact=False)
    checker.check(DEPLOYMENT)
    for path, value in (((*CONTAINER, "image"), 1), (("spec", "replicas"), 5), (("metadata", "labels"), {"a": 1})):
        variant = changed(path, value)
        fresh = Checker(schema("Deployment"), redact=False).check(copy.deepcopy(variant))
        assert checker.check(variant) == fresh


def test_values_of_a_secret_are_in_no_mistake() -> None:
    value = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"password": "hunter2 is no base64", "number": 31337},
        "stringData": ["hunter2"],
        "type": 31337,
    }
    mistakes = Checker(schema("Secret"), redact=True).check(value)
    assert [mistake.at for mistake in mistakes] == [
        ("data", "number"),
        ("data", "password"),
        ("stringData",),
        ("type",),
    ]
    assert "hunter2" not in str(mistakes)
    assert "31337" not in str(mistakes)


@pytest.mark.parametrize(
    ("kind", "path", "keys"),
    [
        ("Deployment", "/spec/template/spec/containers", ("name",)),
        ("Deployment", "/spec/template/spec/containers/[name=web]/env", ("name",)),
        ("Deployment", "/spec/template/spec/containers/[name=web]/ports", ("containerPort", "protocol")),
        ("Deployment", "/spec/template/spec/volumes", ("name",)),
        ("Service", "/spec/ports", ("port", "protocol")),
    ],
)
def test_lists_of_a_release_have_their_keys(kind: str, path: str, keys: tuple[str, ...]) -> None:
    rule = PathChecker(Node(schema(kind)), redact=False).list_rule(parse_override_path(path))
    assert rule is not None
    assert rule.keys == keys
    assert dict(rule.defaults) == ({"protocol": "TCP"} if "protocol" in keys else {})


@pytest.mark.slow
def test_every_type_of_the_release_takes_its_smallest_object_and_no_typo() -> None:
    checked = 0
    for upstream in read_release():
        if not upstream.persisted or upstream.missing:
            continue
        whole = structural(upstream).schema
        value = smallest(Node(whole))
        assert Checker(whole, redact=False).check(value) == []
        assert [mistake.rule for mistake in Checker(whole, redact=False).check({**value, "metadat": {}})] == [
            "unknown-field"
        ]
        checked += 1
    assert checked > 50


def smallest(node: Node) -> Any:
    """The least value that a node takes."""
    if node.schema.get("enum"):
        return node.schema["enum"][0]
    match node.type:
        case "object":
            return {name: smallest(field) for name in node.required if (field := node.field(name))}
        case "array":
            return [smallest(node.element)] * node.schema.get("minItems", 0)
        case "string":
            return {"date-time": "2026-01-31T12:00:00Z"}.get(node.schema.get("format", ""), "")
        case "boolean":
            return False
        case _:
            return node.schema.get("minimum", 0)
