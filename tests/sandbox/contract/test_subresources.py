"""The status and scale subresources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.contract.manifests import deployment
from tests.sandbox.contract.wire import JSON_PATCH, MERGE_PATCH

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server


def test_status_of_a_new_custom_object_is_dropped(server: Server, widgets: Widgets) -> None:
    assert "status" not in server.post(widgets.path, widgets.new("a") | {"status": {"replicas": 5}})


def test_status_is_changed_by_its_subresource_only(server: Server, widgets: Widgets) -> None:
    made = server.post(widgets.path, widgets.new("a"))
    changed = server.put(f"{widgets.path}/a", {**made, "spec": {"size": "large"}, "status": {"replicas": 5}})
    assert "status" not in changed
    kept = server.put(f"{widgets.path}/a/status", {**changed, "spec": {"size": "small"}, "status": {"replicas": 5}})
    assert kept["status"] == {"replicas": 5}
    assert kept["spec"]["size"] == "large"
    assert server.get(f"{widgets.path}/a") == kept
    assert server.get(f"{widgets.path}/a/status") == kept


def test_spec_changed_later_leaves_the_status(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    server.patch(f"{widgets.path}/a/status", {"status": {"replicas": 5}})
    kept = server.patch(f"{widgets.path}/a", {"spec": {"size": "large"}, "status": {"replicas": 6}})
    assert (kept["spec"]["size"], kept["status"]) == ("large", {"replicas": 5})


def test_metadata_is_not_changed_by_the_status_of_a_custom_object(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    kept = server.patch(f"{widgets.path}/a/status", {"metadata": {"labels": {"x": "y"}}, "status": {"replicas": 1}})
    assert "labels" not in kept["metadata"]


def test_status_is_checked(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    body = {"status": {"replicas": "five"}}
    answer = server.ask("PATCH", f"{widgets.path}/a/status", body, content_type=MERGE_PATCH)
    typed, counted = answer.refused(422, "Invalid").json["details"]["causes"]
    # A real server calls it replicas, for the status is all that it looks at.
    assert typed["message"].endswith('replicas in body must be of type integer: "string"')
    assert (typed["reason"], typed["field"]) == ("FieldValueTypeInvalid", "status.replicas")
    why = ".status.replicas accessor error: five is of the type string, expected int64"
    assert counted == {
        "reason": "FieldValueInvalid",
        "message": f"Invalid value: 0: {why}",
        "field": ".status.replicas",
    }


def test_status_of_an_old_version_is_a_conflict(server: Server, widgets: Widgets) -> None:
    made = server.post(widgets.path, widgets.new("a"))
    server.patch(f"{widgets.path}/a", {"spec": {"size": "large"}})
    server.ask("PUT", f"{widgets.path}/a/status", {**made, "status": {}}).refused(409, "Conflict")


def test_status_of_a_deployment_is_apart_too(server: Server, deployments: str) -> None:
    made = server.post(deployments, deployment("a", 0) | {"status": {"replicas": 7}})
    assert made["status"] == {}
    condition = {"type": "Tried", "status": "True", "reason": "R", "message": "M"}
    conditions = {"status": {"conditions": [condition]}, "spec": {"minReadySeconds": 9}}
    kept = server.patch(f"{deployments}/a/status", conditions)
    assert {**condition, **kept["status"]["conditions"][0]} == kept["status"]["conditions"][0]
    assert "minReadySeconds" not in kept["spec"]


def test_scale_tells_and_sets_the_replicas_of_a_deployment(server: Server, deployments: str) -> None:
    made = server.post(deployments, deployment("a", 0))
    scale = server.get(f"{deployments}/a/scale")
    assert (scale["apiVersion"], scale["kind"], scale["spec"]) == ("autoscaling/v1", "Scale", {})
    assert scale["metadata"]["name"] == "a"
    assert scale["metadata"]["uid"] == made["metadata"]["uid"]
    assert scale["status"] == {"replicas": 0, "selector": "app=a"}
    kept = server.patch(f"{deployments}/a/scale", {"spec": {"replicas": 2}})
    assert kept["spec"] == {"replicas": 2}
    found = server.get(f"{deployments}/a")
    assert (found["spec"]["replicas"], found["metadata"]["generation"]) == (2, 2)


def test_scale_can_be_replaced(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0))
    scale = server.get(f"{deployments}/a/scale")
    del scale["metadata"]["resourceVersion"]
    assert server.put(f"{deployments}/a/scale", {**scale, "spec": {"replicas": 3}})["spec"]["replicas"] == 3
    patch = [{"op": "replace", "path": "/spec/replicas", "value": 1}]
    assert server.patch(f"{deployments}/a/scale", patch, JSON_PATCH)["spec"]["replicas"] == 1


def test_scale_to_less_than_nothing_is_invalid(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0))
    body = {"spec": {"replicas": -1}}
    answer = server.ask("PATCH", f"{deployments}/a/scale", body, content_type=MERGE_PATCH)
    answer.invalid("Scale.autoscaling", "a", "spec.replicas: Invalid value: -1: must be greater than or equal to 0")


def test_scale_of_nothing_is_not_found(server: Server, deployments: str) -> None:
    said = 'deployments.apps "none" not found'
    answer = server.ask("GET", f"{deployments}/none/scale")
    answer.refused(404, "NotFound", said, name="none", group="apps", kind="deployments")


def test_scale_of_a_custom_object_follows_its_paths(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a", {"replicas": 3}))
    server.patch(f"{widgets.path}/a/status", {"status": {"replicas": 2, "selector": "app=a"}})
    scale = server.get(f"{widgets.path}/a/scale")
    assert scale["spec"] == {"replicas": 3}
    assert scale["status"] == {"replicas": 2, "selector": "app=a"}
    server.patch(f"{widgets.path}/a/scale", {"spec": {"replicas": 4}})
    assert server.get(f"{widgets.path}/a")["spec"]["replicas"] == 4


def test_scale_of_a_type_without_is_not_there(server: Server, configmaps: str) -> None:
    server.ask("GET", f"{configmaps}/a/scale").refused(404, "NotFound")


def test_scaler_owns_the_replicas(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0), fieldManager="maker")
    server.patch(f"{deployments}/a/scale", {"spec": {"replicas": 2}}, fieldManager="scaler")
    fields: list[dict[str, Any]] = server.get(f"{deployments}/a")["metadata"]["managedFields"]
    (entry,) = [entry for entry in fields if entry["manager"] == "scaler"]
    assert entry["subresource"] == "scale"
    assert entry["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
