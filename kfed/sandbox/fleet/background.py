"""A fleet in a thread of its own, for code that is not asynchronous: tests, above all."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from kfed.sandbox.fleet.startup import open_fleet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kfed.sandbox.fleet.fleet import Fleet
    from kfed.sandbox.fleet.startup import Settings

T = TypeVar("T")


class Background:
    """A fleet that runs in another thread; `in_background` starts and ends one."""

    def __init__(self, fleet: Fleet, loop: asyncio.AbstractEventLoop) -> None:
        self._fleet = fleet
        self._loop = loop

    def ask(self, do: Callable[[Fleet], T]) -> T:
        """Do something with the fleet, in its thread, and return what comes of it."""
        result: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                result.set_result(do(self._fleet))
            except BaseException as error:  # noqa: BLE001  # it is raised where it was asked for
                result.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return result.result()


@contextmanager
def in_background(settings: Settings) -> Iterator[Background]:
    """A fleet that runs in another thread until the block ends.

    Raises:
        KfedError: as `open_fleet`.
    """
    started: concurrent.futures.Future[Background] = concurrent.futures.Future()
    thread = threading.Thread(target=lambda: asyncio.run(_run(settings, started)), name="kfed-sandbox", daemon=True)
    thread.start()
    background = started.result()
    try:
        yield background
    finally:
        background.ask(lambda fleet: fleet.stopping.set())
        thread.join()


async def _run(settings: Settings, started: concurrent.futures.Future[Background]) -> None:
    try:
        async with open_fleet(settings) as fleet:
            started.set_result(Background(fleet, asyncio.get_running_loop()))
            await fleet.stopping.wait()
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)
