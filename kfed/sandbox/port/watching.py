"""Watches: what changes in one cluster, told to whoever listens, each at its own pace.

A change is decided and told in one step, so nobody misses one; what a watch still has to send waits in a queue. A
client that does not read is cut off when its queue is full: it comes back and lists, as after any lost connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from kfed.sandbox.errors import ApiError, expired
from kfed.sandbox.state.history import Expired
from kfed.sandbox.state.records import dressed, record_of
from kfed.sandbox.state.selectors import visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Event, Record
    from kfed.sandbox.state.store import Store

    Show = Callable[[Record], bytes]

BOOKMARK_AFTER = 60.0
QUEUE = 1_000
_QUEUE_BYTES = 16 * 1024 * 1024
_CHUNK = 256 * 1024
_CRDS = ("apiextensions.k8s.io", "customresourcedefinitions")


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """What a client wants to be told.

    Attributes:
        served: the type.
        namespace: ``None`` for all.
        matches: which objects.
        form: what distinguishes the bytes that *show* makes; the same for watches that are sent the same.
        show: an object as the client wants to see it.
        since: the revision after which changes are told; ``None`` to begin with what there is.
        initial_end: say when all that there was has been sent.
        bookmarks: say from time to time how far the watch is.
        seconds: for how long.
    """

    served: ServedType
    namespace: str | None
    matches: Callable[[Record], bool]
    form: object
    show: Show
    since: int | None = None
    initial_end: bool = False
    bookmarks: bool = False
    seconds: float = 1800.0


class Hub:
    """Tells the watches of one cluster what changes; close it.

    Attributes:
        store: of the cluster.
        queue: how many events a watch may be behind.
        bookmark_after: seconds between two bookmarks.
        start: the revision before which it knows of nothing.
    """

    def __init__(self, store: Store, *, queue: int = QUEUE, bookmark_after: float = BOOKMARK_AFTER) -> None:
        """Listen to *store*.

        Args:
            store: of the cluster.
            queue: how many events a watch may be behind.
            bookmark_after: seconds between two bookmarks.
        """
        self.store = store
        self.queue = queue
        self.bookmark_after = bookmark_after
        self.start = store.revision
        self._watches: dict[tuple[str, str], set[Watch]] = {}
        self._unsubscribe = store.subscribe(self._tell)

    def __len__(self) -> int:
        """How many watches there are."""
        return sum(map(len, self._watches.values()))

    def open(self, wish: Wish, cut: Callable[[], None]) -> Watch:
        """Begin a watch; what happens from now on is in it.

        Args:
            wish: what is to be told.
            cut: called when the client is so far behind that it has to be cut off.
        """
        place = wish.served.place
        watch = Watch(wish, cut, self)
        watches = self._watches.setdefault(place, set())
        watches.add(watch)
        watch.on_close = lambda: watches.discard(watch)
        return watch

    def since(self, revision: int) -> list[Event]:
        """What changed after *revision*.

        Raises:
            Expired: it is too long ago, or before all that clients can have seen.
        """
        if revision < self.start:
            raise Expired(revision, self.start)
        return self.store.since(revision)

    def close(self) -> None:
        """End all watches."""
        self._unsubscribe()
        for watches in self._watches.values():
            for watch in tuple(watches):
                watch.end()

    def _tell(self, event: Event) -> None:
        key = event.record.key
        watches = self._watches.get((key.group, key.plural))
        if watches:
            made: dict[tuple[object, ...], bytes] = {}
            for watch in tuple(watches):
                watch.offer(event, made)
        if event.type == "DELETED" and (key.group, key.plural) == _CRDS:
            plural, _, group = key.name.partition(".")
            for watch in tuple(self._watches.get((group, plural), ())):
                watch.end()


class Watch:
    """One client's view of what changes."""

    def __init__(self, wish: Wish, cut: Callable[[], None], hub: Hub) -> None:
        """Begin to listen; see `Hub.open`."""
        self._wish = wish
        self._store = hub.store
        self._cut = cut
        self._hub = hub
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._ended = False
        self._opened = self._store.revision
        self._backlog = self._read_backlog()
        self.on_close: Callable[[], object] = lambda: None

    def offer(self, event: Event, made: dict[tuple[object, ...], bytes]) -> None:
        """Take note of a change.

        Args:
            event: what changed.
            made: what other watches have sent of this very event, to be shared.
        """
        wish = self._wish
        if self._ended or wish.namespace not in {None, event.record.key.namespace}:
            return
        if wish.since is not None and event.record.revision <= wish.since:
            return
        line = _line(event, wish, made)
        if not line:
            return
        if len(self._waiting) >= self._hub.queue or (self._waiting and self._bytes + len(line) > _QUEUE_BYTES):
            self.end()
            self._cut()
            return
        self._waiting.append(line)
        self._bytes += len(line)
        self._news.set()

    def end(self) -> None:
        """Tell nothing more."""
        self._ended = True
        self._waiting.clear()
        self._news.set()
        self.on_close()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is to be sent, piece by piece, until the watch ends."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._wish.seconds
        try:
            for chunk in _joined(self._backlog):
                yield chunk
            if self._wish.initial_end:
                yield self._bookmark(self._opened, initial_end=True)
            while not self._ended and (left := end - loop.time()) > 0:
                if await self._wait(min(left, self._hub.bookmark_after)):
                    await self._store.settle()
                    yield self._take()
                elif self._wish.bookmarks and not self._ended:
                    revision = self._store.revision  # nothing waits, so all up to here is told
                    await self._store.settle()
                    yield self._bookmark(revision)
        finally:
            self.end()

    async def _wait(self, seconds: float) -> bool:
        """Wait for news; whether there are any."""
        if not self._waiting:
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return False
        return bool(self._waiting)

    def _take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return taken

    def _bookmark(self, revision: int, *, initial_end: bool = False) -> bytes:
        metadata: dict[str, object] = {"resourceVersion": str(revision)}
        if initial_end:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        served = self._wish.served
        shown = {"kind": served.kind, "apiVersion": served.resource.gvk.api_version, "metadata": metadata}
        return orjson.dumps({"type": "BOOKMARK", "object": shown}, option=orjson.OPT_APPEND_NEWLINE)

    def _read_backlog(self) -> Iterable[bytes]:
        """What is to be sent first: what there is, or what has changed since."""
        wish = self._wish
        if wish.since is None:
            records = self._store.list(*wish.served.place, wish.namespace)
            found = [record for record in records if wish.matches(record)]
            return (_added(wish.show(record)) for record in found)
        try:
            events = self._hub.since(wish.since)
        except Expired as error:
            self._ended = True
            return [error_line(expired(str(error)))]
        place = wish.served.place
        return (
            _line(event, wish, {})
            for event in events
            if (event.record.key.group, event.record.key.plural) == place
            and wish.namespace in {None, event.record.key.namespace}
        )


def error_line(error: ApiError) -> bytes:
    """The event that ends a watch that cannot go on."""
    return orjson.dumps({"type": "ERROR", "object": error.status()}, option=orjson.OPT_APPEND_NEWLINE)


def _added(shown: bytes) -> bytes:
    return b'{"type":"ADDED","object":%b}\n' % shown


def _line(event: Event, wish: Wish, made: dict[tuple[object, ...], bytes]) -> bytes:
    """An event as a line for this client; empty when it is not to see it."""
    type_ = visible(event, wish.matches)
    if not type_:
        return b""
    key = (type_, wish.form)
    line = made.get(key)
    if line is None:
        line = made[key] = b'{"type":"%b","object":%b}\n' % (type_.encode(), wish.show(_shown(event, type_)))
    return line


def _shown(event: Event, type_: str) -> Record:
    """What is shown of a change: of an object that is there and does not match any more, how it last matched."""
    if type_ != "DELETED" or event.type == "DELETED" or event.previous is None:
        return event.record
    return record_of(event.record.key, dressed(event.previous.manifest(), event.record.revision))


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines gathered to pieces that are worth sending."""
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size > _CHUNK:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)
