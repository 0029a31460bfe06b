"""Objects in memory, for what is about time and not about servers: as much of the verbs as leases and events need."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

from kfed.core.key import Key, key_of
from kfed.errors import AlreadyExistsError, ConflictError, NotFoundError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.resource import Resource


class Shelf:
    """Keeps objects, refuses what is not of the present version, and fails when it is told to.

    Attributes:
        writes: how often something was written.
    """

    def __init__(self) -> None:
        self.objects: dict[Key, dict[str, Any]] = {}
        self.writes = 0
        self.version = 0

    def of(self, *, down: bool = False, hangs: bool = False) -> View:
        """One client's view of it, whose line may be cut apart from others'."""
        return View(self, down=down, hangs=hangs)

    def put(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Keep an object, of a new version."""
        self.version += 1
        self.writes += 1
        kept = copy.deepcopy(dict(manifest))
        kept["metadata"] = kept["metadata"] | {"resourceVersion": str(self.version)}
        self.objects[key_of(kept)] = kept
        return copy.deepcopy(kept)


class View:
    """The verbs of one client, each of which takes its time first."""

    def __init__(self, shelf: Shelf, *, down: bool, hangs: bool) -> None:
        self.shelf, self.down, self.hangs, self.latency = shelf, down, hangs, 0.01

    async def find(self, _: Resource, key: Key) -> dict[str, Any] | None:
        """The object, if there is one."""
        await self._trip()
        return copy.deepcopy(self.shelf.objects.get(key))

    async def create(self, _: Resource, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a new object."""
        await self._trip()
        if key_of(manifest) in self.shelf.objects:
            raise AlreadyExistsError("there is one", code=409)
        return self.shelf.put(manifest)

    async def update(self, _: Resource, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Replace an object of the present version."""
        await self._trip()
        present = self._present(key_of(manifest))
        if present["metadata"]["resourceVersion"] != manifest["metadata"]["resourceVersion"]:
            raise ConflictError("another version", code=409)
        return self.shelf.put(manifest)

    async def patch(self, _: Resource, key: Key, change: Mapping[str, Any]) -> dict[str, Any]:
        """Merge fields of the first level."""
        await self._trip()
        return self.shelf.put(self._present(key) | change)

    def _present(self, key: Key) -> dict[str, Any]:
        if key not in self.shelf.objects:
            raise NotFoundError("there is none", code=404)
        return self.shelf.objects[key]

    async def _trip(self) -> None:
        await asyncio.sleep(self.latency)
        if self.hangs:
            await asyncio.sleep(30)
        if self.down or self.hangs:
            raise UnreachableError("no line")
