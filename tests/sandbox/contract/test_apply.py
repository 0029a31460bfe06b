"""Server-side apply: who owns what, conflicts, and what is removed when nobody owns it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import configmap, deployment
from tests.sandbox.contract.wire import JSON_PATCH

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Answer, Server


def managers(manifest: dict[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Which fields belong to whom: by manager, operation and subresource."""
    return {
        (entry["manager"], entry["operation"], entry.get("subresource", "")): entry["fieldsV1"]
        for entry in manifest["metadata"].get("managedFields", [])
    }


def conflict(answer: Answer, message: str, *owned: tuple[str, str]) -> None:
    """Make sure that an apply was refused for fields of others, each with who has it."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {owner}", "field": field}
        for owner, field in owned
    ]
    # A real server goes through the managers in an order that is another each time.
    told = answer.json.get("details", {}).get("causes", [])
    answer.refused(409, "Conflict", message, causes=sorted(causes, key=told.index) if _same(told, causes) else causes)


def _same(told: list[dict[str, str]], causes: list[dict[str, str]]) -> bool:
    """Whether two lists have the same causes, in whatever order."""
    return len(told) == len(causes) and all(cause in told for cause in causes)


def test_applied_object_is_created(server: Server, configmaps: str) -> None:
    answer = server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one")
    assert answer.status == 201
    assert answer.json["data"] == {"k": "v"}
    (entry,) = answer.json["metadata"]["managedFields"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.pop("time"))
    assert entry == {
        "manager": "one",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:k": {}}},
    }
    assert server.apply(f"{configmaps}/a", configmap("a", {"k": "w"}), "one").status == 200


def test_apply_takes_yaml(server: Server, configmaps: str) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {k: v}\n"
    assert server.apply(f"{configmaps}/a", text, "one").json["data"] == {"k": "v"}


def test_same_apply_again_changes_nothing(server: Server, configmaps: str) -> None:
    made = server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one").json
    assert server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one").json == made


def test_apply_needs_a_manager(server: Server, configmaps: str) -> None:
    answer = server.ask("PATCH", f"{configmaps}/a", configmap("a"), content_type="application/apply-patch+yaml")
    answer.invalid("PatchOptions.meta.k8s.io", "", "fieldManager: Required value: is required for apply patch")


def test_apply_needs_kind_and_version(server: Server, configmaps: str) -> None:
    answer = server.apply(f"{configmaps}/a", {"metadata": {"name": "a"}, "data": {"k": "v"}}, "one")
    assert answer.refused(400, "BadRequest").message == "invalid object type: /, Kind="


def test_applied_managed_fields_must_be_empty(server: Server, configmaps: str) -> None:
    made = server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one").json
    answer = server.apply(f"{configmaps}/a", made, "one").refused(400, "BadRequest")
    assert answer.message == "metadata.managedFields must be nil"


def test_fields_of_others_are_left_alone(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one")
    kept = server.apply(f"{configmaps}/a", configmap("a", {"l": "w"}), "two").json
    assert kept["data"] == {"k": "v", "l": "w"}
    assert managers(kept) == {
        ("one", "Apply", ""): {"f:data": {"f:k": {}}},
        ("two", "Apply", ""): {"f:data": {"f:l": {}}},
    }


def test_field_not_applied_any_more_is_removed(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v", "l": "w"}), "one")
    kept = server.apply(f"{configmaps}/a", configmap("a", {"l": "w"}), "one").json
    assert kept["data"] == {"l": "w"}


def test_field_that_another_owns_too_stays(server: Server, configmaps: str) -> None:
    for manager in ("one", "two"):
        server.apply(f"{configmaps}/a", configmap("a", {"k": "v", manager: ""}), manager)
    kept = server.apply(f"{configmaps}/a", configmap("a", {"one": ""}), "one").json
    assert kept["data"] == {"k": "v", "one": "", "two": ""}
    assert managers(kept)["two", "Apply", ""] == {"f:data": {"f:k": {}, "f:two": {}}}
    kept = server.apply(f"{configmaps}/a", configmap("a", {"two": ""}), "two").json
    assert kept["data"] == {"one": "", "two": ""}


def test_field_of_another_is_a_conflict(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one")
    answer = server.apply(f"{configmaps}/a", configmap("a", {"k": "w"}), "two")
    conflict(answer, 'Apply failed with 1 conflict: conflict with "one": .data.k', ('"one"', ".data.k"))
    assert server.get(f"{configmaps}/a")["data"] == {"k": "v"}


def test_several_conflicts_are_told_by_manager(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v", "l": "v"}), "one")
    server.apply(f"{configmaps}/a", configmap("a", {"m": "v"}), "two")
    answer = server.apply(f"{configmaps}/a", configmap("a", {"k": "", "l": "", "m": ""}), "three")
    conflict(
        answer,
        'Apply failed with 3 conflicts: conflicts with "one":\n- .data.k\n- .data.l\nconflicts with "two":\n- .data.m',
        ('"one"', ".data.k"),
        ('"one"', ".data.l"),
        ('"two"', ".data.m"),
    )


def test_conflict_with_an_update_tells_its_version(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}), fieldManager="editor")
    answer = server.apply(f"{configmaps}/a", configmap("a", {"k": "w"}), "one")
    said = 'Apply failed with 1 conflict: conflict with "editor" using v1: .data.k'
    conflict(answer, said, ('"editor" using v1', ".data.k"))


def test_force_takes_the_field_over(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v", "l": "v"}), "one")
    kept = server.apply(f"{configmaps}/a", configmap("a", {"k": "w"}), "two", force=True).json
    assert kept["data"] == {"k": "w", "l": "v"}
    assert managers(kept) == {
        ("one", "Apply", ""): {"f:data": {"f:l": {}}},
        ("two", "Apply", ""): {"f:data": {"f:k": {}}},
    }


def test_manager_who_loses_all_fields_is_forgotten(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one")
    kept = server.apply(f"{configmaps}/a", configmap("a", {"k": "w"}), "two", force=True).json
    assert list(managers(kept)) == [("two", "Apply", "")]


def test_same_value_applied_by_two_is_shared(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one")
    kept = server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "two").json
    assert managers(kept)["one", "Apply", ""] == managers(kept)["two", "Apply", ""] == {"f:data": {"f:k": {}}}
    answer = server.apply(f"{configmaps}/a", configmap("a", {"k": "w"}), "two")
    conflict(answer, 'Apply failed with 1 conflict: conflict with "one": .data.k', ('"one"', ".data.k"))


def test_updates_are_tracked_too(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}, labels={"x": "y"}), fieldManager="editor")
    fields = {"f:data": {".": {}, "f:k": {}}, "f:metadata": {"f:labels": {".": {}, "f:x": {}}}}
    assert managers(made) == {("editor", "Update", ""): fields}
    kept = server.patch(f"{configmaps}/a", {"data": {"l": "w"}}, fieldManager="other")
    assert managers(kept)["other", "Update", ""] == {"f:data": {"f:l": {}}}
    kept = server.patch(f"{configmaps}/a", {"data": {"k": "w"}}, fieldManager="other")
    assert managers(kept)["other", "Update", ""] == {"f:data": {"f:k": {}, "f:l": {}}}
    assert "f:k" not in managers(kept)["editor", "Update", ""]["f:data"]


def test_manager_is_named_after_the_user_agent(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a", {"k": "v"}), headers={"User-Agent": "robot/1.2 (x)"})
    assert list(managers(answer.json)) == [("robot", "Update", "")]


def test_update_takes_fields_from_who_applied_them(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v", "l": "v"}), "one")
    kept = server.patch(f"{configmaps}/a", {"data": {"k": "w"}}, fieldManager="editor")
    assert managers(kept) == {
        ("one", "Apply", ""): {"f:data": {"f:l": {}}},
        ("editor", "Update", ""): {"f:data": {"f:k": {}}},
    }


def test_status_is_tracked_apart(server: Server, widgets: Widgets) -> None:
    server.apply(f"{widgets.path}/a", widgets.new("a"), "one")
    kept = server.patch(f"{widgets.path}/a/status", {"status": {"replicas": 1}}, fieldManager="one")
    assert managers(kept) == {
        ("one", "Apply", ""): {"f:spec": {"f:size": {}}},
        ("one", "Update", "status"): {"f:status": {".": {}, "f:replicas": {}}},
    }


def test_status_can_be_applied(server: Server, widgets: Widgets) -> None:
    made = server.post(widgets.path, widgets.new("a"))
    status = {key: made[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": "a"}, "status": {"replicas": 2}}
    kept = server.apply(f"{widgets.path}/a/status", status, "one")
    assert (kept.status, kept.json["status"]) == (200, {"replicas": 2})
    assert managers(kept.json)["one", "Apply", "status"] == {"f:status": {"f:replicas": {}}}


def test_list_map_is_owned_by_element(server: Server, widgets: Widgets) -> None:
    path = f"{widgets.path}/a"
    server.apply(path, widgets.new("a", {"ports": [{"name": "http", "port": 80}]}), "one")
    kept = server.apply(path, widgets.new("a", {"ports": [{"name": "tls", "port": 443}]}), "two").json
    assert kept["spec"]["ports"] == [
        {"name": "http", "port": 80, "protocol": "TCP"},
        {"name": "tls", "port": 443, "protocol": "TCP"},
    ]
    element: dict[str, Any] = {".": {}, "f:name": {}, "f:port": {}}
    owned = managers(kept)["one", "Apply", ""]
    assert owned == {"f:spec": {"f:ports": {'k:{"name":"http"}': element}, "f:size": {}}}
    answer = server.apply(path, widgets.new("a", {"ports": [{"name": "http", "port": 81}]}), "two")
    said = 'Apply failed with 1 conflict: conflict with "one": .spec.ports[name="http"].port'
    conflict(answer, said, ('"one"', '.spec.ports[name="http"].port'))
    kept = server.apply(path, widgets.new("a"), "one").json
    assert [port["name"] for port in kept["spec"]["ports"]] == ["tls"]


def test_fields_of_one_element_can_have_different_owners(server: Server, widgets: Widgets) -> None:
    path = f"{widgets.path}/a"
    server.apply(path, widgets.new("a", {"ports": [{"name": "http", "port": 80}]}), "one")
    server.apply(path, widgets.new("a", {"ports": [{"name": "http", "protocol": "UDP"}]}), "two", force=True)
    kept = server.apply(path, widgets.new("a"), "two").json
    assert kept["spec"]["ports"] == [{"name": "http", "port": 80, "protocol": "TCP"}]


def test_set_is_owned_by_value(server: Server, widgets: Widgets) -> None:
    path = f"{widgets.path}/a"
    server.apply(path, widgets.new("a", {"tags": ["x", "y"]}), "one")
    kept = server.apply(path, widgets.new("a", {"tags": ["z", "y"]}), "two").json
    assert sorted(kept["spec"]["tags"]) == ["x", "y", "z"]
    assert managers(kept)["one", "Apply", ""]["f:spec"]["f:tags"] == {'v:"x"': {}, 'v:"y"': {}}
    kept = server.apply(path, widgets.new("a"), "one").json
    assert sorted(kept["spec"]["tags"]) == ["y", "z"]


def test_atomic_list_and_map_have_one_owner(server: Server, widgets: Widgets) -> None:
    path = f"{widgets.path}/a"
    server.apply(path, widgets.new("a", {"steps": ["a"], "whole": {"k": "v"}}), "one")
    answer = server.apply(path, widgets.new("a", {"steps": ["a", "b"], "whole": {"l": "w"}}), "two")
    said = 'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.steps\n- .spec.whole'
    conflict(answer, said, ('"one"', ".spec.steps"), ('"one"', ".spec.whole"))
    kept = server.apply(path, widgets.new("a", {"steps": ["b"], "whole": {"l": "w"}}), "two", force=True).json
    assert (kept["spec"]["steps"], kept["spec"]["whole"]) == (["b"], {"l": "w"})
    assert managers(kept)["two", "Apply", ""]["f:spec"] == {"f:size": {}, "f:steps": {}, "f:whole": {}}


def test_map_of_strings_is_owned_by_key(server: Server, widgets: Widgets) -> None:
    path = f"{widgets.path}/a"
    server.apply(path, widgets.new("a", {"labels": {"x": "1"}}), "one")
    kept = server.apply(path, widgets.new("a", {"labels": {"y": "2"}}), "two").json
    assert kept["spec"]["labels"] == {"x": "1", "y": "2"}
    kept = server.apply(path, widgets.new("a"), "one").json
    assert kept["spec"]["labels"] == {"y": "2"}


UNTYPED = "failed to create typed patch object"


def test_duplicate_elements_cannot_be_applied(server: Server, widgets: Widgets) -> None:
    ports = [{"name": "http", "port": 80}, {"name": "http", "port": 81}]
    answer = server.apply(f"{widgets.path}/a", widgets.new("a", {"ports": ports}), "one")
    why = '.spec.ports: duplicate entries for key [name="http"]'
    answer.refused(500, "", f"{UNTYPED} (/a; {widgets.group}/v1, Kind=Widget): {why}")


def test_containers_are_owned_by_name(server: Server, deployments: str) -> None:
    path = f"{deployments}/a"
    server.apply(path, deployment("a", 0), "one")
    partial = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
    side = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:1"}]}}}}
    kept = server.apply(path, partial | side, "two").json
    assert [one["name"] for one in kept["spec"]["template"]["spec"]["containers"]] == ["web", "side"]
    env = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "other"}]}}}}
    answer = server.apply(path, partial | env, "two")
    field = '.spec.template.spec.containers[name="web"].image'
    conflict(answer, f'Apply failed with 1 conflict: conflict with "one": {field}', ('"one"', field))
    kept = server.apply(path, partial, "two").json
    assert [one["name"] for one in kept["spec"]["template"]["spec"]["containers"]] == ["web"]


def test_ownership_of_a_deployment_names_every_field(server: Server, deployments: str) -> None:
    kept = server.apply(f"{deployments}/a", deployment("a", 0, labels={"x": "y"}), "one").json
    element: dict[str, Any] = {".": {}, "f:image": {}, "f:name": {}}
    assert managers(kept)["one", "Apply", ""] == {
        "f:metadata": {"f:labels": {"f:x": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:template": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:containers": {'k:{"name":"web"}': element}},
            },
        },
    }


def test_replicas_can_be_given_up_to_another(server: Server, deployments: str) -> None:
    """The way to hand ``replicas`` to an autoscaler: it applies, and then who had it leaves it out."""
    path = f"{deployments}/a"
    server.apply(path, deployment("a", 0), "one")
    partial = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 0}}
    server.apply(path, partial, "scaler")
    kept = server.apply(path, deployment("a", None), "one").json
    assert kept["spec"]["replicas"] == 0
    assert managers(kept)["scaler", "Apply", ""] == {"f:spec": {"f:replicas": {}}}


def test_ports_of_a_service_are_owned_by_port_and_protocol(server: Server, ns: str) -> None:
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
    kept = server.apply(f"{ns}/services/a", manifest, "one").json
    owned = managers(kept)["one", "Apply", ""]["f:spec"]["f:ports"]
    assert owned == {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}


def test_unknown_fields_cannot_be_applied(server: Server, configmaps: str, widgets: Widgets) -> None:
    answer = server.apply(f"{configmaps}/a", configmap("a") | {"dota": {"k": "v"}}, "one")
    answer.refused(500, "", f"{UNTYPED} (/a; /v1, Kind=ConfigMap): .dota: field not declared in schema")
    answer = server.apply(f"{widgets.path}/a", widgets.new("a", {"sise": "x"}), "one")
    why = ".spec.sise: field not declared in schema"
    answer.refused(500, "", f"{UNTYPED} (/a; {widgets.group}/v1, Kind=Widget): {why}")


def test_applied_object_must_be_valid(server: Server, widgets: Widgets) -> None:
    answer = server.apply(f"{widgets.path}/a", widgets.new("a", {"size": "huge"}), "one")
    why = 'spec.size: Unsupported value: "huge": supported values: "small", "large"'
    answer.invalid(f"Widget.{widgets.group}", "a", why)


def test_version_in_an_apply_must_be_the_current_one(server: Server, configmaps: str) -> None:
    made = server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one").json
    version = made["metadata"]["resourceVersion"]
    assert server.apply(f"{configmaps}/a", configmap("a", {"k": "w"}, resourceVersion=version), "one").status == 200
    answer = server.apply(f"{configmaps}/a", configmap("a", {"k": "x"}, resourceVersion=version), "one")
    why = "the object has been modified; please apply your changes to the latest version and try again"
    said = f'Operation cannot be fulfilled on configmaps "a": {why}'
    answer.refused(409, "Conflict", said, name="a", kind="configmaps")


def test_managed_fields_can_be_reset(server: Server, configmaps: str) -> None:
    server.apply(f"{configmaps}/a", configmap("a", {"k": "v"}), "one")
    kept = server.patch(f"{configmaps}/a", {"metadata": {"managedFields": [{}]}})
    assert "managedFields" not in kept["metadata"]


def test_apply_over_an_object_without_owners_notes_who_was_before(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    server.patch(f"{configmaps}/a", [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}], JSON_PATCH)
    kept = server.apply(f"{configmaps}/a", configmap("a", {"l": "w"}), "one").json
    owned = managers(kept)
    assert ("before-first-apply", "Update", "") in owned
    assert owned["one", "Apply", ""] == {"f:data": {"f:l": {}}}


@pytest.mark.parametrize(
    ("manager", "why"),
    [
        ("x" * 129, "Too long: may not be more than 128 bytes"),
        ("bad\u0007name", r'Invalid value: "bad\aname": invalid character U+0007 (at position 3)'),
    ],
)
def test_bad_manager_is_invalid(server: Server, configmaps: str, manager: str, why: str) -> None:
    answer = server.apply(f"{configmaps}/a", configmap("a"), manager)
    answer.invalid("PatchOptions.meta.k8s.io", "", f"fieldManager: {why}")
