"""Requests that make no sense, are too large, too slow, or lead nowhere."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.contract.manifests import configmap, deployment, pod, secret
from tests.sandbox.contract.wire import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, WITHIN

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"text"', b"{]", b"\xff\xfe", b'{"metadata": {"name": "a"}} {}'])
def test_broken_json_is_a_bad_request(server: Server, configmaps: str, body: bytes) -> None:
    server.ask("POST", configmaps, body).refused(400, "BadRequest")
    server.post(configmaps, configmap("good"))


def test_broken_json_is_told_with_its_kind(server: Server, configmaps: str) -> None:
    why = "couldn't get version/kind; json parse error: unexpected end of JSON input ({)"
    said = f"the object provided is unrecognized (must be of type ConfigMap): {why}"
    server.ask("POST", configmaps, b"{").refused(400, "BadRequest", said)


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"a: b: c"])
def test_broken_body_of_a_custom_object_is_a_bad_request(server: Server, widgets: Widgets, body: bytes) -> None:
    server.ask("POST", widgets.path, body).refused(400, "BadRequest")


def test_broken_yaml_is_a_bad_request(server: Server, configmaps: str) -> None:
    server.ask("POST", configmaps, b"a: [", content_type="application/yaml").refused(400, "BadRequest")


def test_deep_nesting_is_refused(server: Server, configmaps: str, widgets: Widgets) -> None:
    deep = "[" * 20_000 + "]" * 20_000
    server.ask("POST", configmaps, f'{{"metadata": {{"name": "a"}}, "data": {deep}}}').refused(400, "BadRequest")
    body = f'{{"apiVersion": "{widgets.group}/v1", "kind": "Widget", "metadata": {{"name": "a"}}, "spec": {deep}}}'
    assert server.ask("POST", widgets.path, body).status in {400, 422}
    assert server.ask("GET", "/readyz").status == 200


def test_wrong_type_of_a_value_is_a_bad_request(server: Server, configmaps: str) -> None:
    for body, why in (
        ({"data": 5}, "number into Go struct field ConfigMap.data of type map[string]string"),
        ({"data": {"k": 5}}, "number into Go struct field ConfigMap.data of type string"),
        (
            {"metadata": {"labels": ["a"]}},
            "array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        ({"metadata": 7}, "number into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
        ({"data": "text"}, "string into Go struct field ConfigMap.data of type map[string]string"),
    ):
        said = f'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal {why}'
        server.ask("POST", configmaps, body).refused(400, "BadRequest", said)


LONG = "9" * 5000


@pytest.mark.parametrize("name", ["limit", "timeoutSeconds"])
@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("1.5", "invalid syntax"),
        ("1_0", "invalid syntax"),
        ("9" * 20, "value out of range"),
        (LONG, "value out of range"),
    ],
)
def test_number_that_is_none_or_too_large_is_a_bad_request(
    server: Server, configmaps: str, name: str, number: str, why: str
) -> None:
    answer = server.ask("GET", configmaps, query={name: number, "watch": name != "limit"}).refused(400, "BadRequest")
    assert answer.message == f'strconv.ParseInt: parsing "{number}": {why}'


def test_version_that_is_too_large_is_told_by_each_verb_in_its_way(server: Server, configmaps: str) -> None:
    said = f'strconv.ParseUint: parsing "{LONG}": value out of range'
    where = f'resourceVersion: Invalid value: "{LONG}": '
    answer = server.ask("GET", configmaps, query={"resourceVersion": LONG}).refused(400, "BadRequest")
    assert answer.message == f"invalid resource version: {where}{said}"
    answer = server.ask("GET", configmaps, query={"resourceVersion": LONG, "watch": True}).refused(500, "")
    assert answer.message == where + said
    server.post(configmaps, configmap("a"))
    answer = server.ask("PUT", f"{configmaps}/a", configmap("a", resourceVersion=LONG)).refused(500, "")
    assert answer.message == said


@pytest.mark.parametrize(
    ("field", "value", "go"), [("apiVersion", 5, "number"), ("kind", [], "array"), ("apiVersion", {"a": 1}, "object")]
)
def test_patch_that_spoils_the_type_is_told(
    server: Server, configmaps: str, field: str, value: object, go: str
) -> None:
    server.post(configmaps, configmap("a"))
    answer = server.ask("PATCH", f"{configmaps}/a", {field: value}, content_type=MERGE_PATCH).refused(422, "Invalid")
    # Between, the whole object is quoted.
    assert answer.message.startswith(' "" is invalid: patch: Invalid value: "{')
    assert answer.message == f' "" is invalid: patch: {answer.json["details"]["causes"][0]["message"]}'
    said = f"json: cannot unmarshal {go} into Go struct field .{field} of type string"
    assert answer.message.endswith(f"\": couldn't get version/kind; json parse error: {said}")


def test_null_in_a_list_or_a_map_is_an_empty_value(server: Server, configmaps: str, ns: str) -> None:
    made = server.post(configmaps, {"metadata": {"name": "a", "labels": {"x": None}}, "data": {"k": None}})
    assert (made["metadata"]["labels"], made["data"]) == ({"x": ""}, {"k": ""})
    answer = server.ask("POST", f"{ns}/pods", pod("a", containers=[None]))
    answer.invalid("Pod", "a", "spec.containers[0].name: Required value", "spec.containers[0].image: Required value")


@pytest.mark.parametrize("body", [{}, {"metadata": {}}, {"metadata": None}])
def test_namespace_needs_a_name(server: Server, body: object) -> None:
    answer = server.ask("POST", "/api/v1/namespaces", body)
    answer.invalid("Namespace", "", "metadata.name: Required value: name or generateName is required")


def test_scale_that_cannot_be_read_is_told(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a"))
    head = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "a"}}
    for spec, why in (
        ([], "array into Go struct field Scale.spec of type v1.ScaleSpec"),
        ({"replicas": "x"}, "string into Go struct field ScaleSpec.spec.replicas of type int32"),
        ({"replicas": 2**40}, f"number {2**40} into Go struct field ScaleSpec.spec.replicas of type int32"),
    ):
        answer = server.ask("PUT", f"{deployments}/a/scale", {**head, "spec": spec}).refused(400, "BadRequest")
        assert answer.message == f'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal {why}'


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_body_of_another_media_type_is_unsupported(server: Server, configmaps: str, kind: str) -> None:
    taken = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    said = f"the body of the request was in an unknown format - accepted media types include: {taken}"
    server.ask("POST", configmaps, configmap("a"), content_type=kind).refused(415, "UnsupportedMediaType", said)


def test_patch_of_another_media_type_is_unsupported(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    for kind in ("application/json", "text/plain"):
        server.ask("PATCH", f"{configmaps}/a", {}, content_type=kind).refused(415, "UnsupportedMediaType")


def test_strategic_merge_patch_of_a_custom_object_is_unsupported(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    answer = server.ask("PATCH", f"{widgets.path}/a", {}, content_type=STRATEGIC_MERGE_PATCH)
    assert answer.refused(415, "UnsupportedMediaType").message == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )


def test_answer_of_a_media_type_that_is_not_on_offer_is_not_acceptable(server: Server, configmaps: str) -> None:
    offered = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    streams = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
    said = f"406: Not Acceptable\n\nAvailable representations: {offered}, {streams}"
    server.ask("GET", configmaps, accept="text/html").refused(406, "NotAcceptable", said)


@pytest.mark.parametrize("accept", ["*/*", "text/html, application/json;q=0.5", "application/json; charset=utf-8"])
def test_any_accepted_media_type_will_do(server: Server, configmaps: str, accept: str) -> None:
    answer = server.ask("GET", configmaps, accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")


def test_client_that_prefers_protobuf_gets_what_it_accepts(server: Server, configmaps: str) -> None:
    answer = server.ask("GET", configmaps, accept="application/vnd.kubernetes.protobuf,application/json")
    assert answer.status == 200
    assert answer.headers["Content-Type"] in {"application/vnd.kubernetes.protobuf", "application/json"}


def test_unknown_paths_are_not_found(server: Server) -> None:
    for path in ("/nope", "/apis/nope", "/apis/nope/v1/nothings"):
        answer = server.ask("GET", path)
        assert answer.status == 404, path
        assert answer.text.rstrip() == "404 page not found"


def test_unknown_types_of_a_known_version_are_not_found(server: Server, ns: str) -> None:
    types = (f"{ns}/nothings", "/apis/apps/v1/nothings", f"{ns}/configmaps/a/status", f"{ns}/pods/a/nothing")
    for path in (*types, "/apis/apps/v9", "/apis/apps/v9/deployments", "/api/v2"):
        answer = server.ask("GET", path).refused(404, "NotFound")
        assert answer.message == "the server could not find the requested resource"


def test_wrong_methods_are_not_allowed(server: Server, configmaps: str) -> None:
    for method, path in (
        ("PUT", configmaps),
        ("PATCH", configmaps),
        ("POST", f"{configmaps}/a"),
        ("OPTIONS", configmaps),
    ):
        answer = server.ask(method, path, {}).refused(405, "MethodNotAllowed")
        assert answer.message == "the server does not allow this method on the requested resource"


def test_head_is_not_allowed(server: Server, configmaps: str) -> None:
    assert server.ask("HEAD", configmaps).status == 405
    assert server.ask("HEAD", f"{configmaps}/a").status == 405


def test_method_that_nobody_knows_is_not_allowed(server: Server, configmaps: str) -> None:
    server.ask("BREW", configmaps).refused(405, "MethodNotAllowed")


def test_body_of_50_mb_is_too_large(server: Server, secrets: str) -> None:
    """The client hears of it, or finds the connection closed while it is still sending."""
    body = b'{"metadata": {"name": "a"}, "data": {"k": "' + b"x" * 50_000_000 + b'"}}'
    try:
        answer = server.ask("POST", secrets, body)
    except OSError:
        pass
    else:
        answer.refused(413, "RequestEntityTooLarge")
    assert server.names(secrets) == []


def test_body_of_4_mb_is_too_large(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, b"x" * 4_000_000).refused(413, "RequestEntityTooLarge")
    assert answer.message == "Request entity too large: limit is 3145728"


def test_configmap_of_more_than_1_mb_is_invalid(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("big", {"k": "x" * 1_100_000}))
    answer.invalid("ConfigMap", "big", "[]: Too long: may not be more than 1048576 bytes")
    server.post(configmaps, configmap("fits", {"k": "x" * 1_000_000}))


def test_annotations_of_more_than_256_kb_are_invalid(server: Server, configmaps: str) -> None:
    body = configmap("big", annotations={"k": "x" * 300_000})
    why = "metadata.annotations: Too long: may not be more than 262144 bytes"
    server.ask("POST", configmaps, body).invalid("ConfigMap", "big", why)


def test_unknown_option_values_are_invalid(server: Server, configmaps: str) -> None:
    answer = server.ask("POST", configmaps, configmap("a"), query={"fieldValidation": "Nonsense"})
    why = 'fieldValidation: Unsupported value: "Nonsense": supported values: "", "Ignore", "Strict", "Warn"'
    answer.invalid("CreateOptions.meta.k8s.io", "", why)
    answer = server.ask("POST", configmaps, configmap("a"), query={"dryRun": "Some"})
    answer.invalid("CreateOptions.meta.k8s.io", "", 'dryRun: Unsupported value: ["Some"]: supported values: "All"')


def test_broken_patches_are_bad_requests(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    bodies = {JSON_PATCH: [b"{", b'{"op": "add"}'], MERGE_PATCH: [b"{"], STRATEGIC_MERGE_PATCH: [b"{"]}
    for kind, broken in bodies.items():
        for body in broken:
            server.ask("PATCH", f"{configmaps}/a", body, content_type=kind).refused(400, "BadRequest")
    answer = server.ask("PATCH", f"{configmaps}/a", b"{", content_type=APPLY_PATCH, query={"fieldManager": "m"})
    answer.refused(400, "BadRequest")


def test_slow_client_does_not_hold_up_others(server: Server, secrets: str) -> None:
    raw = socket.create_connection(server.address, timeout=WITHIN)
    with server.context.wrap_socket(raw, server_hostname="127.0.0.1") as slow:
        head = f"POST {server.prefix}{secrets} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
        slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
        for number in range(20):
            server.post(secrets, secret(f"c{number}"))
    assert len(server.names(secrets)) == 20


def test_client_that_does_not_read_its_watch_does_not_hold_up_others(server: Server, configmaps: str) -> None:
    start = server.get(configmaps)["metadata"]["resourceVersion"]
    with server.watch(configmaps, resourceVersion=start):
        for number in range(40):
            server.post(configmaps, configmap(f"c{number}", {"k": "x" * 500_000}))
        assert len(set(server.names(configmaps)) - {"kube-root-ca.crt"}) == 40


def test_requests_of_nonsense_bytes_do_not_stop_the_server(server: Server) -> None:
    raw = socket.create_connection(server.address, timeout=WITHIN)
    with server.context.wrap_socket(raw, server_hostname="127.0.0.1") as stream:
        stream.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")
        assert b" 400 " in stream.recv(1000).split(b"\r\n")[0]
    with socket.create_connection(server.address, timeout=WITHIN) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        plain.recv(1000)
    assert server.ask("GET", "/readyz").status == 200
