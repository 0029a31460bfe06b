"""What is asked of a server about its users: who am I, may I, whose token is this; and tokens of service accounts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import ApiError
from kfed.sandbox.port.auth import ISSUER, identify, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.port.auth import Keys, User

    Manifest = dict[str, Any]

_SHORTEST, _LONGEST, _USUAL = 600, 1 << 32, 3600


def answer_review(
    review: Manifest, user: User, keys: Keys, account_uid: Callable[[str, str], str | None], now: float
) -> Manifest:
    """A review with its answer.

    Args:
        review: of a kind that is served; it is not changed.
        user: who asks.
        keys: of the cluster.
        account_uid: the uid of a service account by namespace and name; ``None`` when it is not there.
        now: seconds since the epoch.
    """
    metadata = {**review.get("metadata", {}), "creationTimestamp": None}
    metadata = {key: value for key, value in metadata.items() if value is not None}
    spec = review.get("spec") or {}
    status: Manifest
    match review["kind"]:
        case "SelfSubjectReview":
            status = {"userInfo": user.info()}
            metadata["creationTimestamp"] = _time(now)
        case "TokenReview":
            status = _token_status(spec, keys, account_uid)
        case "SelfSubjectRulesReview":
            everything: Manifest = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
            anywhere = {"verbs": ["*"], "nonResourceURLs": ["*"]}
            status = {"resourceRules": [everything], "nonResourceRules": [anywhere], "incomplete": False}
        case _:
            status = {"allowed": True, "reason": "the sandbox allows everything to whom it knows"}
    return {**review, "metadata": metadata, "status": status}


def issue_token(request: Manifest, account: Manifest, keys: Keys, now: float) -> Manifest:
    """Answer a TokenRequest.

    Args:
        request: it is not changed.
        account: the ServiceAccount.
        keys: of the cluster.
        now: seconds since the epoch.

    Raises:
        ApiError: 422, the lifetime is too short or too long.
    """
    spec = request.get("spec") or {}
    seconds = _lifetime(spec.get("expirationSeconds"))
    audiences = spec.get("audiences") or [keys.audience]
    who = account["metadata"]
    claims = {
        "aud": audiences,
        "exp": int(now) + seconds,
        "iat": int(now),
        "iss": ISSUER,
        "jti": str(uuid.uuid4()),
        "kubernetes.io": {
            "namespace": who["namespace"],
            "serviceaccount": {"name": who["name"], "uid": who["uid"]},
        },
        "nbf": int(now),
        "sub": f"system:serviceaccount:{who['namespace']}:{who['name']}",
    }
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": who["name"], "namespace": who["namespace"], "uid": who["uid"]}
        | {"creationTimestamp": _time(now)},
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": spec.get("boundObjectRef")},
        "status": {"token": sign(claims, keys.secret), "expirationTimestamp": _time(now + seconds)},
    }


def _lifetime(seconds: Any) -> int:
    if seconds is None:
        return _USUAL
    if not isinstance(seconds, int) or seconds < _SHORTEST:
        raise _bad_lifetime(seconds, "may not specify a duration less than 10 minutes")
    if seconds > _LONGEST:
        raise _bad_lifetime(seconds, "may not specify a duration larger than 2^32 seconds")
    return seconds


def _bad_lifetime(seconds: Any, why: str) -> ApiError:
    field, message = "spec.expirationSeconds", f"Invalid value: {seconds}: {why}"
    cause = {"reason": "FieldValueInvalid", "message": message, "field": field}
    details = {"group": "authentication.k8s.io", "kind": "TokenRequest", "causes": [cause]}
    text = f'TokenRequest.authentication.k8s.io "" is invalid: {field}: {message}'
    return ApiError(422, "Invalid", text, details)


def _token_status(spec: Manifest, keys: Keys, account_uid: Callable[[str, str], str | None]) -> Manifest:
    audiences = tuple(spec.get("audiences") or ())
    user = identify(str(spec.get("token", "")), keys, account_uid, audiences)
    if user is None:
        return {"user": {}, "error": "invalid bearer token"}
    return {"authenticated": True, "user": user.info(), "audiences": list(audiences or (keys.audience,))}


def _time(now: float) -> str:
    return dt.datetime.fromtimestamp(int(now), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
