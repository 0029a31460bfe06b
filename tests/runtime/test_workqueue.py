"""Each key once, and never twice at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.runtime.workqueue import Closed, WorkQueue
from tests.runtime.faketime import run_in_fake_time

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def queued(test: Callable[[WorkQueue[str]], Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of one that is given a queue, in made-up time."""

    def in_a_loop(run: Callable[..., Any]) -> None:
        async def with_a_queue() -> None:
            await test(WorkQueue())

        run(with_a_queue())

    in_a_loop.__name__ = test.__name__
    return in_a_loop


async def _keys(queue: WorkQueue[str], number: int) -> list[str]:
    """The next keys, none of which is done."""
    return [(await queue.get()).key for _ in range(number)]


async def _waits(queue: WorkQueue[str]) -> bool:
    """Whether nothing is there to be taken."""
    try:
        async with asyncio.timeout(0.001):
            await queue.get()
    except TimeoutError:
        return True
    return False


@queued
async def test_key_that_is_added_often_waits_once(queue: WorkQueue[str]) -> None:
    for key in ("a", "b", "a", "a"):
        queue.add(key)
    assert len(queue) == 2
    assert await _keys(queue, 2) == ["a", "b"]
    assert await _waits(queue)


@queued
async def test_key_that_is_worked_on_waits_until_that_is_done(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add("a")
    queue.add("a")
    assert await _waits(queue)
    queue.done("a")
    assert await _keys(queue, 1) == ["a"]
    queue.done("a")
    assert await _waits(queue)
    assert queue.working == 0


@queued
async def test_worker_that_waits_is_woken(queue: WorkQueue[str]) -> None:
    waiting = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(1)
    waiting[0].cancel()
    queue.add("a")
    queue.add("b")
    turns = await asyncio.gather(*waiting[1:])
    assert sorted(turn.key for turn in turns) == ["a", "b"]


@queued
async def test_urgent_keys_go_first_and_do_not_starve_others(queue: WorkQueue[str]) -> None:
    for number in range(3):
        queue.add(f"later{number}")
    for number in range(20):
        queue.add(f"now{number}", urgent=True)
    order = await _keys(queue, 23)
    assert order[:7] == [f"now{number}" for number in range(7)]
    assert [order.index(f"later{number}") for number in range(3)] == [7, 15, 22]


@queued
async def test_key_becomes_urgent_when_it_is_added_so(queue: WorkQueue[str]) -> None:
    for key in ("a", "b", "c"):
        queue.add(key)
    queue.add("c", urgent=True)
    queue.add("c")
    assert await _keys(queue, 3) == ["c", "a", "b"]
    assert await _waits(queue)


@queued
async def test_of_delays_the_shortest_counts(queue: WorkQueue[str]) -> None:
    for seconds in (30, 10, 20):
        queue.add_after("a", seconds)
    assert (queue.delayed, len(queue)) == (1, 0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await queue.get()
    assert loop.time() - began == pytest.approx(10)
    queue.done("a")
    await asyncio.sleep(60)
    assert await _waits(queue)


@queued
async def test_key_that_is_added_at_once_has_no_delay_left(queue: WorkQueue[str]) -> None:
    queue.add_after("a", 10)
    queue.add("a")
    queue.add_after("a", 10)
    assert await _keys(queue, 1) == ["a"]
    queue.done("a")
    await asyncio.sleep(60)
    assert await _waits(queue)


@queued
async def test_delay_that_ends_while_the_key_is_worked_on_leads_to_another_turn(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add_after("a", 5)
    await asyncio.sleep(6)
    assert await _waits(queue)
    queue.done("a")
    assert await _keys(queue, 1) == ["a"]


@queued
async def test_key_that_waits_for_its_worker_has_no_delay_left(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add("a")
    queue.add_after("a", 5)
    queue.done("a")
    await queue.get()
    queue.done("a")
    await asyncio.sleep(60)
    assert await _waits(queue)


@queued
async def test_turn_says_how_long_the_key_has_waited_since_it_was_due(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.add_after("b", 3)
    await asyncio.sleep(5)
    queue.add("a", urgent=True)
    assert [(await queue.get()).waited, (await queue.get()).waited] == pytest.approx([5, 2])


@queued
async def test_closed_queue_gives_nothing_and_waits_for_what_runs(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add("b")
    queue.add_after("c", 1)
    sleepers = [asyncio.create_task(queue.get()) for _ in range(2)]
    queue.close()
    queue.add("d")
    queue.add_after("d", 1)
    ended = await asyncio.gather(*sleepers, queue.get(), return_exceptions=True)
    assert [type(end) for end in ended] == [Closed, Closed, Closed]
    idle = asyncio.create_task(queue.wait_idle())
    await asyncio.sleep(5)
    assert (idle.done(), len(queue), queue.delayed) == (False, 0, 0)
    queue.add("a")
    queue.done("a")
    await idle


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(0, 3), st.booleans()), max_size=40),
    st.lists(st.integers(0, 5), min_size=1, max_size=9),
)
def test_after_every_add_a_turn_begins_and_never_two_of_a_key_at_once(
    adds: list[tuple[str, int, int, bool]], durations: list[int]
) -> None:
    begun: dict[str, list[float]] = {key: [] for key in "abc"}
    asked: dict[str, float] = {}
    running: set[str] = set()

    async def work(queue: WorkQueue[str], number: int) -> None:
        for turn in range(10_000):
            key = (await queue.get()).key
            assert key not in running
            running.add(key)
            begun[key].append(asyncio.get_running_loop().time())
            await asyncio.sleep(durations[(turn + number) % len(durations)])
            running.discard(key)
            queue.done(key)

    async def play() -> None:
        queue = WorkQueue[str]()
        workers = [asyncio.create_task(work(queue, number)) for number in range(3)]
        for key, pause, delay, urgent in adds:
            await asyncio.sleep(pause / 3)
            now = asyncio.get_running_loop().time()
            if delay:
                queue.add_after(key, delay)
            else:
                queue.add(key, urgent=urgent)
            asked[key] = now
        await asyncio.sleep(500)
        assert (len(queue), queue.working, queue.delayed) == (0, 0, 0)
        assert all(worker.cancel() for worker in workers)

    run_in_fake_time(play())
    for key, when in asked.items():
        assert begun[key][-1] >= when
        assert len(begun[key]) <= sum(1 for one in adds if one[0] == key)
