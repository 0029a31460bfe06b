"""resourceVersion, conflicts and generation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.sandbox.contract.manifests import configmap, deployment, secret

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def test_version_changes_with_every_change(server: Server, configmaps: str) -> None:
    versions = [server.post(configmaps, configmap("a"))["metadata"]["resourceVersion"]]
    for value in ("1", "2"):
        kept = server.put(f"{configmaps}/a", configmap("a", {"k": value}))
        versions.append(kept["metadata"]["resourceVersion"])
    assert versions == sorted(set(versions), key=int)


def test_change_that_changes_nothing_leaves_the_version(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}))
    assert server.put(f"{configmaps}/a", made) == made
    assert server.patch(f"{configmaps}/a", {"data": {"k": "v"}}) == made
    assert server.get(f"{configmaps}/a") == made


def test_versions_of_different_types_come_from_one_count(server: Server, ns: str, configmaps: str) -> None:
    first = server.post(configmaps, configmap("a"))
    second = server.post(f"{ns}/secrets", {"metadata": {"name": "a"}})
    third = server.post(configmaps, configmap("b"))
    versions = [int(made["metadata"]["resourceVersion"]) for made in (first, second, third)]
    assert versions == sorted(set(versions))


def test_update_of_an_old_version_is_a_conflict(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}))
    server.put(f"{configmaps}/a", configmap("a", {"k": "w"}))
    answer = server.ask("PUT", f"{configmaps}/a", made).refused(409, "Conflict")
    assert answer.message == f'Operation cannot be fulfilled on configmaps "a": {MODIFIED}'
    assert answer.json["details"] == {"name": "a", "kind": "configmaps"}
    assert server.get(f"{configmaps}/a")["data"] == {"k": "w"}


def test_update_of_a_custom_object_needs_a_version(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    answer = server.ask("PUT", f"{widgets.path}/a", widgets.new("a", {"note": "x"}))
    why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    answer.invalid(f"widgets.{widgets.group}", "a", why)


def test_update_of_an_old_custom_object_is_a_conflict(server: Server, widgets: Widgets) -> None:
    made = server.post(widgets.path, widgets.new("a"))
    server.put(f"{widgets.path}/a", {**made, "spec": {"size": "large"}})
    said = f'Operation cannot be fulfilled on widgets.{widgets.group} "a": {MODIFIED}'
    answer = server.ask("PUT", f"{widgets.path}/a", made)
    answer.refused(409, "Conflict", said, name="a", group=widgets.group, kind="widgets")


def test_patch_with_an_old_version_is_a_conflict(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}))
    server.put(f"{configmaps}/a", configmap("a", {"k": "w"}))
    old = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "data": {"k": "x"}}
    answer = server.ask("PATCH", f"{configmaps}/a", old, content_type="application/merge-patch+json")
    said = f'Operation cannot be fulfilled on configmaps "a": {MODIFIED}'
    answer.refused(409, "Conflict", said, name="a", kind="configmaps")


def test_version_that_is_no_number_is_refused(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    answer = server.ask("PUT", f"{configmaps}/a", configmap("a", {"k": "v"}, resourceVersion="x"))
    assert answer.refused(500, "").message == 'strconv.ParseUint: parsing "x": invalid syntax'


def test_generation_counts_changes_of_the_spec_only(server: Server, widgets: Widgets) -> None:
    path = f"{widgets.path}/a"
    assert server.post(widgets.path, widgets.new("a"))["metadata"]["generation"] == 1
    assert server.patch(path, {"spec": {"note": "x"}})["metadata"]["generation"] == 2
    assert server.patch(path, {"metadata": {"labels": {"x": "y"}}})["metadata"]["generation"] == 2
    status = {"status": {"replicas": 1}}
    assert server.patch(f"{path}/status", status)["metadata"]["generation"] == 2
    assert server.patch(path, {"spec": {"note": "x"}})["metadata"]["generation"] == 2
    assert server.patch(path, {"spec": {"note": None}})["metadata"]["generation"] == 3


def test_generation_of_a_deployment_counts_changes_of_the_spec_only(server: Server, deployments: str) -> None:
    path = f"{deployments}/a"
    assert server.post(deployments, deployment("a", 0))["metadata"]["generation"] == 1
    assert server.patch(path, {"metadata": {"labels": {"x": "y"}}})["metadata"]["generation"] == 1
    assert server.patch(path, {"spec": {"minReadySeconds": 1}})["metadata"]["generation"] == 2
    assert server.patch(f"{path}/status", {"status": {"observedGeneration": 2}})["metadata"]["generation"] == 2


def test_configmaps_have_no_generation(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    assert "generation" not in server.put(f"{configmaps}/a", configmap("a", {"k": "v"}))["metadata"]


def test_list_tells_the_version_it_is_of(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a"))
    version = server.get(configmaps)["metadata"]["resourceVersion"]
    assert int(version) >= int(made["metadata"]["resourceVersion"])


def test_read_may_ask_for_at_least_a_version(server: Server, secrets: str) -> None:
    made = server.post(secrets, secret("a"))
    version = made["metadata"]["resourceVersion"]
    for wanted in ("0", version):
        assert server.get(f"{secrets}/a", resourceVersion=wanted)["metadata"]["name"] == "a"
        assert server.names(secrets, resourceVersion=wanted) in (["a"], [] if wanted == "0" else ["a"])


def test_list_can_be_of_an_exact_version(server: Server, secrets: str) -> None:
    version = server.post(secrets, secret("a"))["metadata"]["resourceVersion"]
    server.post(secrets, secret("b"))
    page = server.get(secrets, resourceVersion=version, resourceVersionMatch="Exact")
    assert [item["metadata"]["name"] for item in page["items"]] == ["a"]
    assert page["metadata"]["resourceVersion"] == version


def test_version_of_the_future_is_a_timeout(server: Server, configmaps: str) -> None:
    future = int(server.get(configmaps)["metadata"]["resourceVersion"]) + 1_000_000_000
    answer = server.ask("GET", configmaps, query={"resourceVersion": future}).refused(504, "Timeout")
    # It ends with the version that there is by then.
    assert re.fullmatch(rf"Timeout: Too large resource version: {future}, current: \d+", answer.message)
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    assert answer.json["details"] == {"causes": [cause], "retryAfterSeconds": 1}
    assert answer.headers["Retry-After"] == "1"


def test_version_of_a_list_that_is_no_number_is_a_bad_request(server: Server, configmaps: str) -> None:
    why = 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'
    answer = server.ask("GET", configmaps, query={"resourceVersion": "x"})
    answer.refused(400, "BadRequest", f"invalid resource version: {why}")


def test_match_without_a_version_is_invalid(server: Server, configmaps: str) -> None:
    answer = server.ask("GET", configmaps, query={"resourceVersionMatch": "Exact"})
    why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
    answer.invalid("ListOptions.meta.k8s.io", "", f"resourceVersionMatch: Forbidden: {why}")
