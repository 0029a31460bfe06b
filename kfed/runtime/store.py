"""The latest state of a stream, by key, as small values.

store = Store(lambda manifest: Observed(manifest["metadata"]["uid"], …))
touched = store.apply(event)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kfed.core.key import Key, key_of
from kfed.runtime.watch import Applied, Deleted, Event, Interrupted, Restarted, Resumed, Synced

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, ItemsView, Iterator

    from kfed.errors import UnavailableError

V = TypeVar("V")


class Store(Generic[V]):
    """What a stream of events comes to.

    A value stays when the stream is interrupted and when it begins anew, until the stream says that it is gone.

    Args:
        keep: makes of a manifest the value that is kept, or ``None`` where nothing is, as if there were no such object.
            A value that equals the one before touches nothing: so what is left out here wakes nobody.

    Attributes:
        error: why nothing is told for now; ``None`` while the stream goes on.
    """

    def __init__(self, keep: Callable[[dict[str, Any]], V | None]) -> None:
        self._keep = keep
        self._values: dict[Key, V] = {}
        self._told: set[Key] | None = None  # of a state that begins anew, and is not whole yet
        self._synced = asyncio.Event()
        self.error: UnavailableError | None = None

    @property
    def synced(self) -> bool:
        """Whether the state has been whole: until then, what is not here may well be there."""
        return self._synced.is_set()

    @property
    def current(self) -> bool:
        """Whether the state is whole, and changes are heard of."""
        return self.synced and self.error is None

    async def wait_synced(self) -> None:
        """Wait until the state has been whole for the first time."""
        await self._synced.wait()

    def apply(self, event: Event) -> Collection[Key]:
        """Take in an event; the keys of which the value is another now, or gone."""
        match event:
            case Applied(manifest):
                return self._put(key_of(manifest), manifest)
            case Deleted(manifest):
                return self._drop(key_of(manifest))
            case Restarted():
                self._told = set()
            case Synced():
                return self._complete()
            case Interrupted(error):
                self.error = error
            case Resumed():
                self.error = None
        return ()

    def get(self, key: Key) -> V | None:
        """The value of a key, if there is one."""
        return self._values.get(key)

    def items(self) -> ItemsView[Key, V]:
        """All keys with their values, which is a view."""
        return self._values.items()

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[Key]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _put(self, key: Key, manifest: dict[str, Any]) -> Collection[Key]:
        if self._told is not None:
            self._told.add(key)
        value = self._keep(manifest)
        if value is None:
            return self._drop(key)
        if self._values.get(key) == value:
            return ()
        self._values[key] = value
        return (key,)

    def _drop(self, key: Key) -> Collection[Key]:
        return () if self._values.pop(key, None) is None else (key,)

    def _complete(self) -> Collection[Key]:
        """Drop what the new state did not tell of."""
        gone = [key for key in self._values if key not in (self._told or ())]
        for key in gone:
            del self._values[key]
        self._told, self.error = None, None
        self._synced.set()
        return gone
