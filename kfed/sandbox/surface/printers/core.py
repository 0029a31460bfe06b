"""Types of the core group that are no workloads, and Leases, which are as plain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.surface.printers.printer import NONE, at, condition, created, name, printer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

_ROLE_PREFIX, _ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"


def plain(*paths: str) -> Callable[[dict[str, Any], dt.datetime], list[Any]]:
    """Cells that are the name, the values at dotted *paths*, and the age."""
    split = [path.split(".") for path in paths]

    def cells(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
        return [name(obj), *(at(obj, *path, default="") for path in split), created(obj, now)]

    return cells


def _config_map(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [name(obj), len(at(obj, "data", default={})) + len(at(obj, "binaryData", default={})), created(obj, now)]


def _secret(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [name(obj), obj.get("type", ""), len(at(obj, "data", default={})), created(obj, now)]


def _node(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    ready = condition(obj, "Ready")
    states = [{"": "Unknown", "True": "Ready"}.get(ready, "NotReady")]
    if at(obj, "spec", "unschedulable"):
        states.append("SchedulingDisabled")
    info = at(obj, "status", "nodeInfo", default={})
    kernel = info.get("kernelVersion") or "<unknown>"
    if info.get("architecture"):
        kernel += f" ({info['architecture']})"
    return [
        *(
            name(obj),
            ",".join(states),
            ",".join(_roles(obj)) or NONE,
            created(obj, now),
            info.get("kubeletVersion", ""),
        ),
        *(_address(obj, "InternalIP"), _address(obj, "ExternalIP")),
        *(info.get("osImage") or "<unknown>", kernel, info.get("containerRuntimeVersion") or "<unknown>"),
    ]


def _roles(obj: dict[str, Any]) -> list[str]:
    given = at(obj, "metadata", "labels", default={})
    roles = {key.removeprefix(_ROLE_PREFIX) for key in given if key.startswith(_ROLE_PREFIX)}
    return sorted((roles | {given.get(_ROLE_LABEL, "")}) - {""})


def _address(obj: dict[str, Any], kind: str) -> str:
    addresses = at(obj, "status", "addresses", default=[])
    return next((str(entry.get("address", "")) for entry in addresses if entry.get("type") == kind), NONE)


def _resource_quota(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    used = at(obj, "status", "used", default={})
    columns: tuple[list[str], list[str]] = ([], [])
    for resource, hard in sorted(at(obj, "status", "hard", default={}).items()):
        columns[resource.startswith("limits.")].append(f"{resource}: {used.get(resource, '0')}/{hard}")
    return [name(obj), *(", ".join(column) for column in columns), created(obj, now)]


PRINTERS = {
    ("", "ConfigMap"): printer("Name, Data, Age", _config_map),
    ("", "Secret"): printer("Name, Type, Data, Age", _secret),
    ("", "Namespace"): printer("Name, Status, Age", plain("status.phase")),
    ("", "ServiceAccount"): printer("Name, Age", plain()),
    ("", "Node"): printer(
        "Name, Status, Roles, Age, Version, Internal-IP+, External-IP+, OS-Image+, Kernel-Version+, Container-Runtime+",
        _node,
    ),
    ("", "ResourceQuota"): printer("Name, Request, Limit, Age", _resource_quota),
    ("coordination.k8s.io", "Lease"): printer("Name, Holder, Age", plain("spec.holderIdentity")),
}
