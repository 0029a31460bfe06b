"""Clusters: KubeFedClusters and their Secrets, to connections, members and the world that decisions see."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.cluster import Cluster, parse_cluster
from kfed.core.federated import Placement, parse_placement
from kfed.core.guard import ACKNOWLEDGE
from kfed.core.key import Key
from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import CredentialsError
from kfed.kube.api import Collection
from kfed.kube.config import from_cluster, secret_value
from kfed.kube.kubeconfig import parse_kubeconfig
from kfed.kube.request import Selection
from kfed.kube.session import Session
from kfed.rendering.world import World
from kfed.runtime.controller import DONE, Controller, Result
from kfed.runtime.store import Store
from kfed.sync.health import CLUSTERS, watch_health
from kfed.sync.members import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kfed.core.guard import Guard
    from kfed.core.mistake import Mistake
    from kfed.kube.api import Api
    from kfed.kube.config import Connection
    from kfed.kube.events import Recorder
    from kfed.sync.settings import Settings

_log = logging.getLogger(__name__)

SECRETS = Resource(Gvk("", "v1", "Secret"), "secrets", Scope.NAMESPACED)


@dataclass(frozen=True, slots=True)
class Registered:
    """A KubeFedCluster as it is kept: what decisions see of it, and the rest as it stands."""

    cluster: Cluster
    spec: Mapping[str, Any]
    agreed: int
    manifest: Mapping[str, Any]


def _keep_cluster(manifest: dict[str, Any]) -> Registered | None:
    metadata = manifest["metadata"]
    agreed = (metadata.get("annotations") or {}).get(ACKNOWLEDGE, "")
    kept = {key: value for key, value in metadata.items() if key not in ("managedFields", "resourceVersion")}
    cluster, _ = parse_cluster(manifest)
    if cluster is None:
        return None
    return Registered(
        cluster,
        manifest.get("spec") or {},
        int(agreed) if agreed.isdigit() else 0,
        {**manifest, "metadata": kept},
    )


class Fleet:
    """All members, and what decides about placement.

    Attributes:
        members: by name.
        trouble: why a cluster has no connection, by name.
        namespaces: the placement of each FederatedNamespace.
        unread: why the placement of a FederatedNamespace cannot be read, by namespace; nothing there is touched.
        is_whole: clusters and namespaces have been read, so that who is missing is not there.
        met: called with a member that came, or turned ready or otherwise.
        decided: called when the placement of any object may be another.
        governed: called with a namespace whose FederatedNamespace changed.
        left: called with the name of a member that is no more.
    """

    def __init__(self, host: Api, settings: Settings, recorder: Recorder, guard: Guard, *, reports: bool) -> None:
        self.host, self.settings, self.recorder, self.reports = host, settings, recorder, reports
        self._guard = guard
        self.members: dict[str, Member] = {}
        self.trouble: dict[str, str] = {}
        self.namespaces: dict[str, Placement] = {}
        self.unread: dict[str, str] = {}
        self.namespaces_whole: Callable[[], bool] = lambda: True
        self.met: Callable[[Member], None] = lambda _: None
        self.decided: Callable[[], None] = lambda: None
        self.governed: Callable[[str], None] = lambda _: None
        self.left: Callable[[str], Any] = lambda _: None
        self._registered: Store[Registered] = Store(_keep_cluster)
        self._secrets: Store[dict[str, Any]] = Store(lambda manifest: manifest)
        self._probing: dict[str, asyncio.Task[None]] = {}
        self.controller = Controller("clusters", self._reconcile)
        selection = Selection(namespace=settings.namespace)
        self.controller.follow(Collection(host, CLUSTERS, selection), self._registered)
        self.controller.follow(Collection(host, SECRETS, selection), self._secrets, self._users)
        self._world: World | None = None
        self._known: dict[str, Cluster] = {}
        self._agreed: dict[str, int] = {}
        self.agreed_changed: Callable[[], None] = lambda: None

    @property
    def is_whole(self) -> bool:
        """See the attributes."""
        return self._registered.synced and len(self._known) >= len(self._registered) and self.namespaces_whole()

    def world(self) -> World:
        """The clusters and namespaces, as they are now."""
        if self._world is None:
            self._world = World(dict(self._known), dict(self.namespaces), self.settings.strict_namespaces)
        return self._world

    def agreed(self) -> dict[str, int]:
        """How many deletions somebody has agreed to, by a slash and the cluster's name."""
        return {f"/{key.name}": registered.agreed for key, registered in self._registered.items() if registered.agreed}

    def agreement_used(self) -> None:
        """What somebody agreed to may have been done."""
        for name in self._guard.used:
            if name.startswith("/"):
                self.controller.add(Key(self.settings.namespace, name[1:]))

    def govern(self, namespace: str, manifest: Mapping[str, Any] | None) -> None:
        """Take note of a FederatedNamespace, or that there is none any more."""
        placement: Placement | None = None
        mistakes: list[Mistake] = []
        if manifest is not None and "deletionTimestamp" not in manifest["metadata"]:
            placement, mistakes = parse_placement((manifest.get("spec") or {}).get("placement"))
        unread = f"FederatedNamespace {namespace}: {mistakes[0].message}" if mistakes else ""
        if (self.namespaces.get(namespace), self.unread.get(namespace, "")) == (placement, unread):
            return
        self.unread.pop(namespace, None)
        if unread:
            self.unread[namespace] = unread
        if placement is None:
            self.namespaces.pop(namespace, None)
        else:
            self.namespaces[namespace] = placement
        self._world = None
        self.governed(namespace)

    async def run(self) -> None:
        """Follow the clusters until `stop`."""
        await self.controller.run()

    async def stop(self) -> None:
        """Close every connection."""
        self.controller.stop()
        for task in self._probing.values():
            task.cancel()
        for member in self.members.values():
            await member.close()

    def _users(self, key: Key) -> Iterable[Key]:
        """The clusters that use a Secret."""
        for cluster, registered in self._registered.items():
            if (registered.spec.get("secretRef") or {}).get("name") == key.name:
                yield cluster

    async def _reconcile(self, key: Key) -> Result:
        registered = self._registered.get(key)
        self._decide(key.name, registered.cluster if registered else None)
        name = f"/{key.name}"
        if registered and name in self._guard.used and not self._guard.asks_of(key.name):
            # What somebody agreed to is done once: then the annotation goes.
            self._guard.used.discard(name)
            await self.host.patch(CLUSTERS, key, {"metadata": {"annotations": {ACKNOWLEDGE: None}}})
        if registered and registered.agreed != self._agreed.get(key.name, 0):
            self._agreed[key.name] = registered.agreed
            self.agreed_changed()
        if registered is None:
            await self._lose(key.name)
            return DONE
        try:
            connection = self._connection(key, registered)
        except CredentialsError as error:
            await self._lose(key.name, str(error))
            self.recorder.note(dict(registered.manifest), "MalformedClusterConfig", str(error), action="Connect")
            return DONE
        member = self.members.get(key.name)
        if member is None:
            _log.info("cluster joins", extra={"cluster": key.name, "server": connection.server})
            member = self.members[key.name] = Member(key.name, Session(connection, deadline=self.settings.deadline))
        else:
            await member.session.replace(connection)
        self.trouble.pop(key.name, None)
        if key.name not in self._probing:
            self._probing[key.name] = asyncio.create_task(watch_health(self, member))
            self.met(member)
        return DONE

    def _connection(self, key: Key, registered: Registered) -> Connection:
        name = (registered.spec.get("secretRef") or {}).get("name", "")
        secret = self._secrets.get(Key(key.namespace, name))
        if secret is None:
            raise CredentialsError(f"There is no Secret {name!r} for the cluster {key.name}; run kfed join again.")
        if kubeconfig := secret_value(secret, "kubeconfig"):
            where = f"the Secret {name} of the cluster {key.name}"
            return parse_kubeconfig(kubeconfig, where).connection(name=key.name)
        return from_cluster(registered.manifest, secret)

    def _decide(self, name: str, cluster: Cluster | None) -> None:
        """Take note of what decisions see of a cluster; what its status says, they do not."""
        if self._known.get(name) == cluster:
            return
        if cluster is None:
            del self._known[name]
        else:
            self._known[name] = cluster
        self._world = None
        self.decided()

    async def _lose(self, name: str, why: str = "") -> None:
        """Ask a member no more; nothing of what it has is touched."""
        if why:
            self.trouble[name] = why
        else:
            self.trouble.pop(name, None)
        member = self.members.pop(name, None)
        probing = self._probing.pop(name, None)
        if probing is not None:
            probing.cancel()
        if member is not None:
            _log.info("cluster leaves", extra={"cluster": name})
            await self.left(name)
            await member.close()

    def registered(self, name: str) -> Registered | None:
        """A cluster as it stands in the host."""
        return self._registered.get(Key(self.settings.namespace, name))
