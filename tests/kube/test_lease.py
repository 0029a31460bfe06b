"""At most one holds a lease at a time, and it is held again soon after."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest

from kfed.core.key import Key
from kfed.errors import LeaseLostError
from kfed.kube.lease import Holder, Lease, Terms, holder
from tests.kube.shelf import Shelf, View
from tests.kube.test_server import api_of
from tests.runtime.faketime import run_in_fake_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters.fleet import Cluster
    from tests.runtime.faketime import FakeTimeLoop

KEY = Key("kfed", "leader")
Span = tuple[str, float, float]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _lease(view: View, identity: str) -> Lease:
    return Lease(view, KEY, identity)  # type: ignore[arg-type]  (as much of the verbs as it needs)


async def _lead(view: View, identity: str, spans: list[Span], stop_within: float = 0.0) -> None:
    """Lead whenever that may be; note from when to when, the time that it takes to stop included."""
    while True:
        with suppress(LeaseLostError):
            async with _lease(view, identity):
                began = _now()
                try:
                    await asyncio.Event().wait()
                finally:
                    with suppress(asyncio.CancelledError):
                        await asyncio.sleep(stop_within)
                    spans.append((identity, round(began - 1000, 1), round(_now() - 1000, 1)))


def _holder(shelf: Shelf) -> Holder:
    return Holder.of(shelf.objects[KEY])


def test_lease_is_made_held_and_given_back() -> None:
    shelf = Shelf()

    async def play() -> list[Any]:
        seen: list[Any] = [await holder(shelf.of(), KEY)]  # type: ignore[arg-type]
        lease = _lease(shelf.of(), "a")
        seen.append(lease.is_held)
        async with lease:
            seen += [lease.is_held, _holder(shelf).identity, _holder(shelf).duration]
            await asyncio.sleep(3600)
            seen.append(lease.is_held)
        return [*seen, lease.is_held, _holder(shelf).identity, _holder(shelf).transitions]

    assert run_in_fake_time(play()) == [None, False, True, "a", 15, True, False, "", 0]


def test_calm_holder_writes_a_dozen_times_a_minute() -> None:
    shelf = Shelf()

    async def play() -> None:
        async with _lease(shelf.of(), "a"):
            await asyncio.sleep(600)

    run_in_fake_time(play())
    assert 100 <= shelf.writes <= 125


def test_lease_that_is_given_back_is_taken_soon_and_counts_its_changes_of_hands() -> None:
    shelf, spans = Shelf(), []

    async def play() -> list[Any]:
        first = asyncio.create_task(_lead(shelf.of(), "a", spans))
        await asyncio.sleep(1)
        second = asyncio.create_task(_lead(shelf.of(), "b", spans))
        await asyncio.sleep(60)
        first.cancel()
        await asyncio.sleep(6)
        seen = [_holder(shelf).identity, _holder(shelf).transitions]
        second.cancel()
        await asyncio.wait([first, second])
        return seen

    assert run_in_fake_time(play()) == ["b", 1]
    assert [identity for identity, _, _ in spans] == ["a", "b"]
    assert 0 < spans[1][1] - spans[0][2] < 5


@pytest.mark.parametrize("failure", ["down", "hangs"])
@pytest.mark.parametrize("stop_within", [0.0, 4.5])
def test_holder_that_is_cut_off_has_stopped_before_another_begins(failure: str, stop_within: float) -> None:
    shelf, spans = Shelf(), []

    async def play() -> None:
        view = shelf.of()
        first = asyncio.create_task(_lead(view, "a", spans, stop_within))
        await asyncio.sleep(7.3)
        second = asyncio.create_task(_lead(shelf.of(), "b", spans, stop_within))
        await asyncio.sleep(31)
        setattr(view, failure, True)
        await asyncio.sleep(60)
        setattr(view, failure, False)
        await asyncio.sleep(60)
        second.cancel()
        await asyncio.sleep(60)
        first.cancel()
        await asyncio.wait([first, second])

    run_in_fake_time(play())
    assert [identity for identity, _, _ in spans] == ["a", "b", "a"]
    for before, after in pairwise(spans):
        assert before[2] < after[1]
    assert spans[0][2] - 38.3 <= 10 + stop_within + 0.1


def test_holder_rides_out_a_short_failure() -> None:
    shelf = Shelf()

    async def play() -> bool:
        view = shelf.of()
        async with _lease(view, "a") as lease:
            for _ in range(10):
                view.down = True
                await asyncio.sleep(4)
                view.down = False
                await asyncio.sleep(10)
            return lease.is_held

    assert run_in_fake_time(play()) is True


def test_holder_whose_lease_was_taken_stops_at_the_next_renewal() -> None:
    shelf = Shelf()

    async def play() -> float:
        async with _lease(shelf.of(), "a"):
            await asyncio.sleep(60)
            taken = shelf.objects[KEY]
            shelf.put(taken | {"spec": taken["spec"] | {"holderIdentity": "thief"}})
            began = _now()
            try:
                await asyncio.Event().wait()
            finally:
                assert _now() - began < 10
        return 0

    with pytest.raises(LeaseLostError, match=r"a no longer holds the lease kfed/leader, which thief had last"):
        run_in_fake_time(play())


def test_lease_that_was_deleted_is_made_anew_by_its_holder() -> None:
    shelf = Shelf()

    async def play() -> tuple[bool, str]:
        async with _lease(shelf.of(), "a") as lease:
            await asyncio.sleep(60)
            del shelf.objects[KEY]
            await asyncio.sleep(60)
            return lease.is_held, _holder(shelf).identity

    assert run_in_fake_time(play()) == (True, "a")


@pytest.mark.parametrize("skew", ["1999-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"])
def test_clocks_of_others_do_not_matter(skew: str) -> None:
    shelf, spans = Shelf(), []
    spec = {"holderIdentity": "dead", "leaseDurationSeconds": 20, "renewTime": skew, "leaseTransitions": 4}

    async def play() -> Holder:
        shelf.put({"metadata": {"namespace": KEY.namespace, "name": KEY.name}, "spec": spec})
        second = asyncio.create_task(_lead(shelf.of(), "b", spans))
        await asyncio.sleep(60)
        seen = _holder(shelf)
        second.cancel()
        await asyncio.wait([second])
        return seen

    seen = run_in_fake_time(play())
    assert (seen.identity, seen.transitions) == ("b", 5)
    assert 20 <= spans[0][1] <= 25


def test_process_that_was_frozen_knows_that_it_may_not_write() -> None:
    shelf = Shelf()

    async def play() -> list[bool]:
        async with _lease(shelf.of(), "a") as lease:
            await asyncio.sleep(60)
            seen = [lease.is_held]
            cast("FakeTimeLoop", asyncio.get_running_loop()).jump(16)
            return [*seen, lease.is_held]

    assert run_in_fake_time(play()) == [True, False]


def test_renewal_counts_from_when_it_was_sent() -> None:
    shelf = Shelf()

    async def play() -> list[bool]:
        view = shelf.of()
        async with _lease(view, "a") as lease:
            view.latency = 4.0
            await asyncio.sleep(9.5)  # a renewal was sent after 5 s, and has come back after 9
            view.down = True
            await asyncio.sleep(5.4)
            seen = [lease.is_held]
            cast("FakeTimeLoop", asyncio.get_running_loop()).jump(5.4)
            return [*seen, lease.is_held]

    assert run_in_fake_time(play()) == [True, False]


def test_error_of_the_body_stays_what_it_is_and_the_lease_is_given_back() -> None:
    shelf = Shelf()

    async def play() -> None:
        async with _lease(shelf.of(), "a"):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_in_fake_time(play())
    assert _holder(shelf).identity == ""


def test_cancelling_from_outside_is_no_loss() -> None:
    shelf = Shelf()

    async def play() -> None:
        task = asyncio.create_task(_lead(shelf.of(), "a", []))
        await asyncio.sleep(5)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        run_in_fake_time(play())
    assert _holder(shelf).identity == ""


@pytest.mark.cluster
def test_two_who_want_it_never_have_it_at_once(
    run: Callable[..., Any], cluster_host: Cluster, namespace: Callable[..., str]
) -> None:
    key, terms = Key(namespace(cluster_host), "leader"), Terms(duration=40, renew_within=30, retry=0.1)
    leading: set[str] = set()
    turns: list[str] = []

    async def play() -> Holder | None:
        async def lead(identity: str) -> None:
            async with api_of(cluster_host) as api:
                for _ in range(3):
                    async with Lease(api, key, identity, terms):
                        leading.add(identity)
                        assert leading == {identity}
                        turns.append(identity)
                        await asyncio.sleep(0.05)
                        leading.discard(identity)

        await asyncio.gather(lead("a"), lead("b"), lead("c"))
        async with api_of(cluster_host) as api:
            return await holder(api, key)

    last = run(play())
    assert sorted(turns) == ["a", "a", "a", "b", "b", "b", "c", "c", "c"]
    assert (last.identity, last.duration, last.transitions) == ("", 1, 8)
