"""When a peer is not asked for a while: it has failed again and again, and who asks would wait for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Breaker:
    """Opens after some failures in a row; then lets one caller through at a time, to see whether the peer is back.

    A probe that never says how it went counts as failed when the next is due.

    Args:
        clock: tells the time in seconds.
        failures: how many in a row open it.
        first: seconds that it stays open before the first probe; twice as long after each that fails.
        most: seconds that this grows to.
    """

    def __init__(
        self, clock: Callable[[], float], *, failures: int = 3, first: float = 1.0, most: float = 60.0
    ) -> None:
        self._clock = clock
        self._allowed, self._first, self._most = failures, first, most
        self._failures = 0
        self._open_for = first
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether callers are turned away, but for a probe now and then."""
        return self._failures >= self._allowed

    @property
    def wait(self) -> float:
        """Seconds until somebody is let through; 0 when that is now."""
        return max(0.0, self._probe_at - self._clock()) if self.is_open else 0.0

    def allows(self) -> bool:
        """Whether to ask the peer now; who is told so while it is open is the probe."""
        if not self.is_open:
            return True
        if self._clock() < self._probe_at:
            return False
        self._probe_at = self._clock() + self._open_for
        return True

    def succeeded(self) -> None:
        """Note that the peer answered."""
        self._failures, self._open_for = 0, self._first

    def failed(self) -> None:
        """Note that the peer did not answer."""
        was_open = self.is_open
        self._failures += 1
        if self.is_open:
            self._open_for = min(self._most, self._open_for * 2) if was_open else self._first
            self._probe_at = self._clock() + self._open_for
