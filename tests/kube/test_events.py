"""One Event for one thing, however often it happens."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from kfed.kube import events as module
from kfed.kube.events import EVENTS, Recorder
from kfed.kube.request import Selection
from tests.kube.shelf import Shelf, View
from tests.kube.test_server import CONFIGMAPS, api_of, configmap
from tests.runtime.faketime import run_in_fake_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.clusters.fleet import Cluster

WEB = {
    "apiVersion": "types.kubefed.io/v1beta1",
    "kind": "FederatedDeployment",
    "metadata": {"namespace": "shop", "name": "web", "uid": "u-1"},
}


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Where Events are kept, by the clock of the loop."""

    class Clock:
        def time(self) -> float:
            return 1_900_000_000 + asyncio.get_running_loop().time()

    kept = Shelf()
    monkeypatch.setattr(module, "time", Clock())
    return kept


def _played(view: View, play: Callable[[Recorder], Awaitable[None]]) -> Recorder:
    """A recorder that has run for as long as a play took."""

    async def recorded() -> Recorder:
        recorder = Recorder(view, "kfed", "kfed-0")  # type: ignore[arg-type]  (as much of the verbs as it needs)
        running = asyncio.create_task(recorder.run())
        await play(recorder)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return recorder

    recorder: Recorder = run_in_fake_time(recorded())
    return recorder


def _told(shelf: Shelf) -> list[tuple[str, int]]:
    """What was told, and how often."""
    return [(event["note"], event.get("series", {}).get("count", 1)) for event in shelf.objects.values()]


def test_event_says_what_happened_to_whom(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        recorder.note(WEB, "PropagationFailed", "member1 refuses it.", action="Apply")
        await asyncio.sleep(1)

    _played(shelf.of(), play)
    (event,) = shelf.objects.values()
    assert event.pop("metadata")["namespace"] == "shop"
    assert event == {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "eventTime": "2030-03-17T18:03:20.000000Z",
        "regarding": {
            "apiVersion": "types.kubefed.io/v1beta1",
            "kind": "FederatedDeployment",
            "namespace": "shop",
            "name": "web",
            "uid": "u-1",
        },
        "reason": "PropagationFailed",
        "note": "member1 refuses it.",
        "type": "Warning",
        "action": "Apply",
        "reportingController": "kfed",
        "reportingInstance": "kfed-0",
    }


def test_same_thing_again_is_counted_twice_a_minute_at_most(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        for _ in range(300):
            recorder.note(WEB, "Failed", "no")
            await asyncio.sleep(1)

    _played(shelf.of(), play)
    assert _told(shelf) == [("no", 300)]
    assert shelf.writes <= 12


def test_what_happens_while_it_is_being_told_is_counted(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        recorder.note(WEB, "Failed", "no")
        await asyncio.sleep(0.005)
        recorder.note(WEB, "Failed", "no")
        await asyncio.sleep(60)

    _played(shelf.of(), play)
    assert _told(shelf) == [("no", 2)]


def test_different_things_are_different_events(shelf: Shelf) -> None:
    other = WEB | {"metadata": {"namespace": "shop", "name": "db", "uid": "u-2"}}

    async def play(recorder: Recorder) -> None:
        for about, note in ((WEB, "one"), (WEB, "two"), (other, "one"), (WEB, "one")):
            recorder.note(about, "Failed", note)
        await asyncio.sleep(1)

    _played(shelf.of(), play)
    assert sorted(_told(shelf)) == [("one", 1), ("one", 2), ("two", 1)]


def test_object_without_a_namespace_has_its_events_in_the_usual_one(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        recorder.note({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}, "Failed", "no")
        await asyncio.sleep(1)

    _played(shelf.of(), play)
    assert [key.namespace for key in shelf.objects] == ["default"]


def test_thing_that_has_not_happened_for_long_is_another_event(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        for _ in range(2):
            recorder.note(WEB, "Failed", "no")
            await asyncio.sleep(500)

    _played(shelf.of(), play)
    assert _told(shelf) == [("no", 1), ("no", 1)]


def test_event_that_the_server_has_dropped_is_made_anew(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        for _ in range(3):
            recorder.note(WEB, "Failed", "no")
        await asyncio.sleep(1)
        shelf.objects.clear()
        recorder.note(WEB, "Failed", "no")
        await asyncio.sleep(60)

    _played(shelf.of(), play)
    assert _told(shelf) == [("no", 4)]


def test_server_that_is_away_is_asked_again_now_and_then_and_told_in_the_end(shelf: Shelf) -> None:
    view = shelf.of(down=True)

    async def play(recorder: Recorder) -> None:
        for _ in range(100):
            recorder.note(WEB, "Failed", "no")
            await asyncio.sleep(1)
        view.down = False
        await asyncio.sleep(60)

    _played(view, play)
    assert _told(shelf) == [("no", 100)]


def test_what_was_noted_last_is_written_on_the_way_out(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        await asyncio.sleep(1)
        recorder.note(WEB, "Failed", "no")
        recorder.note(WEB, "Failed", "no")

    _played(shelf.of(), play)
    assert _told(shelf) == [("no", 2)]


def test_what_is_too_much_is_dropped_and_counted(shelf: Shelf) -> None:
    async def play(recorder: Recorder) -> None:
        for number in range(1500):
            recorder.note(WEB, "Failed", str(number))
        await asyncio.sleep(60)

    assert _played(shelf.of(), play).dropped == 500
    assert len(shelf.objects) == 1000


@pytest.mark.cluster
def test_server_takes_events_and_counts(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_COUNTED_EVERY", 0.1)
    shop = namespace(cluster_host)

    async def play() -> list[dict[str, Any]]:
        async with api_of(cluster_host) as api, asyncio.TaskGroup() as tasks:
            about = await api.apply(CONFIGMAPS, configmap(shop, "x" * 253))
            recorder = Recorder(api, "kfed", "kfed-0")
            running = tasks.create_task(recorder.run())
            for _ in range(5):
                recorder.note(about, "PropagationFailed" * 9, "ü" * 2000, action="Apply" * 30)
                await asyncio.sleep(0.05)
            seen: list[dict[str, Any]] = []
            while not seen or seen[0].get("series", {}).get("count") != 5:
                seen = await api.list(EVENTS, Selection(shop))
            running.cancel()
            return seen

    (event,) = run(play())
    assert (event["regarding"]["name"], event["type"]) == ("x" * 253, "Warning")
    assert len(event["note"].encode()) <= 1024
