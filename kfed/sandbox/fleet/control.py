"""What ``kfed sandbox stop`` and its like ask of a running fleet, on its own port, with a token of its own."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import KfedError
from kfed.sandbox.errors import unauthorized
from kfed.sandbox.port.showing import Answer, document, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.fleet.fleet import Fleet


def control(fleet: Fleet, headers: Mapping[str, str], body: bytes) -> Answer:
    """Do what is asked for, and answer ``{"result": …}``, or ``{"error": …}`` with a sentence.

    Args:
        fleet: that it is asked of.
        headers: with the token that the fleet has noted in its folder.
        body: such as ``{"do": "limit", "cluster": "member1", "replicas": 3}``.
    """
    sent = headers.get("Authorization", "")
    if not hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), f"Bearer {fleet.token}".encode()):
        return refusal(unauthorized())
    try:
        return document({"result": _do(fleet, orjson.loads(body))})
    except KfedError as error:
        return document({"error": str(error), "exit_code": error.exit_code}, code=422)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return document({"error": "This cannot be understood; is the sandbox of another version of kfed?"}, code=400)


def _do(fleet: Fleet, wish: dict[str, Any]) -> Any:
    match wish["do"]:
        case "status":
            return fleet.status()
        case "stop":
            return fleet.stop(wish["cluster"])
        case "start":
            return fleet.start(wish["cluster"])
        case "limit":
            return fleet.limit(wish["cluster"], wish["replicas"])
        case "reset":
            return fleet.reset()
        case "down":
            return fleet.stopping.set()
    raise KeyError(wish["do"])
