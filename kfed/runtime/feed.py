"""One stream on its way into a store: what it touched is told, and so is how it goes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from kfed.runtime.backoff import Pause
from kfed.runtime.watch import Interrupted, Restarted, Resumed, Synced, watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.core.key import Key
    from kfed.runtime.store import Store
    from kfed.runtime.watch import Event, Source

_log = logging.getLogger(__name__)


class Feed:
    """Folds the stream of a source into a store, for as long as it is not closed.

    An object that cannot be kept is logged and passed over; a stream that breaks in a way that no source should is
    begun anew.

    Attributes:
        store: what it is folded into.
        required: whether work waits for it.
    """

    def __init__(
        self,
        source: Source,
        store: Store[Any],
        touched: Callable[[Key], None],
        told: Callable[[str, Event], None],
        *,
        required: bool,
    ) -> None:
        self._source, self.store, self.required = source, store, required
        self._touched, self._told = touched, told
        self._pause = Pause()
        self._task: asyncio.Task[None] | None = None

    def __str__(self) -> str:
        return str(self._source)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Begin, among *tasks*."""
        self._task = tasks.create_task(self._follow())

    async def close(self) -> None:
        """End, and wait until that is done."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _follow(self) -> None:
        while True:
            try:
                async with aclosing(watch(self._source, self._pause)) as events:
                    async for event in events:
                        self._take(event)
            except Exception as error:  # noqa: BLE001  (a stream is endless)
                after = self._pause.next()
                _log.exception("stream broke", extra={"source": str(self), "after": after, "error": str(error)})
                await asyncio.sleep(after)

    def _take(self, event: Event) -> None:
        self._log(event)
        try:
            keys = self.store.apply(event)
        except Exception as error:  # noqa: BLE001  (one object never stops the others)
            _log.exception("object passed over", extra={"source": str(self), "error": str(error)})
            return
        self._told(str(self), event)
        for key in keys:
            self._touched(key)

    def _log(self, event: Event) -> None:
        """A line for each turn that a stream takes, and none for an object."""
        match event:
            case Restarted():
                _log.debug("listing", extra={"source": str(self)})
            case Synced():
                _log.info("in sync", extra={"source": str(self), "objects": len(self.store)})
            case Interrupted(error, after):
                facts = {"source": str(self), "after": round(after, 3), "error": str(error)}
                is_known = str(error) == str(self.store.error)  # it is as it was
                _log.log(logging.DEBUG if is_known else logging.WARNING, "watch interrupted", extra=facts)
            case Resumed():
                _log.info("watch goes on", extra={"source": str(self)})
