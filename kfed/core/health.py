"""Health: what probes of a cluster come to, and the conditions that tell of it.

A cluster changes its state after so many probes in a row that say otherwise; a single one among others counts for
nothing. (KubeFed counted the probes in the old state, so that once stable the first failure flipped it.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Probe:
    """What one probe found.

    Attributes:
        ready: the cluster says that it is.
        reachable: it answered at all.
        reason: in one word.
        message: in a sentence.
    """

    ready: bool
    reachable: bool
    reason: str
    message: str


READY = Probe(ready=True, reachable=True, reason="ClusterReady", message="The cluster is ready.")


@dataclass(frozen=True, slots=True)
class Health:
    """What holds of a cluster.

    Attributes:
        probe: the one that decided; ``None`` before the first.
        against: how many in a row have said otherwise since.
    """

    probe: Probe | None = None
    against: int = 0

    @property
    def ready(self) -> bool:
        """Whether the cluster is to be asked."""
        return self.probe is not None and self.probe.ready


def judge(health: Health, probe: Probe, failures: int, successes: int) -> Health:
    """What holds after one more probe.

    Args:
        health: what held before.
        probe: what was found.
        failures: so many probes in a row that say not ready make a ready cluster one that is not.
        successes: and the other way round.
    """
    if health.probe is None or probe.ready == health.probe.ready:
        return Health(probe)
    against = health.against + 1
    if against >= (successes if probe.ready else failures):
        return Health(probe)
    return replace(health, against=against)


def conditions(probe: Probe, before: Any, now: str) -> list[dict[str, Any]]:
    """The conditions Ready and Offline of a KubeFedCluster.

    Args:
        probe: what holds.
        before: the conditions that it has; any JSON.
        now: the time, as RFC 3339 has it.

    Returns:
        The new conditions, with the times of those before where nothing but the time is new.
    """
    wanted = [
        _condition("Ready", probe.ready if probe.reachable else None, probe),
        _condition("Offline", not probe.reachable, probe),
    ]
    known = {one.get("type"): one for one in before if isinstance(one, dict)} if isinstance(before, list) else {}
    return [_timed(condition, known.get(condition["type"], {}), now) for condition in wanted]


def _condition(kind: str, holds: bool | None, probe: Probe) -> dict[str, Any]:  # noqa: FBT001  (True, False or unknown)
    status = "Unknown" if holds is None else str(holds)
    return {"type": kind, "status": status, "reason": probe.reason, "message": probe.message}


def _timed(condition: dict[str, Any], before: Mapping[str, Any], now: str) -> dict[str, Any]:
    same = before.get("status") == condition["status"]
    transition = before.get("lastTransitionTime", now) if same else now
    probed = now
    if {key: value for key, value in before.items() if not key.endswith("Time")} == condition:
        probed = before.get("lastProbeTime", now)
    return {**condition, "lastProbeTime": probed, "lastTransitionTime": transition}
