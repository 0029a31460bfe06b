"""JSON Patch, merge patch and strategic merge patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import configmap, deployment, service
from tests.sandbox.contract.wire import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server


def test_json_patch_does_every_operation(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a", {"steps": ["a", "c"], "note": "x", "anything": {"k": 1}}))
    patch = [
        {"op": "test", "path": "/spec/note", "value": "x"},
        {"op": "add", "path": "/spec/steps/1", "value": "b"},
        {"op": "add", "path": "/spec/steps/-", "value": "d"},
        {"op": "remove", "path": "/spec/steps/0"},
        {"op": "replace", "path": "/spec/size", "value": "large"},
        {"op": "move", "from": "/spec/note", "path": "/spec/code"},
        {"op": "copy", "from": "/spec/code", "path": "/spec/note"},
        {"op": "add", "path": "/metadata/labels", "value": {}},
        {"op": "add", "path": "/metadata/labels/example.com~1k", "value": "v"},
        {"op": "add", "path": "/spec/anything/k", "value": {"n": None}},
    ]
    spec = server.patch(f"{widgets.path}/a", patch, JSON_PATCH)
    assert spec["metadata"]["labels"] == {"example.com/k": "v"}
    kept = {key: spec["spec"][key] for key in ("steps", "size", "note", "code", "anything")}
    wanted: dict[str, Any] = {"steps": ["b", "c", "d"], "size": "large", "note": "x", "code": "x"}
    assert kept == wanted | {"anything": {"k": {"n": None}}}


def test_json_patch_of_a_built_in_object(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    patch = [{"op": "replace", "path": "/data/k", "value": "w"}, {"op": "add", "path": "/data/n", "value": "x"}]
    assert server.patch(f"{configmaps}/a", patch, JSON_PATCH)["data"] == {"k": "w", "n": "x"}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/data/none"},
        {"op": "test", "path": "/data/k", "value": "x"},
        {"op": "add", "path": "/none/k", "value": "x"},
    ],
)
def test_json_patch_that_does_not_fit_is_invalid(server: Server, configmaps: str, operation: dict[str, Any]) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    answer = server.ask("PATCH", f"{configmaps}/a", [operation], content_type=JSON_PATCH)
    answer.refused(422, "Invalid", "the server rejected our request due to an error in our request")
    assert server.get(f"{configmaps}/a")["data"] == {"k": "v"}


def test_json_patch_may_replace_a_key_that_is_not_there(server: Server, configmaps: str) -> None:
    """Other than RFC 6902 has it; the library of kube-apiserver is lenient here."""
    server.post(configmaps, configmap("a", {"k": "v"}))
    patch = [{"op": "replace", "path": "/data/none", "value": "x"}]
    assert server.patch(f"{configmaps}/a", patch, JSON_PATCH)["data"] == {"k": "v", "none": "x"}


def test_failed_json_patch_changes_nothing(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}))
    patch = [{"op": "add", "path": "/data/n", "value": "x"}, {"op": "remove", "path": "/data/none"}]
    assert server.ask("PATCH", f"{configmaps}/a", patch, content_type=JSON_PATCH).status == 422
    assert server.get(f"{configmaps}/a") == made


def test_merge_patch_merges_maps_and_replaces_lists(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a", {"tags": ["a"], "labels": {"x": "1", "y": "2"}, "note": "n"}))
    patch = {"spec": {"tags": ["b"], "labels": {"x": None, "z": "3"}, "note": None}}
    spec = server.patch(f"{widgets.path}/a", patch)["spec"]
    assert (spec["tags"], spec["labels"]) == (["b"], {"y": "2", "z": "3"})
    assert "note" not in spec


def test_merge_patch_of_a_built_in_object_replaces_lists(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0))
    containers = [{"name": "other", "image": "nginx:2"}]
    patch = {"spec": {"template": {"spec": {"containers": containers}}}}
    kept = server.patch(f"{deployments}/a", patch)["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in kept] == ["other"]


def test_patch_of_nothing_is_not_found(server: Server, configmaps: str) -> None:
    for kind, body in ((MERGE_PATCH, {}), (STRATEGIC_MERGE_PATCH, {}), (JSON_PATCH, [])):
        server.ask("PATCH", f"{configmaps}/none", body, content_type=kind).refused(404, "NotFound")


def test_patch_cannot_rename(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    answer = server.ask("PATCH", f"{configmaps}/a", {"metadata": {"name": "b"}}, content_type=MERGE_PATCH)
    assert (
        answer.refused(400, "BadRequest").message == "the name of the object (b) does not match the name on the URL (a)"
    )


def test_result_of_a_patch_must_be_valid(server: Server, widgets: Widgets, deployments: str) -> None:
    server.post(widgets.path, widgets.new("a"))
    answer = server.ask("PATCH", f"{widgets.path}/a", {"spec": {"size": None}}, content_type=MERGE_PATCH)
    answer.invalid(f"Widget.{widgets.group}", "a", "spec.size: Required value")
    server.post(deployments, deployment("a", 0))
    answer = server.ask("PATCH", f"{deployments}/a", {"spec": {"replicas": -1}}, content_type=MERGE_PATCH)
    answer.invalid("Deployment.apps", "a", "spec.replicas: Invalid value: -1: must be greater than or equal to 0")


def _strategic(server: Server, path: str, patch: dict[str, Any]) -> Any:
    return server.patch(path, patch, STRATEGIC_MERGE_PATCH)


def _pod_spec(patch: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": patch}}}


@pytest.fixture
def pair(server: Server, deployments: str) -> str:
    """The path of a Deployment of two containers."""
    manifest = deployment("a", 0)
    containers = manifest["spec"]["template"]["spec"]["containers"]
    containers[0]["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    containers[0]["args"] = ["x", "y"]
    containers.append({"name": "side", "image": "side:1"})
    server.post(deployments, manifest)
    return f"{deployments}/a"


def test_strategic_merge_patch_merges_lists_by_key(server: Server, pair: str) -> None:
    env = [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]
    kept = _strategic(server, pair, _pod_spec({"containers": [{"name": "web", "image": "nginx:2", "env": env}]}))
    web, side = kept["spec"]["template"]["spec"]["containers"]
    assert (web["image"], side["image"]) == ("nginx:2", "side:1")
    assert {one["name"]: one["value"] for one in web["env"]} == {"A": "1", "B": "3", "C": "4"}


def test_strategic_merge_patch_replaces_lists_without_a_key(server: Server, pair: str) -> None:
    kept = _strategic(server, pair, _pod_spec({"containers": [{"name": "web", "args": ["z"]}]}))
    assert kept["spec"]["template"]["spec"]["containers"][0]["args"] == ["z"]


def test_strategic_merge_patch_deletes_by_directive(server: Server, pair: str) -> None:
    patch = _pod_spec({"containers": [{"name": "side", "$patch": "delete"}]})
    kept = _strategic(server, pair, patch)["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in kept] == ["web"]


def test_strategic_merge_patch_replaces_by_directive(server: Server, pair: str) -> None:
    patch = _pod_spec({"containers": [{"$patch": "replace"}, {"name": "new", "image": "new:1"}]})
    kept = _strategic(server, pair, patch)["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in kept] == ["new"]


def test_strategic_merge_patch_replaces_a_map_by_directive(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v", "l": "w"}))
    assert _strategic(server, f"{configmaps}/a", {"data": {"$patch": "replace", "m": "x"}})["data"] == {"m": "x"}


def test_strategic_merge_patch_removes_nulls(server: Server, pair: str) -> None:
    patch = {
        "metadata": {"labels": {"x": "y", "z": None}},
        **_pod_spec({"containers": [{"name": "web", "args": None}]}),
    }
    kept = _strategic(server, pair, patch)
    assert kept["metadata"]["labels"] == {"x": "y"}
    assert "args" not in kept["spec"]["template"]["spec"]["containers"][0]


def test_strategic_merge_patch_orders_lists(server: Server, pair: str) -> None:
    patch = {"$setElementOrder/containers": [{"name": "side"}, {"name": "web"}]}
    patch["containers"] = [{"name": "web", "image": "nginx:2"}]
    kept = _strategic(server, pair, _pod_spec(patch))["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in kept] == ["side", "web"]


def test_strategic_merge_patch_merges_lists_of_plain_values(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", finalizers=["example.com/a", "example.com/b"]))
    path = f"{configmaps}/a"
    kept = _strategic(server, path, {"metadata": {"finalizers": ["example.com/c"]}})
    assert sorted(kept["metadata"]["finalizers"]) == ["example.com/a", "example.com/b", "example.com/c"]
    kept = _strategic(server, path, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a"]}})
    assert sorted(kept["metadata"]["finalizers"]) == ["example.com/b", "example.com/c"]
    server.patch(path, {"metadata": {"finalizers": None}})


def test_strategic_merge_patch_retains_keys(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0))
    strategy = {"$retainKeys": ["type"], "type": "Recreate"}
    kept = _strategic(server, f"{deployments}/a", {"spec": {"strategy": strategy}})
    assert kept["spec"]["strategy"] == {"type": "Recreate"}


def test_strategic_merge_patch_merges_ports_of_a_service(server: Server, ns: str) -> None:
    server.post(f"{ns}/services", service("a", ports=[{"name": "http", "port": 80}, {"name": "tls", "port": 443}]))
    patch = {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}
    ports = _strategic(server, f"{ns}/services/a", patch)["spec"]["ports"]
    assert [(port["name"], port["port"], port["targetPort"]) for port in ports] == [
        ("http", 80, 8080),
        ("tls", 443, 443),
    ]


def test_strategic_merge_patch_without_its_key_is_refused(server: Server, pair: str) -> None:
    patch = _pod_spec({"containers": [{"image": "nginx:2"}]})
    answer = server.ask("PATCH", pair, patch, content_type=STRATEGIC_MERGE_PATCH)
    answer.refused(500, "", "map: map[image:nginx:2] does not contain declared merge key: name")


def test_unknown_fields_of_a_patch_are_warned_of_or_refused(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    path = f"{configmaps}/a"
    for kind in (MERGE_PATCH, STRATEGIC_MERGE_PATCH):
        answer = server.ask("PATCH", path, {"dota": {"k": "v"}}, content_type=kind)
        assert (answer.status, answer.warnings) == (200, ['unknown field \\"dota\\"'])
        strict = {"fieldValidation": "Strict"}
        answer = server.ask("PATCH", path, {"dota": {"k": "v"}}, content_type=kind, query=strict)
        assert 'strict decoding error: unknown field "dota"' in answer.text.replace("\\", "")
        assert answer.status in {400, 422}
