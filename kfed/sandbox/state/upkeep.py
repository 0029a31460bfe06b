"""What follows from a change, in a real cluster by the hands of controllers: the sandbox does it at once.

A change is noted when it is made, and looked at when the request that made it is decided.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from kfed.sandbox.errors import ApiError
from kfed.sandbox.state.collecting import Collector
from kfed.sandbox.state.namespaces import Namespaces
from kfed.sandbox.state.serving import Definitions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kfed.sandbox.state.changing import Changes
    from kfed.sandbox.state.records import Event, Key
    from kfed.sandbox.state.store import Store
    from kfed.sandbox.surface.registry import Registry
    from kfed.sandbox.values.options import DeleteOptions

    Job = Callable[[Key], None]


class Upkeep:
    """The controllers of one cluster: of its namespaces, its custom types and its garbage."""

    def __init__(
        self, store: Store, registry: Registry, changes: Changes, delete: Callable[[Key, DeleteOptions], None], ca: str
    ) -> None:
        """Look after what is in *store*, and first of all after what was left undone.

        Args:
            store: of the cluster.
            registry: of the cluster; it is told of CustomResourceDefinitions.
            changes: of the store.
            delete: delete an object as a client would.
            ca: the certificate of the authority that vouches for the server, as PEM.
        """
        self._work: dict[tuple[Job, Key], None] = {}
        self._running = False
        self._definitions = Definitions(store, registry, changes, delete)
        self._namespaces = Namespaces(store, registry, changes, delete, ca)
        self._collector = Collector(store, registry, changes, delete)
        self._add(self._definitions.look_at, self._definitions.all())
        self.run()  # what is owned can only be understood when its type is served
        self._add(self._namespaces.look_at, self._namespaces.ending())
        self._add(self._collector.look_at_owner, self._collector.load())
        store.subscribe(self._notice)
        self.run()

    def run(self) -> None:
        """Do all that is to be done; what comes up meanwhile as well."""
        if self._running:
            return
        self._running = True
        try:
            while self._work:
                look_at, key = next(iter(self._work))
                del self._work[look_at, key]
                # A deletion that finds nothing left, or another object, has nothing more to do.
                with suppress(ApiError):
                    look_at(key)
        finally:
            self._running = False

    def _notice(self, event: Event) -> None:
        """Take note of a change; nothing is written here."""
        for keeper in (self._definitions, self._namespaces):
            if (key := keeper.concerned(event)) is not None:
                self._add(keeper.look_at, [key])
        owners, dependents = self._collector.concerned(event)
        self._add(self._collector.look_at_dependent, dependents)
        self._add(self._collector.look_at_owner, owners)

    def _add(self, job: Job, keys: Iterable[Key]) -> None:
        for key in keys:
            self._work[job, key] = None
