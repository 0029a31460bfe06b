"""Player: what controllers, scheduler and kubelets do in a cluster, so that workloads get ready after a moment.

Nothing is polled: what changes in the store is looked at again, and what takes time has a timer of the event loop,
which goes on whatever the clock says. What is to be done is decided by plain functions, one module per kind.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

from kfed.sandbox.errors import ApiError
from kfed.sandbox.play import pods as podlife
from kfed.sandbox.play.acting import CONTROLLERS, Again, Create, Delete, Write, controller_of, is_ending
from kfed.sandbox.play.daemonsets import play_daemon_set, target_node
from kfed.sandbox.play.deployments import play_deployment
from kfed.sandbox.play.jobs import play_job
from kfed.sandbox.play.replicasets import play_replica_set
from kfed.sandbox.play.statefulsets import play_stateful_set
from kfed.sandbox.state.records import Key
from kfed.sandbox.values.options import DeleteOptions, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.play.acting import Action, Manifest
    from kfed.sandbox.state.cluster import Cluster
    from kfed.sandbox.state.records import Event, Record

    Later = Callable[[float, Callable[[], None]], asyncio.Handle]

MOMENT = 0.3
_AT_ONCE = 50  # objects looked at in one go; requests can be answered in between
_GROUPS = {
    "pods": "",
    "nodes": "",
    "deployments": "apps",
    "replicasets": "apps",
    "statefulsets": "apps",
    "daemonsets": "apps",
    "controllerrevisions": "apps",
    "jobs": "batch",
}
_PLAYED = frozenset({"pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs"})
_OWNED = frozenset({"pods", "replicasets", "controllerrevisions"})
_HURRY = DeleteOptions(grace=0)
_BACKGROUND = DeleteOptions(propagation="Background")


class Player:
    """Plays the workloads of one cluster; close it.

    Attributes:
        moment: seconds that a pod takes to start, and one of a Job to end.
    """

    def __init__(
        self,
        cluster: Cluster,
        limit: Callable[[], int | None],
        *,
        moment: float = MOMENT,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        later: Later | None = None,
    ) -> None:
        """Play what is in *cluster*, and what comes to be in it.

        Args:
            cluster: whose workloads.
            limit: how many pods find room; ``None`` for any number.
            moment: seconds that a pod takes to start.
            clock: the time, with its zone.
            later: calls a function after so many seconds; the event loop's by default.
        """
        self.moment = moment
        self._cluster = cluster
        self._store = cluster.store
        self._limit = limit
        self._clock = clock
        self._later = later or _later
        self._closed = False
        self._asked = False
        self._dirty: dict[Key, bool] = {}  # what is to be looked at, and whether that is because its time has come
        self._timers: dict[Key, asyncio.Handle] = {}
        self._owners: dict[str, Key] = {}
        self._owned: dict[str, set[Key]] = {}
        self._placed: set[Key] = set()
        self._waiting: dict[Key, None] = {}
        self._addresses = 0
        self._types = {plural: self._type(plural) for plural in _GROUPS}
        for plural, group in _GROUPS.items():
            for record in self._store.list(group, plural):
                self._take_note(record)
        self._unsubscribe = self._store.subscribe(self._changed)
        self._ensure_node()
        self._ask()

    def room_changed(self) -> None:
        """Take note that there is room for another number of pods."""
        self._ensure_node()
        self._dirty |= dict.fromkeys(self._waiting, False)
        self._ask()

    def close(self) -> None:
        """Play no more."""
        self._closed = True
        self._unsubscribe()
        for timer in self._timers.values():
            timer.cancel()

    def step(self) -> None:
        """Look at what has changed, and at what was to be looked at by now."""
        self._asked = False
        try:
            for key in () if self._closed else list(self._dirty)[:_AT_ONCE]:
                if (is_time := self._dirty.pop(key, None)) is not None:  # what comes first may have removed it
                    self._look_at(key, is_time=is_time)
        finally:  # what goes wrong with one object is told by the event loop, and does not stop the others
            if self._dirty:
                self._ask()

    def _changed(self, event: Event) -> None:
        key = event.record.key
        if _GROUPS.get(key.plural) != key.group:
            return
        if event.type == "DELETED":
            self._forget(event.record)
        else:
            self._take_note(event.record)
        self._ask()

    def _take_note(self, record: Record) -> None:
        key, manifest = record.key, record.manifest()
        if key.plural in _PLAYED:
            self._dirty[key] = False
            self._owners[manifest["metadata"]["uid"]] = key
        if key.plural in _OWNED and (owner := controller_of(manifest)):
            self._owned.setdefault(owner, set()).add(key)
            if owner in self._owners:
                self._dirty[self._owners[owner]] = False
        if key.plural == "pods":
            self._note_room(key, manifest)
        elif key.plural == "nodes":
            self._look_at_daemons()

    def _look_at_daemons(self) -> None:
        self._dirty |= {owner: False for owner in self._owners.values() if owner.plural == "daemonsets"}

    def _note_room(self, key: Key, pod: Manifest) -> None:
        self._waiting.pop(key, None)
        if podlife.takes_room(pod):
            self._placed.add(key)
            return
        if key in self._placed:
            self._free(key)
        if podlife.waits_for_room(pod):
            self._waiting[key] = None

    def _free(self, key: Key) -> None:
        self._placed.discard(key)
        self._call_next()

    def _call_next(self) -> None:
        """Have the pod that has waited longest try for room; if it finds some, it calls the next."""
        if self._waiting:
            self._dirty[next(iter(self._waiting))] = False

    def _forget(self, record: Record) -> None:
        key, manifest = record.key, record.manifest()
        self._dirty.pop(key, None)
        self._waiting.pop(key, None)
        self._end_timer(key)
        self._owners.pop(manifest["metadata"]["uid"], None)
        self._owned.pop(manifest["metadata"]["uid"], None)
        owner = controller_of(manifest)
        if owner in self._owned:
            self._owned[owner].discard(key)
        if owner in self._owners:
            self._dirty[self._owners[owner]] = False
        if key in self._placed:
            self._free(key)
        if key.plural == "nodes":
            self._look_at_daemons()

    def _ask(self) -> None:
        """Have the next step soon."""
        if not self._asked and not self._closed:
            self._asked = True
            self._later(0, self.step)

    def _look_at(self, key: Key, *, is_time: bool) -> None:
        """Do what is to be done about an object; *is_time* when the timer says so that was last set for it."""
        self._end_timer(key)
        record = self._store.get(key)
        if record is None:
            return
        manifest = record.manifest()
        if key.plural == "pods":
            self._look_at_pod(key, manifest, is_time=is_time)
            return
        for action in self._decide(key, manifest):
            if isinstance(action, Again):
                self._set_timer(key, action.seconds)
            elif not self._do(action):
                self._dirty[key] = False  # it has changed meanwhile, so it is decided anew

    def _decide(self, key: Key, manifest: Manifest) -> Iterable[Action]:
        now = self._clock()
        uid = manifest["metadata"]["uid"]
        match key.plural:
            case "deployments":
                return play_deployment(manifest, self._children(uid, "replicasets"), now)
            case "replicasets":
                return play_replica_set(manifest, self._children(uid, "pods"), now)
            case "jobs":
                return play_job(manifest, self._children(uid, "pods"), now)
        pods, revisions = self._children(uid, "pods"), self._children(uid, "controllerrevisions")
        if key.plural == "statefulsets":
            return play_stateful_set(manifest, pods, revisions, now)
        return play_daemon_set(manifest, pods, revisions, self._nodes(), now)

    def _look_at_pod(self, key: Key, pod: Manifest, *, is_time: bool) -> None:
        now = self._clock()
        if is_ending(pod):
            if not pod["metadata"].get("finalizers"):
                self._attempt(lambda: self._cluster.delete(self._types["pods"], *key[2:], _HURRY, Options()))
            return
        if podlife.waits_for_room(pod):
            self._place(key, pod, now)
            return
        phase = (pod.get("status") or {}).get("phase")
        ends = phase == "Running" and podlife.completes(pod)
        if not ends and not (phase == "Pending" and podlife.takes_room(pod)):
            return
        if not is_time:  # a moment after it last was written
            self._set_timer(key, self.moment)
            return
        self._write("pods", podlife.succeeded(pod, now) if ends else self._running(pod, now), "status", "kubelet")

    def _running(self, pod: Manifest, now: dt.datetime) -> Manifest:
        self._addresses += 1
        high, low = divmod(self._addresses, 256)
        return podlife.running(pod, f"10.{high // 256 % 256}.{high % 256}.{low}", now)

    def _place(self, key: Key, pod: Manifest, now: dt.datetime) -> None:
        """Give a pod a place, or say that there is none. It is the binding, which no update can do, so it is stored."""
        nodes = [record.manifest() for record in self._store.list("", "nodes")]
        wanted = target_node(pod)
        candidates = [node for node in nodes if wanted in {"", node["metadata"]["name"]}]
        fitting = [node for node in candidates if not podlife.lacking(pod, node)]
        limit = self._limit()
        if fitting and (limit is None or len(self._placed) < limit):
            self._store.put(key, podlife.placed(pod, fitting[0]["metadata"]["name"], now))
            self._call_next()
            return
        lacks = podlife.lacking(pod, candidates[0]) if candidates and not fitting else []
        said = podlife.unplaced(pod, len(nodes), lacks, now)
        if said["status"] != pod.get("status"):
            self._write("pods", said, "status", "kube-scheduler")

    def _nodes(self) -> list[str]:
        return [record.key.name for record in self._store.list("", "nodes")]

    def _ensure_node(self) -> None:
        """Have a node, whose size says how many pods find room."""
        wanted = podlife.node(podlife.NODE, self._limit(), self._clock())
        record = self._store.get(Key("", "nodes", "", podlife.NODE))
        if record is None:
            self._attempt(lambda: self._cluster.create(self._types["nodes"], "", wanted, Options()))
            return
        found = record.manifest()
        size = {name: wanted["status"][name] for name in ("capacity", "allocatable")}
        if {**found["status"], **size} != found["status"]:
            self._write("nodes", {**found, "status": {**found["status"], **size}}, "status", "kubelet")

    def _children(self, uid: str, plural: str) -> list[Manifest]:
        keys = [key for key in self._owned.get(uid, ()) if key.plural == plural]
        return [record.manifest() for key in sorted(keys) if (record := self._store.get(key)) is not None]

    def _do(self, action: Create | Write | Delete) -> bool:
        """Do what is wanted; whether it is not to be decided anew."""
        served = self._types[action.plural]
        metadata = action.manifest["metadata"]
        match action:
            case Create(manifest=manifest):
                options = Options(field_manager=CONTROLLERS)
                namespace = metadata.get("namespace", "")
                return self._attempt(lambda: self._cluster.create(served, namespace, manifest, options))
            case Write(manifest=manifest, subresource=subresource):
                return self._write(action.plural, manifest, subresource, CONTROLLERS)
            case Delete():
                where = (metadata.get("namespace", ""), metadata["name"])
                return self._attempt(lambda: self._cluster.delete(served, *where, _BACKGROUND, Options()))

    def _write(self, plural: str, manifest: Manifest, subresource: str, who: str) -> bool:
        metadata, options = manifest["metadata"], Options(field_manager=who, field_validation="Ignore")
        where = (metadata.get("namespace", ""), metadata["name"])
        served = self._types[plural]
        return self._attempt(lambda: self._cluster.update(served, *where, manifest, options, subresource or None))

    @staticmethod
    def _attempt(what: Callable[[], object]) -> bool:
        """Do something; whether it was done, or never can be. What has changed meanwhile can be tried again."""
        try:
            what()
        except ApiError as error:
            return error.reason != "Conflict"
        return True

    def _set_timer(self, key: Key, seconds: float) -> None:
        """Look at an object again after so many seconds, unless it changes before."""
        self._end_timer(key)
        self._timers[key] = self._later(seconds, lambda: self._wake(key))

    def _end_timer(self, key: Key) -> None:
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()

    def _wake(self, key: Key) -> None:
        self._dirty[key] = True
        self._ask()

    def _type(self, plural: str) -> ServedType:
        served = self._cluster.registry.find(_GROUPS[plural], "v1", plural)
        if served is None:
            raise LookupError(plural)
        return served


def _later(seconds: float, what: Callable[[], None]) -> asyncio.Handle:
    return asyncio.get_running_loop().call_later(seconds, what)
