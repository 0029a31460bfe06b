"""Disruption budgets: what is healthy is counted, and what may go."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kfed.sandbox.play.budgets import budget_status
from kfed.sandbox.state.evicting import decide_eviction

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def budget(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "p", "namespace": "default", "generation": 1}
    return {"metadata": metadata, "spec": {"selector": {}, **spec}, "status": status or {}}


def pod(name: str, *, ready: bool = True, **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"metadata": {"name": name, **metadata}, "status": {"phase": "Running", "conditions": conditions}}


PODS = [pod("a"), pod("b"), pod("c", ready=False), pod("d", deletionTimestamp="2026-01-01T00:00:00Z")]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 1}, (1, 2, 1, 4)),
        ({"minAvailable": 2}, (0, 2, 2, 4)),
        ({"minAvailable": "50%"}, (0, 2, 2, 3)),
        ({"maxUnavailable": 2}, (1, 2, 1, 3)),
        ({"maxUnavailable": "100%"}, (2, 2, 0, 3)),
        ({}, (2, 2, 0, 4)),
    ],
)
def test_what_may_go_is_what_is_healthy_beyond_what_is_to_be(spec: dict[str, Any], expected: tuple[int, ...]) -> None:
    status = budget_status(budget(**spec), PODS, 3, NOW)
    names = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    assert tuple(status[name] for name in names) == expected
    assert status["observedGeneration"] == 1


def test_pod_that_was_evicted_does_not_count_until_it_is_gone_or_forgotten() -> None:
    evicted = {"disruptedPods": {"a": "2025-12-31T23:59:00Z", "b": "2025-12-31T23:00:00Z", "x": "2025-12-31T23:59:00Z"}}
    status = budget_status(budget(evicted, minAvailable=1), PODS, 3, NOW)
    assert status["disruptedPods"] == {"a": "2025-12-31T23:59:00Z"}
    assert status["currentHealthy"] == 1


def test_nothing_may_go_where_there_is_nothing() -> None:
    assert budget_status(budget(maxUnavailable=5), [], 0, NOW)["disruptionsAllowed"] == 0


def test_eviction_is_on_the_budget() -> None:
    guarding = budget(minAvailable=1)
    guarding["status"] = budget_status(guarding, PODS, 3, NOW)
    spent = decide_eviction(PODS[0], [guarding], "2026-01-01T00:00:00Z")
    assert spent is not None
    assert spent["status"]["disruptionsAllowed"] == 0
    assert spent["status"]["disruptedPods"] == {"a": "2026-01-01T00:00:00Z"}
    assert spent["status"]["conditions"][0]["reason"] == "InsufficientPods"


@pytest.mark.parametrize("name", ["c", "d"])
def test_pod_that_is_not_healthy_is_on_no_budget_that_holds(name: str) -> None:
    guarding = budget(minAvailable=2)
    guarding["status"] = budget_status(guarding, PODS, 3, NOW)
    found = next(each for each in PODS if each["metadata"]["name"] == name)
    assert decide_eviction(found, [guarding], "2026-01-01T00:00:00Z") is None
