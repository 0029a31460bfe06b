"""Waits grow, are bounded, and start again."""

from __future__ import annotations

from kfed.runtime.backoff import Backoff, Pause
from kfed.runtime.breaker import Breaker


def test_wait_doubles_with_each_failure_of_a_key_up_to_a_bound() -> None:
    backoff = Backoff[str](0.5, 3, spread=lambda: 1)
    assert [backoff.next("a") for _ in range(5)] == [0.5, 1, 2, 3, 3]
    assert backoff.next("b") == 0.5


def test_key_that_succeeded_starts_again_and_takes_no_room() -> None:
    backoff = Backoff[str](0.5, 3, spread=lambda: 1)
    for _ in range(3):
        backoff.next("a")
    assert (backoff.failures("a"), len(backoff)) == (3, 1)
    backoff.forget("a")
    backoff.forget("never seen")
    assert (backoff.failures("a"), len(backoff), backoff.next("a")) == (0, 0, 0.5)


def test_key_may_fail_for_ever() -> None:
    backoff = Backoff[str](0.5, 300, spread=lambda: 1)
    assert [backoff.next("a") for _ in range(5000)][-1] == 300


def test_keys_that_failed_together_do_not_come_back_together() -> None:
    backoff = Backoff[int](1, 300)
    waits = [backoff.next(key) for key in range(100)]
    assert len(set(waits)) > 90
    assert all(0.5 <= wait <= 1 for wait in waits)


def test_pause_stays_within_its_bounds_and_starts_again() -> None:
    pause = Pause(1, 20)
    assert all(1 <= pause.next() <= 20 for _ in range(100))
    pause.reset()
    assert pause.next() <= 3


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(_Clock(), failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert (breaker.is_open, breaker.allows(), breaker.wait) == (False, True, 0)
    breaker.failed()
    assert (breaker.is_open, breaker.allows(), breaker.wait) == (True, False, 1)


def test_open_breaker_lets_one_probe_through_at_a_time() -> None:
    clock = _Clock()
    breaker = Breaker(clock, failures=1, first=5)
    breaker.failed()
    clock.now += 5
    assert [breaker.allows(), breaker.allows()] == [True, False]
    clock.now += 5
    assert [breaker.allows(), breaker.allows()] == [True, False]


def test_probe_that_fails_keeps_it_open_for_longer_and_one_that_succeeds_closes_it() -> None:
    clock = _Clock()
    breaker = Breaker(clock, failures=1, first=5, most=15)
    waits = []
    for _ in range(4):
        breaker.failed()
        waits.append(breaker.wait)
        clock.now += breaker.wait
        assert breaker.allows()
    breaker.succeeded()
    assert (waits, breaker.is_open) == ([5, 10, 15, 15], False)
    breaker.failed()
    assert breaker.wait == 5
