"""Who is asking: bearer tokens, and the tokens of service accounts.

Whoever is known may do everything: roles are stored and not enforced.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt

from kfed.sandbox.errors import ApiError, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AUDIENCE = "https://kubernetes.default.svc"
ISSUER = AUDIENCE
_ACCOUNT = "system:serviceaccount:"
_SIGNED = "HS256"
_SCHEME = re.compile(r"bearer\s+(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is known to a cluster.

    Attributes:
        name: such as ``admin`` or ``system:serviceaccount:default:web``.
        groups: ``system:authenticated`` among them.
        uid: of a service account.
        extra: what else is known, as a TokenReview tells it.
    """

    name: str
    groups: tuple[str, ...] = ("system:authenticated",)
    uid: str = ""
    extra: Mapping[str, list[str]] = field(default_factory=dict, hash=False)

    def info(self) -> dict[str, Any]:
        """The user as reviews show it."""
        known = {"username": self.name, "uid": self.uid, "groups": list(self.groups), "extra": dict(self.extra)}
        return {key: value for key, value in known.items() if value}


ADMIN = User("admin", ("system:masters", "system:authenticated"))


@dataclass(frozen=True, slots=True)
class Keys:
    """What one cluster knows its users by.

    Attributes:
        tokens: the users by their tokens.
        secret: what tokens of service accounts are signed with.
        audience: whom such tokens are for unless they say otherwise.
    """

    tokens: Mapping[str, User]
    secret: bytes
    audience: str = AUDIENCE


def authenticate(headers: Mapping[str, str], keys: Keys, account_uid: Callable[[str, str], str | None]) -> User:
    """Who sends a request.

    Args:
        headers: of the request; names are looked up as ``Authorization`` has it.
        keys: of the cluster that is asked.
        account_uid: the uid of a service account by namespace and name; ``None`` when it is not there.

    Raises:
        ApiError: 401, nobody that is known; 403 for a request in the name of somebody else.
    """
    match = _SCHEME.fullmatch(headers.get("Authorization", ""))
    if match is None:
        raise unauthorized()
    user = identify(match[1], keys, account_uid)
    if user is None:
        raise unauthorized()
    if any(name.lower().startswith("impersonate-") for name in headers):
        raise ApiError(
            403, "Forbidden", "the sandbox does not act in somebody else's name; leave out --as and --as-group"
        )
    return user


def identify(
    token: str, keys: Keys, account_uid: Callable[[str, str], str | None], audiences: tuple[str, ...] = ()
) -> User | None:
    """Whose token this is; ``None`` for nobody's, and for one that is too old or whose service account is gone.

    Args:
        token: as it was sent.
        keys: of the cluster that is asked.
        account_uid: the uid of a service account by namespace and name.
        audiences: one of these must be meant; those of the API server when empty.
    """
    for known, user in keys.tokens.items():
        if hmac.compare_digest(known.encode(), token.encode("utf-8", "surrogateescape")):
            return user
    try:
        claims = jwt.decode(token.encode("ascii"), keys.secret, [_SIGNED], audience=audiences or (keys.audience,))
    except (jwt.InvalidTokenError, UnicodeEncodeError):
        return None
    bound = claims["kubernetes.io"]
    namespace, name = bound["namespace"], bound["serviceaccount"]["name"]
    if account_uid(namespace, name) != bound["serviceaccount"]["uid"]:
        return None
    return account_user(namespace, name, bound["serviceaccount"]["uid"], f"JTI={claims['jti']}")


def account_user(namespace: str, name: str, uid: str, credential: str) -> User:
    """The user that a service account is."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(
        f"{_ACCOUNT}{namespace}:{name}", groups, uid, {"authentication.kubernetes.io/credential-id": [credential]}
    )


def sign(claims: dict[str, Any], secret: bytes) -> str:
    """*claims* as a JSON Web Token."""
    return jwt.encode(claims, secret, _SIGNED)
