"""Admission: what is not valid is refused with the words of kube-apiserver, so that tools and people understand it."""

from __future__ import annotations

import json
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
    "2026-01-01T00:00:00": (
        'parsing time "2026-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'
    ),
    "2026-02-30T00:00:00Z": 'parsing time "2026-02-30T00:00:00Z": day out of range',
    "2026-13-01T00:00:00Z": 'parsing time "2026-13-01T00:00:00Z": month out of range',
    "2026-01-01T00:00:00Zx": 'parsing time "2026-01-01T00:00:00Zx": extra text: "x"',
}


@pytest.mark.parametrize("time", TIMES)
def test_time_that_is_none_is_a_bad_request(server: Server, configmaps: str, time: str) -> None:
    body = configmap("a", creationTimestamp=time)
    answer = server.ask("POST", configmaps, body).refused(400, "BadRequest")
    assert answer.message == f'ConfigMap in version "v1" cannot be handled as a ConfigMap: {TIMES[time]}'


def test_time_of_a_lease_has_microseconds(server: Server, ns: str) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/leases"
    body = {"metadata": {"name": "a"}, "spec": {"renewTime": "2026-01-02T03:04:05Z"}}
    answer = server.ask("POST", leases, body).refused(400, "BadRequest")
    assert answer.message == (
        'Lease in version "v1" cannot be handled as a Lease: parsing time "2026-01-02T03:04:05Z" as '
        '"2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"'
    )


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
    server.ask("POST", configmaps, body).invalid("ConfigMap", "a", f"metadata.ownerReferences[0].{complaint}")


def test_event_owns_nothing(server: Server, configmaps: str) -> None:
    owner = {"apiVersion": "v1", "kind": "Event", "name": "b", "uid": "u"}
    answer = server.ask("POST", configmaps, configmap("a", ownerReferences=[owner]))
    shown = json.dumps(owner, separators=(",", ":"))
    why = f"metadata.ownerReferences[0]: Invalid value: {shown}: /v1, Kind=Event is disallowed from being an owner"
    answer.invalid("ConfigMap", "a", why)


def test_finalizer_without_a_domain_is_refused_or_for_custom_objects_warned_of(
    server: Server, configmaps: str, widgets: Widgets
) -> None:
    refused = server.ask("POST", configmaps, configmap("a", finalizers=["mine"]))
    why = "name is neither a standard finalizer name nor is it fully qualified"
    refused.invalid("ConfigMap", "a", f'metadata.finalizers[0]: Invalid value: "mine": {why}')
    taken = server.ask("POST", widgets.path, widgets.new("a", finalizers=["mine"]))
    assert taken.status == 201
    assert taken.warnings[0].startswith('metadata.finalizers: \\"mine\\": prefer a domain-qualified finalizer name')
    server.patch(f"{widgets.path}/a", {"metadata": {"finalizers": None}})


def test_manager_with_a_control_character_is_told_by_its_place(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a"), query={"fieldManager": "kubectl\x01"})
    why = r'fieldManager: Invalid value: "kubectl\x01": invalid character U+0001 (at position 7)'
    answer.invalid("CreateOptions.meta.k8s.io", "", why)


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
    # Between, the whole object is quoted.
    assert answer.message.startswith(' "" is invalid: patch: Invalid value: "{')
    said = "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"
    assert answer.message.endswith(f'}}": {said}')
    assert answer.message == f' "" is invalid: patch: {answer.json["details"]["causes"][0]["message"]}'


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


NOT_WHOLE = (
    'whole: Invalid value: "number": whole in body must be of type integer: "number"',
    '<nil>: Invalid value: "": Checked value must be of type integer (default format) in whole',
)
NOT_ONE = '<nil>: Invalid value: "": "one" must validate one and only one schema (oneOf). Found none valid'
FLAWS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a fraction": ({"whole": 3.5}, NOT_WHOLE),
    "more than Go holds": ({"whole": 10**19}, NOT_WHOLE),
    "nearer to the first branch": (
        {"one": {"a": "q"}},
        (NOT_ONE, 'one.a: Unsupported value: "q": supported values: "x"'),
    ),
    "nearer to the second branch": (
        {"one": {"a": "q", "b": 1}},
        (NOT_ONE, "one.b: Invalid value: 1: one.b in body should be greater than or equal to 3"),
    ),
    "one of all branches": (
        {"all": {"a": "x"}},
        ("all.b: Required value", '<nil>: Invalid value: "": "all" must validate all the schemas (allOf)'),
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_branch_or_number_is_told_by_its_field(
    server: Server, define: Callable[..., str], unique: str, flaw: str
) -> None:
    group = f"{unique}{GROUP_SUFFIX}"
    head = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "a"}}
    fields, causes = FLAWS[flaw]
    server.ask("POST", define(NUMBERS), head | fields).invalid(f"Widget.{group}", "a", *causes)


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
    'containers[0].env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable '
    "ASCII characters other than '='": {"containers": [CONTAINER | {"env": [{"name": "a=b"}]}]},
    'restartPolicy: Unsupported value: "S": supported values: "Always", "OnFailure", "Never"': {"restartPolicy": "S"},
}


@pytest.mark.parametrize("complaint", TEMPLATES)
def test_template_is_checked(server: Server, deployments: str, complaint: str) -> None:
    body = deployment("a", 0)
    body["spec"]["template"]["spec"] |= TEMPLATES[complaint]
    further = ['spec.template.spec.restartPolicy: Unsupported value: "S": supported values: "Always"']
    causes = [f"spec.template.spec.{complaint}", *(further if complaint.startswith("restartPolicy") else ())]
    server.ask("POST", deployments, body).invalid("Deployment.apps", "a", *causes)


def test_rolling_update_has_to_get_on(server: Server, deployments: str) -> None:
    body = deployment("a", 0)
    body["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}
    why = "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"
    server.ask("POST", deployments, body).invalid("Deployment.apps", "a", why)


POD_CHANGES: dict[str, dict[str, Any]] = {
    "spec.initContainers: Forbidden: pod updates may not add or remove containers": {
        "initContainers": [CONTAINER | {"name": "other"}]
    },
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
    server.ask("PATCH", f"{ns}/pods/a", change, content_type=MERGE_PATCH).invalid("Pod", "a", complaint)


def test_pod_stays_where_it_is(server: Server, ns: str) -> None:
    server.post(f"{ns}/pods", pod("a", nodeName="n"))
    change = {"spec": {"nodeName": "other"}}
    answer = server.ask("PATCH", f"{ns}/pods/a", change, content_type=MERGE_PATCH).refused(422, "Invalid")
    # A real server goes on with the difference of two Go structs.
    assert answer.message.startswith(
        'Pod "a" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,'
        "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
        "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
    )
    (cause,) = answer.json["details"]["causes"]
    assert (cause["reason"], cause["field"]) == ("FieldValueForbidden", "spec")
