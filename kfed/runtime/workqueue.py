"""Keys that wait to be worked on.

Guarantees:
    A key waits once, however often it is added. A key is never with two workers at a time: added while it is worked on,
    it waits again when that is done, so that whoever adds a key after a change knows that the change will be seen.
    Urgent keys go first, and others are not starved by them. Of several delays of one key the shortest counts, and
    a key that is added at once has no delay left: what is to happen later is decided anew by whoever works on it.
Assumptions:
    All is used in one event loop, and ``done`` is called for every key that was taken.
Does not:
    Say why a key was added, count how often, or keep the order of keys beyond first come, first served.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Hashable

K = TypeVar("K", bound="Hashable")
_SHARE = 8  # one turn in so many is not an urgent key's, when others wait


class Closed(Exception):  # noqa: N818  (no error: the end)
    """There are no more turns."""


@dataclass(frozen=True, slots=True)
class Turn(Generic[K]):
    """A key that is to be worked on.

    Attributes:
        key: which.
        waited: seconds from when it was due.
    """

    key: K
    waited: float


@dataclass(frozen=True, slots=True)
class _Ticket(Generic[K]):
    """A place in a lane; it is worth nothing once the key has got another."""

    key: K
    urgent: bool
    since: float


class WorkQueue(Generic[K]):
    """The queue; it must be made in the event loop that it is used in."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._lanes: dict[bool, deque[_Ticket[K]]] = {True: deque(), False: deque()}
        self._waiting: dict[K, _Ticket[K]] = {}
        self._working: dict[K, _Ticket[K] | None] = {}  # with the ticket that waits until that is done
        self._delayed: dict[K, TimerHandle] = {}
        self._tickets = asyncio.Semaphore(0)  # as many as there are in the lanes
        self._turns = 0
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        """How many keys wait, and have no delay left."""
        return len(self._waiting)

    @property
    def working(self) -> int:
        """How many keys are worked on."""
        return len(self._working)

    @property
    def delayed(self) -> int:
        """How many keys have a delay."""
        return len(self._delayed)

    def add(self, key: K, *, urgent: bool = False) -> None:
        """Let *key* be worked on as soon as may be; *urgent* is for what somebody waits for."""
        if self._closed:
            return
        if timer := self._delayed.pop(key, None):
            timer.cancel()
        if key in self._working:
            before = self._working[key]
            self._working[key] = _merged(before, _Ticket(key, urgent, self._clock()))
        else:
            before = self._waiting.get(key)
            ticket = _merged(before, _Ticket(key, urgent, self._clock()))
            if ticket is not before:
                self._enter(ticket)

    def add_after(self, key: K, seconds: float) -> None:
        """Let *key* be worked on after a time, unless it is sooner."""
        if self._closed or key in self._waiting or self._working.get(key):
            return
        due = self._clock() + seconds
        timer = self._delayed.get(key)
        if timer is not None and timer.when() <= due:
            return
        if timer is not None:
            timer.cancel()
        self._delayed[key] = asyncio.get_running_loop().call_at(due, self.add, key)

    async def get(self) -> Turn[K]:
        """The next key; ``done`` must be called for it.

        Raises:
            Closed: there will be none.
        """
        while True:
            await self._tickets.acquire()
            if self._closed:
                self._tickets.release()  # for the next who waits
                raise Closed
            ticket = self._next()
            if self._waiting.get(ticket.key) is ticket:
                del self._waiting[ticket.key]
                self._working[ticket.key] = None
                self._idle.clear()
                self._turns += 1
                return Turn(ticket.key, self._clock() - ticket.since)

    def done(self, key: K) -> None:
        """Note that *key* is no longer worked on."""
        ticket = self._working.pop(key)
        if ticket is not None and not self._closed:
            self._enter(ticket)
        if not self._working:
            self._idle.set()

    def close(self) -> None:
        """Give out no more turns, and forget what waits; what is worked on goes on."""
        self._closed = True
        for timer in self._delayed.values():
            timer.cancel()
        self._delayed.clear()
        self._waiting.clear()
        self._tickets.release()

    async def wait_idle(self) -> None:
        """Wait until nothing is worked on."""
        await self._idle.wait()

    def _enter(self, ticket: _Ticket[K]) -> None:
        self._waiting[ticket.key] = ticket
        self._lanes[ticket.urgent].append(ticket)
        self._tickets.release()

    def _next(self) -> _Ticket[K]:
        """The ticket whose turn it is."""
        urgent_first = self._turns % _SHARE != _SHARE - 1
        lane = self._lanes[urgent_first] or self._lanes[not urgent_first]
        return lane.popleft()


def _merged(before: _Ticket[K] | None, ticket: _Ticket[K]) -> _Ticket[K]:
    """The ticket that counts of two: the earlier, unless only the later is urgent."""
    if before is None:
        return ticket
    if ticket.urgent and not before.urgent:
        return _Ticket(ticket.key, urgent=True, since=before.since)
    return before
