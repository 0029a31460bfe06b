"""A loop whose time is made up: a wait takes no time, and the clock says that it did."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


class _Selector(selectors.SelectSelector):
    """Moves the clock instead of waiting; to wait for nothing at all is a fault of the test."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everything waits, and nothing will happen any more")
        self.now += timeout
        return super().select(0)


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that never sleeps."""

    def __init__(self) -> None:
        self._faked = _Selector()
        super().__init__(self._faked)

    def time(self) -> float:
        """The time that would be, had everything been waited for."""
        return self._faked.now

    def jump(self, seconds: float) -> None:
        """Let time pass in which nothing runs, as a process finds it that was stopped."""
        self._faked.now += seconds


def run_in_fake_time(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end in made-up time."""
    with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
        return runner.run(coroutine)
