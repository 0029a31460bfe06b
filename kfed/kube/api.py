"""The verbs of an API server: manifests, which are plain dicts, in and out.

Every one of them raises the leaves of ``UnavailableError``. A ``NotFoundError`` without a ``reason`` is of a type that
the server does not serve, and not of an object.
"""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.lifecycle import USUAL
from kfed.errors import NotFoundError
from kfed.kube import request
from kfed.kube.failures import failed_watch
from kfed.kube.request import EVERYTHING, Selection, Writing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from kfed.core.key import Key
    from kfed.core.lifecycle import DeleteOptions
    from kfed.core.resource import Resource
    from kfed.kube.session import Session

    Manifest = dict[str, Any]

_WRITING = Writing()
_WATCHED = (300, 600)  # s after which a server ends a watch, spread so that not all come back at once; as client-go


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        manifests: of the objects.
        version: the resourceVersion of the whole list, from which it can be watched.
    """

    manifests: list[dict[str, Any]]
    version: str


@dataclass(frozen=True, slots=True)
class Api:
    """The verbs, on one cluster.

    Attributes:
        session: with the cluster.
        within: seconds that a call may take; the session's deadline when ``None``.
    """

    session: Session
    within: float | None = None

    async def ask(self, asked: request.Request) -> Manifest:
        """What a request comes to, decoded; the verbs below are shorter ways to say it."""
        answer: Manifest = await self.session.send(asked, within=self.within)
        return answer

    async def get(
        self, resource: Resource, key: Key, *, subresource: str = "", metadata_only: bool = False
    ) -> Manifest:
        """The object; ``NotFoundError`` when there is none."""
        asked = request.get(resource, key, subresource=subresource, metadata_only=metadata_only)
        return await self.ask(asked)

    async def find(
        self, resource: Resource, key: Key, *, subresource: str = "", metadata_only: bool = False
    ) -> Manifest | None:
        """The object, or ``None`` when there is none, or no such type."""
        try:
            return await self.get(resource, key, subresource=subresource, metadata_only=metadata_only)
        except NotFoundError:
            return None

    async def list(self, resource: Resource, selection: Selection = EVERYTHING) -> list[Manifest]:
        """All objects: of all pages, or an error; never a part of them."""
        return [manifest async for page in self.pages(resource, selection) for manifest in page.manifests]

    async def pages(self, resource: Resource, selection: Selection = EVERYTHING) -> AsyncIterator[Page]:
        """All objects, page by page; ``GoneError`` when the next page is no longer kept."""
        more = ""
        while True:
            answer = await self.ask(request.list_page(resource, selection, page=more))
            yield Page(_complete(answer, resource, selection), answer["metadata"].get("resourceVersion") or "")
            more = answer["metadata"].get("continue") or ""
            if not more:
                return

    async def create(
        self, resource: Resource, manifest: Mapping[str, Any], writing: Writing = _WRITING, *, subresource: str = ""
    ) -> Manifest:
        """Create an object, or post to a subresource such as ``token``; what the server made of it."""
        return await self.ask(request.create(resource, manifest, writing, subresource=subresource))

    async def apply(
        self, resource: Resource, manifest: Mapping[str, Any], writing: Writing = _WRITING, *, subresource: str = ""
    ) -> Manifest:
        """Apply an object (server-side apply); what the server made of it."""
        return await self.ask(request.apply(resource, manifest, writing, subresource=subresource))

    async def apply_status(
        self, resource: Resource, manifest: Mapping[str, Any], writing: Writing = _WRITING
    ) -> Manifest:
        """Apply the status of an object, which is there; what the server made of it."""
        return await self.apply(resource, manifest, writing, subresource="status")

    async def update(
        self, resource: Resource, manifest: Mapping[str, Any], writing: Writing = _WRITING, *, subresource: str = ""
    ) -> Manifest:
        """Replace an object; what the server made of it."""
        return await self.ask(request.update(resource, manifest, writing, subresource=subresource))

    async def patch(
        self,
        resource: Resource,
        key: Key,
        change: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        writing: Writing = _WRITING,
        *,
        subresource: str = "",
    ) -> Manifest:
        """Patch an object, by merging a map or by the operations of a list; what the server made of it."""
        return await self.ask(request.patch(resource, key, change, writing, subresource=subresource))

    async def delete(
        self, resource: Resource, key: Key, *, uid: str = "", version: str = "", options: DeleteOptions = USUAL
    ) -> bool:
        """Begin to delete an object; whether there was one. ``ConflictError`` when it is not the one that is meant."""
        asked = request.delete(resource, key, uid=uid, version=version, options=options)
        try:
            await self.ask(asked)
        except NotFoundError:
            return False
        return True

    async def read(self, path: str) -> bytes:
        """What is at a path that is no object's, such as ``/readyz``."""
        return await self.session.read(request.read(path), within=self.within)


@dataclass(frozen=True, slots=True)
class Change:
    """An event of a watch.

    Attributes:
        kind: ``ADDED``, ``MODIFIED``, ``DELETED`` or ``BOOKMARK``.
        manifest: the object as it is now, or was before it was deleted; of a bookmark only the resourceVersion.
    """

    kind: str
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Collection:
    """Objects of one type, which can be listed and watched: a source for ``runtime.watch``."""

    api: Api
    resource: Resource
    selection: Selection = EVERYTHING

    def __str__(self) -> str:
        return f"{self.api.session.connection.name}/{self.resource.full_name}"

    def pages(self) -> AsyncIterator[Page]:
        """All objects, page by page."""
        return self.api.pages(self.resource, self.selection)

    @asynccontextmanager
    async def changes(self, version: str) -> AsyncIterator[AsyncIterator[Change]]:
        """What has changed since a version, until the server has had enough; a fresh connection is made on entering.

        Raises:
            UnavailableError: a leaf of it; ``GoneError`` when the version is no longer kept.
        """
        seconds = random.randint(*_WATCHED)  # noqa: S311  (no secret)
        asked = request.watch(self.resource, self.selection, version=version, seconds=seconds)
        async with self.api.session.stream(asked) as values:
            yield self._changes(values, asked.about)

    async def _changes(self, values: AsyncIterator[Any], about: str) -> AsyncGenerator[Change]:
        async for value in values:
            kind = value["type"]
            if kind == "ERROR":
                raise failed_watch(self.api.session.connection.name, about, value["object"])
            yield Change(kind, value["object"])


def _complete(answer: Manifest, resource: Resource, selection: Selection) -> list[Manifest]:
    """The items of a list, each with its apiVersion and kind, which most types' lists leave out."""
    items: list[Manifest] = answer.get("items") or []
    if not selection.metadata_only:
        for item in items:
            item.setdefault("apiVersion", resource.gvk.api_version)
            item.setdefault("kind", resource.gvk.kind)
    return items
