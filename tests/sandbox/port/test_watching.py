"""Watches: everybody hears everything in order, says where it is, and nobody holds up the others."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from kfed.sandbox.port.watching import Hub, Watch, Wish
from kfed.sandbox.state.records import Key
from kfed.sandbox.state.selectors import compile_selectors
from kfed.sandbox.state.store import Store
from kfed.sandbox.surface.registry import Registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from kfed.sandbox.state.records import Record

SERVED = Registry().find("", "v1", "configmaps")


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 10))


def key(name: str, namespace: str = "default") -> Key:
    return Key("", "configmaps", namespace, name)


def manifest(name: str, **labels: str) -> dict[str, Any]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}}


def show(record: Record) -> bytes:
    return record.data


def wish(labels: str = "", **options: Any) -> Wish:
    assert SERVED is not None
    usual: dict[str, Any] = {"namespace": None, "form": "json", "show": show}
    return Wish(SERVED, matches=compile_selectors(SERVED, labels, ""), **(usual | options))


def never() -> None:
    raise AssertionError("this client was not slow")


async def events(watch: Watch) -> AsyncIterator[tuple[str, str, str]]:
    """Type, name and resourceVersion of each event."""
    async for chunk in watch.chunks():
        for line in chunk.splitlines():
            event = json.loads(line)
            metadata = event["object"].get("metadata", {})
            yield event["type"], metadata.get("name", ""), metadata.get("resourceVersion", "")


async def take(found: AsyncIterator[tuple[str, str, str]], number: int) -> list[tuple[str, str, str]]:
    return [await anext(found) for _ in range(number)]


def test_watch_begins_with_what_there_is() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store)
        store.put(key("b"), manifest("b"))
        store.put(key("a"), manifest("a"))
        found = events(hub.open(wish(), never))
        assert await take(found, 2) == [("ADDED", "a", "3"), ("ADDED", "b", "2")]
        store.put(key("a"), manifest("a", x="y"))
        store.remove(key("b"), manifest("b"))
        assert await take(found, 2) == [("MODIFIED", "a", "4"), ("DELETED", "b", "5")]

    run(test())


def test_watch_since_a_revision_tells_what_came_after_and_nothing_twice() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store)
        for name in "abc":
            store.put(key(name), manifest(name))
        watch = hub.open(wish(since=2), never)
        store.put(key("d"), manifest("d"))
        found = events(watch)
        assert await take(found, 3) == [("ADDED", "b", "3"), ("ADDED", "c", "4"), ("ADDED", "d", "5")]

    run(test())


def test_watch_since_too_long_ago_is_one_error() -> None:
    async def test() -> None:
        store = Store(history=2)
        hub = Hub(store)
        for name in "abcde":
            store.put(key(name), manifest(name))
        lines = [chunk async for chunk in hub.open(wish(since=2), never).chunks()]
        (event,) = [json.loads(line) for line in b"".join(lines).splitlines()]
        assert event["type"] == "ERROR"
        assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
        assert event["object"]["message"].startswith("too old resource version: 2")

    run(test())


def test_watch_of_a_revision_to_come_waits_for_it() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store)
        found = events(hub.open(wish(since=3), never))
        for name in "abc":
            store.put(key(name), manifest(name))
        assert await take(found, 1) == [("ADDED", "c", "4")]

    run(test())


def test_what_begins_or_ceases_to_match_is_added_or_deleted() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store)
        found = events(hub.open(wish("app=web"), never))
        store.put(key("a"), manifest("a"))
        store.put(key("a"), manifest("a", app="web"))
        store.put(key("a"), manifest("a", app="web", b="c"))
        store.put(key("a"), manifest("a", app="db"))
        store.remove(key("a"), manifest("a", app="db"))
        store.put(key("z"), manifest("z", app="web"))
        assert await take(found, 4) == [
            ("ADDED", "a", "3"),
            ("MODIFIED", "a", "4"),
            ("DELETED", "a", "5"),
            ("ADDED", "z", "7"),
        ]

    run(test())


def test_what_ceases_to_match_is_shown_as_it_last_matched() -> None:
    async def test() -> None:
        store = Store()
        store.put(key("a"), manifest("a", app="web"))
        chunks = Hub(store).open(wish("app=web", since=2), never).chunks()
        store.put(key("a"), manifest("a", app="db"))
        event = json.loads(await anext(chunks))
        assert event["object"]["metadata"]["labels"] == {"app": "web"}
        assert event["object"]["metadata"]["resourceVersion"] == "3"

    run(test())


def test_watch_of_a_namespace_hears_of_no_other() -> None:
    async def test() -> None:
        store = Store()
        found = events(Hub(store).open(wish(namespace="one"), never))
        store.put(key("a", "two"), manifest("a"))
        store.put(key("b", "one"), manifest("b"))
        assert await take(found, 1) == [("ADDED", "b", "3")]

    run(test())


def test_bookmarks_say_how_far_the_watch_is() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store, bookmark_after=0.01)
        store.put(Key("", "secrets", "default", "s"), manifest("s"))
        found = events(hub.open(wish(bookmarks=True), never))
        assert await take(found, 1) == [("BOOKMARK", "", "2")]
        store.put(key("a"), manifest("a"))
        assert await take(found, 2) == [("ADDED", "a", "3"), ("BOOKMARK", "", "3")]

    run(test())


def test_end_of_what_there_was_is_told_when_asked_for() -> None:
    async def test() -> None:
        store = Store()
        store.put(key("a"), manifest("a"))
        chunks = Hub(store).open(wish(initial_end=True), never).chunks()
        assert json.loads(await anext(chunks))["type"] == "ADDED"
        bookmark = json.loads(await anext(chunks))
        assert bookmark["type"] == "BOOKMARK"
        assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}

    run(test())


def test_watch_ends_when_its_time_is_over_and_is_forgotten() -> None:
    async def test() -> None:
        hub = Hub(Store())
        watch = hub.open(wish(seconds=0.01), never)
        assert len(hub) == 1
        assert [event async for event in events(watch)] == []
        assert len(hub) == 0

    run(test())


def test_watch_that_ends_in_time_says_how_far_it_was() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store)
        store.put(key("a"), manifest("a"))
        found = [event async for event in events(hub.open(wish(seconds=0.01, since=2, bookmarks=True), never))]
        assert found == [("BOOKMARK", "", "2")]

    run(test())


def test_client_that_does_not_read_is_cut_off_and_the_others_are_not() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store, queue=10)
        cut: list[str] = []
        slow = hub.open(wish(), lambda: cut.append("slow"))
        quick = events(hub.open(wish(), never))
        for number in range(20):
            store.put(key(f"n{number}"), manifest(f"n{number}"))
            assert (await anext(quick))[1] == f"n{number}"
        assert cut == ["slow"]
        assert len(hub) == 1
        assert [event async for event in events(slow)] == []

    run(test())


def test_event_is_made_once_for_all_who_see_it_alike() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store)
        made: list[str] = []

        def counting(record: Record) -> bytes:
            made.append(record.key.name)
            return record.data

        watches = [hub.open(wish(show=counting), never) for _ in range(1000)]
        store.put(key("a"), manifest("a"))
        assert made == ["a"]
        for watch in watches:
            assert await take(events(watch), 1) == [("ADDED", "a", "2")]

    run(test())


def test_type_that_is_no_more_ends_its_watches() -> None:
    async def test() -> None:
        store = Store()
        hub = Hub(store)
        watch = hub.open(wish(), never)
        crd = Key("apiextensions.k8s.io", "customresourcedefinitions", "", "configmaps.")
        store.put(crd, manifest("configmaps."))
        store.remove(crd, manifest("configmaps."))
        assert [event async for event in events(watch)] == []

    run(test())


def test_closing_ends_all_watches() -> None:
    async def test() -> None:
        hub = Hub(Store())
        watches = [hub.open(wish(), never) for _ in range(3)]
        hub.close()
        assert len(hub) == 0
        for watch in watches:
            assert [event async for event in events(watch)] == []

    run(test())


@pytest.mark.parametrize("number", [20_000])
def test_many_objects_come_in_pieces_that_are_worth_sending(number: int) -> None:
    async def test() -> None:
        store = Store()
        for place in range(number):
            store.put(key(f"n{place}"), manifest(f"n{place}"))
        chunks = [chunk async for chunk in Hub(store).open(wish(seconds=0.05), never).chunks()]
        assert b"".join(chunks).count(b"\n") == number
        assert len(chunks) < 50

    run(test())
