"""Catalog: all types that are known, found by any name that kubectl would accept."""

from __future__ import annotations

import difflib
from collections import defaultdict
from typing import TYPE_CHECKING

from kfed.core.resource import owners_of_name
from kfed.errors import UnknownTypeError
from kfed.schema.upstream.discovery import facts
from kfed.schema.upstream.types import UpstreamType, described, preference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.core.resource import Gvk, Resource


class Catalog:
    """Types from any number of sources.

    A type that two sources describe alike is one type. One that they describe differently is an error when it is asked
    for: no source silently wins over another.

    Args:
        types: what the sources gave, in any order.
    """

    def __init__(self, types: Iterable[UpstreamType]) -> None:
        self._given: dict[Gvk, list[UpstreamType]] = defaultdict(list)
        self._unusable: list[UpstreamType] = []
        self._single: dict[Gvk, UpstreamType] = {}
        for upstream in types:
            if upstream.missing:
                self._unusable.append(upstream)
            else:
                self._given[upstream.resource.gvk].append(upstream)
        self._by_name = self._index()

    def find(self, name: str) -> UpstreamType:
        """The type that *name* means.

        Args:
            name: plural, singular, kind or short name, alone or followed by ``.group`` or ``.version.group``, as
                ``deployments.v1.apps``; case does not matter. Without a version, the preferred one is meant. As in
                kubectl and KubeFed, the core group wins over all others; further, a type whose objects can be stored
                wins over one whose objects cannot.

        Raises:
            UnknownTypeError: nothing answers to the name, several types do, or two sources describe the one that does
                differently. The message lists the candidates, or the nearest names.
        """
        matches = self._by_name.get(name.lower(), [])
        matches = [gvk for gvk in matches if self._persists(gvk)] or matches
        matches = owners_of_name(matches)
        kinds = {(gvk.group, gvk.kind) for gvk in matches}
        if not kinds:
            raise UnknownTypeError(self._unknown(name))
        if len(kinds) > 1:
            candidates = ", ".join(sorted(self._full_name(self._preferred(matches, kind)) for kind in kinds))
            raise UnknownTypeError(f"{name!r} may mean {candidates}; say which.")
        return self._one(self._preferred(matches, kinds.pop()))

    def by_gvk(self, gvk: Gvk) -> UpstreamType | None:
        """The type with exactly this group, version and kind; ``None`` when no source has it.

        Raises:
            UnknownTypeError: two sources describe it differently.
        """
        return self._one(gvk) if gvk in self._given else None

    def all(self) -> list[UpstreamType]:
        """Every version of every type, by group, version and kind.

        Raises:
            UnknownTypeError: two sources describe one of them differently.
        """
        return [self._one(gvk) for gvk in sorted(self._given)]

    def persisted(self) -> list[UpstreamType]:
        """The preferred version of every type whose objects can be stored, by group and kind.

        Raises:
            UnknownTypeError: two sources describe one of them differently.
        """
        gvks = [gvk for gvk in self._given if self._persists(gvk)]
        return [self._one(self._preferred(gvks, kind)) for kind in sorted({(gvk.group, gvk.kind) for gvk in gvks})]

    def resources(self) -> list[Resource]:
        """The names of every version of every type whose objects can be stored, as any of the sources gives them."""
        return [self._given[gvk][0].resource for gvk in sorted(self._given) if self._persists(gvk)]

    def _index(self) -> dict[str, list[Gvk]]:
        """Every name in lower case to the types that it may mean."""
        index: dict[str, list[Gvk]] = defaultdict(list)
        for gvk, types in self._given.items():
            for name in {name for upstream in types for name in _names(upstream)}:
                index[name].append(gvk)
        return index

    def _persists(self, gvk: Gvk) -> bool:
        return any(upstream.persisted for upstream in self._given[gvk])

    def _preferred(self, gvks: Iterable[Gvk], kind: tuple[str, str]) -> Gvk:
        """The version meant when none is named: one that its source prefers, then as a server would."""
        of_kind = [gvk for gvk in gvks if (gvk.group, gvk.kind) == kind]
        marked = [gvk for gvk in of_kind if any(upstream.preferred for upstream in self._given[gvk])]
        return min(marked or of_kind, key=lambda gvk: preference(gvk.version))

    def _one(self, gvk: Gvk) -> UpstreamType:
        """What all sources say of a type, the one with the most names standing for them."""
        if gvk not in self._single:
            given = self._given[gvk]
            for other in given[1:]:
                if not _same(given[0], other):
                    raise UnknownTypeError(
                        f"{self._full_name(gvk)} is described by {given[0].origin} and, differently, by "
                        f"{other.origin}; leave one of them out."
                    )
            self._single[gvk] = max(given, key=lambda one: (len(one.resource.short_names), bool(one.resource.singular)))
        return self._single[gvk]

    def _full_name(self, gvk: Gvk) -> str:
        return ".".join(filter(None, (self._given[gvk][0].resource.plural, gvk.version, gvk.group)))

    def _unknown(self, name: str) -> str:
        """Why nothing answers to *name*, and what might have been meant."""
        wanted = name.lower()
        for upstream in self._unusable:
            if wanted in _suffixed({upstream.resource.gvk.kind.lower()}, upstream.resource.gvk):
                return upstream.missing
        message = f"No type is called {name!r}"
        if elsewhere := _history(wanted):
            return f"{message} in what was read. Kubernetes has {elsewhere}."
        near = self._near(wanted)
        return f"{message}; the nearest: {', '.join(near)}." if near else f"{message}, nor anything like it."

    def _near(self, wanted: str) -> list[str]:
        """The same name in other groups and versions, else plurals that look like it, else any names that do."""
        bare = wanted.partition(".")[0]
        if bare in self._by_name:
            return sorted(map(self._full_name, self._by_name[bare]))
        plurals = {types[0].resource.plural for types in self._given.values()}
        return _nearest(bare, plurals) or _nearest(bare, (name for name in self._by_name if "." not in name))


def _names(upstream: UpstreamType) -> Iterator[str]:
    resource = upstream.resource
    bare = {resource.plural, resource.singular, resource.gvk.kind, *resource.short_names}
    return _suffixed({name.lower() for name in bare if name}, resource.gvk)


def _suffixed(names: Iterable[str], gvk: Gvk) -> Iterator[str]:
    """Each name alone, with group, with version and group; kubectl writes the core group as a dot at the end."""
    for name in names:
        yield name
        yield f"{name}.{gvk.group}"
        yield f"{name}.{gvk.version}.{gvk.group}"
        if not gvk.group:
            yield f"{name}.{gvk.version}"


def _same(one: UpstreamType, other: UpstreamType) -> bool:
    """Whether two sources describe a type alike; the names that only discovery tells do not count."""
    if (one.resource.plural, one.resource.scope) != (other.resource.plural, other.resource.scope):
        return False
    return bool(described(one).schema == described(other).schema)


def _history(name: str) -> str:
    """The built-in type with this name: ``clustercidrs.v1alpha1.networking.k8s.io in its releases 1.25 to 1.28``."""
    for fact in facts().values():
        for version, ranges in fact.versions.items():
            resource = fact.resource(version)
            bare = {fact.plural, fact.singular, *fact.short_names}
            if name in _suffixed(bare, resource.gvk):
                full_name = ".".join(filter(None, (fact.plural, version, fact.group)))
                return f"{full_name} in its releases {_spoken(ranges)}"
    return ""


def _spoken(ranges: str) -> str:
    """``1.25-1.27,1.29-`` to ``1.25 to 1.27 and from 1.29 on``."""
    pairs = (part.split("-") for part in ranges.split(","))
    return " and ".join(
        f"from {first} on" if not last else first if first == last else f"{first} to {last}" for first, last in pairs
    )


def _nearest(name: str, names: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, sorted(set(names)), n=3, cutoff=0.7)
