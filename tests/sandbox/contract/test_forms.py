"""Types that are served in two forms, with other fields in each, and stored once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.wire import MERGE_PATCH

if TYPE_CHECKING:
    from tests.sandbox.contract.wire import Server

TARGET = {"kind": "Deployment", "name": "a", "apiVersion": "apps/v1"}
TIME = "2026-01-01T00:00:00.000001Z"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
METRICS: list[dict[str, Any]] = [
    {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
    {
        "type": "Pods",
        "pods": {
            "metric": {"name": "hits", "selector": {"matchLabels": {"a": "b"}}},
            "target": {"type": "AverageValue", "averageValue": "10"},
        },
    },
    {
        "type": "Object",
        "object": {"describedObject": TARGET, "metric": {"name": "y"}, "target": {"type": "Value", "value": "5"}},
    },
    {
        "type": "External",
        "external": {"metric": {"name": "z"}, "target": {"type": "AverageValue", "averageValue": "5"}},
    },
    {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu",
            "container": "c",
            "target": {"type": "Utilization", "averageUtilization": 70},
        },
    },
    {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}},
]


@pytest.fixture
def autoscalers(ns: str) -> tuple[str, str]:
    """The paths of the older and of the newer HorizontalPodAutoscalers of the test's namespace."""
    name = ns.rpartition("/")[2]
    return (
        f"/apis/autoscaling/v1/namespaces/{name}/horizontalpodautoscalers",
        f"/apis/autoscaling/v2/namespaces/{name}/horizontalpodautoscalers",
    )


@pytest.fixture
def events(ns: str) -> tuple[str, str]:
    """The paths of the older and of the newer events of the test's namespace."""
    return f"{ns}/events", f"/apis/events.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/events"


def event(ns: str, **fields: Any) -> dict[str, Any]:
    """A newer event that is valid."""
    about = {"kind": "Pod", "namespace": ns.rpartition("/")[2], "name": "p"}
    body: dict[str, Any] = {"metadata": {"name": "a"}, "regarding": about, "eventTime": TIME, "type": "Normal"}
    body |= {"reason": "Tried", "action": "Trying", "reportingController": "example.com/c", "reportingInstance": "c-0"}
    return body | fields


def test_percentage_of_an_older_autoscaler_is_a_metric_of_the_newer(
    server: Server, autoscalers: tuple[str, str]
) -> None:
    older, newer = autoscalers
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50}
    made = server.post(older, {"metadata": {"name": "a"}, "spec": spec})
    assert made["spec"] == spec | {"minReplicas": 1}
    (metric,) = server.get(f"{newer}/a")["spec"]["metrics"]
    target = {"type": "Utilization", "averageUtilization": 50}
    assert metric == {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def test_autoscaler_without_metrics_measures_the_cpu_in_both_forms(
    server: Server, autoscalers: tuple[str, str]
) -> None:
    older, newer = autoscalers
    server.post(newer, {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
    assert server.get(f"{older}/a")["spec"]["targetCPUUtilizationPercentage"] == 80


def test_metrics_survive_a_change_of_the_older_form(server: Server, autoscalers: tuple[str, str]) -> None:
    older, newer = autoscalers
    behavior = {"scaleDown": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3, "metrics": METRICS, "behavior": behavior}
    made = server.post(newer, {"metadata": {"name": "a"}, "spec": spec})
    changed = server.patch(f"{older}/a", {"spec": {"maxReplicas": 5}})
    assert set(changed["metadata"]["annotations"]) == {
        "autoscaling.alpha.kubernetes.io/behavior",
        "autoscaling.alpha.kubernetes.io/metrics",
    }
    assert changed["spec"]["targetCPUUtilizationPercentage"] == 60
    found = server.get(f"{newer}/a")
    assert found["spec"] == made["spec"] | {"maxReplicas": 5}
    assert "annotations" not in found["metadata"]


def test_what_was_measured_is_told_in_both_forms(server: Server, autoscalers: tuple[str, str]) -> None:
    older, newer = autoscalers
    server.post(newer, {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
    measured = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 55}}}
    measured["resource"]["current"]["averageValue"] = "10m"  # type: ignore[index]
    status = {"currentReplicas": 2, "desiredReplicas": 3, "currentMetrics": [measured]}
    server.patch(f"{newer}/a/status", {"status": status})
    assert server.get(f"{older}/a")["status"] == {
        "currentReplicas": 2,
        "desiredReplicas": 3,
        "currentCPUUtilizationPercentage": 55,
    }
    server.patch(f"{older}/a/status", {"status": {"desiredReplicas": 4}})
    assert server.get(f"{newer}/a")["status"] == status | {"desiredReplicas": 4}


def test_older_autoscaler_is_told_what_is_wrong_in_the_words_of_the_newer(
    server: Server, autoscalers: tuple[str, str]
) -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "a"}, "maxReplicas": 3}
    body = {"metadata": {"name": "a"}, "spec": spec | {"targetCPUUtilizationPercentage": -1}}
    server.ask("POST", autoscalers[0], body).invalid(
        "HorizontalPodAutoscaler.autoscaling",
        "a",
        'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
        "spec.metrics[0].resource.target.averageUtilization: Invalid value: -1: must be greater than 0",
    )


SOURCES = '"ContainerResource", "External", "Object", "Pods", "Resource"'
NOTHING_TO_SCALE_BY = "must specify at least one Object or External metric to support scaling to zero replicas"


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        (
            {"maxReplicas": 0},
            (
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
                "spec.maxReplicas: Required value",
            ),
        ),
        (
            {"metrics": [{"type": "Pods"}]},
            ("spec.metrics[0].pods: Required value: must populate information for the given metric source",),
        ),
        (
            {"metrics": [{"type": "X"}]},
            (f'spec.metrics[0].type: Unsupported value: "X": supported values: {SOURCES}',),
        ),
        ({"minReplicas": 0}, (f"spec.metrics: Forbidden: {NOTHING_TO_SCALE_BY}",)),
        (
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}}},
            ("spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",),
        ),
    ],
)
def test_autoscaler_that_cannot_work_is_refused(
    server: Server, autoscalers: tuple[str, str], spec: dict[str, Any], causes: tuple[str, ...]
) -> None:
    body = {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3} | spec}
    server.ask("POST", autoscalers[1], body).invalid("HorizontalPodAutoscaler.autoscaling", "a", *causes)


def test_object_of_the_other_version_is_refused(server: Server, autoscalers: tuple[str, str]) -> None:
    body = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}}
    answer = server.ask("POST", autoscalers[1], body).refused(400, "BadRequest")
    assert answer.message == (
        "the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)"
    )


def test_both_forms_are_watched(server: Server, autoscalers: tuple[str, str]) -> None:
    older, newer = autoscalers
    with server.watch(older) as first, server.watch(newer) as second:
        server.post(older, {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
        assert first.event()[1]["apiVersion"] == "autoscaling/v1"
        assert "metrics" in second.event()[1]["spec"]


def test_both_forms_look_the_same_in_a_table(server: Server, autoscalers: tuple[str, str]) -> None:
    older, newer = autoscalers
    server.post(newer, {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
    tables = [server.ask("GET", path, headers={"Accept": TABLE}).json for path in (older, newer)]
    cells = [table["rows"][0]["cells"] for table in tables]
    assert cells[0] == cells[1]
    assert "cpu: <unknown>/80%" in cells[0]


def test_newer_event_is_read_as_an_older_one(server: Server, ns: str, events: tuple[str, str]) -> None:
    older, newer = events
    made = server.post(newer, event(ns, note="It was tried."))
    assert (made["deprecatedSource"], made["deprecatedFirstTimestamp"]) == ({}, None)
    found = server.get(f"{older}/a")
    assert (found["message"], found["reportingComponent"]) == ("It was tried.", "example.com/c")
    assert found["involvedObject"] == made["regarding"]
    assert server.names(newer, fieldSelector="regarding.name=p,reportingController=example.com/c") == ["a"]
    assert server.names(older, fieldSelector="involvedObject.name=p") == ["a"]


def test_newer_event_says_when_it_was(server: Server, ns: str, events: tuple[str, str]) -> None:
    body = event(ns, type="Odd", deprecatedCount=2)
    del body["eventTime"]
    server.ask("POST", events[1], body).invalid(
        "Event",
        "a",
        "eventTime: Required value",
        'type: Invalid value: "": has invalid value: Odd',
        'count: Invalid value: "": needs to be unset',
    )


def test_newer_event_says_who_did_what(server: Server, ns: str, events: tuple[str, str]) -> None:
    body = event(ns, reason="", action="x" * 129, reportingInstance="", series={"count": 1, "lastObservedTime": TIME})
    server.ask("POST", events[1], body).invalid(
        "Event",
        "a",
        "reportingInstance: Required value",
        'action: Invalid value: "": can have at most 128 characters',
        "reason: Required value",
        'series.count: Invalid value: "": should be at least 2',
    )


def test_newer_event_does_not_change_but_in_its_series(server: Server, ns: str, events: tuple[str, str]) -> None:
    path = f"{events[1]}/a"
    server.post(events[1], event(ns))
    answer = server.ask("PATCH", path, {"note": "x"}, content_type=MERGE_PATCH)
    answer.invalid("Event", "a", 'message: Invalid value: "x": field is immutable')
    series = {"count": 2, "lastObservedTime": TIME}
    assert server.patch(path, {"series": series})["series"] == series
    assert server.patch(f"{events[0]}/a", {"message": "x"})["message"] == "x"


def test_event_of_one_form_is_missed_and_deleted_in_the_other(server: Server, ns: str, events: tuple[str, str]) -> None:
    older, newer = events
    server.put(f"{newer}/a", event(ns))
    server.delete(f"{older}/a")
    answer = server.ask("GET", f"{newer}/a").refused(404, "NotFound")
    assert answer.message == 'events.events.k8s.io "a" not found'
