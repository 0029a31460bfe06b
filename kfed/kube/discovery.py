"""What a server serves: its types with their versions, its OpenAPI documents as they are, its release.

Types come from aggregated discovery (Kubernetes 1.26 and newer: two requests) or, where a server does not know that,
from a document for each group and version.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import NotFoundError, StatusError
from kfed.kube import request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.kube.api import Api

_AGGREGATED = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
)
_ACCEPT = f"{_AGGREGATED},application/json"


@dataclass(frozen=True)
class Served:
    """The types that a server serves.

    Attributes:
        resources: all of them, those of one group in the order in which the server prefers its versions.
        stale: groups with versions of which the server does not know for now what is in them: an aggregated API server
            that does not answer. That a type of these is not here does not mean that it is not served.
    """

    resources: tuple[Resource, ...]
    stale: frozenset[tuple[str, str]] = frozenset()

    def resource(self, gvk: Gvk) -> Resource | None:
        """The type of this group, version and kind, if it is served."""
        return self._by_gvk.get(gvk)

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """The versions in which a kind is served, the preferred one first."""
        return self._versions.get((group, kind), ())

    def named(self, text: str) -> tuple[Resource, ...]:
        """The types that answer to a name, each in its preferred version, as kubectl has it.

        Args:
            text: plural, singular, short name or kind, in any case; ``name.group`` and ``name.version.group`` are more
                exact.
        """
        name, _, group = text.lower().partition(".")
        matches: dict[tuple[str, str], Resource] = {}
        for resource in self.resources:
            version = f"{resource.gvk.version}.{resource.gvk.group}".rstrip(".")
            if name in _names(resource) and group in ("", resource.gvk.group, version):
                matches.setdefault((resource.gvk.group, resource.plural), resource)
        return tuple(matches.values())

    @cached_property
    def _by_gvk(self) -> dict[Gvk, Resource]:
        return {resource.gvk: resource for resource in reversed(self.resources)}

    @cached_property
    def _versions(self) -> dict[tuple[str, str], tuple[str, ...]]:
        versions: dict[tuple[str, str], tuple[str, ...]] = {}
        for resource in self.resources:
            gvk = resource.gvk
            versions[gvk.group, gvk.kind] = (*versions.get((gvk.group, gvk.kind), ()), gvk.version)
        return versions


async def served(api: Api) -> Served:
    """Ask what is served.

    Raises:
        UnavailableError: a leaf of it; that one group's server fails is no error, but is in ``stale``.
    """
    documents = await asyncio.gather(*(api.ask(request.read(path, accept=_ACCEPT)) for path in ("/api", "/apis")))
    if all(document.get("kind") == "APIGroupDiscoveryList" for document in documents):
        return _aggregated([group for document in documents for group in document.get("items") or ()])
    core, groups = documents
    named = [("", version) for version in core.get("versions") or ()]
    named += [(one["name"], version) for one in groups.get("groups") or () for version in _preferred_first(one)]
    lists = await asyncio.gather(*(_one_by_one(api, group, version) for group, version in named))
    failed = frozenset(name for name, resources in zip(named, lists, strict=True) if resources is None)
    return Served(tuple(resource for resources in lists for resource in resources or ()), failed)


async def version(api: Api) -> dict[str, Any]:
    """The server's release: ``gitVersion``, ``major``, ``minor`` and more."""
    answer: dict[str, Any] = orjson.loads(await api.read("/version"))
    return answer


async def openapi_documents(api: Api) -> dict[str, str]:
    """Where the server's OpenAPI v3 documents are: ``{"apis/apps/v1": "/openapi/v3/apis/apps/v1?hash=…"}``."""
    index = orjson.loads(await api.read("/openapi/v3"))
    return {path: where["serverRelativeURL"] for path, where in index["paths"].items()}


async def openapi_document(api: Api, where: str) -> bytes:
    """A document as it is, from a place that ``openapi_documents`` tells."""
    return await api.read(where)


def _aggregated(groups: Iterable[dict[str, Any]]) -> Served:
    """The types in the items of an APIGroupDiscoveryList (apidiscovery.k8s.io/v2)."""
    resources: list[Resource] = []
    stale: set[tuple[str, str]] = set()
    for group in groups:
        name = group["metadata"].get("name") or ""
        for entry in group.get("versions") or ():
            resources += _of_version(name, entry)
            if entry.get("freshness") == "Stale":
                stale.add((name, entry["version"]))
    return Served(tuple(resources), frozenset(stale))


def _of_version(group: str, entry: dict[str, Any]) -> Iterator[Resource]:
    for one in entry.get("resources") or ():
        kind = one.get("responseKind") or {}
        if kind.get("kind"):  # a stale entry may have none
            yield Resource(
                gvk=Gvk(group, entry["version"], kind["kind"]),
                plural=one["resource"],
                scope=Scope(one["scope"]),
                singular=one.get("singularResource") or "",
                short_names=tuple(one.get("shortNames") or ()),
                categories=tuple(one.get("categories") or ()),
            )


async def _one_by_one(api: Api, group: str, version: str) -> list[Resource] | None:
    """The types of one group and version (an APIResourceList); ``None`` when that cannot be told for now."""
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    try:
        document = await api.ask(request.read(path))
    except NotFoundError:
        return []
    except StatusError:
        return None
    return [_listed(group, version, one) for one in document.get("resources") or () if "/" not in one["name"]]


def _listed(group: str, version: str, one: dict[str, Any]) -> Resource:
    return Resource(
        gvk=Gvk(group, version, one["kind"]),
        plural=one["name"],
        scope=Scope.NAMESPACED if one["namespaced"] else Scope.CLUSTER,
        singular=one.get("singularName") or "",
        short_names=tuple(one.get("shortNames") or ()),
        categories=tuple(one.get("categories") or ()),
    )


def _preferred_first(group: dict[str, Any]) -> list[str]:
    versions = [one["version"] for one in group.get("versions") or ()]
    preferred = (group.get("preferredVersion") or {}).get("version")
    return sorted(versions, key=lambda version: version != preferred)


def _names(resource: Resource) -> set[str]:
    return {resource.plural, resource.singular, resource.gvk.kind.lower(), *resource.short_names} - {""}
