"""What a stream of events comes to."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections import deque
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from kfed.core.key import Key
from kfed.errors import GoneError, UnreachableError
from kfed.runtime.backoff import Pause
from kfed.runtime.store import Store
from kfed.runtime.watch import Applied, Deleted, Interrupted, Restarted, Resumed, Synced, watch
from tests.runtime.faketime import run_in_fake_time
from tests.runtime.script import Change, Page, thing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

A, B = Key("shop", "a"), Key("shop", "b")


def _size(manifest: dict[str, Any]) -> int | None:
    return manifest.get("size")


def _store(**sizes: int) -> Store[int]:
    """A store that is whole, with things of these sizes."""
    store = Store(_size)
    for event in (Restarted(), *(Applied(thing(name, size=size)) for name, size in sizes.items()), Synced()):
        store.apply(event)
    return store


def test_only_the_kept_value_is_remembered_and_touched_keys_are_told() -> None:
    store = Store(_size)
    assert store.apply(Applied(thing("a", size=1))) == (A,)
    assert dict(store.items()) == {A: 1}
    assert store.apply(Applied(thing("a", size=2))) == (A,)
    assert (store.get(A), store.get(B), A in store, B in store, len(store)) == (2, None, True, False, 1)
    assert store.apply(Deleted(thing("a"))) == (A,)
    assert list(store) == []


def test_change_of_what_is_not_kept_touches_nothing() -> None:
    store = _store(a=1)
    assert store.apply(Applied(thing("a", 99, size=1, status="new"))) == ()


def test_object_of_which_nothing_is_kept_is_as_if_it_were_not_there() -> None:
    store = _store(a=1)
    assert store.apply(Applied(thing("b"))) == ()
    assert store.apply(Deleted(thing("b"))) == ()
    assert store.apply(Applied(thing("a"))) == (A,)
    assert len(store) == 0


def test_state_stays_while_it_begins_anew_and_loses_in_the_end_what_was_not_told() -> None:
    store = _store(a=1, b=2)
    assert [store.apply(Restarted()), store.apply(Applied(thing("a", size=1)))] == [(), ()]
    assert dict(store.items()) == {A: 1, B: 2}
    assert store.apply(Synced()) == [B]
    assert dict(store.items()) == {A: 1}


def test_list_that_breaks_off_deletes_nothing() -> None:
    store = _store(a=1, b=2)
    cut = UnreachableError("cut")
    for event in (Restarted(), Applied(thing("a", size=1)), Interrupted(cut, 1), Restarted(), Interrupted(cut, 1)):
        assert store.apply(event) == ()
    assert dict(store.items()) == {A: 1, B: 2}


def test_what_a_broken_list_told_does_not_count_for_the_next_one() -> None:
    store = _store(a=1, b=2)
    again = (Restarted(), Applied(thing("b", size=2)), Interrupted(UnreachableError("cut"), 1))
    for event in (*again, Restarted(), Applied(thing("a", size=1))):
        store.apply(event)
    assert store.apply(Synced()) == [B]


def test_store_says_whether_it_is_whole_and_hears_of_changes() -> None:
    store, cut = Store(_size), UnreachableError("cut")
    told = []
    for event in (Restarted(), Synced(), Interrupted(cut, 1), Resumed(), Interrupted(cut, 1), Restarted(), Synced()):
        store.apply(event)
        told.append((store.synced, store.current, store.error))
    assert told == [
        (False, False, None),
        (True, True, None),
        (True, False, cut),
        (True, True, None),
        (True, False, cut),
        (True, False, cut),
        (True, True, None),
    ]


def test_waiting_for_the_whole_state_ends_when_it_is_there(run: Callable[..., Any]) -> None:
    async def waits() -> bool:
        store = Store(_size)
        waiting = asyncio.create_task(store.wait_synced())
        store.apply(Restarted())
        await asyncio.sleep(5)
        early = waiting.done()
        store.apply(Synced())
        await waiting
        return early

    assert run(waits()) is False


@dataclass(frozen=True, slots=True)
class _Observed:
    """As much as is kept of an object in a member cluster."""

    uid: str
    version: str
    digest: str
    generation: int
    owned: bool


def _observed(manifest: dict[str, Any]) -> _Observed:
    metadata = manifest["metadata"]
    return _Observed(metadata["uid"], metadata["resourceVersion"], metadata["annotations"]["digest"], 3, owned=True)


def test_object_of_a_member_takes_less_than_a_kilobyte() -> None:
    number = 1000
    store = Store(_observed)
    # A table of Python's own may grow meanwhile, at most once in three times.
    assert min(_growth(store, start, number) for start in (0, number, 2 * number)) / number < 700


def _growth(store: Store[_Observed], start: int, number: int) -> int:
    """By how many bytes so many more objects let the memory grow."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for index in range(start, start + number):
            metadata = {
                "uid": f"{index:036}",
                "annotations": {"digest": f"{index:064}"},
                "labels": {"a": "b" * 500},
            }
            manifest = thing(f"deployment-{index}", index)
            store.apply(Applied({"metadata": manifest["metadata"] | metadata}))
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


class _Server:
    """A server that forgets, fails and cuts as it is told, while its objects change."""

    def __init__(self, whims: list[int]) -> None:
        self.whims = deque(whims)
        self.version = 0
        self.sizes: dict[str, int] = {}
        self.log: list[tuple[int, str, str]] = []
        self.forgotten = 0

    def whim(self) -> int:
        return self.whims.popleft() if self.whims else 9

    def change(self) -> None:
        """Something happens to one of four objects."""
        whim = self.whim()
        name = "abcd"[whim % 4]
        self.version += 1
        if whim > 6 and name in self.sizes:
            del self.sizes[name]
            self.log.append((self.version, "DELETED", name))
        else:
            self.log.append((self.version, "MODIFIED" if name in self.sizes else "ADDED", name))
            self.sizes[name] = self.version
        if whim == 0:
            self.forgotten = self.version

    def trip(self) -> None:
        match self.whim():
            case 0 | 1:
                raise UnreachableError("cut")
            case 2:
                raise GoneError("gone", code=410)
            case 3:
                self.change()

    async def pages(self) -> AsyncIterator[Page]:
        self.trip()
        version, names = str(self.version), [(name, size) for name, size in sorted(self.sizes.items())]
        for start in range(0, len(names) + 1, 2):
            yield Page(version, [thing(name, size=size) for name, size in names[start : start + 2]])
            self.trip()

    @asynccontextmanager
    async def changes(self, version: str) -> AsyncIterator[AsyncIterator[Change]]:
        self.trip()
        yield self._play(int(version))

    async def _play(self, version: int) -> AsyncIterator[Change]:
        if version < self.forgotten:
            raise GoneError("gone", code=410)
        while True:
            while later := [entry for entry in self.log if entry[0] > version]:
                version, kind, name = later[0]
                yield Change(kind, thing(name, version, size=version))
                self.trip()
            if not self.whims:
                await asyncio.Event().wait()
            self.change()


@given(st.lists(st.integers(0, 9), max_size=200))
def test_store_comes_to_what_the_server_has_whatever_breaks(whims: list[int]) -> None:
    server, store, told = _Server(whims), Store(_size), {}

    async def follow() -> None:
        async with aclosing(watch(server, Pause(0.1, 1))) as stream:
            async for event in stream:
                told.update({key.name: store.get(key) for key in store.apply(event)})

    async def settle() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(3600):
                await follow()

    run_in_fake_time(settle())
    kept = {key.name: size for key, size in store.items()}
    assert server.sizes == kept == {name: size for name, size in told.items() if size is not None}
