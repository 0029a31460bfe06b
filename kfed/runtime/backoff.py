"""How long to wait before asking again: longer each time, up to a bound, and never all at the same moment."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
_GROWTH = 3.0
_RANDOM = random.Random()  # noqa: S311  (nothing is secret in how long one waits)
_DOUBLINGS = 60  # enough for any bound, and few enough for a float


class Backoff(Generic[K]):
    """Doubles with each failure of a key, and forgets the key when it succeeds.

    Args:
        first: seconds after the first failure.
        most: seconds that it grows to.
        spread: gives a factor for each wait, so that keys which failed together do not come back together.
    """

    def __init__(
        self, first: float = 0.05, most: float = 300.0, *, spread: Callable[[], float] = lambda: _RANDOM.uniform(0.5, 1)
    ) -> None:
        self._first, self._most, self._spread = first, most, spread
        self._failures: dict[K, int] = {}

    def __len__(self) -> int:
        return len(self._failures)

    def next(self, key: K) -> float:
        """Count a failure of *key*; the seconds to wait for."""
        failures = self._failures.get(key, 0)
        self._failures[key] = min(failures + 1, _DOUBLINGS)
        return min(self._most, self._first * 2.0**failures) * self._spread()

    def failures(self, key: K) -> int:
        """How many failures there were in a row."""
        return self._failures.get(key, 0)

    def forget(self, key: K) -> None:
        """Note that *key* succeeded, or is no more."""
        self._failures.pop(key, None)


class Pause:
    """Grows at random, from what it was before: decorrelated jitter, for one stream among many.

    Args:
        first: the least number of seconds.
        most: the greatest.
        between: a random number between two.
    """

    def __init__(
        self, first: float = 0.1, most: float = 30.0, *, between: Callable[[float, float], float] = _RANDOM.uniform
    ) -> None:
        self._first, self._most, self._between = first, most, between
        self._last = first

    def next(self) -> float:
        """The seconds to wait for now."""
        self._last = min(self._most, self._between(self._first, self._last * _GROWTH))
        return self._last

    def reset(self) -> None:
        """Note that all is well."""
        self._last = self._first
