"""Admission: what is not valid is refused with the words of kube-apiserver, so that tools and people understand it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import GROUP_SUFFIX, configmap, deployment, pod
from tests.sandbox.contract.wire import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

TIMES = {
    "today": 'parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"',
    "": 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"',
    "2026-01-01": 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
    "2026-01-01T00:00:00": 'as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    "2026-02-30T00:00:00Z": 'parsing time "2026-02-30T00:00:00Z": day out of range',
    "2026-13-01T00:00:00Z": 'parsing time "2026-13-01T00:00:00Z": month out of range',
    "2026-01-01T00:00:00Zx": 'parsing time "2026-01-01T00:00:00Zx": extra text: "x"',
}


@pytest.mark.parametrize("time", TIMES)
def test_time_that_is_none_is_a_bad_request(server: Server, configmaps: str, time: str) -> None:
    body = configmap("a", creationTimestamp=time)
    answer = server.ask("POST", configmaps, body).refused(400, "BadRequest")
    assert answer.message.startswith('ConfigMap in version "v1" cannot be handled as a ConfigMap: ')
    assert answer.message.endswith(TIMES[time])


def test_time_of_a_lease_has_microseconds(server: Server, ns: str) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/leases"
    body = {"metadata": {"name": "a"}, "spec": {"renewTime": "2026-01-02T03:04:05Z"}}
    answer = server.ask("POST", leases, body).refused(400, "BadRequest")
    assert answer.message.endswith('as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"')


OWNERS: dict[str, dict[str, Any]] = {
    "apiVersion: Required value: must not be empty": {"apiVersion": ""},
    'apiVersion: Invalid value: "a/b/c": must be <group>/<version> or <version>': {"apiVersion": "a/b/c"},
    "kind: Required value: must not be empty": {"kind": ""},
    "uid: Required value: must not be empty": {"uid": ""},
}


@pytest.mark.parametrize("complaint", OWNERS)
def test_owner_is_named_in_full(server: Server, configmaps: str, complaint: str) -> None:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "b", "uid": "u"} | OWNERS[complaint]
    body = configmap("a", ownerReferences=[owner])
    answer = server.ask("POST", configmaps, body).refused(422, "Invalid")
    assert f"metadata.ownerReferences[0].{complaint}" in answer.message


def test_event_owns_nothing(server: Server, configmaps: str) -> None:
    owner = {"apiVersion": "v1", "kind": "Event", "name": "b", "uid": "u"}
    answer = server.ask("POST", configmaps, configmap("a", ownerReferences=[owner])).refused(422, "Invalid")
    assert "/v1, Kind=Event is disallowed from being an owner" in answer.message


def test_finalizer_without_a_domain_is_refused_or_for_custom_objects_warned_of(
    server: Server, configmaps: str, widgets: Widgets
) -> None:
    refused = server.ask("POST", configmaps, configmap("a", finalizers=["mine"])).refused(422, "Invalid")
    assert "name is neither a standard finalizer name nor is it fully qualified" in refused.message
    taken = server.ask("POST", widgets.path, widgets.new("a", finalizers=["mine"]))
    assert taken.status == 201
    assert taken.warnings[0].startswith('metadata.finalizers: \\"mine\\": prefer a domain-qualified finalizer name')
    server.patch(f"{widgets.path}/a", {"metadata": {"finalizers": None}})


def test_manager_with_a_control_character_is_told_by_its_place(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a"), query={"fieldManager": "kubectl\x01"})
    assert answer.refused(422, "Invalid").message.endswith(
        r'fieldManager: Invalid value: "kubectl\x01": invalid character U+0001 (at position 7)'
    )


def test_custom_object_without_its_kind_is_shown_as_it_came(server: Server, widgets: Widgets) -> None:
    body = f'{{ "apiVersion": "{widgets.group}/v1", "metadata": {{"name": "a"}} }}'
    answer = server.ask("POST", widgets.path, body).refused(400, "BadRequest")
    assert answer.message == (
        "the object provided is unrecognized (must be of type Widget): "
        f"Object 'Kind' is missing in '{body}' ({body[:30]} ...)"
    )


def test_custom_object_without_its_version_is_refused(server: Server, widgets: Widgets) -> None:
    answer = server.ask("POST", widgets.path, {"kind": "Widget", "metadata": {"name": "a"}})
    assert answer.refused(400, "BadRequest").message == (
        f"the API version in the data () does not match the expected API version ({widgets.group}/v1)"
    )


def test_nothing_cannot_be_applied(server: Server, configmaps: str) -> None:
    for body in (b"", b"{}"):
        answer = server.ask(
            "PATCH",
            f"{configmaps}/a",
            body,
            content_type="application/apply-patch+yaml",
            query={"fieldManager": "m"},
        )
        assert answer.refused(400, "BadRequest").message == "invalid object type: /, Kind="


@pytest.mark.parametrize("kind", [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH])
def test_patch_that_is_no_json_is_refused(server: Server, configmaps: str, kind: str) -> None:
    server.post(configmaps, configmap("a"))
    for body in (b"", b" ", b'{"a":', b"{a:1}"):
        answer = server.ask("PATCH", f"{configmaps}/a", body, content_type=kind)
        assert answer.refused(400, "BadRequest").message == "invalid JSON patch"


def test_metadata_spoilt_by_a_patch_make_the_patch_invalid(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    change = {"metadata": {"labels": {"n": 1}}}
    answer = server.ask("PATCH", f"{configmaps}/a", change, content_type=MERGE_PATCH).refused(422, "Invalid")
    assert answer.message.startswith(' "" is invalid: patch: Invalid value: "{')
    assert "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string" in (
        answer.message
    )


NUMBERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "whole": {"type": "integer"},
        "either": {"x-kubernetes-int-or-string": True},
        "any": {"x-kubernetes-preserve-unknown-fields": True},
        "one": {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
            "oneOf": [{"properties": {"a": {"enum": ["x"]}}}, {"required": ["b"], "properties": {"b": {"minimum": 3}}}],
        },
        "all": {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
            "allOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
    },
}


def test_whole_numbers_may_have_a_point(server: Server, define: Callable[..., str], unique: str) -> None:
    path = define(NUMBERS)
    body = f'{{"apiVersion": "{unique}{GROUP_SUFFIX}/v1", "kind": "Widget", "metadata": {{"name": "a"}}, '
    body += '"whole": 3.0, "either": 4e1, "any": 5.0}'
    made = server.done("POST", path, body)
    values = [made[name] for name in ("whole", "either", "any")]
    assert values == [3, 40, 5]
    assert all(isinstance(value, int) for value in values)


FLAWS: dict[str, dict[str, Any]] = {
    'whole: Invalid value: "number": whole in body must be of type integer: "number"': {"whole": 3.5},
    'Invalid value: "": Checked value must be of type integer (default format) in whole': {"whole": 10**19},
    'one.a: Unsupported value: "q": supported values: "x"': {"one": {"a": "q"}},
    "one.b: Invalid value: 1: one.b in body should be greater than or equal to 3": {"one": {"a": "q", "b": 1}},
    "all.b: Required value": {"all": {"a": "x"}},
}


@pytest.mark.parametrize("complaint", FLAWS)
def test_branch_or_number_is_told_by_its_field(
    server: Server, define: Callable[..., str], unique: str, complaint: str
) -> None:
    head = {"apiVersion": f"{unique}{GROUP_SUFFIX}/v1", "kind": "Widget", "metadata": {"name": "a"}}
    assert complaint in server.ask("POST", define(NUMBERS), head | FLAWS[complaint]).refused(422, "Invalid").message


CONTAINER = {"name": "web", "image": "x"}
TEMPLATES: dict[str, dict[str, Any]] = {
    "dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None": {"dnsPolicy": "None"},
    "volumes[0].configMap.name: Required value": {"volumes": [{"name": "v", "configMap": {}}]},
    "volumes[0].configMap: Forbidden: may not specify more than 1 volume type": {
        "volumes": [{"name": "v", "emptyDir": {}, "configMap": {"name": "a"}}]
    },
    "containers[0].livenessProbe: Required value: must specify a handler type": {
        "containers": [CONTAINER | {"livenessProbe": {}}]
    },
    'containers[0].env[0].name: Invalid value: "a=b": a valid environment variable name': {
        "containers": [CONTAINER | {"env": [{"name": "a=b"}]}]
    },
    'restartPolicy: Unsupported value: "S": supported values: "Always", "OnFailure", "Never"': {"restartPolicy": "S"},
}


@pytest.mark.parametrize("complaint", TEMPLATES)
def test_template_is_checked(server: Server, deployments: str, complaint: str) -> None:
    body = deployment("a", 0)
    body["spec"]["template"]["spec"] |= TEMPLATES[complaint]
    answer = server.ask("POST", deployments, body).refused(422, "Invalid")
    assert f"spec.template.spec.{complaint}" in answer.message


def test_rolling_update_has_to_get_on(server: Server, deployments: str) -> None:
    body = deployment("a", 0)
    body["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}
    answer = server.ask("POST", deployments, body).refused(422, "Invalid")
    assert "maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0" in answer.message


POD_CHANGES: dict[str, dict[str, Any]] = {
    "spec: Forbidden: pod updates may not change fields other than": {"nodeName": "other"},
    "spec.initContainers: Forbidden: pod updates may not add or remove containers": {"initContainers": [CONTAINER]},
    "spec.activeDeadlineSeconds: Invalid value: 50: must be less than or equal to previous value": {
        "activeDeadlineSeconds": 50
    },
    "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value": {
        "activeDeadlineSeconds": None
    },
}


@pytest.mark.parametrize("complaint", POD_CHANGES)
def test_what_a_pod_is_cannot_be_changed(server: Server, ns: str, complaint: str) -> None:
    server.post(f"{ns}/pods", pod("a", nodeName="n", activeDeadlineSeconds=5))
    change = {"spec": POD_CHANGES[complaint]}
    answer = server.ask("PATCH", f"{ns}/pods/a", change, content_type=MERGE_PATCH).refused(422, "Invalid")
    assert complaint in answer.message
