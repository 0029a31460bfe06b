"""The guard stops what would take too much, and lets normal work through."""

from __future__ import annotations

from kfed.core.guard import Guard, Limits
from kfed.core.key import Key

CLUSTERS = ("a", "b")


def keys(count: int) -> list[Key]:
    return [Key("shop", f"o{number}") for number in range(count)]


def asked(guard: Guard, count: int, clusters: tuple[str, ...] = CLUSTERS, kind: str = "configmaps") -> None:
    for key in keys(count):
        guard.ask(kind, key, clusters)


def managed(count: int, kind: str = "configmaps") -> dict[str, dict[str, int]]:
    return {kind: dict.fromkeys(CLUSTERS, count)}


def count(
    guard: Guard, there: dict[str, dict[str, int]], agreed: dict[str, int] | None = None, now: float = 0.0
) -> int:
    stop = guard.stop("configmaps", there, agreed or {}, now)
    return stop.count if stop else 0


def test_more_than_half_of_a_type_is_stopped() -> None:
    guard = Guard()
    asked(guard, 51)
    assert count(guard, managed(100)) == 102


def test_half_of_a_type_is_let_through() -> None:
    guard = Guard()
    asked(guard, 50)
    assert count(guard, managed(100)) == 0


def test_fewer_than_ten_are_never_stopped() -> None:
    guard = Guard()
    asked(guard, 4)
    assert count(guard, managed(4)) == 0
    asked(guard, 5)
    assert count(guard, managed(5)) == 10


def test_all_that_a_cluster_has_is_stopped_whatever_its_type() -> None:
    guard = Guard()
    there = {"configmaps": {"a": 5, "b": 50}, "secrets": {"a": 5, "b": 50}}
    asked(guard, 5, ("a",))
    assert count(guard, there) == 0
    asked(guard, 5, ("a",), "secrets")
    assert count(guard, there) == 10
    stop = guard.stop("secrets", there, {}, 0.0)
    assert stop is not None
    assert "in the cluster a" in stop.message
    assert "kfed.io/acknowledge-deletions: '10'" in stop.message


def test_what_comes_one_by_one_counts_together_within_the_window() -> None:
    guard = Guard(Limits(window=60))
    there = managed(20)
    deleted = 0
    for now, key in enumerate(keys(20)):
        guard.ask("configmaps", key, CLUSTERS)
        if guard.stop("configmaps", there, {}, float(now)) is None:
            for cluster in CLUSTERS:
                guard.done("configmaps", key, cluster, float(now))
                there["configmaps"][cluster] -= 1
                deleted += 1
    assert deleted == 20
    assert count(guard, there, now=50.0) == 40
    guard.ask("configmaps", keys(20)[10], CLUSTERS)
    for key in keys(20)[11:]:
        guard.ask("configmaps", key, ())
    assert count(guard, there, now=500.0) == 0


def test_an_agreement_lets_through_the_number_that_it_names() -> None:
    guard = Guard()
    asked(guard, 60)
    assert count(guard, managed(100), {"configmaps": 119}) == 120
    assert count(guard, managed(100), {"configmaps": 120}) == 0


def test_what_is_no_longer_asked_for_is_withdrawn() -> None:
    guard = Guard()
    asked(guard, 60)
    asked(guard, 60, ())
    assert count(guard, managed(100)) == 0
    assert list(guard.asked("configmaps")) == []
