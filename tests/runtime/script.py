"""A source that plays a script: what each listing, and each watch, comes to."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.runtime.watch import Event, watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kfed.runtime.backoff import Pause


@dataclass(frozen=True)
class Page:
    """A part of a list."""

    version: str
    manifests: list[dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """An event of a watch."""

    kind: str
    manifest: dict[str, Any]


def thing(name: str, version: int = 0, **more: Any) -> dict[str, Any]:
    """An object in the namespace ``shop``."""
    return {"metadata": {"name": name, "namespace": "shop", "resourceVersion": str(version)}, **more}


def page(version: int, *names: str) -> Page:
    """A page of a list with objects of these names."""
    return Page(str(version), [thing(name) for name in names])


def added(name: str, version: int, **more: Any) -> Change:
    return Change("ADDED", thing(name, version, **more))


def deleted(name: str, version: int) -> Change:
    return Change("DELETED", thing(name, version))


def bookmark(version: int) -> Change:
    return Change("BOOKMARK", {"metadata": {"resourceVersion": str(version)}})


@dataclass
class Script:
    """Plays the steps of ``lists`` and ``watches``; an error among them is raised, and after the last nothing comes.

    Attributes:
        asked: what was asked: ``list``, or ``watch`` with its version; and when.
    """

    lists: list[list[Page | Exception]] = field(default_factory=list)
    watches: list[list[Change | Exception] | Exception] = field(default_factory=list)
    asked: list[tuple[float, str]] = field(default_factory=list)
    open: int = 0

    def __post_init__(self) -> None:
        self._lists, self._watches = deque(self.lists), deque(self.watches)

    def __str__(self) -> str:
        return "script"

    async def pages(self) -> AsyncIterator[Page]:
        """Play the next list."""
        self._note("list")
        for step in self._lists.popleft() if self._lists else [await _nothing()]:
            yield _played(step)

    @asynccontextmanager
    async def changes(self, version: str) -> AsyncIterator[AsyncIterator[Change]]:
        """Play the next watch."""
        self._note(f"watch {version}")
        self.open += 1
        try:
            yield self._play(_played(self._watches.popleft()) if self._watches else None)
        finally:
            self.open -= 1

    async def _play(self, steps: list[Change | Exception] | None) -> AsyncIterator[Change]:
        for step in steps if steps is not None else [await _nothing()]:
            yield _played(step)

    def _note(self, what: str) -> None:
        self.asked.append((asyncio.get_running_loop().time(), what))

    @property
    def questions(self) -> list[str]:
        """What was asked."""
        return [what for _, what in self.asked]

    @property
    def times(self) -> list[float]:
        """When something was asked."""
        return [when for when, _ in self.asked]


async def events(source: Script, number: int, pause: Pause | None = None) -> list[Event]:
    """The first so many events of a stream."""
    told: list[Event] = []
    async with aclosing(watch(source, pause)) as stream:
        async for event in stream:
            told.append(event)
            if len(told) == number:
                break
    return told


async def _nothing() -> Any:
    await asyncio.Event().wait()


def _played(step: Any) -> Any:
    if isinstance(step, Exception):
        raise step
    return step
