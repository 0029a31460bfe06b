"""Run: wire everything together, and keep at it until cancelled."""

from __future__ import annotations

import asyncio
import logging
import socket
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from kfed.core.guard import Guard
from kfed.core.key import Key
from kfed.core.resource import CORE_GROUP, Gvk, Resource, Scope
from kfed.kube.api import Api
from kfed.kube.events import Recorder
from kfed.kube.lease import Lease
from kfed.kube.session import Session
from kfed.rendering.types import TypeBook
from kfed.schema.upstream.release import read_release
from kfed.sync.clusters import Fleet
from kfed.sync.probes import answering
from kfed.sync.settings import NAME, parse_settings
from kfed.sync.typeconfigs import TypeConfigs
from kfed.sync.types import Shared

if TYPE_CHECKING:
    from kfed.kube.config import Connection
from kfed.sync.settings import Settings

_log = logging.getLogger(__name__)

CONFIGS = Resource(Gvk(CORE_GROUP, "v1beta1", "KubeFedConfig"), "kubefedconfigs", Scope.NAMESPACED)


async def run(connection: Connection, namespace: str, *, elect: bool = True, health_port: int = 0) -> None:
    """Keep every member at what the host says, as long as the lease is ours.

    Args:
        connection: to the host.
        namespace: of clusters, type configs and leases.
        elect: hold a Lease while working; otherwise the caller sees to it that nobody else works.
        health_port: of loopback, where probes are answered; 0 for none.

    Raises:
        UnavailableError: the host cannot be asked, or the lease is lost.
    """
    identity = f"{socket.gethostname()}_{uuid.uuid4()}"
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(Session(connection))
        host = Api(session)
        keepers: list[Keeper] = []
        await stack.enter_async_context(answering(health_port, lambda: any(one.is_ready for one in keepers)))
        settings = await read_settings(host, namespace)
        if elect:
            await stack.enter_async_context(Lease(host, Key(namespace, "kfed-controller"), identity))
        recorder = Recorder(host, "kfed", identity)
        keepers.append(Keeper(host, settings, recorder))
        await keepers[0].run()


async def read_settings(host: Api, namespace: str) -> Settings:
    """The settings that the host's KubeFedConfig gives; what is wrong with it is logged, and as by default."""
    settings, mistakes = parse_settings(await host.find(CONFIGS, Key(namespace, NAME)), namespace)
    for mistake in mistakes:
        _log.warning("setting ignored", extra={"mistake": mistake.message})
    return settings


class Keeper:
    """All controllers of one process.

    Attributes:
        fleet: the members.
        types: the types.
    """

    def __init__(self, host: Api, settings: Settings, recorder: Recorder) -> None:
        self._recorder = recorder
        guard = Guard(settings.guard)
        self.fleet = Fleet(host, settings, recorder, guard, reports=True)
        shared = Shared(
            host=host,
            fleet=self.fleet,
            settings=settings,
            guard=guard,
            recorder=recorder,
            versions=TypeBook({}, lambda: read_release(None)),
            settled=lambda: self.types.is_settled,
            counts=lambda: {name: one.managed_counts() for name, one in self.types.types.items()},
            agreed=lambda: self.types.agreed() | self.fleet.agreed(),
            owns=lambda _: True,
            agreement_used=self._agreement_used,
        )
        self.types = TypeConfigs(shared, reports=True)
        self.fleet.met = self.types.meet
        self.fleet.decided = self.types.look_again
        self.fleet.agreed_changed = self.types.look_at_held
        self.fleet.left = self.types.leave
        self.fleet.governed = self.types.govern
        self.fleet.namespaces_whole = self.types.namespaces_whole

    def _agreement_used(self, kind: str) -> None:
        self.types.agreement_used(kind)
        self.fleet.agreement_used()

    @property
    def is_ready(self) -> bool:
        """Whether clusters and namespaces have been read, so that objects are kept."""
        return self.fleet.is_whole

    async def run(self) -> None:
        """Work until cancelled, and stop in order then: what runs comes to its end."""
        events = asyncio.create_task(self._recorder.run())
        working = [asyncio.create_task(self.fleet.run()), asyncio.create_task(self.types.run())]
        try:
            await asyncio.gather(*working)
        finally:
            await self.types.stop()
            await self.fleet.stop()
            await asyncio.gather(*working, return_exceptions=True)
            events.cancel()
            await asyncio.gather(events, return_exceptions=True)
