"""The contract of a controller: streams, a queue of keys, some workers, and one function.

    controller = Controller("deployments", reconcile)
    controller.follow(Collection(api, DEPLOYMENTS), store)
    await controller.run()

Guarantees:
    ``reconcile`` is called for every key that an event touched, after the event was in its store, and never for one key
    twice at a time. An event that comes while the key is worked on leads to another call. Nothing that ``reconcile``
    raises stops the controller or another key: the key is tried again, later each time. No call is made before the
    stores that are required have been whole once. ``stop`` lets the calls that run come to their end, for a while.
Assumptions:
    ``reconcile`` is level-based: it looks at what is, never at what happened, and may be called at any time, for a key
    that is no more as well. What it should be called for later, without an event, its result says each time.
Does not:
    Tell ``reconcile`` why it is called. Say anything about the order of keys. Judge errors: each is worth a retry.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kfed.errors import StatusError, UnavailableError
from kfed.runtime.backoff import Backoff
from kfed.runtime.feed import Feed
from kfed.runtime.workqueue import Closed, Turn, WorkQueue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from kfed.core.key import Key
    from kfed.runtime.store import Store
    from kfed.runtime.watch import Event, Source

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What ``reconcile`` wants to happen next.

    Attributes:
        after: call again after so many seconds, if nothing happens before.
        retry: call again as after an error: later each time.
    """

    after: float | None = None
    retry: bool = False


DONE = Result()
RETRY = Result(retry=True)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a controller may take.

    Attributes:
        workers: how many calls may run at a time.
        deadline: seconds that a call may take; then it is cancelled, which counts as an error. ``None`` for no limit.
        grace: seconds that running calls get when the controller stops.
    """

    workers: int = 16
    deadline: float | None = None
    grace: float = 10.0


LIMITS = Limits()


class Meter(Protocol):
    """What is told of how the work goes, for metrics; none of it may raise."""

    def finished(self, key: Key, outcome: str, waited: float, took: float) -> None:
        """A call came to an end: ``done``, ``later``, ``retry`` or ``error``, after seconds of waiting and working."""

    def followed(self, label: str, event: Event) -> None:
        """A stream told something."""


class Unmetered:
    """A meter that nobody reads."""

    def finished(self, key: Key, outcome: str, waited: float, took: float) -> None:
        """Nothing."""

    def followed(self, label: str, event: Event) -> None:
        """Nothing."""


def itself(key: Key) -> tuple[Key]:
    """The keys to look at when an object changes: its own."""
    return (key,)


class Controller:
    """Calls ``reconcile`` for keys; see the guarantees above.

    Args:
        name: in logs.
        reconcile: what is called, with a key.
        limits: what it may take.
        backoff: how long a key waits after an error.
        meter: what is told how the work goes.
    """

    def __init__(
        self,
        name: str,
        reconcile: Callable[[Key], Awaitable[Result]],
        limits: Limits = LIMITS,
        *,
        backoff: Backoff[Key] | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.name = name
        self._reconcile, self._limits = reconcile, limits
        self._backoff = Backoff() if backoff is None else backoff
        self._meter = Unmetered() if meter is None else meter
        self._queue: WorkQueue[Key] = WorkQueue()
        self._feeds: set[Feed] = set()
        self._stopping = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def queue(self) -> WorkQueue[Key]:
        """The keys that wait, for metrics."""
        return self._queue

    @property
    def ready(self) -> bool:
        """Whether all stores that are required have been whole."""
        return all(feed.store.synced for feed in self._feeds if feed.required)

    def follow(
        self,
        source: Source,
        store: Store[Any],
        keys: Callable[[Key], Iterable[Key]] = itself,
        *,
        required: bool = True,
        urgent: bool = True,
    ) -> Feed:
        """Follow *source*, fold it into *store*, and call ``reconcile`` for what it touches; before or while it runs.

        Args:
            source: what is listed and watched; its ``str`` is its name in logs.
            store: what its events are folded into, for this stream alone.
            keys: the keys to look at when an object changes.
            required: no call is made before the store has been whole.
            urgent: its changes go before what is done again; never what is listed at the beginning.

        Returns:
            The feed; ``close`` it when it is no longer wanted.
        """

        def touched(key: Key) -> None:
            for one in keys(key):
                self._queue.add(one, urgent=urgent and store.synced)

        feed = Feed(source, store, touched, self._meter.followed, required=required)
        self._feeds.add(feed)
        if self._tasks is not None:
            feed.start(self._tasks)
        return feed

    async def leave(self, feed: Feed) -> None:
        """Follow a source no longer; its store stays as it is."""
        self._feeds.discard(feed)
        await feed.close()

    def add(self, key: Key, *, after: float = 0.0, urgent: bool = False) -> None:
        """Call ``reconcile`` for a key, at once or after a time."""
        if after > 0:
            self._queue.add_after(key, after)
        else:
            self._queue.add(key, urgent=urgent)

    def stop(self) -> None:
        """Begin to stop: take no more keys, and let running calls end; ``run`` returns then."""
        self._stopping.set()

    async def run(self) -> None:
        """Follow, and work, until :meth:`stop`; when this is cancelled, running calls are too."""
        _log.info("controller starts", extra={"controller": self.name, "workers": self._limits.workers})
        async with asyncio.TaskGroup() as self._tasks:
            for feed in self._feeds:
                feed.start(self._tasks)
            workers = [self._tasks.create_task(self._work()) for _ in range(self._limits.workers)]
            await self._stopping.wait()
            await self._drain(workers)
            for feed in tuple(self._feeds):
                await self.leave(feed)
        _log.info("controller stopped", extra={"controller": self.name})

    async def _drain(self, workers: list[asyncio.Task[None]]) -> None:
        """Let running calls end, or cancel them when they take too long."""
        self._queue.close()
        _log.info("controller stops", extra={"controller": self.name, "running": self._queue.working})
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.grace):
                await self._queue.wait_idle()
        for worker in workers:
            worker.cancel()

    async def _work(self) -> None:
        for feed in tuple(self._feeds):
            if feed.required:
                await feed.store.wait_synced()
        while True:
            try:
                turn = await self._queue.get()
            except Closed:
                return
            try:
                await self._call(turn)
            finally:
                self._queue.done(turn.key)

    async def _call(self, turn: Turn[Key]) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._limits.deadline):
                result = await self._reconcile(turn.key)
        except Exception as error:  # noqa: BLE001  (that is the contract)
            self._failed(turn.key, error)
            outcome = "error"
        else:
            outcome = self._again(turn.key, result)
        self._meter.finished(turn.key, outcome, turn.waited, clock() - began)

    def _again(self, key: Key, result: Result) -> str:
        """Do as a result says; what that is called."""
        if result.retry:
            self._queue.add_after(key, self._backoff.next(key))
            return "retry"
        self._backoff.forget(key)
        if result.after is None:
            return "done"
        self._queue.add_after(key, result.after)
        return "later"

    def _failed(self, key: Key, error: Exception) -> None:
        after = self._backoff.next(key)
        if isinstance(error, StatusError) and error.after:
            after = max(after, error.after)
        facts = {"controller": self.name, "key": str(key), "after": round(after, 3), "error": str(error)}
        if isinstance(error, UnavailableError | TimeoutError):
            _log.warning("reconcile failed", extra=facts)
        else:
            _log.error("reconcile failed", extra=facts, exc_info=error)
        self._queue.add_after(key, after)
