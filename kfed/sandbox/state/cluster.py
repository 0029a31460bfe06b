"""Cluster: what one API server decides, a method per verb.

::

    cluster = Cluster("member-1", registry, store, lambda: datetime.now(UTC))
    served = registry.find("", "v1", "configmaps")
    cluster.create(served, "default", {"metadata": {"name": "web"}, "data": {"a": "1"}}, Options())

Each method decides at once, and what follows from it (a namespace's end, what an owner leaves behind) has happened when
it returns. Whoever answers a client awaits ``store.settle()`` first. Records hold the version that is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.state import paging
from kfed.sandbox.state.changing import Changes
from kfed.sandbox.state.lifecycle import SYSTEM_NAMESPACES
from kfed.sandbox.state.places import key_of
from kfed.sandbox.state.upkeep import Upkeep
from kfed.sandbox.values.options import DeleteOptions, Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Key, Record, Records
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.surface.registry import Registry
    from kfed.sandbox.values.options import ListQuery

    Manifest = dict[str, Any]

_SCALE = "scale"


class Cluster:
    """One API server: its types, its objects, its rules.

    Attributes:
        name: of the cluster.
        registry: its types.
        store: its objects.
    """

    def __init__(
        self, name: str, registry: Registry, store: Store, clock: Callable[[], datetime], *, certificate: str = ""
    ) -> None:
        """Serve what is in *store*; a store that is empty gets the namespaces that every cluster has.

        Args:
            name: of the cluster.
            registry: the types; those of CustomResourceDefinitions in the store are added.
            store: the objects.
            clock: the time, with its zone.
            certificate: of the authority that vouches for the server, as PEM, for ``kube-root-ca.crt``.
        """
        self.name = name
        self.registry = registry
        self.store = store
        self._changes = Changes(store, registry, clock)
        self._upkeep = Upkeep(store, registry, self._changes, self._delete_by_key, certificate)
        for namespace in SYSTEM_NAMESPACES:
            self._ensure("namespaces", {"metadata": {"name": namespace}})

    def exists(self, served: ServedType, namespace: str, name: str) -> bool:
        """Whether there is such an object."""
        return self.store.get(key_of(served, namespace, name)) is not None

    def get(self, served: ServedType, namespace: str, name: str, subresource: str | None = None) -> Record:
        """One object; by way of ``scale``, its Scale.

        Raises:
            ApiError: 404.
        """
        key = key_of(served, namespace, name)
        return self._changes.scale(served, key) if subresource == _SCALE else self._changes.found(served, key)

    def list(self, served: ServedType, namespace: str | None, query: ListQuery) -> paging.ListPage:
        """The objects of a type, of one namespace or, with ``None``, of all.

        Raises:
            ApiError: 400 or 422, the query makes no sense; 410, what it asks for is forgotten; 504, it is yet to come.
        """
        return paging.page(self.store, served, namespace or None, query)

    def create(self, served: ServedType, namespace: str, body: Any, options: Options) -> Record:
        """Create an object.

        Raises:
            ApiError: 400, 422: it is not valid; 404, 403: its namespace is not there, or ends; 409: its name is taken.
        """
        record = self._changes.create(served, namespace, body, options)
        self._upkeep.run()
        return record

    def update(  # noqa: PLR0913, PLR0917  what a request consists of
        self, served: ServedType, namespace: str, name: str, body: Any, options: Options, subresource: str | None = None
    ) -> Record:
        """Write an object, or one of its subresources, in the place of what is there; some types it may create.

        Raises:
            ApiError: as for ``create``; 404, it is not there; 409, it has changed since it was read.
        """
        key = key_of(served, namespace, name)
        if subresource == _SCALE:
            record = self._changes.update_scale(served, key, body, options)
        else:
            record = self._changes.update(served, key, body, options, subresource or "")
        self._upkeep.run()
        return record

    def patch(  # noqa: PLR0913, PLR0917  what a request consists of
        self,
        served: ServedType,
        namespace: str,
        name: str,
        body: bytes,
        content_type: str,
        options: Options,
        subresource: str | None = None,
    ) -> Record:
        """Change an object, or one of its subresources, by a patch of any kind; a server-side apply may create it.

        Raises:
            ApiError: as for ``update``; 415, patches of this kind are not taken; 409, what is applied is owned.
        """
        key = key_of(served, namespace, name)
        if subresource == _SCALE:
            record = self._changes.patch_scale(served, key, body, content_type, options)
        else:
            record = self._changes.patch(served, key, body, content_type, options, subresource or "")
        self._upkeep.run()
        return record

    def delete(
        self, served: ServedType, namespace: str, name: str, wish: DeleteOptions, options: Options
    ) -> Record | Manifest:
        """Delete an object, or begin to.

        Returns:
            The object, when it is still there or its type is answered so; a Status else.

        Raises:
            ApiError: 404; 409, it is not the one that is meant; 403, it is never deleted.
        """
        current = self._changes.found(served, key_of(served, namespace, name))
        answer = self._changes.delete(served, current, wish, options)
        self._upkeep.run()
        return answer

    def delete_collection(
        self, served: ServedType, namespace: str | None, query: ListQuery, wish: DeleteOptions, options: Options
    ) -> Records:
        """Delete what a list would show; what it would have shown is returned.

        Raises:
            ApiError: as for ``list`` and ``delete``.
        """
        records = self.list(served, namespace, query).items
        for record in records:
            current = self.store.get(record.key)
            if current is not None:
                self._changes.delete(served, current, wish, options)
        self._upkeep.run()
        return records

    def _delete_by_key(self, key: Key, wish: DeleteOptions) -> None:
        """Delete an object on the server's own behalf; nothing happens when it, or its type, is not there."""
        current = self.store.get(key)
        served = self.registry.storing(key.group, key.plural)
        if current is not None and served is not None:
            self._changes.delete(served, current, wish, Options())

    def _ensure(self, plural: str, manifest: Manifest) -> None:
        """Create an object of the core group, unless it is there."""
        served = self.registry.find("", "v1", plural)
        metadata = manifest["metadata"]
        if served is not None and not self.exists(served, metadata.get("namespace", ""), metadata["name"]):
            self.create(served, metadata.get("namespace", ""), manifest, Options(field_manager="kube-apiserver"))
