"""Dry runs: the answer is what would be, and nothing is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.contract.manifests import configmap, deployment, secret
from tests.sandbox.contract.wire import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH

if TYPE_CHECKING:
    from typing import Any

    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

DRY = {"dryRun": "All"}


def test_dry_creation_answers_in_full_and_keeps_nothing(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a", {"k": "v"}), query=DRY)
    assert answer.status == 201
    assert answer.json["data"] == {"k": "v"}
    assert answer.json["metadata"]["uid"]
    assert "resourceVersion" not in answer.json["metadata"]
    server.ask("GET", f"{configmaps}/a").refused(404, "NotFound")


def test_dry_creation_fills_in_defaults(server: Server, deployments: str, widgets: Widgets) -> None:
    assert server.post(deployments, deployment("a", None), **DRY)["spec"]["replicas"] == 1
    assert server.post(widgets.path, widgets.new("a"), **DRY)["spec"]["nested"] == {"level": "info"}


def test_dry_creation_is_refused_for_the_same_reasons(server: Server, configmaps: str, widgets: Widgets) -> None:
    server.post(configmaps, configmap("a"))
    answer = server.ask("POST", configmaps, configmap("a"), query=DRY)
    answer.refused(409, "AlreadyExists", 'configmaps "a" already exists', name="a", kind="configmaps")
    answer = server.ask("POST", widgets.path, widgets.new("a", {"size": "huge"}), query=DRY)
    why = 'spec.size: Unsupported value: "huge": supported values: "small", "large"'
    answer.invalid(f"Widget.{widgets.group}", "a", why)


def test_dry_replacement_changes_nothing(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}))
    assert server.put(f"{configmaps}/a", configmap("a", {"k": "w"}), **DRY)["data"] == {"k": "w"}
    assert server.get(f"{configmaps}/a") == made


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        (MERGE_PATCH, {"data": {"k": "w"}}),
        (STRATEGIC_MERGE_PATCH, {"data": {"k": "w"}}),
        (JSON_PATCH, [{"op": "replace", "path": "/data/k", "value": "w"}]),
        (APPLY_PATCH, configmap("a", {"k": "w"})),
    ],
)
def test_dry_patch_changes_nothing(server: Server, configmaps: str, kind: str, patch: Any) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}))
    how = DRY | {"fieldManager": "m"} | ({"force": "true"} if kind == APPLY_PATCH else {})
    answer = server.ask("PATCH", f"{configmaps}/a", patch, content_type=kind, query=how)
    assert (answer.status, answer.json["data"]) == (200, {"k": "w"})
    assert server.get(f"{configmaps}/a") == made


def test_dry_apply_of_nothing_creates_nothing(server: Server, configmaps: str) -> None:
    answer = server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "m", dryRun="All")
    assert (answer.status, answer.json["data"]) == (201, {"k": "v"})
    server.ask("GET", f"{configmaps}/a").refused(404, "NotFound")


def test_dry_deletion_deletes_nothing(server: Server, secrets: str) -> None:
    server.post(secrets, secret("a"))
    answer = server.ask("DELETE", f"{secrets}/a", query=DRY)
    assert (answer.status, answer.json["status"]) == (200, "Success")
    server.delete(secrets, **DRY)
    assert server.names(secrets) == ["a"]


def test_dry_run_can_be_asked_for_in_the_body_of_a_deletion(server: Server, secrets: str) -> None:
    server.post(secrets, secret("a"))
    server.delete(f"{secrets}/a", {"dryRun": ["All"]})
    assert server.names(secrets) == ["a"]
