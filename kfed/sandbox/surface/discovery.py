"""Discovery: what a server says it serves, in the aggregated form (apidiscovery.k8s.io/v2) and in the older one.

The forms are those of kube-apiserver 1.37: built-in types name no group in ``responseKind``, custom ones do; the
subresource ``scale`` is of another group than its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.resource import Gvk
from kfed.schema.upstream.release import releases

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.surface.registry import Registry

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""The media type of the aggregated form, as clients ask for it and as it is answered."""

_KINDS = {
    "binding": Gvk("", "", "Binding"),
    "eviction": Gvk("policy", "v1", "Eviction"),
    "scale": Gvk("autoscaling", "v1", "Scale"),
    "token": Gvk("authentication.k8s.io", "v1", "TokenRequest"),
}
_VERBS = {"binding": ["create"], "eviction": ["create"], "finalize": ["update"], "token": ["create"]}
_USUAL_VERBS = ["get", "patch", "update"]
# Custom types name the status first; it is the order of their definition.
_CUSTOM_ORDER = {"status": 0, "scale": 1}


def core_versions(address: str) -> dict[str, Any]:
    """The answer to ``/api``.

    Args:
        address: host and port of the server.
    """
    clients = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": clients}


def group_list(registry: Registry) -> dict[str, Any]:
    """The answer to ``/apis``: every group but the core group."""
    groups = [_group(name, versions) for name, versions in registry.groups().items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(registry: Registry, name: str) -> dict[str, Any] | None:
    """The answer to ``/apis/<group>``; ``None`` when there is no such group."""
    versions = registry.groups().get(name) if name else None
    return {"kind": "APIGroup", "apiVersion": "v1"} | _group(name, versions) if versions else None


def resource_list(registry: Registry, group: str, version: str) -> dict[str, Any] | None:
    """The answer to ``/api/v1`` and ``/apis/<group>/<version>``; ``None`` when nothing is served there."""
    types = registry.of_version(group, version)
    if not types:
        return None
    resources = [entry for served in types for entry in _resources(served)]
    name = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources}


def aggregated(registry: Registry, *, core: bool) -> dict[str, Any]:
    """The answer to ``/api`` (*core*) or ``/apis``, for clients that accept `AGGREGATED`."""
    items = [
        {
            "metadata": {"name": name} if name else {},
            "versions": [_aggregated_version(registry, name, version) for version in versions],
        }
        for name, versions in registry.groups().items()
        if (name == "") is core
    ]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def version() -> dict[str, str]:
    """The answer to ``/version``: the release whose types are served, marked as not being the real one."""
    release = releases()[-1]
    major, _, minor = release.partition(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{release}.0+kfed.sandbox",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "kfed/sandbox",
    }


def root_paths(registry: Registry) -> dict[str, Any]:
    """The answer to ``/``."""
    served = ["/api"]
    for name, versions in registry.groups().items():
        prefix = f"/apis/{name}" if name else "/api"
        served += [*([prefix] if name else []), *(f"{prefix}/{entry}" for entry in versions)]
    others = ["/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]
    return {"paths": sorted([*served, *others])}


def _group(name: str, versions: list[str]) -> dict[str, Any]:
    entries = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": entries, "preferredVersion": entries[0]}


def _resources(served: ServedType) -> list[dict[str, Any]]:
    """A type and its subresources, in the older form."""
    resource = served.resource
    shared = {"namespaced": served.is_namespaced}
    entry = {"name": served.plural, "singularName": resource.singular, **shared, "kind": served.kind}
    entries = [entry | {"verbs": list(served.verbs)} | _names(served)]
    for name in _subresources(served):
        kind = _KINDS.get(name)
        where = {"group": kind.group, "version": kind.version} if kind and kind.group else {}
        below = {"name": f"{served.plural}/{name}", "singularName": "", **shared, **where}
        entries.append(below | {"kind": kind.kind if kind else served.kind, "verbs": _verbs(name)})
    return entries


def _aggregated_version(registry: Registry, group: str, version: str) -> dict[str, Any]:
    resources = [_aggregated_resource(served) for served in registry.of_version(group, version)]
    return {"version": version, "resources": resources, "freshness": "Current"}


def _aggregated_resource(served: ServedType) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "resource": served.plural,
        "responseKind": _response_kind(served, None),
        "scope": str(served.resource.scope),
        "singularResource": served.resource.singular,
        "verbs": list(served.verbs),
        **_names(served),
    }
    below = [
        {"subresource": name, "responseKind": _response_kind(served, _KINDS.get(name)), "verbs": _verbs(name)}
        for name in _subresources(served)
    ]
    return entry | {"subresources": below} if below else entry


def _response_kind(served: ServedType, kind: Gvk | None) -> dict[str, str]:
    if kind is None:
        kind = served.resource.gvk if served.crd else Gvk("", "", served.kind)
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _names(served: ServedType) -> dict[str, list[str]]:
    found = {"shortNames": list(served.resource.short_names), "categories": list(served.resource.categories)}
    return {key: names for key, names in found.items() if names}


def _subresources(served: ServedType) -> list[str]:
    if served.crd:
        return sorted(served.subresources, key=lambda name: _CUSTOM_ORDER[name])
    return sorted(served.subresources)


def _verbs(subresource: str) -> list[str]:
    return _VERBS.get(subresource, _USUAL_VERBS)
