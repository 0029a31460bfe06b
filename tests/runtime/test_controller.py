"""The contract of a controller."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kfed.core.key import Key
from kfed.errors import ThrottledError, UnreachableError
from kfed.runtime.backoff import Backoff
from kfed.runtime.controller import DONE, RETRY, Controller, Limits, Result
from kfed.runtime.store import Store
from tests.runtime.script import Script, added, deleted, page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

A, B, C = (Key("shop", name) for name in "abc")
CUT = UnreachableError("cut off")


def _store() -> Store[str]:
    return Store(lambda manifest: manifest["metadata"]["resourceVersion"])


def _doubling() -> Backoff[Key]:
    return Backoff(1, 300, spread=lambda: 1)


class Worker:
    """A ``reconcile`` that does as it is told for each key in turn, and notes when it was called."""

    def __init__(self, *steps: Result | Exception | float) -> None:
        self.steps = list(steps)
        self.calls: list[tuple[float, Key]] = []
        self.ended: list[Key] = []

    async def __call__(self, key: Key) -> Result:
        """Take the next step: give a result, raise an error, or take so many seconds."""
        self.calls.append((asyncio.get_running_loop().time() - 1000, key))
        step = self.steps.pop(0) if self.steps else DONE
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Result):
            return step
        await asyncio.sleep(step)
        self.ended.append(key)
        return DONE

    @property
    def keys(self) -> list[Key]:
        """What it was called for."""
        return [key for _, key in self.calls]

    @property
    def times(self) -> list[float]:
        """When it was called."""
        return [round(when, 3) for when, _ in self.calls]


@asynccontextmanager
async def running(controller: Controller) -> AsyncIterator[None]:
    """Run a controller within, and stop it in the end."""
    task = asyncio.create_task(controller.run())
    try:
        yield
    finally:
        controller.stop()
        await task


def test_every_object_and_every_change_leads_to_a_call(run: Callable[..., Any]) -> None:
    async def play() -> list[Key]:
        reconcile = Worker()
        controller, store = Controller("test", reconcile), _store()
        controller.follow(Script([[page(1, "a", "b")]], [[added("c", 2), deleted("a", 3)]]), store)
        async with running(controller):
            await asyncio.sleep(1)
        assert dict(store.items()) == {B: "0", C: "2"}
        return sorted(reconcile.keys)

    assert run(play()) in ([A, B, C], [A, A, B, C])


def test_nothing_is_called_before_the_required_stores_are_whole(run: Callable[..., Any]) -> None:
    async def play() -> tuple[list[float], list[bool]]:
        reconcile = Worker()
        controller = Controller("test", reconcile, backoff=_doubling())
        controller.follow(Script([[page(1, "a")]]), _store())
        late = Script([[CUT], [ThrottledError("later", code=429, after=20)], [page(1, "b")]])
        controller.follow(late, _store())
        controller.follow(Script([[CUT]]), _store(), required=False)
        controller.add(C)
        ready = [controller.ready]
        async with running(controller):
            await asyncio.sleep(10)
            assert reconcile.calls == []
            await asyncio.sleep(20)
            return reconcile.times, [*ready, controller.ready]

    times, ready = run(play())
    assert (len(times), ready) == (3, [False, True])
    assert all(20 < time < 22 for time in times)


def test_objects_are_mapped_to_the_keys_that_depend_on_them(run: Callable[..., Any]) -> None:
    async def play() -> list[Key]:
        reconcile = Worker()
        controller = Controller("test", reconcile)
        controller.follow(Script([[page(1, "a", "b")]]), _store(), lambda key: [Key("root", key.name), C])
        async with running(controller):
            await asyncio.sleep(1)
        return sorted(reconcile.keys)

    assert run(play()) == [Key("root", "a"), Key("root", "b"), C]


@pytest.mark.parametrize("error", [CUT, ValueError("a fault of ours"), TimeoutError()])
def test_error_is_tried_again_later_each_time_and_stops_no_other_key(run: Callable[..., Any], error: Exception) -> None:
    async def play() -> tuple[list[float], list[Key]]:
        reconcile = Worker(error, error, error, DONE, error)
        controller = Controller("test", reconcile, backoff=_doubling())
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(100)
            controller.add(B)
            await asyncio.sleep(0.5)
            controller.add(C)
            await asyncio.sleep(100)
        return reconcile.times, reconcile.keys

    assert run(play()) == ([0, 1, 3, 7, 100, 100.5, 101], [A, A, A, A, B, C, B])


def test_result_says_when_to_call_again(run: Callable[..., Any]) -> None:
    async def play() -> list[float]:
        reconcile = Worker(RETRY, RETRY, Result(after=50), RETRY)
        controller = Controller("test", reconcile, backoff=_doubling())
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(500)
        return reconcile.times

    assert run(play()) == [0, 1, 3, 53, 54]


def test_key_comes_before_its_time_when_something_happens(run: Callable[..., Any]) -> None:
    async def play() -> list[float]:
        reconcile = Worker(Result(after=50), Result(after=50), DONE)
        controller = Controller("test", reconcile)
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(10)
            controller.add(A, urgent=True)
            controller.add(A, after=1)
            await asyncio.sleep(500)
        return reconcile.times

    assert run(play()) == [0, 10, 60]


def test_server_that_names_a_time_is_not_asked_before(run: Callable[..., Any]) -> None:
    async def play() -> list[float]:
        reconcile = Worker(ThrottledError("later", code=429, after=30))
        controller = Controller("test", reconcile, backoff=_doubling())
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(100)
        return reconcile.times

    assert run(play()) == [0, 30]


def test_call_that_takes_too_long_is_an_error(run: Callable[..., Any]) -> None:
    async def play() -> tuple[list[float], list[Key]]:
        reconcile = Worker(1000.0, 2.0)
        controller = Controller("test", reconcile, Limits(deadline=5), backoff=_doubling())
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(100)
        return reconcile.times, reconcile.ended

    assert run(play()) == ([0, 6], [A])


def test_no_more_calls_run_at_a_time_than_there_are_workers(run: Callable[..., Any]) -> None:
    async def play() -> list[float]:
        reconcile = Worker(*[1.0] * 6)
        controller = Controller("test", reconcile, Limits(workers=2))
        async with running(controller):
            for number in range(6):
                controller.add(Key("shop", str(number)))
            await asyncio.sleep(10)
        return reconcile.times

    assert run(play()) == [0, 0, 1, 1, 2, 2]


def test_stopping_lets_running_calls_end_and_begins_no_others(run: Callable[..., Any]) -> None:
    async def play() -> tuple[list[Key], list[Key], float]:
        reconcile = Worker(5.0, 5.0)
        controller = Controller("test", reconcile, Limits(workers=1, grace=60))
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(1)
            controller.add(B)
        return reconcile.keys, reconcile.ended, asyncio.get_running_loop().time() - 1000

    assert run(play()) == ([A], [A], pytest.approx(5))


def test_stopping_cancels_calls_that_take_too_long(run: Callable[..., Any]) -> None:
    async def play() -> tuple[list[Key], float]:
        reconcile = Worker(500.0)
        controller = Controller("test", reconcile, Limits(grace=10))
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(1)
        return reconcile.ended, asyncio.get_running_loop().time() - 1000

    assert run(play()) == ([], pytest.approx(11))


def test_stopping_does_not_wait_for_a_store_that_never_becomes_whole(run: Callable[..., Any]) -> None:
    async def play() -> float:
        controller = Controller("test", Worker())
        controller.follow(Script(), _store())
        async with running(controller):
            await asyncio.sleep(1)
        return asyncio.get_running_loop().time() - 1000

    assert run(play()) == pytest.approx(1)


def test_sources_come_and_go_while_it_runs(run: Callable[..., Any]) -> None:
    async def play() -> tuple[list[Key], int]:
        reconcile, source = Worker(), Script([[page(1, "a")]], [[added("b", 2)]])
        controller = Controller("test", reconcile)
        async with running(controller):
            await asyncio.sleep(1)
            feed = controller.follow(source, _store(), required=False)
            await asyncio.sleep(1)
            assert source.open == 1
            await controller.leave(feed)
            assert source.open == 0
        return sorted(reconcile.keys), source.open

    assert run(play()) == ([A, B], 0)


def test_object_that_cannot_be_kept_is_passed_over(run: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    def keep(manifest: dict[str, Any]) -> int:
        return 1 // (manifest["metadata"]["name"] != "a")

    async def play() -> list[Key]:
        reconcile = Worker()
        controller = Controller("test", reconcile)
        controller.follow(Script([[page(1, "a", "b")]]), Store(keep))
        async with running(controller):
            await asyncio.sleep(1)
        return reconcile.keys

    assert run(play()) == [B]
    assert Counter(record.message for record in caplog.records)["object passed over"] == 1


def test_stream_that_breaks_in_another_way_begins_anew(run: Callable[..., Any]) -> None:
    async def play() -> list[Key]:
        reconcile = Worker()
        controller = Controller("test", reconcile)
        controller.follow(Script([[page(1, "a")], [page(2, "b")]], [[ValueError("no such thing")]]), _store())
        async with running(controller):
            await asyncio.sleep(60)
        return sorted(reconcile.keys)

    assert run(play()) in ([A, A, B], [A, B])


def test_changes_go_before_what_is_done_again(run: Callable[..., Any]) -> None:
    async def play() -> list[Key]:
        reconcile = Worker(*[1.0] * 50)
        controller = Controller("test", reconcile, Limits(workers=1))
        controller.follow(Script([[page(1)]], [[added("a", 2)]]), _store())
        for number in range(20):
            controller.add(Key("again", str(number)))
        async with running(controller):
            await asyncio.sleep(5)
        return reconcile.keys

    assert run(play()).index(A) <= 1


def test_what_is_listed_at_first_does_not_go_before_what_somebody_waits_for(run: Callable[..., Any]) -> None:
    async def play() -> list[Key]:
        reconcile, gate = Worker(*[1.0] * 50), _store()
        controller = Controller("test", reconcile, Limits(workers=1))
        controller.follow(Script([[page(1, *map(str, range(20)))]]), _store())
        controller.follow(Script([[CUT], [page(1)]]), gate)
        async with running(controller):
            await asyncio.sleep(0.01)
            controller.add(A, urgent=True)
            await gate.wait_synced()
            await asyncio.sleep(1)
        return reconcile.keys

    assert run(play())[0] == A


class _Meter:
    def __init__(self) -> None:
        self.calls: list[tuple[Key, str, float, float]] = []
        self.streams: Counter[str] = Counter()

    def finished(self, key: Key, outcome: str, waited: float, took: float) -> None:
        self.calls.append((key, outcome, round(waited, 3), round(took, 3)))

    def followed(self, label: str, event: object) -> None:
        self.streams[f"{label} {type(event).__name__}"] += 1


def test_meter_is_told_of_each_call_and_each_event(run: Callable[..., Any]) -> None:
    async def play() -> _Meter:
        meter = _Meter()
        controller = Controller("test", Worker(2.0, RETRY, CUT, Result(after=99)), Limits(workers=1), meter=meter)
        controller.follow(Script([[page(1)]]), _store())
        async with running(controller):
            controller.add(A)
            controller.add(B)
            await asyncio.sleep(10)
        return meter

    meter = run(play())
    assert [(key, outcome) for key, outcome, _, _ in meter.calls] == [
        (A, "done"),
        (B, "retry"),
        (B, "error"),
        (B, "later"),
    ]
    assert meter.calls[0][2:] == (0, 2)
    assert meter.calls[1][2:] == (2, 0)
    assert meter.streams == {"script Restarted": 1, "script Synced": 1}


def test_failure_is_one_line_with_its_key(run: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        controller = Controller("test", Worker(CUT, ValueError("oops")), backoff=_doubling())
        async with running(controller):
            controller.add(A)
            await asyncio.sleep(10)

    with caplog.at_level(logging.WARNING):
        run(play())
    lines = [
        (record.levelname, record.message, vars(record)["key"], bool(record.exc_info)) for record in caplog.records
    ]
    assert lines == [("WARNING", "reconcile failed", "shop/a", False), ("ERROR", "reconcile failed", "shop/a", True)]


def test_interruption_that_stays_the_same_is_logged_once(
    run: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    other = UnreachableError("refused")

    async def play() -> None:
        controller = Controller("test", Worker())
        controller.follow(Script([[page(1)]], [CUT, CUT, other, CUT, [added("a", 2), CUT], CUT]), _store())
        async with running(controller):
            await asyncio.sleep(600)

    with caplog.at_level(logging.INFO):
        run(play())
    told = [vars(line).get("error", line.message) for line in caplog.records if line.name == "kfed.runtime.feed"]
    again = ["cut off", "refused", "cut off", "watch goes on"]
    assert told == ["in sync", *again, "cut off", "watch goes on"]


def test_cancelling_it_cancels_all(run: Callable[..., Any]) -> None:
    async def play() -> tuple[list[Key], int]:
        reconcile, source = Worker(500.0), Script([[page(1, "a")]], [[added("b", 2)]])
        controller = Controller("test", reconcile)
        controller.follow(source, _store())
        task = asyncio.create_task(controller.run())
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return reconcile.ended, source.open

    ended, left_open = run(play())
    assert (A in ended, left_open) == (False, 0)
