"""Members: one connection for each cluster, and what is known of its objects."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from kfed.core.observed import Observed, is_older, observe
from kfed.kube.api import Api, Collection
from kfed.kube.discovery import served
from kfed.kube.request import Selection
from kfed.runtime.breaker import Breaker
from kfed.runtime.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection as Keys

    from kfed.core.key import Key
    from kfed.core.resource import Gvk, Resource
    from kfed.kube.discovery import Served
    from kfed.kube.session import Session

_log = logging.getLogger(__name__)

MANAGED = "kubefed.io/managed"


class Copies(Store[Observed]):
    """The managed objects of one type in one member: a kilobyte each at most.

    What a write answered is folded in as an event is, so that the event which tells of it later tells nothing new; an
    event that is older than what is known already is passed over.
    """

    def __init__(self, api_version: str) -> None:
        super().__init__(lambda manifest: observe(manifest, api_version))
        self._packed: dict[bytes, bytes] = {}

    def _put(self, key: Key, manifest: dict[str, Any]) -> Keys[Key]:
        known = self.get(key)
        version = manifest["metadata"].get("resourceVersion", "")
        if known is not None and known.uid == manifest["metadata"]["uid"] and is_older(version, known.version):
            if self._told is not None:
                self._told.add(key)
            return ()
        return super()._put(key, manifest)


class Member:
    """One member cluster.

    Attributes:
        name: of its KubeFedCluster.
        session: the connection.
        api: its verbs.
        ready: it is healthy.
        probed: whether it has been asked at all.
        breaker: whether it is asked at all, after failures in a row.
    """

    def __init__(self, name: str, session: Session) -> None:
        self.name, self.session, self.api = name, session, Api(session)
        self.ready, self.message = False, "The cluster has not been probed yet."
        self.probed = False
        self.breaker = Breaker(time.monotonic)
        self._served: Served | None = None

    async def serves(self, gvk: Gvk) -> Resource | None:
        """The type as this member serves it; ``None`` when it does not, as far as could be learnt.

        Raises:
            UnavailableError: the member could not be asked.
        """
        resource = self._served.resource(gvk) if self._served else None
        if resource is None:
            self._served = await served(self.api)
            resource = self._served.resource(gvk)
        return resource

    def versions(self, gvk: Gvk) -> tuple[str, ...]:
        """The versions of a type that this member serves, as last learnt."""
        return self._served.versions(gvk.group, gvk.kind) if self._served else ()

    async def close(self) -> None:
        """Close the connection."""
        await self.session.close()


def managed(api: Api, target: Resource) -> Collection:
    """The managed objects of a type in a member, their metadata alone."""
    return Collection(api, target, Selection(labels=f"{MANAGED}=true", metadata_only=True))
