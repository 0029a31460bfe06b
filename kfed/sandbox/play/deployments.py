"""What the controller of Deployments does: a ReplicaSet per template, and from one to the next step by step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kfed.sandbox.play.acting import (
    HASH_LABEL,
    Again,
    Create,
    Delete,
    Write,
    condition,
    is_ending,
    moment,
    owner_reference,
    stamp,
    template_hash,
    with_status,
    without_zero,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.sandbox.play.acting import Action, Manifest

_PREFIX = "deployment.kubernetes.io/"
_REVISION, _DESIRED, _MOST = f"{_PREFIX}revision", f"{_PREFIX}desired-replicas", f"{_PREFIX}max-replicas"
_NOT_PASSED_ON = frozenset({_REVISION, _DESIRED, _MOST, "kubectl.kubernetes.io/last-applied-configuration"})
_COMPLETE, _DEADLINE = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"
_NO_DEADLINE = 2**31 - 1
_SUMMED = ("replicas", "readyReplicas", "availableReplicas")
_COMPLETING = ("updatedReplicas", "replicas", "availableReplicas")


class _Said(NamedTuple):
    """What a condition says."""

    type: str
    status: str
    reason: str
    message: str


_ENOUGH = _Said("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
_TOO_FEW = _Said("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")


@dataclass(frozen=True, slots=True)
class Rollout:
    """A Deployment and its ReplicaSets; *new* is that of its template, if there is one yet."""

    deployment: Manifest
    new: Manifest | None
    old: tuple[Manifest, ...]

    @property
    def desired(self) -> int:
        """How many pods there are to be."""
        return int(self.deployment["spec"].get("replicas", 1))

    @property
    def every(self) -> tuple[Manifest, ...]:
        """All its ReplicaSets."""
        return (*self.old, *([self.new] if self.new else ()))


def play_deployment(deployment: Manifest, replica_sets: Sequence[Manifest], now: dt.datetime) -> list[Action]:
    """What is to be done about a Deployment.

    Args:
        deployment: as it is.
        replica_sets: those that it controls.
        now: the time.
    """
    if is_ending(deployment):
        return []
    rollout = _rollout(deployment, replica_sets)
    actions: list[Action] = []
    if not deployment["spec"].get("paused"):
        actions += _ensured(rollout)
    if rollout.new is not None:
        actions += _recreated(rollout) if _strategy(deployment) == "Recreate" else _rolled(rollout)
    return [*actions, *_forgotten(rollout), *_reported(rollout, now)]


def _rollout(deployment: Manifest, replica_sets: Sequence[Manifest]) -> Rollout:
    ordered = sorted(replica_sets, key=lambda found: (found["metadata"]["creationTimestamp"], _revision(found)))
    same = [found for found in ordered if _template(found) == _template(deployment)]
    new = same[0] if same else None
    return Rollout(deployment, new, tuple(found for found in ordered if found is not new))


def _template(manifest: Manifest) -> Manifest:
    """The template without the label that a ReplicaSet's has."""
    template = manifest["spec"]["template"]
    metadata = template.get("metadata") or {}
    labels = {key: value for key, value in metadata.get("labels", {}).items() if key != HASH_LABEL}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _ensured(rollout: Rollout) -> list[Action]:
    """Have a ReplicaSet of the template, with the newest revision."""
    newest = max(map(_revision, rollout.old), default=0)
    deployment, new = rollout.deployment, rollout.new
    annotations = {
        key: value for key, value in deployment["metadata"].get("annotations", {}).items() if key not in _NOT_PASSED_ON
    }
    revision = max(newest + 1, _revision(new) if new else 0)
    annotations |= {
        _DESIRED: str(rollout.desired),
        _MOST: str(rollout.desired + (_surge(deployment)[0] if _strategy(deployment) != "Recreate" else 0)),
        _REVISION: str(revision),
    }
    if new is None:
        return [_new_replica_set(rollout, annotations)]
    known = new["metadata"].get("annotations", {})
    if {**known, **annotations} == known:
        return []
    return [Write("replicasets", _with_annotations(new, {**known, **annotations}))]


def _new_replica_set(rollout: Rollout, annotations: Manifest) -> Create:
    deployment = rollout.deployment
    metadata, spec = deployment["metadata"], deployment["spec"]
    print_ = template_hash(spec["template"], deployment.get("status", {}).get("collisionCount", 0))
    template = spec["template"]
    labels = {**(template.get("metadata") or {}).get("labels", {}), HASH_LABEL: print_}
    selector = spec["selector"]
    made = {
        "replicas": _first_size(rollout),
        "minReadySeconds": spec.get("minReadySeconds", 0),
        "selector": {**selector, "matchLabels": {**selector.get("matchLabels", {}), HASH_LABEL: print_}},
        "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
    }
    named = {
        "name": f"{metadata['name']}-{print_}",
        "namespace": metadata["namespace"],
        "labels": labels,
        "annotations": annotations,
        "ownerReferences": [owner_reference(deployment)],
    }
    return Create("replicasets", {"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": named, "spec": made})


def _first_size(rollout: Rollout) -> int:
    old = sum(map(_size, rollout.old))
    if _strategy(rollout.deployment) == "Recreate":
        left = sum(found.get("status", {}).get("replicas", 0) for found in rollout.old)
        return 0 if old or left else rollout.desired
    return max(min(rollout.desired, rollout.desired + _surge(rollout.deployment)[0] - old), 0)


def _recreated(rollout: Rollout) -> list[Action]:
    """First all the old ones go, then the new ones come."""
    old = [found for found in rollout.old if _size(found)]
    if old:
        return [_sized(found, 0) for found in old]
    if any(found.get("status", {}).get("replicas") for found in rollout.old):
        return []
    return _to_size(rollout.new, rollout.desired)


def _rolled(rollout: Rollout) -> list[Action]:
    """One step from the old ones to the new: never too many, never too few that are available."""
    new = rollout.new
    if new is None:
        return []
    surge, unavailable = _surge(rollout.deployment)
    desired, size = rollout.desired, _size(new)
    total = sum(map(_size, rollout.every))
    if size > desired:
        return _to_size(new, desired)
    room = min(desired - size, desired + surge - total)
    if room > 0:
        return _to_size(new, size + room)
    least = desired - unavailable
    spare = total - least - (size - _available(new))
    if spare <= 0:
        return []
    return _shrunk(rollout, spare, least)


def _shrunk(rollout: Rollout, spare: int, least: int) -> list[Action]:
    """Take from the old ones, first what is not available anyway."""
    sizes = {found["metadata"]["name"]: _size(found) for found in rollout.old}
    for found in rollout.old:
        idle = max(min(spare, _size(found) - _available(found)), 0)
        sizes[found["metadata"]["name"]] -= idle
        spare -= idle
    available = sum(map(_available, rollout.every)) - least
    for found in rollout.old:
        taken = max(min(available, sizes[found["metadata"]["name"]]), 0)
        sizes[found["metadata"]["name"]] -= taken
        available -= taken
    return [action for found in rollout.old for action in _to_size(found, sizes[found["metadata"]["name"]])]


def _forgotten(rollout: Rollout) -> list[Action]:
    """Old ReplicaSets that are empty go when there are more than the history is to have."""
    kept = rollout.deployment["spec"].get("revisionHistoryLimit", 10)
    empty = [
        found
        for found in sorted(rollout.old, key=_revision)
        if not _size(found) and not found.get("status", {}).get("replicas") and not is_ending(found)
    ]
    return [Delete("replicasets", found) for found in empty[: max(len(empty) - kept, 0)]]


def _reported(rollout: Rollout, now: dt.datetime) -> list[Action]:
    deployment, new = rollout.deployment, rollout.new
    before = deployment.get("status") or {}
    counts = {name: sum(found.get("status", {}).get(name, 0) for found in rollout.every) for name in _SUMMED}
    updated = (new or {}).get("status", {}).get("replicas", 0)
    total = sum(map(_size, rollout.every))
    status: Manifest = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        **counts,
        "updatedReplicas": updated,
        "unavailableReplicas": max(total - counts["availableReplicas"], 0),
        "collisionCount": before.get("collisionCount"),
    }
    conditions, soon = _conditions(rollout, status, now)
    status["conditions"] = conditions
    status = without_zero(status)
    annotations = deployment["metadata"].get("annotations", {})
    if new is not None and _revision(new) and annotations.get(_REVISION) != str(_revision(new)):
        revised = _with_annotations(deployment, {**annotations, _REVISION: str(_revision(new))})
        return [Write("deployments", {**revised, "status": status}, "status"), *soon]
    return [*with_status(deployment, status, "deployments"), *soon]


def _conditions(rollout: Rollout, status: Manifest, now: dt.datetime) -> tuple[list[Manifest], list[Action]]:
    """The conditions that go with a status, and when to look again whether the rollout takes too long."""
    deployment = rollout.deployment
    conditions = list((deployment.get("status") or {}).get("conditions") or ())
    least = rollout.desired if _strategy(deployment) == "Recreate" else rollout.desired - _surge(deployment)[1]
    said = _ENOUGH if status["availableReplicas"] >= least else _TOO_FEW
    conditions = _set(conditions, said, now, renew=False)
    if rollout.new is None or deployment["spec"].get("paused"):
        return conditions, []
    deadline = deployment["spec"].get("progressDeadlineSeconds", 600)
    if deadline == _NO_DEADLINE:
        return conditions, []
    name = rollout.new["metadata"]["name"]
    progress, again = _progress(rollout, status, name, deadline, now)
    if progress is None:
        return conditions, again
    return _set(conditions, progress, now, renew=progress.status == "True"), again


def _progress(
    rollout: Rollout, status: Manifest, name: str, deadline: int, now: dt.datetime
) -> tuple[_Said | None, list[Action]]:
    """Whether the rollout goes on, is done, or takes too long; ``None`` when nothing new is to be said."""
    last = condition(rollout.deployment, "Progressing")
    done = _Said("Progressing", "True", _COMPLETE, f'ReplicaSet "{name}" has successfully progressed.')
    is_complete = [status[key] for key in _COMPLETING] == [rollout.desired] * len(_COMPLETING)
    was_complete = last.get("reason") == _COMPLETE and last["message"] == done.message
    if was_complete and status["replicas"] == status["updatedReplicas"]:
        return None, []
    if is_complete:
        return done, []
    if not last or last["reason"] == _COMPLETE or _moved(rollout.deployment.get("status") or {}, status):
        said = _Said("Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
        return said, [Again(deadline + 1)]
    left = (moment(last["lastUpdateTime"]) + dt.timedelta(seconds=deadline) - now).total_seconds()
    if left >= 0:
        return None, [Again(left + 1)]
    return _Said("Progressing", "False", _DEADLINE, f'ReplicaSet "{name}" has timed out progressing.'), []


def _moved(before: Manifest, status: Manifest) -> bool:
    """Whether more are new, fewer are old, or more are ready than before."""

    def old(found: Manifest) -> int:
        return int(found.get("replicas", 0)) - int(found.get("updatedReplicas", 0))

    return old(status) < old(before) or any(
        status[name] > before.get(name, 0) for name in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )


def _set(conditions: list[Manifest], said: _Said, now: dt.datetime, *, renew: bool) -> list[Manifest]:
    """Conditions with one of them set, at the end when it is new; *renew* notes that there was progress."""
    before = next((found for found in conditions if found["type"] == said.type), None)
    if before and (before["status"], before["reason"]) == (said.status, said.reason) and not renew:
        return conditions
    time = stamp(now)
    since = before["lastTransitionTime"] if before and before["status"] == said.status else time
    made = {"type": said.type, "status": said.status, "lastUpdateTime": time, "lastTransitionTime": since}
    rest = [found for found in conditions if found["type"] != said.type]
    return [*rest, {**made, "reason": said.reason, "message": said.message}]


def _surge(deployment: Manifest) -> tuple[int, int]:
    """How many more than desired there may be, and how many fewer may be available."""
    desired = int(deployment["spec"].get("replicas", 1))
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    surge = _share(rolling.get("maxSurge", "25%"), desired, up=True)
    unavailable = _share(rolling.get("maxUnavailable", "25%"), desired, up=False)
    return surge, min(unavailable if surge or unavailable else 1, desired)


def _share(value: Any, of: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    percent = int(value.removesuffix("%"))
    return (of * percent + (99 if up else 0)) // 100


def _strategy(deployment: Manifest) -> str:
    return str((deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate"))


def _revision(manifest: Manifest) -> int:
    text = manifest["metadata"].get("annotations", {}).get(_REVISION, "0")
    return int(text) if text.isdigit() else 0


def _size(replica_set: Manifest) -> int:
    return int(replica_set["spec"].get("replicas", 1))


def _available(replica_set: Manifest) -> int:
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def _to_size(replica_set: Manifest | None, size: int) -> list[Action]:
    return [] if replica_set is None or _size(replica_set) == size else [_sized(replica_set, size)]


def _sized(replica_set: Manifest, size: int) -> Write:
    return Write("replicasets", {**replica_set, "spec": {**replica_set["spec"], "replicas": size}})


def _with_annotations(manifest: Manifest, annotations: Manifest) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": annotations}}
