"""List and watch as one endless stream of events.

Guarantees:
    The stream ends only when it is closed. Between ``Restarted`` and ``Synced`` comes everything that there is: what
    was not ``Applied`` in between is gone. After ``Synced`` come all changes, each once, in the order in which the
    server made them. A read that failed is an ``Interrupted``, never an empty list and never a part of one. A version
    that the server no longer keeps begins the stream anew, at ``Restarted``.
Assumptions:
    The source's versions are opaque, and a watch from a version shows all that changed after it. The source notices by
    itself when nothing comes any more, and raises one of ``UnavailableError``.
Does not:
    Remember objects, or say what an object was before: that is the store's. Tell of changes while it is interrupted, or
    of each of them when it had to list again: what counts is the state that there is.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kfed.errors import GoneError, StatusError, UnavailableError
from kfed.runtime.backoff import Pause

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

_SETTLED = 5.0  # s; a watch that lasted so long was a good one, even if there was nothing to tell


class Page(Protocol):
    """A part of a list."""

    @property
    def manifests(self) -> Sequence[dict[str, Any]]:
        """The objects."""

    @property
    def version(self) -> str:
        """Of the whole list."""


class Change(Protocol):
    """Something that a watch tells."""

    @property
    def kind(self) -> str:
        """``ADDED``, ``MODIFIED``, ``DELETED``, or ``BOOKMARK``, which moves the version and nothing else."""

    @property
    def manifest(self) -> dict[str, Any]:
        """The object, which has a resourceVersion."""


class Source(Protocol):
    """What can be listed and watched."""

    def pages(self) -> AsyncIterator[Page]:
        """All that there is, in parts."""

    def changes(self, version: str) -> AbstractAsyncContextManager[AsyncIterator[Change]]:
        """What changes after a version; the connection is there when the context has been entered."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The state begins anew."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An object is there, as it is."""

    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deleted:
    """An object is no more; this is what it was."""

    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Synced:
    """The state is whole: everything that there is has been told."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Nothing is told for now.

    Attributes:
        error: why.
        after: seconds until it is tried again.
    """

    error: UnavailableError
    after: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was interrupted goes on, with nothing missed."""


Event = Restarted | Applied | Deleted | Synced | Interrupted | Resumed


@dataclass(slots=True)
class _Course:
    """How far a stream has come.

    Attributes:
        version: that of the last thing told; ``None`` when all must be listed.
        is_interrupted: whether that has been told, and the end of it not yet.
        is_idle: whether this round has told of no change.
    """

    version: str | None = None
    is_interrupted: bool = False
    is_idle: bool = True


async def watch(source: Source, pause: Pause | None = None) -> AsyncGenerator[Event]:
    """The endless stream of *source*; close it when it is no longer wanted (``contextlib.aclosing``).

    Args:
        source: what is listed and watched.
        pause: how long to wait after a failure.
    """
    pause = Pause() if pause is None else pause
    course = _Course()
    clock = asyncio.get_running_loop().time
    while True:
        began, failure = clock(), None
        try:
            async with aclosing(_round(source, course)) as events:
                async for event in events:
                    yield event
        except GoneError:
            course.version = None
        except UnavailableError as error:
            failure = error
        is_good = not course.is_idle or clock() - began >= _SETTLED
        if is_good:
            pause.reset()
        if failure is not None:
            course.is_interrupted = True
            after = max(pause.next(), (isinstance(failure, StatusError) and failure.after) or 0.0)
            yield Interrupted(failure.with_traceback(None), after)  # whose frames hold what was listed
            await asyncio.sleep(after)
        elif not is_good:
            await asyncio.sleep(pause.next())  # a server that ends each watch at once is not asked in a tight loop


async def _round(source: Source, course: _Course) -> AsyncGenerator[Event]:
    """List if there is need to, and watch until the server ends that."""
    course.is_idle = True
    if course.version is None:
        version = ""
        yield Restarted()
        async for page in source.pages():
            version = page.version
            for manifest in page.manifests:
                yield Applied(manifest)
        course.version = version
        yield Synced()
    async with source.changes(course.version) as changes:
        if course.is_interrupted:
            course.is_interrupted = False
            yield Resumed()
        async for change in changes:
            course.version, course.is_idle = change.manifest["metadata"]["resourceVersion"], False
            if event := _event(change):
                yield event


def _event(change: Change) -> Event | None:
    match change.kind:
        case "ADDED" | "MODIFIED":
            return Applied(change.manifest)
        case "DELETED":
            return Deleted(change.manifest)
    return None
