"""What the controller of PodDisruptionBudgets does: it counts which pods are healthy, and how many can go.

As k8s.io/kubernetes has it, ``pkg/controller/disruption``. Of what owns the pods, it looks at ``spec.replicas``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import ApiError
from kfed.sandbox.play.acting import CONTROLLERS, is_ending, moment, stamp
from kfed.sandbox.state.evicting import BUDGETS, disruption_condition, guards, is_healthy
from kfed.sandbox.state.store import Key
from kfed.sandbox.values.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kfed.sandbox.play.acting import Manifest
    from kfed.sandbox.state.cluster import Cluster
    from kfed.sandbox.state.store import Event

    Later = Callable[[float, Callable[[], None]], object]

_PODS = ("", "pods")
_SOON = 0.1  # many pods change at once, and are counted once
_FORGOTTEN_AFTER = dt.timedelta(minutes=2)
# Where the replicas are of what controls pods, by its kind.
_SCALED = {
    "Deployment": ("apps", "deployments"),
    "ReplicaSet": ("apps", "replicasets"),
    "ReplicationController": ("", "replicationcontrollers"),
    "StatefulSet": ("apps", "statefulsets"),
}


def budget_status(budget: Manifest, pods: Sequence[Manifest], wanted: int, now: dt.datetime) -> Manifest:
    """The status of a PodDisruptionBudget.

    Args:
        budget: which.
        pods: those that it is about.
        wanted: how many pods there are to be, as their owners have it.
        now: the time.
    """
    spec, before = budget["spec"], budget.get("status") or {}
    going = {pod["metadata"]["name"] for pod in pods if not is_ending(pod)}
    going &= {name for name, at in (before.get("disruptedPods") or {}).items() if now - moment(at) < _FORGOTTEN_AFTER}
    healthy = sum(is_healthy(pod) and not is_ending(pod) and pod["metadata"]["name"] not in going for pod in pods)
    expected, desired = len(pods), spec.get("minAvailable", 0)
    if "maxUnavailable" in spec:
        expected = wanted
        desired = max(wanted - _share(spec["maxUnavailable"], wanted), 0)
    elif isinstance(desired, str):
        expected, desired = wanted, _share(desired, wanted)
    allowed = max(healthy - desired, 0) if expected > 0 else 0
    generation = budget["metadata"].get("generation", 0)
    status: Manifest = {"observedGeneration": generation}
    if going:
        status["disruptedPods"] = {name: before["disruptedPods"][name] for name in sorted(going)}
    status |= {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": desired}
    status |= {"expectedPods": expected}
    conditions = disruption_condition(status | {"conditions": before.get("conditions")}, generation, stamp(now))
    return status | {"conditions": conditions}


class Budgets:
    """Keeps the PodDisruptionBudgets of one cluster up to date; close it."""

    def __init__(
        self,
        cluster: Cluster,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        later: Later | None = None,
    ) -> None:
        """Look after what is in *cluster*, and what comes to be in it.

        Args:
            cluster: whose budgets.
            clock: the time, with its zone.
            later: calls a function after so many seconds; the event loop's by default.
        """
        self._cluster = cluster
        self._clock = clock
        self._later = later or _later
        self._spaces = {record.key.namespace for record in cluster.store.list(*BUDGETS)}
        self._dirty = set(self._spaces)
        self._unsubscribe = cluster.store.subscribe(self._changed)
        if self._dirty:
            self._later(_SOON, self.step)

    def close(self) -> None:
        """Keep them no more."""
        self._unsubscribe()
        self._spaces.clear()
        self._dirty.clear()

    def step(self) -> None:
        """Count again where something has changed."""
        dirty, self._dirty = self._dirty, set()
        for namespace in sorted(dirty):
            budgets = [record.manifest() for record in self._cluster.store.list(*BUDGETS, namespace)]
            if not budgets:
                self._spaces.discard(namespace)
                continue
            pods = [record.manifest() for record in self._cluster.store.list(*_PODS, namespace)]
            for budget in budgets:
                self._count(budget, [pod for pod in pods if guards(budget, pod)])

    def _changed(self, event: Event) -> None:
        key = event.record.key
        place = (key.group, key.plural)
        if place == BUDGETS:
            self._spaces.add(key.namespace)
        elif key.namespace not in self._spaces or (place != _PODS and place not in _SCALED.values()):
            return
        if not self._dirty:
            self._later(_SOON, self.step)
        self._dirty.add(key.namespace)

    def _count(self, budget: Manifest, pods: Sequence[Manifest]) -> None:
        status = budget_status(budget, pods, self._wanted(pods), self._clock())
        served = self._cluster.registry.storing(*BUDGETS)
        if status == budget.get("status") or served is None:
            return
        metadata, options = budget["metadata"], Options(field_manager=CONTROLLERS, field_validation="Ignore")
        where = (metadata["namespace"], metadata["name"])
        try:
            self._cluster.update(served, *where, {**budget, "status": status}, options, "status")
        except ApiError:
            return  # it has changed, or ends, and is looked at again

    def _wanted(self, pods: Sequence[Manifest]) -> int:
        """How many pods their owners want."""
        owners = {(found["metadata"]["uid"]): found for pod in pods if (found := self._owner(pod)) is not None}
        return sum(owner["spec"].get("replicas", 1) for owner in owners.values())

    def _owner(self, manifest: Manifest) -> Manifest | None:
        """What controls an object in the end, where that has replicas."""
        references: Sequence[Mapping[str, Any]] = manifest["metadata"].get("ownerReferences", ())
        reference = next((entry for entry in references if entry.get("controller")), {})
        place = _SCALED.get(reference.get("kind", ""))
        if place is None:
            return None
        record = self._cluster.store.get(Key(*place, manifest["metadata"]["namespace"], reference["name"]))
        if record is None:
            return None
        owner = record.manifest()
        return self._owner(owner) or owner


def _share(amount: int | str, whole: int) -> int:
    """So many of *whole*, or so many percent of it, rounded up."""
    if isinstance(amount, int):
        return amount
    return math.ceil(int(amount.removesuffix("%")) * whole / 100)


def _later(seconds: float, what: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, what)
