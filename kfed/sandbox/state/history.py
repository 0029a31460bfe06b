"""History: the last changes of a store, for watches, and for lists that are read page by page."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kfed.sandbox.state.records import Event

    Events = list[Event]

_KEPT_BYTES = 32 * 1024 * 1024  # objects may have megabytes


class Expired(Exception):  # noqa: N818  # the API calls it so
    """The history does not go back that far, but to the revision *oldest*."""

    def __init__(self, revision: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {revision} ({oldest})")


class History:
    """The last changes, as many as are allowed in number and in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._events: deque[Event] = deque()
        self._bytes = 0
        self._start = 0  # everything after this revision can be told

    def forget(self, revision: int) -> None:
        """Begin anew: only what changes after *revision* can be told."""
        self._events.clear()
        self._bytes, self._start = 0, revision

    def add(self, event: Event) -> None:
        """Take note of a change."""
        self._events.append(event)
        self._bytes += len(event.record.data)
        while len(self._events) > self._limit or (self._bytes > _KEPT_BYTES and len(self._events) > 1):
            oldest = self._events.popleft()
            self._bytes -= len(oldest.record.data)
            self._start = oldest.record.revision

    def since(self, revision: int) -> Events:
        """What changed after *revision*, the oldest first.

        Raises:
            Expired: it is too long ago.
        """
        if revision < self._start:
            raise Expired(revision, self._start)
        newer = []
        for event in reversed(self._events):
            if event.record.revision <= revision:
                break
            newer.append(event)
        newer.reverse()
        return newer
