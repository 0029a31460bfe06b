"""What the tests of clients stand on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_WITHIN = 60


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine to its end, which is within a minute, and leave no task behind."""

    async def bounded(coroutine: Coroutine[Any, Any, Any]) -> Any:
        async with asyncio.timeout(_WITHIN):
            result = await coroutine
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    return lambda coroutine: asyncio.run(bounded(coroutine))
