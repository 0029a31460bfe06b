"""Types: each FederatedTypeConfig that propagates, as a controller of its own over all members."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.core.key import Key
from kfed.core.plan import Site, State
from kfed.core.resource import Gvk
from kfed.errors import UnavailableError
from kfed.kube.api import Collection
from kfed.runtime.backoff import Pause
from kfed.runtime.controller import Controller, Limits
from kfed.sync.federated import Reconciler, target_key
from kfed.sync.members import Copies, managed
from kfed.sync.packed import FederatedObjects
from kfed.sync.parking import Parking

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from kfed.core.guard import Guard
    from kfed.core.resource import Resource
    from kfed.kube.api import Api
    from kfed.kube.events import Recorder
    from kfed.rendering.types import FederatedKind, TypeBook
    from kfed.rendering.world import World
    from kfed.runtime.feed import Feed
    from kfed.sync.clusters import Fleet
    from kfed.sync.execute import Done
    from kfed.sync.members import Member
    from kfed.sync.settings import Settings

_log = logging.getLogger(__name__)
_SETTLE = 0.05  # s between two looks whether all has been looked at
_COUNT_AGAIN = 0.5  # s for which a count of copies holds
_BEGIN_WITHIN = 10.0  # s for which the beginning waits for members
_AGAIN = 30.0  # s after which it is asked again whether a member serves a type


@dataclass(slots=True)
class TypeMember:
    """One member, as far as one type is concerned."""

    member: Member
    resource: Resource
    copies: Copies
    feed: Feed | None = None
    message: str = "Its objects have not been listed yet."
    refused: bool = False
    attaching: asyncio.Task[None] | None = None
    waiting: set[Key] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Shared:
    """What the controllers of all types have in common."""

    host: Api
    fleet: Fleet
    settings: Settings
    guard: Guard
    recorder: Recorder
    versions: TypeBook
    settled: Callable[[], bool]
    counts: Callable[[], dict[str, dict[str, int]]]
    agreed: Callable[[], dict[str, int]]
    owns: Callable[[Key], bool]
    agreement_used: Callable[[str], None]


class FederatedType:
    """The controller of one federated type.

    Attributes:
        name: of its FederatedTypeConfig.
        kind: all that rendering knows of it.
        federated: its federated objects.
        members: each member that has been met, by name.
        terminating: its CustomResourceDefinition is on its way out, and all of its objects with it.
    """

    def __init__(self, name: str, kind: FederatedKind, shared: Shared) -> None:
        self.name, self.kind, self._shared = name, kind, shared
        self.resource = kind.config.federated
        self.federated = FederatedObjects()
        self.members: dict[str, TypeMember] = {}
        self.terminating = False
        self._running: dict[tuple[str, Key], asyncio.Task[Done]] = {}
        self._begun: float | None = self.clock()
        self._counted: tuple[float, dict[str, int]] = (-1.0, {})
        self.parking = Parking(shared.settled, lambda key: self.controller.add(key))  # noqa: PLW0108  (made below)
        self._is_namespace = kind.config.target.gvk == Gvk("", "v1", "Namespace")
        limits = Limits(workers=shared.settings.workers)
        self.controller = Controller(name, Reconciler(self).reconcile, limits)

    # -- what the reconciler asks --

    async def wait_ready(self) -> None:
        """Wait until clusters and namespaces have been read whole: until then, who is not there may well be.

        In the beginning, wait a while for every member's objects as well: or each status would say first that nothing
        is known yet, and be written again.
        """
        while not self._shared.fleet.is_whole or self._is_beginning():  # noqa: ASYNC110  (of many places)
            await asyncio.sleep(_SETTLE)

    def _is_beginning(self) -> bool:
        if self._begun is None:
            return False
        if self.clock() - self._begun < _BEGIN_WITHIN and any(map(self._is_unknown, self.clusters())):
            return True
        self._begun = None
        return False

    def _is_unknown(self, name: str) -> bool:
        """Whether a member has not been asked yet, as far as this type needs it."""
        member, known = self._shared.fleet.members.get(name), self.members.get(name)
        if member is None:
            return name not in self._shared.fleet.trouble
        if not member.ready:
            return not member.probed
        return known is None or not (known.refused or known.copies.synced or known.copies.error)

    host = property(lambda self: self._shared.host)
    settings = property(lambda self: self._shared.settings)
    guard = property(lambda self: self._shared.guard)
    recorder = property(lambda self: self._shared.recorder)
    versions = property(lambda self: self._shared.versions)

    def world(self) -> World:
        """The clusters and the namespaces, as they are now."""
        return self._shared.fleet.world()

    def clusters(self) -> Iterable[str]:
        """The names of the clusters that there are."""
        return self.world().clusters.keys()

    def target_key(self, key: Key) -> Key:
        """What the object of a federated object is called in a member."""
        return target_key(key, self.kind.config.target.scope, is_namespace=self._is_namespace)

    def site(self, name: str, key: Key, *, recorded: bool) -> Site:
        """One cluster, as far as one object is concerned; who cannot be asked now calls for the key when it can."""
        away = self._away(name, key)
        if away is not None:
            return Site(None, *away, recorded)
        return Site(self.members[name].copies.get(self.target_key(key)), recorded=recorded)

    def _away(self, name: str, key: Key) -> tuple[State, str] | None:
        """Why a cluster cannot be asked now."""
        member, known = self._shared.fleet.members.get(name), self.members.get(name)
        if member is None or known is None:
            message = self._shared.fleet.trouble.get(name, "The cluster is not connected yet.")
            return State.CLUSTER_NOT_READY, message
        if (name, key) in self._running:
            return State.TIMED_OUT, "The cluster is slow to answer."
        if member.ready and not member.breaker.allows():
            # Nobody calls when a breaker closes: who was turned away comes back by itself.
            self.controller.add(key, after=max(member.breaker.wait, _SETTLE))
            return State.CLUSTER_NOT_READY, "The cluster does not answer."
        why = _not_listed(member, known)
        if why is not None:
            known.waiting.add(key)
        return why

    def start(self, name: str, key: Key, action: Coroutine[Any, Any, Done]) -> asyncio.Task[Done]:
        """Carry out an action in a task of its own, which goes on when it is no longer waited for."""
        task = asyncio.create_task(action)
        self._running[name, key] = task
        task.add_done_callback(lambda _: self._running.pop((name, key)))
        return task

    def call_at_end(self, task: asyncio.Task[Done], key: Key) -> None:
        """Call for a key when an action that is no longer waited for ends."""
        task.add_done_callback(lambda _: self.controller.add(key))

    def held_back(self) -> str:
        """Why nothing is deleted now; empty when it may be."""
        if self.terminating:
            return (
                f"The CustomResourceDefinition of {self.resource.full_name} is gone or going, and its objects with "
                "it; nothing is deleted in the members. Orphan the objects, or disable the type."
            )
        stop = self.guard.stop(self.name, self._shared.counts(), self._shared.agreed(), self.clock())
        return stop.message if stop else ""

    def note_deletion(self, name: str, key: Key) -> None:
        """A copy was deleted."""
        self.guard.done(self.name, key, name, self.clock())
        self._counted = (-1.0, {})  # what was counted before is one too many, and the guard would let more through
        if self.guard.used:
            self._shared.agreement_used(self.name)

    def unread_namespace(self, namespace: str) -> str:
        """Why it cannot be told where a namespace goes; empty when it can."""
        return self._shared.fleet.unread.get(namespace, "")

    def is_namespace_federated(self, namespace: str) -> bool:
        """Whether a FederatedNamespace governs a namespace."""
        return namespace in self._shared.fleet.namespaces

    @staticmethod
    def clock() -> float:
        """A clock that only goes on."""
        return time.monotonic()

    # -- how it lives --

    async def run(self) -> None:
        """Follow the host and every member until `stop`."""
        self.controller.follow(Collection(self.host, self.resource), self.federated, self._mine)
        await self.controller.run()

    def _mine(self, key: Key) -> Iterable[Key]:
        if self._is_namespace:
            packed = self.federated.get(key)
            self._shared.fleet.govern(
                key.namespace, packed.manifest() if packed and key.namespace == key.name else None
            )
        return (key,) if self._shared.owns(key) else ()

    def meet(self, member: Member) -> None:
        """Follow a member's objects as soon as it can be asked for them."""
        target = self.kind.config.target
        known = self.members.get(member.name)
        if known is None or known.member is not member:
            known = self.members[member.name] = TypeMember(member, target, Copies(target.gvk.api_version))
            self.look_again()  # whoever looked before found no such member, and waits for nobody
        if known.feed is None and (known.attaching is None or known.attaching.done()) and member.ready:
            known.attaching = asyncio.create_task(self._attach(known))
        self.wake(member.name)

    def wake(self, name: str) -> None:
        """Call for the keys that wait for a member."""
        known = self.members.get(name)
        for key in known.waiting if known else ():
            self.controller.add(key)
        if known:
            known.waiting = set()

    async def leave(self, name: str) -> None:
        """A member is no more: nothing there is touched."""
        known = self.members.pop(name, None)
        if known is None:
            return
        if known.attaching:
            known.attaching.cancel()
        if known.feed:
            await self.controller.leave(known.feed)

    async def _attach(self, known: TypeMember) -> None:
        """Follow a member's objects of the type, once it serves it."""
        target, pause = self.kind.config.target, Pause()
        while known.feed is None:
            try:
                resource = await known.member.serves(target.gvk)
            except UnavailableError as error:
                known.message, known.refused = str(error), True
                await asyncio.sleep(pause.next())
                continue
            if resource is None:
                versions = ", ".join(known.member.versions(target.gvk))
                said = f"it serves {versions} of it" if versions else "it does not serve it in any version"
                known.message = f"The cluster does not serve {target.gvk}: {said}."
                known.refused = True
                self.wake(known.member.name)
                await asyncio.sleep(_AGAIN)
                continue
            known.resource = resource
            known.feed = self.controller.follow(
                managed(known.member.api, resource), known.copies, self._owners, required=False
            )
            await known.copies.wait_synced()
            self.wake(known.member.name)

    def _owners(self, key: Key) -> Iterable[Key]:
        """The federated object that a member's object is of."""
        if self._is_namespace:
            key = Key(key.name, key.name)
        return (key,) if key in self.federated and self._shared.owns(key) else ()

    def look_again(self, namespace: str | None = None) -> None:
        """Look at every federated object again, or at those of a namespace: what decides about them has changed."""
        for key in self.federated:
            if (namespace is None or key.namespace == namespace) and self._shared.owns(key):
                self.controller.add(key)

    def look_at_held(self) -> None:
        """Look again at what the guard holds back: somebody may have agreed."""
        for key in tuple(self.guard.asked(self.name)):
            self.controller.add(key)

    def managed_counts(self) -> dict[str, int]:
        """How many copies of federated objects each member has, as of a moment ago."""
        when, counts = self._counted
        if self.clock() - when > _COUNT_AGAIN:
            counts = {name: sum(map(self._is_copy, known.copies)) for name, known in self.members.items()}
            self._counted = (self.clock(), counts)
        return counts

    def _is_copy(self, key: Key) -> bool:
        """Whether a member's object is of one of the federated objects, and not of somebody else's."""
        return (Key(key.name, key.name) if self._is_namespace else key) in self.federated

    async def stop(self) -> None:
        """End: what runs comes to its end, and nothing in any member is touched any more."""
        for name in tuple(self.members):
            await self.leave(name)
        self.controller.stop()


def _not_listed(member: Member, known: TypeMember) -> tuple[State, str] | None:
    """Why a member's objects are not known; whoever waits for them is called when they are."""
    if not member.ready:
        return State.CLUSTER_NOT_READY, member.message
    if known.feed is None:
        return State.TYPE_NOT_SERVED, known.message
    if not known.copies.synced:
        return State.CLUSTER_NOT_READY, str(known.copies.error or known.message)
    return None
