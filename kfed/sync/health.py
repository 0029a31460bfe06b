"""Health: each member is probed, and its KubeFedCluster says how it is."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kfed.core.health import READY, Health, Probe, conditions, judge
from kfed.core.key import Key
from kfed.core.resource import CORE_GROUP, Gvk, Resource, Scope
from kfed.errors import NotFoundError, StatusError, UnavailableError
from kfed.kube.discovery import version
from kfed.kube.request import Selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.sync.clusters import Fleet
    from kfed.sync.members import Member

_log = logging.getLogger(__name__)

CLUSTERS = Resource(Gvk(CORE_GROUP, "v1beta1", "KubeFedCluster"), "kubefedclusters", Scope.NAMESPACED)
NODES = Resource(Gvk("", "v1", "Node"), "nodes", Scope.CLUSTER)
_REGION, _ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
_SURVEY = 30  # probes from one look at version and nodes to the next


async def watch_health(fleet: Fleet, member: Member) -> None:
    """Probe *member* again and again, and tell of what changes."""
    health, settings, probes = Health(), fleet.settings.health, 0
    survey: dict[str, Any] = {}
    while True:
        before = health
        probe = await _probe(member, settings.timeout)
        health = judge(health, probe, settings.failures, settings.successes)
        if health.ready != before.ready or before.probe is None:
            _turn(fleet, member, health)
        if health.ready and probes % _SURVEY == 0:
            survey = await _survey(member, settings.timeout) or survey
        if fleet.reports and health.probe is not None:
            await _report(fleet, member, health.probe, survey)
        probes += 1
        await asyncio.sleep(settings.period)


async def _probe(member: Member, seconds: float) -> Probe:
    try:
        async with asyncio.timeout(seconds):
            try:
                answer = await member.api.read("/readyz")
            except NotFoundError:
                answer = await member.api.read("/healthz")
    except StatusError as error:
        return Probe(ready=False, reachable=True, reason="ClusterNotReady", message=str(error))
    except (UnavailableError, TimeoutError) as error:
        message = str(error) or f"The cluster did not answer within {seconds:g} s."
        return Probe(ready=False, reachable=False, reason="ClusterNotReachable", message=message)
    if answer.strip().lower() == b"ok":
        return READY
    message = f"The cluster says that it is not ready: {answer[:200].decode(errors='replace')}."
    return Probe(ready=False, reachable=True, reason="ClusterNotReady", message=message)


def _turn(fleet: Fleet, member: Member, health: Health) -> None:
    """The cluster has become ready, or is so no longer."""
    probe = health.probe
    if probe is None:
        return
    member.probed = True
    member.ready, member.message = probe.ready, "" if probe.ready else probe.message
    _log.info("cluster turns", extra={"cluster": member.name, "ready": probe.ready, "reason": probe.reason})
    registered = fleet.registered(member.name)
    if registered is not None and not probe.ready:
        fleet.recorder.note(dict(registered.manifest), probe.reason, probe.message, action="Probe")
    fleet.met(member)


async def _survey(member: Member, seconds: float) -> dict[str, Any]:
    """Version, region and zones, as far as they can be read."""
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(seconds):
            found["kubernetesVersion"] = (await version(member.api)).get("gitVersion", "")
            nodes = await member.api.list(NODES, Selection(metadata_only=True))
    except (UnavailableError, TimeoutError):
        return found
    labels = [node["metadata"].get("labels") or {} for node in nodes]
    regions, zones = _values(labels, _REGION), _values(labels, _ZONE)
    return found | ({"region": regions[0]} if regions else {}) | ({"zones": zones} if zones else {})


def _values(labels: Iterable[dict[str, str]], label: str) -> list[str]:
    return sorted({of_node[label] for of_node in labels if of_node.get(label)})


async def _report(fleet: Fleet, member: Member, probe: Probe, survey: dict[str, Any]) -> None:
    registered = fleet.registered(member.name)
    if registered is None:
        return
    before = registered.manifest.get("status") or {}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {**before, **survey, "conditions": conditions(probe, before.get("conditions"), now)}
    if status == before:
        return
    key = Key(fleet.settings.namespace, member.name)
    try:
        await fleet.host.patch(CLUSTERS, key, [{"op": "add", "path": "/status", "value": status}], subresource="status")
    except UnavailableError as error:
        _log.warning("cluster not reported", extra={"cluster": member.name, "error": str(error)})
