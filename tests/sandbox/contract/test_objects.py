"""Objects: created, read, replaced and deleted."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.sandbox.contract.manifests import configmap, deployment
from tests.sandbox.contract.wire import LABEL_NAME, LABEL_VALUE, SUBDOMAIN

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server


def test_created_object_is_answered_with_201_and_its_metadata(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a", {"k": "v"}, labels={"x": "y"}))
    assert answer.status == 201
    assert answer.headers["Content-Type"] == "application/json"
    made = answer.json
    assert (made["apiVersion"], made["kind"], made["data"]) == ("v1", "ConfigMap", {"k": "v"})
    metadata = made["metadata"]
    assert metadata["name"] == "a"
    assert metadata["namespace"] == configmaps.split("/")[4]
    assert metadata["labels"] == {"x": "y"}
    assert uuid.UUID(metadata["uid"]).version == 4
    assert re.fullmatch(r"[1-9]\d*", metadata["resourceVersion"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["creationTimestamp"])
    assert datetime.fromisoformat(metadata["creationTimestamp"])


def test_read_object_is_what_was_answered_when_it_was_created(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}))
    assert server.get(f"{configmaps}/a") == made


def test_object_without_kind_and_version_is_taken_for_the_type_of_the_path(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, {"metadata": {"name": "a"}})
    assert (made["apiVersion"], made["kind"]) == ("v1", "ConfigMap")


def test_body_may_be_yaml(server: Server, configmaps: str) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: v # a comment\n"
    made = server.done("POST", configmaps, text, content_type="application/yaml")
    assert made["data"] == {"k": "v"}


def test_object_can_be_read_as_yaml(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    answer = server.ask("GET", f"{configmaps}/a", accept="application/yaml")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/yaml")
    assert "data:\n  k: v\n" in answer.text


def test_pretty_answers_are_indented(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    assert '\n  "kind": "ConfigMap",\n' in server.ask("GET", f"{configmaps}/a", query={"pretty": "true"}).text


def test_namespace_of_the_body_is_filled_in_and_must_agree(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a", namespace="elsewhere")).refused(400, "BadRequest")
    assert answer.message == "the namespace of the provided object does not match the namespace sent on the request"


def test_name_taken_is_already_exists(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    answer = server.ask("POST", configmaps, configmap("a"))
    answer.refused(409, "AlreadyExists", 'configmaps "a" already exists', name="a", kind="configmaps")
    assert answer.json["details"] == {"name": "a", "kind": "configmaps"}


def test_name_not_there_is_not_found(server: Server, configmaps: str, deployments: str) -> None:
    answer = server.ask("GET", f"{configmaps}/none")
    answer.refused(404, "NotFound", 'configmaps "none" not found', name="none", kind="configmaps")
    assert answer.json["details"] == {"name": "none", "kind": "configmaps"}
    assert answer.json["metadata"] == {}
    said = 'deployments.apps "none" not found'
    answer = server.ask("GET", f"{deployments}/none")
    answer.refused(404, "NotFound", said, name="none", group="apps", kind="deployments")
    assert answer.json["details"] == {"name": "none", "group": "apps", "kind": "deployments"}


def test_custom_name_not_there_is_not_found(server: Server, widgets: Widgets) -> None:
    said = f'widgets.{widgets.group} "none" not found'
    answer = server.ask("GET", f"{widgets.path}/none")
    answer.refused(404, "NotFound", said, name="none", group=widgets.group, kind="widgets")


def test_generated_name_has_the_prefix_and_five_letters(server: Server, configmaps: str) -> None:
    body = {"metadata": {"generateName": "made-"}}
    made = [server.post(configmaps, body)["metadata"] for _ in range(2)]
    assert all(re.fullmatch(r"made-[a-z0-9]{5}", metadata["name"]) for metadata in made)
    assert made[0]["name"] != made[1]["name"]
    assert made[0]["generateName"] == "made-"


def test_no_name_at_all_is_invalid(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, {"metadata": {}})
    answer.invalid("ConfigMap", "", "metadata.name: Required value: name or generateName is required")


def test_bad_name_is_invalid(server: Server, configmaps: str, widgets: Widgets) -> None:
    why = f'metadata.name: Invalid value: "No_Good": {SUBDOMAIN}'
    server.ask("POST", configmaps, configmap("No_Good")).invalid("ConfigMap", "No_Good", why)
    server.ask("POST", widgets.path, widgets.new("No_Good")).invalid(f"Widget.{widgets.group}", "No_Good", why)


def test_bad_label_is_invalid(server: Server, configmaps: str) -> None:
    body = configmap("a", labels={"ok": "not ok!", "-bad": "x"})
    server.ask("POST", configmaps, body).invalid(
        "ConfigMap",
        "a",
        f'metadata.labels: Invalid value: "not ok!": {LABEL_VALUE}',
        f'metadata.labels: Invalid value: "-bad": {LABEL_NAME}',
        in_any_order=True,
    )


def test_bad_annotation_key_is_invalid(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a", annotations={"a b": "x"}))
    answer.invalid("ConfigMap", "a", f'metadata.annotations: Invalid value: "a b": {LABEL_NAME}')


def test_identity_is_the_servers_to_give(server: Server, configmaps: str) -> None:
    given: dict[str, Any] = {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z", "selfLink": "/x"}
    metadata = server.post(configmaps, configmap("a", **given))["metadata"]
    assert metadata["uid"] != "mine"
    assert not metadata["creationTimestamp"].startswith("2001")
    assert "selfLink" not in metadata


def test_object_to_create_must_not_have_a_version(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a", resourceVersion="5")).refused(500, "")
    assert answer.message == "resourceVersion should not be set on objects to be created"


def test_wrong_kind_in_the_body_is_a_bad_request(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, deployment("a")).refused(400, "BadRequest")
    assert answer.message == (
        'Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): '
        "unknown conversion"
    )


def test_replaced_object_has_what_the_body_has_and_nothing_else(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}, labels={"x": "y"}))
    answer = server.ask("PUT", f"{configmaps}/a", configmap("a", {"other": "w"}))
    assert answer.status == 200
    kept = answer.json
    assert kept["data"] == {"other": "w"}
    assert "labels" not in kept["metadata"]
    for field in ("uid", "creationTimestamp", "name", "namespace"):
        assert kept["metadata"][field] == made["metadata"][field]
    assert int(kept["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


def test_name_of_a_replacement_must_be_that_of_the_path(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    answer = server.ask("PUT", f"{configmaps}/a", configmap("b")).refused(400, "BadRequest")
    assert answer.message == "the name of the object (b) does not match the name on the URL (a)"


def test_replacement_of_nothing_is_not_found(server: Server, configmaps: str) -> None:
    answer = server.ask("PUT", f"{configmaps}/none", configmap("none")).refused(404, "NotFound")
    assert answer.message == 'configmaps "none" not found'


def test_uid_and_creation_time_cannot_be_changed(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a"))
    body = configmap("a", uid="00000000-0000-4000-8000-000000000000")
    answer = server.ask("PUT", f"{configmaps}/a", body).refused(409, "Conflict")
    # Before it stands the key of the object in etcd, which begins as the server's operator has it.
    told = f"UID in precondition: {body['metadata']['uid']}, UID in object meta: {made['metadata']['uid']}"
    assert answer.message.endswith(
        f"/{configmaps.split('/')[4]}/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: {told}"
    )
    assert answer.json["details"] == {"name": "a", "kind": "configmaps"}
    kept = server.put(f"{configmaps}/a", configmap("a", {"k": "v"}, creationTimestamp="2001-01-01T00:00:00Z"))
    assert kept["metadata"]["creationTimestamp"] == made["metadata"]["creationTimestamp"]


def test_deleted_object_is_gone(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a"))
    answer = server.ask("DELETE", f"{configmaps}/a")
    assert answer.status == 200
    assert answer.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]},
    }
    server.ask("GET", f"{configmaps}/a").refused(404, "NotFound")


def test_deletion_of_nothing_is_not_found(server: Server, configmaps: str) -> None:
    answer = server.ask("DELETE", f"{configmaps}/none").refused(404, "NotFound")
    assert answer.message == 'configmaps "none" not found'


def test_object_made_again_has_another_uid(server: Server, configmaps: str) -> None:
    first = server.post(configmaps, configmap("a"))
    server.delete(f"{configmaps}/a")
    assert server.post(configmaps, configmap("a"))["metadata"]["uid"] != first["metadata"]["uid"]


def test_immutable_configmap_stays_as_it_is(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}) | {"immutable": True})
    answer = server.ask("PUT", f"{configmaps}/a", configmap("a", {"k": "w"}) | {"immutable": True})
    answer.invalid("ConfigMap", "a", "data: Forbidden: field is immutable when `immutable` is set")


def test_objects_of_different_namespaces_do_not_meet(server: Server, configmaps: str, unique: str) -> None:
    server.post(configmaps, configmap(unique))
    server.ask("GET", f"/api/v1/namespaces/default/configmaps/{unique}").refused(404, "NotFound")
    assert unique not in server.names("/api/v1/namespaces/default/configmaps")
    everywhere: list[Any] = server.get("/api/v1/configmaps", fieldSelector=f"metadata.name={unique}")["items"]
    assert [item["metadata"]["namespace"] for item in everywhere] == [configmaps.split("/")[4]]


def test_custom_object_is_kept_as_it_is(server: Server, widgets: Widgets) -> None:
    spec = {
        "size": "large",
        "replicas": 3,
        "amount": "5",
        "ratio": 0.5,
        "on": False,
        "ports": [{"name": "http", "port": 80, "protocol": "UDP"}],
        "tags": ["b", "a"],
        "labels": {"x": ""},
        "anything": {"deep": [1, {"er": None}], "é": "ü"},
        "nested": {"level": "debug"},
    }
    made = server.post(widgets.path, widgets.new("a", spec))
    spec["anything"] = {"deep": [1, {"er": None}], "é": "ü"}
    assert made["spec"] == spec
    assert made["metadata"]["generation"] == 1
    assert server.get(f"{widgets.path}/a") == made
