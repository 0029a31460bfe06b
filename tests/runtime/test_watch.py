"""What the stream of list and watch guarantees."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from kfed.errors import ForbiddenError, GoneError, ThrottledError, UnreachableError
from kfed.runtime.backoff import Pause
from kfed.runtime.watch import Applied, Deleted, Interrupted, Restarted, Resumed, Synced, watch
from tests.runtime.script import Script, added, bookmark, deleted, events, page, thing

if TYPE_CHECKING:
    from collections.abc import Callable

GONE = GoneError("too old", code=410)
CUT = UnreachableError("cut off")


def _pause() -> Pause:
    """Always as long as it may be: 0.3, 0.9, 2.7 and so on."""
    return Pause(0.1, 30, between=lambda _, most: most)


def test_everything_is_told_between_restarted_and_synced_and_changes_after_it(run: Callable[..., Any]) -> None:
    source = Script([[page(7, "a", "b"), page(7, "c")]], [[added("d", 8), deleted("a", 9)]])
    assert run(events(source, 7)) == [
        Restarted(),
        *(Applied(thing(name)) for name in "abc"),
        Synced(),
        Applied(thing("d", 8)),
        Deleted(thing("a", 9)),
    ]
    assert source.questions == ["list", "watch 7"]


def test_empty_list_is_whole(run: Callable[..., Any]) -> None:
    assert run(events(Script([[page(1)]]), 2)) == [Restarted(), Synced()]


def test_watch_that_ends_goes_on_from_the_last_change_without_a_word(run: Callable[..., Any]) -> None:
    source = Script([[page(1)]], [[added("a", 2)], [added("b", 3)]])
    told = run(events(source, 4))
    assert told == [Restarted(), Synced(), Applied(thing("a", 2)), Applied(thing("b", 3))]
    assert source.questions == ["list", "watch 1", "watch 2"]


def test_bookmark_moves_the_version_and_tells_nothing(run: Callable[..., Any]) -> None:
    source = Script([[page(1)]], [[bookmark(50)], [added("a", 51)]])
    assert run(events(source, 3)) == [Restarted(), Synced(), Applied(thing("a", 51))]
    assert source.questions == ["list", "watch 1", "watch 50"]


def test_interruption_is_told_and_nothing_is_listed_again_after_it(run: Callable[..., Any]) -> None:
    source = Script([[page(1)]], [[added("a", 2), CUT], CUT, [added("b", 3)]])
    assert run(events(source, 7, _pause())) == [
        Restarted(),
        Synced(),
        Applied(thing("a", 2)),
        Interrupted(CUT, pytest.approx(0.3)),
        Interrupted(CUT, pytest.approx(0.9)),
        Resumed(),
        Applied(thing("b", 3)),
    ]
    assert source.questions == ["list", "watch 1", "watch 2", "watch 2"]


def test_list_that_breaks_off_is_never_whole(run: Callable[..., Any]) -> None:
    source = Script([[page(1, "a"), CUT], [CUT], [page(2, "b")]])
    assert run(events(source, 8, _pause())) == [
        Restarted(),
        Applied(thing("a")),
        Interrupted(CUT, pytest.approx(0.3)),
        Restarted(),
        Interrupted(CUT, pytest.approx(0.9)),
        Restarted(),
        Applied(thing("b")),
        Synced(),
    ]


@pytest.mark.parametrize("gone", [GONE, [GONE], [added("a", 2), GONE]])
def test_version_that_is_no_longer_kept_begins_the_stream_anew(run: Callable[..., Any], gone: Any) -> None:
    source = Script([[page(1)], [page(9, "b")]], [gone])
    told = run(events(source, 6 if isinstance(gone, list) and len(gone) > 1 else 5))
    assert told[-3:] == [Restarted(), Applied(thing("b")), Synced()]
    assert source.questions == ["list", "watch 1", "list"]


def test_page_that_is_no_longer_kept_begins_the_list_anew(run: Callable[..., Any]) -> None:
    source = Script([[page(1, "a"), GONE], [page(2, "a")]])
    assert run(events(source, 5)) == [Restarted(), Applied(thing("a")), Restarted(), Applied(thing("a")), Synced()]


def test_refusal_is_an_interruption_like_any_other(run: Callable[..., Any]) -> None:
    forbidden = ForbiddenError("no", code=403)
    source = Script([[forbidden], [page(1)]])
    assert run(events(source, 4, _pause())) == [
        Restarted(),
        Interrupted(forbidden, pytest.approx(0.3)),
        Restarted(),
        Synced(),
    ]


def test_server_that_names_a_time_is_obeyed(run: Callable[..., Any]) -> None:
    source = Script([[ThrottledError("later", code=429, after=7.0)], [page(1)]])
    run(events(source, 4, _pause()))
    assert source.times[1] - source.times[0] == pytest.approx(7)


def test_waits_grow_to_a_bound_and_are_short_again_after_a_change(run: Callable[..., Any]) -> None:
    source = Script([[page(1)]], [CUT, CUT, CUT, CUT, CUT, CUT, CUT, [added("a", 2)], CUT, [added("b", 3)]])
    told = run(events(source, 14, _pause()))
    waits = [event.after for event in told if isinstance(event, Interrupted)]
    assert waits == pytest.approx([0.3, 0.9, 2.7, 8.1, 24.3, 30, 30, 0.3])


def test_stream_that_told_something_before_it_broke_waits_no_longer_than_the_first_time(
    run: Callable[..., Any],
) -> None:
    source = Script([[page(1)]], [CUT, CUT, [added("a", 2), CUT], [added("b", 3)]])
    told = run(events(source, 9, _pause()))
    waits = [event.after for event in told if isinstance(event, Interrupted)]
    assert waits == pytest.approx([0.3, 0.9, 0.3])


def test_server_that_ends_every_watch_at_once_is_not_asked_in_a_tight_loop(run: Callable[..., Any]) -> None:
    source = Script([[page(1)]], [[] for _ in range(100)])

    async def for_a_minute() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await events(source, 99, _pause())

    run(for_a_minute())
    assert len(source.asked) < 20


def test_server_that_forgets_every_version_is_not_listed_in_a_tight_loop(run: Callable[..., Any]) -> None:
    source = Script([[page(1)] for _ in range(100)], [GONE for _ in range(100)])

    async def for_a_minute() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await events(source, 999, _pause())

    run(for_a_minute())
    assert len(source.asked) < 40


def test_closing_the_stream_closes_the_watch(run: Callable[..., Any]) -> None:
    source = Script([[page(1)]], [[added("a", 2), added("b", 3)]])

    async def closed_early() -> int:
        async with aclosing(watch(source)) as stream:
            async for event in stream:
                if isinstance(event, Applied):
                    assert source.open == 1
                    break
        return source.open

    assert run(closed_early()) == 0
