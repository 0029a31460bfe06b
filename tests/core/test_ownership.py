"""Whether an object is as it was applied is told by our entry in managedFields, whatever defaults a server fills in."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.ownership import entry_of, uncovered

DESIRED: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
    "spec": {
        "replicas": 2,
        "template": {
            "spec": {
                "containers": [
                    {"name": "web", "image": "web:1", "args": ["-v"], "ports": [{"containerPort": 80}]},
                    {"name": "log", "image": "log:1"},
                ],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            }
        },
    },
}
FINALIZED = {"metadata": {"name": "web", "finalizers": ["example.com/a"]}}


def fields() -> dict[str, Any]:
    """What a real API server notes for DESIRED."""
    port = {".": {}, "f:containerPort": {}}
    web = {
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:args": {},
        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': port},
    }
    log = {".": {}, "f:name": {}, "f:image": {}}
    pod = {
        "f:containers": {'k:{"name":"web"}': web, 'k:{"name":"log"}': log},
        "f:volumes": {'k:{"name":"tmp"}': {".": {}, "f:name": {}, "f:emptyDir": {}}},
    }
    spec = {"f:replicas": {}, "f:template": {"f:spec": pod}}
    return {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": spec}


def without(*path: str) -> dict[str, Any]:
    """The entry after somebody else took a field: what is empty then goes as well, as a server has it."""
    return _without(fields(), path)


def _without(entry: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    below = _without(entry[path[0]], path[1:]) if len(path) > 1 else {}
    return {key: value for key, value in (entry | {path[0]: below}).items() if key != path[0] or value}


POD = ("f:spec", "f:template", "f:spec")


def test_what_was_applied_and_is_unchanged_is_covered() -> None:
    assert uncovered(fields(), DESIRED) is None


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (without("f:spec", "f:replicas"), ("spec", "replicas")),
        (without("f:metadata", "f:labels", "f:app"), ("metadata",)),
        (without("f:metadata"), ("metadata",)),
        (without(*POD, "f:containers", 'k:{"name":"log"}'), ("spec", "template", "spec", "containers", 1)),
        (
            without(*POD, "f:containers", 'k:{"name":"web"}', "f:image"),
            ("spec", "template", "spec", "containers", 0, "image"),
        ),
        (
            without(*POD, "f:containers", 'k:{"name":"web"}', "f:args"),
            ("spec", "template", "spec", "containers", 0, "args"),
        ),
        (
            without(*POD, "f:containers", 'k:{"name":"web"}', "f:ports", 'k:{"containerPort":80,"protocol":"TCP"}'),
            ("spec", "template", "spec", "containers", 0, "ports"),
        ),
        (
            without(*POD, "f:volumes", 'k:{"name":"tmp"}', "f:emptyDir"),
            ("spec", "template", "spec", "volumes", 0, "emptyDir"),
        ),
        ({}, ("metadata",)),
    ],
)
def test_a_field_that_somebody_took_is_told(entry: dict[str, Any], expected: tuple[str | int, ...]) -> None:
    assert uncovered(entry, DESIRED) == expected


def test_an_element_of_a_set_is_told_by_its_value() -> None:
    entry = {"f:metadata": {"f:finalizers": {".": {}, 'v:"example.com/a"': {}}}}
    assert uncovered(entry, FINALIZED) is None
    entry = {"f:metadata": {"f:finalizers": {".": {}, 'v:"example.com/b"': {}}}}
    assert uncovered(entry, FINALIZED) == ("metadata", "finalizers", 0)


def test_identity_and_nulls_need_no_owner() -> None:
    assert uncovered({}, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": None}) is None


@pytest.mark.parametrize(
    "managed",
    [
        None,
        "junk",
        [],
        ["junk"],
        [{"manager": "kfed", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:a": {}}}],
        [{"manager": "other", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:a": {}}}],
        [{"manager": "kfed", "operation": "Apply", "apiVersion": "v2", "fieldsV1": {"f:a": {}}}],
        [{"manager": "kfed", "operation": "Apply", "apiVersion": "v1", "subresource": "status", "fieldsV1": {}}],
        [{"manager": "kfed", "operation": "Apply", "apiVersion": "v1"}],
    ],
)
def test_an_entry_is_ours_by_manager_operation_and_version(managed: Any) -> None:
    assert entry_of(managed, "kfed", "v1") is None


def test_our_entry_is_found_among_others() -> None:
    ours = {"manager": "kfed", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {}}}
    assert entry_of([{"manager": "kubectl"}, ours], "kfed", "v1") == {"f:data": {}}
