"""Who is known by which token, and for how long."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from kfed.sandbox.errors import ApiError
from kfed.sandbox.port.auth import ADMIN, Keys, User, authenticate, identify, sign
from kfed.sandbox.port.reviews import issue_token

if TYPE_CHECKING:
    from kfed.testing import Fleet

KEYS = Keys({"secret-token": ADMIN, "other": User("alice")}, b"k" * 32)
NOW = 1_800_000_000.0
ACCOUNT = {"metadata": {"name": "robot", "namespace": "shop", "uid": "u-1"}}


def uid(namespace: str, name: str) -> str | None:
    return "u-1" if (namespace, name) == ("shop", "robot") else None


def issued(**spec: Any) -> str:
    answer = issue_token({"spec": spec}, ACCOUNT, KEYS, NOW)
    return str(answer["status"]["token"])


@pytest.mark.parametrize("header", ["Bearer secret-token", "bearer secret-token", "BEARER   secret-token "])
def test_token_says_who_it_is(header: str) -> None:
    assert authenticate({"Authorization": header}, KEYS, uid, NOW) == ADMIN


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer secret-toke", "Bearer secret-token2", "Basic secret-token", "secret-token"]
)
def test_anything_else_is_nobody(header: str) -> None:
    with pytest.raises(ApiError) as refusal:
        authenticate({"Authorization": header}, KEYS, uid, NOW)
    assert (refusal.value.code, refusal.value.reason) == (401, "Unauthorized")


@pytest.mark.parametrize("name", ["Impersonate-User", "impersonate-group", "Impersonate-Extra-x"])
def test_acting_in_another_name_is_refused_and_not_ignored(name: str) -> None:
    with pytest.raises(ApiError) as refusal:
        authenticate({"Authorization": "Bearer secret-token", name: "bob"}, KEYS, uid, NOW)
    assert refusal.value.code == 403
    assert "leave out --as" in refusal.value.message


def test_token_of_a_service_account_is_its_user() -> None:
    user = identify(issued(), KEYS, uid, NOW)
    assert user is not None
    assert user.name == "system:serviceaccount:shop:robot"
    assert "system:serviceaccounts:shop" in user.groups


def test_token_ends_with_its_time() -> None:
    token = issued(expirationSeconds=600)
    assert identify(token, KEYS, uid, NOW + 599) is not None
    assert identify(token, KEYS, uid, NOW + 600) is None


def test_token_ends_with_its_service_account() -> None:
    assert identify(issued(), KEYS, lambda *_: "another", NOW) is None
    assert identify(issued(), KEYS, lambda *_: None, NOW) is None


def test_token_for_somebody_else_is_not_for_the_server() -> None:
    token = issued(audiences=["vault"])
    assert identify(token, KEYS, uid, NOW) is None
    assert identify(token, KEYS, uid, NOW, ("vault",)) is not None


def test_token_that_was_signed_elsewhere_or_changed_is_nobody_s() -> None:
    header, claims, signature = issued().split(".")
    forged = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged["kubernetes.io"]["serviceaccount"]["name"] = "admin"
    changed = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
    elsewhere = sign({"exp": NOW + 100}, b"another secret")
    for token in (f"{header}.{changed}.{signature}", f"{header}.{claims}.", f"{header}.{claims}", elsewhere, "..", "é"):
        assert identify(token, KEYS, uid, NOW) is None


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


@pytest.mark.parametrize(
    ("body", "code"), [({"spec": 3}, 400), ({"metadata": []}, 400), ({"spec": []}, 400), ({"spec": None}, 201)]
)
def test_review_that_is_none_is_refused(kfed_sandbox: Fleet, body: dict[str, Any], code: int) -> None:
    assert kfed_sandbox.host.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body)[0] == code
