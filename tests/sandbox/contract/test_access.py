"""Who gets in, what a server says of itself, and tokens."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.wire import WITHIN

if TYPE_CHECKING:
    from tests.sandbox.contract.wire import Server


@pytest.mark.parametrize("path", ["/api", "/apis", "/api/v1/namespaces", "/version", "/openapi/v3", "/nope"])
def test_nobody_gets_in_without_a_token(server: Server, path: str) -> None:
    answer = server.ask("GET", path, token=None).refused(401, "Unauthorized")
    assert answer.message == "Unauthorized"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Bearer ", "Basic YTpi", "wrong", "Bearer a.b.c"])
def test_nobody_gets_in_with_a_wrong_token(server: Server, header: str) -> None:
    answer = server.ask("GET", "/api/v1/namespaces", token=None, headers={"Authorization": header})
    answer.refused(401, "Unauthorized")


def test_writing_needs_a_token_too(server: Server, configmaps: str) -> None:
    server.ask("POST", configmaps, {"metadata": {"name": "a"}}, token=None).refused(401, "Unauthorized")
    server.ask("DELETE", configmaps, token=None).refused(401, "Unauthorized")


def test_certificate_is_verified_against_its_own_authority(server: Server) -> None:
    strict = ssl.create_default_context()
    with socket.create_connection(server.address, timeout=10) as raw, pytest.raises(ssl.SSLCertVerificationError):
        strict.wrap_socket(raw, server_hostname="127.0.0.1")


def test_certificate_is_good_for_loopback(server: Server) -> None:
    for name in ("127.0.0.1", "localhost"):
        with (
            socket.create_connection(server.address, timeout=10) as raw,
            server.context.wrap_socket(raw, server_hostname=name) as stream,
        ):
            assert stream.version() in {"TLSv1.2", "TLSv1.3"}


def test_server_listens_on_loopback_only(server: Server) -> None:
    host, port = server.address
    assert host == "127.0.0.1"
    with open("/proc/net/tcp") as four, open("/proc/net/tcp6") as six:
        rows = [row.split() for row in [*list(four)[1:], *list(six)[1:]]]
    listening = {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    assert listening == {"0100007F"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/livez"])
def test_health_is_ok(server: Server, path: str) -> None:
    answer = server.ask("GET", path)
    assert (answer.status, answer.text) == (200, "ok")
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/readyz", "/livez", "/healthz"])
def test_health_tells_each_check_when_asked(server: Server, path: str) -> None:
    said = server.ask("GET", path, query={"verbose": "true"}).text
    assert "[+]ping ok\n" in said
    assert said.endswith(f"{path[1:]} check passed\n")


def test_version_is_the_releases(server: Server) -> None:
    version = server.get("/version")
    assert (version["major"], version["minor"]) == ("1", "37")
    assert version["gitVersion"].startswith("v1.37.")
    assert {"gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"} <= set(version)


def test_review_tells_who_asks(server: Server) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = server.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body)
    assert answer.status == 201
    user = answer.json["status"]["userInfo"]
    assert user["username"] == "admin"
    assert {"system:masters", "system:authenticated"} <= set(user["groups"])


def test_administrator_may_do_everything(server: Server) -> None:
    attributes = {"verb": "delete", "resource": "pods", "namespace": "default"}
    body = {"spec": {"resourceAttributes": attributes}}
    answer = server.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body)
    assert (answer.status, answer.json["status"]["allowed"]) == (201, True)


def test_rules_review_lists_everything(server: Server) -> None:
    body = {"spec": {"namespace": "default"}}
    status = server.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body)["status"]
    assert {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]} in status["resourceRules"]


def test_token_of_a_service_account_lets_it_in(server: Server, ns: str) -> None:
    server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "robot"}})
    answer = server.ask("POST", f"{ns}/serviceaccounts/robot/token", {"spec": {"expirationSeconds": 600}})
    assert answer.status == 201
    request = answer.json
    assert (request["apiVersion"], request["kind"]) == ("authentication.k8s.io/v1", "TokenRequest")
    assert request["spec"]["expirationSeconds"] == 600
    left = datetime.fromisoformat(request["status"]["expirationTimestamp"]) - datetime.now(UTC)
    assert 500 < left.total_seconds() <= 601
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    token = request["status"]["token"]
    reviewed = server.done("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body, token=token)
    user = reviewed["status"]["userInfo"]
    namespace = ns.rpartition("/")[2]
    assert user["username"] == f"system:serviceaccount:{namespace}:robot"
    assert {"system:serviceaccounts", f"system:serviceaccounts:{namespace}"} <= set(user["groups"])


def test_token_tells_its_account_and_its_end(server: Server, ns: str) -> None:
    account = server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "robot"}})
    claims = _claims(server.post(f"{ns}/serviceaccounts/robot/token", {"spec": {}})["status"]["token"])
    namespace = ns.rpartition("/")[2]
    assert claims["sub"] == f"system:serviceaccount:{namespace}:robot"
    bound = {"name": "robot", "uid": account["metadata"]["uid"]}
    assert claims["kubernetes.io"] == {"namespace": namespace, "serviceaccount": bound}
    assert claims["exp"] - claims["iat"] in {3600, 3607}
    assert isinstance(claims["aud"], list)
    assert claims["iss"]


def _claims(token: str) -> Any:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_token_that_was_changed_is_worth_nothing(server: Server, ns: str) -> None:
    server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "robot"}})
    token = server.post(f"{ns}/serviceaccounts/robot/token", {"spec": {}})["status"]["token"]
    head, body, signature = token.split(".")
    for wrong in (f"{head}.{body}.{'A' * len(signature)}", f"{head}.{body}.", f"{head}.{body[:-4]}.{signature}"):
        server.ask("GET", ns, token=wrong).refused(401, "Unauthorized")


@pytest.mark.slow
def test_token_is_worth_nothing_when_its_account_is_gone(server: Server, ns: str) -> None:
    server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "robot"}})
    token = server.post(f"{ns}/serviceaccounts/robot/token", {"spec": {}})["status"]["token"]
    assert server.ask("GET", ns, token=token).status in {200, 403}
    server.delete(f"{ns}/serviceaccounts/robot")
    deadline = time.monotonic() + WITHIN  # the server may remember for some seconds who was right
    while server.ask("GET", ns, token=token).status != 401:
        assert time.monotonic() < deadline


def test_token_of_an_account_that_is_not_there_is_not_found(server: Server, ns: str) -> None:
    said = 'serviceaccounts "nobody" not found'
    answer = server.ask("POST", f"{ns}/serviceaccounts/nobody/token", {"spec": {}})
    answer.refused(404, "NotFound", said, name="nobody", kind="serviceaccounts")


def test_token_is_created_and_nothing_else(server: Server, ns: str) -> None:
    account = server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "robot"}})
    for method in ("GET", "PUT", "DELETE"):
        server.ask(method, f"{ns}/serviceaccounts/robot/token", account).refused(405, "MethodNotAllowed")


def test_token_of_less_than_ten_minutes_is_invalid(server: Server, ns: str) -> None:
    server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "robot"}})
    answer = server.ask("POST", f"{ns}/serviceaccounts/robot/token", {"spec": {"expirationSeconds": 5}})
    said = "spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes"
    answer.invalid("TokenRequest.authentication.k8s.io", "", said)


def test_review_of_a_token_tells_whose_it_is(server: Server, ns: str) -> None:
    server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "robot"}})
    token = server.post(f"{ns}/serviceaccounts/robot/token", {"spec": {}})["status"]["token"]
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    status = server.post(path, {"spec": {"token": token}})["status"]
    assert status["authenticated"] is True
    assert status["user"]["username"].endswith(":robot")
    assert server.post(path, {"spec": {"token": "wrong"}})["status"].get("authenticated", False) is False


def test_answers_carry_an_audit_id_and_forbid_caching(server: Server) -> None:
    headers = server.ask("GET", "/api/v1/namespaces").headers
    assert headers["Cache-Control"] == "no-cache, private"
    assert headers["Audit-Id"]
