"""Who is known by which token, and for how long."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from kfed.sandbox.errors import ApiError
from kfed.sandbox.port.auth import ADMIN, Keys, User, authenticate, identify, sign
from kfed.sandbox.port.reviews import issue_token

if TYPE_CHECKING:
    from kfed.testing import Fleet

KEYS = Keys({"secret-token": ADMIN, "other": User("alice")}, b"k" * 32)
ACCOUNT = {"metadata": {"name": "robot", "namespace": "shop", "uid": "u-1"}}


def uid(namespace: str, name: str) -> str | None:
    return "u-1" if (namespace, name) == ("shop", "robot") else None


def issued(ago: float = 0, **spec: Any) -> str:
    answer = issue_token({"spec": spec}, ACCOUNT, KEYS, time.time() - ago)
    return str(answer["status"]["token"])


@pytest.mark.parametrize("header", ["Bearer secret-token", "bearer secret-token", "BEARER   secret-token "])
def test_token_says_who_it_is(header: str) -> None:
    assert authenticate({"Authorization": header}, KEYS, uid) == ADMIN


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer secret-toke", "Bearer secret-token2", "Basic secret-token", "secret-token"]
)
def test_anything_else_is_nobody(header: str) -> None:
    with pytest.raises(ApiError) as refusal:
        authenticate({"Authorization": header}, KEYS, uid)
    assert (refusal.value.code, refusal.value.reason) == (401, "Unauthorized")


@pytest.mark.parametrize("name", ["Impersonate-User", "impersonate-group", "Impersonate-Extra-x"])
def test_acting_in_another_name_is_refused_and_not_ignored(name: str) -> None:
    with pytest.raises(ApiError) as refusal:
        authenticate({"Authorization": "Bearer secret-token", name: "bob"}, KEYS, uid)
    assert refusal.value.code == 403
    assert "leave out --as" in refusal.value.message


def test_token_of_a_service_account_is_its_user() -> None:
    user = identify(issued(), KEYS, uid)
    assert user is not None
    assert user.name == "system:serviceaccount:shop:robot"
    assert "system:serviceaccounts:shop" in user.groups


def test_token_ends_with_its_time() -> None:
    assert identify(issued(300, expirationSeconds=600), KEYS, uid) is not None
    assert identify(issued(600, expirationSeconds=600), KEYS, uid) is None


def test_token_ends_with_its_service_account() -> None:
    assert identify(issued(), KEYS, lambda *_: "another") is None
    assert identify(issued(), KEYS, lambda *_: None) is None


def test_token_for_somebody_else_is_not_for_the_server() -> None:
    token = issued(audiences=["vault"])
    assert identify(token, KEYS, uid) is None
    assert identify(token, KEYS, uid, ("vault",)) is not None


def test_token_that_was_signed_elsewhere_or_changed_is_nobody_s() -> None:
    header, body, signature = issued().split(".")
    claims = jwt.decode(issued(), options={"verify_signature": False})
    account = {**claims["kubernetes.io"], "serviceaccount": {"name": "admin", "uid": "u-1"}}
    changed = sign({**claims, "kubernetes.io": account}, KEYS.secret).split(".")[1]
    elsewhere, unsigned = sign(claims, b"a" * 32), jwt.encode(claims, None, "none")
    for token in (f"{header}.{changed}.{signature}", f"{header}.{body}.", f"{header}.{body}", elsewhere, unsigned):
        assert identify(token, KEYS, uid) is None


@pytest.mark.parametrize("token", ["", "..", "a.b.c", "\xe9", "\udcff.a.b"])
def test_text_that_is_no_token_is_nobody_s(token: str) -> None:
    assert identify(token, KEYS, uid) is None


@pytest.mark.parametrize("seconds", [0, 599, 2**32 + 1, "600"])
def test_lifetime_has_bounds(seconds: object) -> None:
    with pytest.raises(ApiError) as refusal:
        issued(expirationSeconds=seconds)
    assert refusal.value.code == 422


def test_token_that_is_asked_for_gets_in_until_its_account_is_gone(kfed_fleet: Fleet) -> None:
    host = kfed_fleet.host
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    host.call("POST", accounts, {"metadata": {"name": "robot"}})
    code, answer = host.call("POST", f"{accounts}/robot/token", {"spec": {"expirationSeconds": 600}})
    assert code == 201
    token = {"Authorization": f"Bearer {answer['status']['token']}"}
    review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    robot = type(host)(host.name, host.url, answer["status"]["token"], host.authority)
    _, said = robot.call("POST", review, {})
    assert said["status"]["userInfo"]["username"] == "system:serviceaccount:default:robot"
    assert token["Authorization"] not in json.dumps(said)
    host.call("DELETE", f"{accounts}/robot")
    assert robot.call("POST", review, {})[0] == 401


def test_reviews_are_answered(kfed_sandbox: Fleet) -> None:
    host = kfed_sandbox.host
    _, who = host.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    assert who["status"]["userInfo"]["username"] == "admin"
    body = {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
    _, may = host.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body)
    assert may["status"]["allowed"] is True
    assert may["spec"] == body["spec"]


@pytest.mark.parametrize("body", [{"spec": 3}, {"metadata": []}, {"spec": []}, {"spec": {"audiences": -1}}])
def test_review_that_is_none_is_refused(kfed_sandbox: Fleet, body: dict[str, Any]) -> None:
    assert kfed_sandbox.host.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body)[0] == 400
