"""Tables: clusters, types and federated objects, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kfed.core.escaping import printable
from kfed.core.key import key_of
from kfed.kube.request import Selection
from kfed.live.enable import type_configs
from kfed.live.objects import CLUSTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kfed.core.resource import TypeConfig
    from kfed.kube.api import Api


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; a row has as many texts as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """As kubectl prints it: columns as wide as their widest, three spaces between."""
        rows = [[printable(cell) for cell in row] for row in (self.head, *self.rows)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("   ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines) + "\n"

    def records(self) -> list[dict[str, str]]:
        """The same for machines: an object a row."""
        names = [name.lower().replace(" ", "_") for name in self.head]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


async def cluster_table(host: Api, namespace: str) -> Table:
    """Every member: whether it is ready, its version, how many federated objects it has and how many are behind."""
    counts: dict[str, list[int]] = {}
    for _, config in (await type_configs(host, namespace)).values():
        for manifest in await host.list(config.federated):
            for entry in (manifest.get("status") or {}).get("clusters") or ():
                count = counts.setdefault(entry["name"], [0, 0])
                count[0] += 1
                count[1] += bool(entry.get("status"))
    rows = []
    for manifest in await host.list(CLUSTERS, Selection(namespace=namespace)):
        status, name = manifest.get("status") or {}, manifest["metadata"]["name"]
        ready = condition(status, "Ready")
        objects, behind = counts.get(name, [0, 0])
        rows.append(
            (
                name,
                ready.get("status", "Unknown"),
                status.get("kubernetesVersion", ""),
                status.get("region", ""),
                str(objects),
                str(behind),
                age(manifest["metadata"].get("creationTimestamp", "")),
                "" if ready.get("status") == "True" else ready.get("message", "It has not been probed yet."),
            )
        )
    return Table(("NAME", "READY", "VERSION", "REGION", "OBJECTS", "BEHIND", "AGE", "MESSAGE"), tuple(sorted(rows)))


async def type_table(host: Api, namespace: str) -> Table:
    """Every type that is federated."""
    rows = []
    for name, (manifest, config) in sorted((await type_configs(host, namespace)).items()):
        status = manifest.get("status") or {}
        rows.append(
            (
                name,
                config.target.gvk.api_version,
                config.federated.full_name,
                "Enabled" if config.propagating else "Disabled",
                status.get("propagationController", "Unknown"),
                age(manifest["metadata"].get("creationTimestamp", "")),
            )
        )
    return Table(("NAME", "VERSION", "FEDERATED AS", "PROPAGATION", "CONTROLLER", "AGE"), tuple(rows))


async def object_table(
    host: Api, namespace: str, kinds: Sequence[str], within: str, *, names: Sequence[str] = ()
) -> Table:
    """Every federated object in every cluster: its state, and since when the object as a whole is as it is.

    Args:
        host: the cluster.
        namespace: of kfed's own objects.
        kinds: only these types, by any of their names; all when there are none.
        within: only this namespace; all when empty.
        names: only objects of these names.
    """
    rows: list[tuple[str, ...]] = []
    for _, config in (await type_configs(host, namespace)).values():
        if kinds and not set(map(str.lower, kinds)) & set(config_names(config)):
            continue
        for manifest in await host.list(config.federated, Selection(namespace=within)):
            if not names or manifest["metadata"]["name"] in names:
                rows += _object_rows(config, manifest)
    return Table(("KIND", "NAMESPACE", "NAME", "CLUSTER", "STATE", "SINCE", "MESSAGE"), tuple(sorted(rows)))


def _object_rows(config: TypeConfig, manifest: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    key, status = key_of(manifest), manifest.get("status") or {}
    since = age(condition(status, "Propagation").get("lastTransitionTime", ""))
    entries = status.get("clusters") or [{"name": "", "status": "Nowhere" if status else "NotYetSeen"}]
    for entry in entries:
        state = entry.get("status") or "Current"
        yield (
            config.federated.gvk.kind,
            key.namespace,
            key.name,
            entry["name"],
            state,
            since,
            entry.get("message", ""),
        )


def config_names(config: TypeConfig) -> Iterable[str]:
    """The names that a type answers to, the federated one's and the target's, in lower case."""
    for resource in (config.target, config.federated):
        yield from (resource.plural, resource.full_name, resource.gvk.kind.lower())


def condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """A condition of a status; an empty one where it has none."""
    conditions: list[dict[str, Any]] = status.get("conditions") or []
    return next((one for one in conditions if one.get("type") == kind), {})


def age(since: str, now: datetime | None = None) -> str:
    """How long ago something was, as kubectl says it: ``42s``, ``5m``, ``3h``, ``12d``; empty when it is not known."""
    if not since:
        return ""
    seconds = int(((now or datetime.now(UTC)) - datetime.fromisoformat(since)).total_seconds())
    for unit, length, least in (("d", 86400, 2), ("h", 3600, 2), ("m", 60, 2)):
        if seconds >= length * least:
            return f"{seconds // length}{unit}"
    return f"{max(seconds, 0)}s"
