"""Parking: what takes objects away waits until a change has been looked at whole, so that the guard sees all of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.core.key import Key

_SETTLE = 0.05  # s between two looks whether all has been looked at


class Parking:
    """Keys that wait.

    Args:
        settled: whether every change so far has been looked at.
        call: calls for a key.
    """

    def __init__(self, settled: Callable[[], bool], call: Callable[[Key], None]) -> None:
        self._settled, self._call = settled, call
        self._parked: set[Key] = set()
        self._released: set[Key] = set()

    def may_go(self, key: Key) -> bool:
        """Whether the change that takes an object away has been looked at whole; if not, the key is called for then."""
        if key in self._released:
            self._released.discard(key)
            return True
        if not self._parked:
            asyncio.get_running_loop().call_later(_SETTLE, self._release)
        self._parked.add(key)
        return False

    def _release(self) -> None:
        """Call for what waits, once all has been looked at."""
        if not self._settled():
            asyncio.get_running_loop().call_later(_SETTLE, self._release)
            return
        self._released |= self._parked
        for key in self._parked:
            self._call(key)
        self._parked = set()
