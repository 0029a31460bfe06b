"""Conditions, as they stand in the status of objects."""

from __future__ import annotations

from typing import Any

Manifest = dict[str, Any]


def condition(type_: str, reason: str, message: str) -> Manifest:
    """A condition that does not hold."""
    return {"type": type_, "status": "False", "lastTransitionTime": "", "reason": reason, "message": message}


def since(told: Manifest, before: Manifest | None, now: str) -> Manifest:
    """A condition with the time since when it is so; *before* is what was said of it last."""
    is_same = before is not None and before["status"] == told["status"]
    return {**told, "lastTransitionTime": before["lastTransitionTime"] if before and is_same else now}
