"""The port: who gets in, what is taken, what comes back, and that nobody can hurt the others."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import yaml

from kfed.sandbox.fleet.background import in_background
from kfed.sandbox.fleet.startup import Settings
from kfed.sandbox.port import http as port
from kfed.sandbox.port.http import MAX_BODY
from kfed.testing import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.testing import Fleet

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def raw(cluster: Cluster, text: bytes) -> bytes:
    """Send bytes as they are, and return what comes back until the server closes or pauses."""
    place = urlsplit(cluster.url)
    context = ssl.create_default_context(cadata=cluster.authority)
    with (
        socket.create_connection((place.hostname, place.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        secure.sendall(text)
        return secure.recv(65536)


def request(cluster: Cluster, method: str, path: str, body: Any = None, **headers: str) -> tuple[Any, bytes]:
    """One request with the headers given and no others, and the whole response."""
    place = urlsplit(cluster.url)
    context = ssl.create_default_context(cadata=cluster.authority)
    connection = http.client.HTTPSConnection("127.0.0.1", place.port, timeout=30, context=context)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, place.path + path, body, {"Authorization": f"Bearer {cluster.token}"} | sent)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_objects_of_one_cluster_are_not_in_another(kfed_fleet: Fleet) -> None:
    first, second, _ = kfed_fleet.members.values()
    assert first.call("POST", CONFIG_MAPS, config_map("a"))[0] == 201
    assert first.call("GET", f"{CONFIG_MAPS}/a")[0] == 200
    assert second.call("GET", f"{CONFIG_MAPS}/a")[0] == 404


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Basic YWRtaW46YWRtaW4=", "bearer  ", "Bearer a.b.c", "Bearer \u00e9"]
)
@pytest.mark.parametrize("path", ["/api/v1/namespaces", "/healthz", "/version", "/nowhere"])
def test_nobody_gets_in_without_a_token(kfed_sandbox: Fleet, path: str, authorization: str) -> None:
    response, body = request(kfed_sandbox.host, "GET", path, Authorization=authorization)
    assert response.status == 401
    assert json.loads(body)["reason"] == "Unauthorized"


def test_token_of_one_cluster_is_worth_nothing_at_another(kfed_sandbox: Fleet) -> None:
    token = kfed_sandbox.members["member1"].token
    response, _ = request(kfed_sandbox.host, "GET", "/api/v1/namespaces", Authorization=f"Bearer {token}")
    assert response.status == 401


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells who listens where")
def test_it_listens_on_this_machine_only(kfed_sandbox: Fleet) -> None:
    port = f":{urlsplit(kfed_sandbox.host.url).port:04X}"
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path("/proc/net", name).read_text().splitlines()[1:]]
    listening = "0A"
    assert [row[1] for row in rows if row[1].endswith(port) and row[3] == listening] == [f"0100007F{port}"]


def test_cluster_that_there_is_not_is_404(kfed_sandbox: Fleet) -> None:
    port = urlsplit(kfed_sandbox.host.url).port
    answer = raw(kfed_sandbox.host, b"GET /clusters/nowhere/api HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
    assert answer.startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/foo", 404),
        ("GET", "/api/v1/foos", 404),
        ("GET", "/apis/nope/v1/foos", 404),
        ("GET", "/api/v1/nodes/a/b/c/d", 404),
        ("GET", "/api/v1/namespaces/default/nodes", 404),
        ("GET", "/api/v1/configmaps/x", 404),
        ("GET", "/api//v1/pods", 404),
        ("POST", f"{CONFIG_MAPS}/x", 405),
        ("PUT", CONFIG_MAPS, 405),
        ("POST", "/api/v1/configmaps", 405),
        ("OPTIONS", "/api/v1/namespaces", 405),
        ("DELETE", "/api/v1/namespaces", 405),
        ("POST", "/version", 405),
    ],
)
def test_paths_and_methods_that_are_not_served(kfed_sandbox: Fleet, method: str, path: str, code: int) -> None:
    response, _ = request(kfed_sandbox.host, method, path, "{}", Content_Type="application/json")
    assert response.status == code


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "unexpected end of JSON input (<empty>)"),
        (b'{"a', '({"a)'),
        (b"[]", "cannot unmarshal array into Go value"),
        (b'"x"', "cannot unmarshal string into Go value"),
        (b"3", "cannot unmarshal number into Go value"),
        (b"\xff\xfe", "(fffe)"),
        (b'{"kind": 3}', "cannot unmarshal number into Go struct field .kind of type string"),
        (b"{" * 5000, "the object provided is unrecognized"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, None),
        (b'{"metadata": [1]}', "cannot unmarshal array"),
        (b'{"metadata": {"labels": 3}}', "cannot unmarshal number"),
        (b'{"data": 1e999}', None),
    ],
)
def test_body_that_is_no_object_is_one_clear_error(kfed_sandbox: Fleet, body: bytes, said: str | None) -> None:
    response, answer = request(kfed_sandbox.host, "POST", CONFIG_MAPS, body, Content_Type="application/json")
    assert response.status in {400, 422}
    status = json.loads(answer)
    assert status["kind"] == "Status"
    assert said is None or said in status["message"]


def test_body_in_yaml_is_taken(kfed_fleet: Fleet) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: text}\ndata:\n  a: |\n    two\n    lines\n"
    response, answer = request(kfed_fleet.host, "POST", CONFIG_MAPS, text, Content_Type="application/yaml")
    assert response.status == 201, answer
    assert kfed_fleet.host.get("v1", "ConfigMap", "text")["data"]["a"] == "two\nlines\n"


@pytest.mark.parametrize("body", ["a: [", "x", "a: b: c", "&a [*a]", "- 1"])
def test_body_in_broken_yaml_is_refused(kfed_sandbox: Fleet, body: str) -> None:
    response, answer = request(kfed_sandbox.host, "POST", CONFIG_MAPS, body, Content_Type="application/yaml")
    assert response.status == 400
    assert "the object provided is unrecognized (must be of type ConfigMap)" in json.loads(answer)["message"]


def test_body_of_another_type_is_415(kfed_sandbox: Fleet) -> None:
    response, answer = request(kfed_sandbox.host, "POST", CONFIG_MAPS, "{}", Content_Type="text/plain")
    assert response.status == 415
    assert "accepted media types include: application/json, application/yaml" in json.loads(answer)["message"]


def test_body_that_is_too_large_is_413_before_it_is_read(kfed_sandbox: Fleet) -> None:
    body = json.dumps(config_map("big", a="x" * 50_000_000))
    response, answer = request(kfed_sandbox.host, "POST", CONFIG_MAPS, body, Content_Type="application/json")
    assert response.status == 413
    assert json.loads(answer)["reason"] == "RequestEntityTooLarge"
    assert kfed_sandbox.host.call("GET", "/readyz") == (200, "ok")


def test_body_without_an_announced_length_is_cut_off_too(kfed_sandbox: Fleet) -> None:
    pieces = (b" " * 65536 for _ in range(MAX_BODY // 65536 + 2))
    response, _ = request(kfed_sandbox.host, "POST", CONFIG_MAPS, pieces, Content_Type="application/json")
    assert response.status == 413


@pytest.mark.parametrize(
    "text",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET " + b"/" * 20000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_answered_with_400(kfed_sandbox: Fleet, text: bytes) -> None:
    assert raw(kfed_sandbox.host, text).split(b" ")[1] == b"400"
    assert kfed_sandbox.host.call("GET", "/readyz") == (200, "ok")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "ConfigMapList"),
        ("*/*", "ConfigMapList"),
        ("application/json", "ConfigMapList"),
        (f"{TABLE},application/json", "Table"),
        ("application/vnd.kubernetes.protobuf,application/json", "ConfigMapList"),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "PartialObjectMetadataList"),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", "ConfigMapList"),
        (f"application/json;q=0.5,{TABLE};q=0.9", "Table"),
    ],
)
def test_answer_has_the_form_that_is_asked_for(kfed_sandbox: Fleet, accept: str, kind: str) -> None:
    assert kfed_sandbox.host.call("GET", CONFIG_MAPS, headers={"Accept": accept})[1]["kind"] == kind


def test_answer_can_be_yaml(kfed_sandbox: Fleet) -> None:
    response, body = request(kfed_sandbox.host, "GET", CONFIG_MAPS, Accept="application/yaml")
    assert response.headers["Content-Type"] == "application/yaml"
    assert yaml.safe_load(body)["kind"] == "ConfigMapList"


@pytest.mark.parametrize("accept", ["image/png", "application/vnd.kubernetes.protobuf", "application/json;as=Foo"])
def test_form_that_there_is_not_is_406(kfed_sandbox: Fleet, accept: str) -> None:
    code, answer = kfed_sandbox.host.call("GET", CONFIG_MAPS, headers={"Accept": accept})
    assert (code, answer["reason"]) == (406, "NotAcceptable")


def test_items_of_built_in_types_do_not_repeat_their_kind(kfed_sandbox: Fleet) -> None:
    _, found = kfed_sandbox.host.call("GET", "/api/v1/namespaces")
    assert {"kind", "apiVersion"} & found["items"][0].keys() == set()
    assert found["items"][0]["metadata"]["name"] == "default"


def test_warnings_are_headers_of_one_line(kfed_fleet: Fleet) -> None:
    body = json.dumps({**config_map("w"), "unknown\n\u00e9": 1})
    response, _ = request(kfed_fleet.host, "POST", CONFIG_MAPS, body, Content_Type="application/json")
    assert response.status == 201
    assert response.headers["Warning"].startswith('299 - "unknown field')


def test_documents_are_kept_by_their_hash(kfed_sandbox: Fleet) -> None:
    wanted = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    response, body = request(kfed_sandbox.host, "GET", "/apis", Accept=wanted)
    assert json.loads(body)["kind"] == "APIGroupDiscoveryList"
    tag = response.headers["ETag"]
    response, body = request(kfed_sandbox.host, "GET", "/apis", Accept=wanted, If_None_Match=tag)
    assert (response.status, body) == (304, b"")


def test_old_watch_paths_still_watch(kfed_sandbox: Fleet) -> None:
    response, body = request(kfed_sandbox.host, "GET", "/api/v1/watch/namespaces/default?timeoutSeconds=1")
    assert response.status == 200
    assert [json.loads(line)["object"]["metadata"]["name"] for line in body.splitlines()] == ["default"]


def test_head_is_not_served_for_objects(kfed_sandbox: Fleet) -> None:
    response, body = request(kfed_sandbox.host, "HEAD", "/api/v1/namespaces")
    assert (response.status, body) == (405, b"")


def test_objects_that_kubectl_sends_as_protocol_buffers_are_read(kfed_fleet: Fleet) -> None:
    # As kubectl 1.37 sends `create configmap foo --from-literal=a=b`.
    sent = bytes.fromhex(
        "6b387300 0a0f0a02763112 09436f6e6669674d6170 121d 0a130a03666f6f1200 1a002200 2a003200 38004200"
        "1206 0a0161120162 1a00 2200"
    )
    protobuf = "application/vnd.kubernetes.protobuf"
    response, answer = request(kfed_fleet.host, "POST", CONFIG_MAPS, sent, Content_Type=protobuf)
    assert response.status == 201, answer
    assert kfed_fleet.host.get("v1", "ConfigMap", "foo")["data"] == {"a": "b"}


@pytest.mark.parametrize(
    "body", [b"", b"k8s\x00", b"k8s\x00\xff\xff", b"k8s\x00\x0a\x0f\x0a\x02v1\x12\x09Config", b"{}"]
)
def test_broken_protocol_buffers_are_one_clear_error(kfed_sandbox: Fleet, body: bytes) -> None:
    protobuf = "application/vnd.kubernetes.protobuf"
    response, answer = request(kfed_sandbox.host, "POST", CONFIG_MAPS, body, Content_Type=protobuf)
    assert response.status == 400
    assert "the object provided is unrecognized" in json.loads(answer)["message"]


def test_stopped_cluster_hangs_up_and_the_others_do_not(kfed_fleet: Fleet) -> None:
    first, second, _ = kfed_fleet.members.values()
    kfed_fleet.stop(first.name)
    with pytest.raises((ConnectionError, http.client.HTTPException, ssl.SSLError)):
        first.call("GET", "/readyz")
    assert second.call("GET", "/readyz") == (200, "ok")
    kfed_fleet.start(first.name)
    assert first.call("GET", "/readyz") == (200, "ok")


def test_stopping_a_cluster_ends_its_watches(kfed_fleet: Fleet) -> None:
    member = kfed_fleet.members["member1"]
    with member.open("GET", "/api/v1/namespaces?watch=1&resourceVersion=0") as response:
        assert json.loads(response.readline())["type"] == "ADDED"
        kfed_fleet.stop("member1")
        with pytest.raises((ConnectionError, http.client.HTTPException, ssl.SSLError)):
            response.read()
    kfed_fleet.start("member1")  # for tests that take the fleet as it is


def test_running_things_in_pods_is_refused_with_a_reason(kfed_fleet: Fleet) -> None:
    code, answer = kfed_fleet.host.call("GET", "/api/v1/namespaces/default/pods/p/log")
    assert code == 501
    assert "the sandbox plays its pods and runs none" in answer["message"]


def test_client_that_does_not_read_is_cut_off_and_the_others_are_served(kfed_fleet: Fleet) -> None:
    host = kfed_fleet.host

    def watches(fleet: Any) -> int:
        return len(fleet.sites["host"].hub)

    with host.open("GET", f"{CONFIG_MAPS}?watch=1") as slow:
        assert slow.status == 200
        assert kfed_fleet.background.ask(watches) == 1
        for number in range(60):
            assert host.call("POST", CONFIG_MAPS, config_map(f"n{number}", a="x" * 600_000))[0] == 201
        assert kfed_fleet.background.ask(watches) == 0
    assert host.call("GET", "/readyz") == (200, "ok")


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster that waits a moment only for what it is to be sent."""
    for name in ("_HEAD_WITHIN", "_BODY_WITHIN", "_NEXT_WITHIN"):
        monkeypatch.setattr(port, name, 0.1)
    with in_background(Settings(str(tmp_path), ())) as background:
        yield background.ask(
            lambda fleet: Cluster("host", f"{fleet.url}/clusters/host", fleet.sites["host"].token, fleet.authority)
        )


@pytest.mark.parametrize("head", [b"", b"GE", b"GET /clusters/host/readyz HTTP/1.1\r\nHost: x\r\nAuthor"])
def test_connection_on_which_no_head_arrives_is_closed(hasty: Cluster, head: bytes) -> None:
    assert raw(hasty, head) == b""
    assert hasty.call("GET", "/readyz")[0] == 200


def test_body_that_does_not_arrive_is_told(hasty: Cluster) -> None:
    head = f"POST /clusters/host{CONFIG_MAPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {hasty.token}\r\n"
    answer = raw(hasty, f'{head}Content-Length: 1000\r\n\r\n{{"metadata": '.encode())
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"Timeout: the request's body did not arrive" in answer


def test_connection_on_which_no_further_head_arrives_is_closed(hasty: Cluster) -> None:
    place = urlsplit(hasty.url)
    context = ssl.create_default_context(cadata=hasty.authority)
    connection = http.client.HTTPSConnection("127.0.0.1", place.port, timeout=30, context=context)
    with contextlib.closing(connection):
        connection.request("GET", "/clusters/host/readyz")
        assert connection.getresponse().read()
        connection.sock.sendall(b"GET /clusters/host/readyz HTTP/1.1\r\n")
        assert connection.sock.recv(1) == b""
