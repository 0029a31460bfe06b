"""What is kept of federated objects is never older than what was known."""

from __future__ import annotations

import asyncio
from typing import Any

from kfed.core.key import Key
from kfed.runtime.watch import Applied
from kfed.sync.packed import FederatedObjects

KEY = Key("shop", "web")


def manifest(version: int, depth: int, summary: str) -> dict[str, Any]:
    metadata = {"namespace": "shop", "name": "web", "uid": "u", "resourceVersion": str(version)}
    return {"metadata": metadata, "spec": {"depth": depth}, "status": {"summary": summary}}


def test_an_answer_that_comes_after_a_later_change_does_not_undo_it() -> None:
    async def run() -> None:
        store = FederatedObjects()
        store.apply(Applied(manifest(9, 1, "")))
        store.apply(Applied(manifest(11, 2, "3/3")))
        assert list(store.apply(Applied(manifest(10, 1, "3/3")))) == []
        packed = store.get(KEY)
        assert packed is not None
        assert packed.manifest()["spec"] == {"depth": 2}

    asyncio.run(run())


def test_a_status_wakes_nobody_and_is_kept() -> None:
    async def run() -> None:
        store = FederatedObjects()
        store.apply(Applied(manifest(9, 1, "")))
        assert list(store.apply(Applied(manifest(10, 1, "3/3")))) == []
        packed = store.get(KEY)
        assert packed is not None
        assert packed.manifest()["status"] == {"summary": "3/3"}

    asyncio.run(run())
