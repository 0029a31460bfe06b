"""One API server of the fleet: its types, its objects, its watches, and what plays its workloads."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, TypeVar

from kfed.sandbox.play.play import Player
from kfed.sandbox.port.auth import ADMIN, Keys
from kfed.sandbox.port.watching import Hub
from kfed.sandbox.state.cluster import Cluster
from kfed.sandbox.state.records import Key
from kfed.sandbox.state.store import Store
from kfed.sandbox.surface.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from kfed.sandbox.state.journal import Log

T = TypeVar("T")


class Site:
    """One API server; it lives as long as an event loop runs.

    Attributes:
        name: of the cluster.
        path: under which it answers.
        token: with which one may do everything.
        keys: by which it knows its users.
        limit: how many pods find room; ``None`` for any number.
        stopped: it is to be unreachable.
    """

    def __init__(self, name: str, token: str, secret: bytes) -> None:
        self.name = name
        self.path = f"/clusters/{name}"
        self.token = token
        self.keys = Keys({token: ADMIN}, secret)
        self.address = ""
        self.limit: int | None = None
        self.stopped = False
        self._is_open = False

    def open(self, log: Log | None, authority: str) -> None:
        """Serve what *log* holds, as it was left.

        Args:
            log: ``None`` for a cluster that is new, and forgotten in the end.
            authority: the certificate of the authority that vouches for the server, as PEM.
        """
        self.registry = Registry()
        self.store = Store(log)
        self.cluster = Cluster(self.name, self.registry, self.store, _now, certificate=authority)
        self.hub = Hub(self.store)
        self.player = Player(self.cluster, lambda: self.limit)
        self._is_open = True
        self._remembered: dict[Hashable, tuple[int, object]] = {}

    def close(self) -> None:
        """End the watches, and play no more."""
        if self._is_open:
            self.player.close()
            self.hub.close()
        self._is_open = False

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def moment(self) -> dt.datetime:
        """The time, with its zone."""
        return _now()

    def account_uid(self, namespace: str, name: str) -> str | None:
        """The uid of a service account; ``None`` when it is not there."""
        record = self.store.get(Key("", "serviceaccounts", namespace, name))
        return record.manifest()["metadata"]["uid"] if record else None

    def remember(self, what: Hashable, make: Callable[[], T]) -> T:
        """What *make* makes of the types that are served, made again only when these have changed."""
        made = self._remembered.get(what)
        if made is None or made[0] != self.registry.revision:
            made = self._remembered[what] = (self.registry.revision, make())
        return made[1]  # type: ignore[return-value]  # what was made under this name is of the type it always is


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
