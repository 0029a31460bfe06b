"""What Kubernetes' own discovery says of its built-in types: plural, singular, short names, scope, versions.

The definitions of a release do not tell them. ``data/resources.json`` does, for every release that kfed can read;
``tests/facts/resources.py`` makes it from the files that upstream keeps in its repository under ``api/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kfed.core.resource import Gvk, Resource, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path(__file__).parent / "data" / "resources.json"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one built-in type; no release has ever changed it for another.

    Attributes:
        group: API group, ``""`` for the core group.
        kind: as in a manifest.
        plural: as in a path.
        singular: as discovery names it.
        short_names: as discovery names them; ``("deploy",)``.
        categories: as discovery names them; ``("all",)``.
        scope: whether its objects live in a namespace.
        persisted: it can be created, read, listed and deleted.
        versions: which releases serve which version: ``{"v1": "1.25-"}``, ``{"v1alpha1": "1.26-1.28,1.30-"}``.
    """

    group: str
    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    scope: Scope
    persisted: bool
    versions: Mapping[str, str]

    def resource(self, version: str) -> Resource:
        """The type's names in *version*."""
        return Resource(
            gvk=Gvk(self.group, version, self.kind),
            plural=self.plural,
            scope=self.scope,
            singular=self.singular,
            short_names=self.short_names,
            categories=self.categories,
        )

    def is_served(self, version: str, release: str) -> bool:
        """Whether the release, such as ``1.36``, serves *version* of the type."""
        return covers(self.versions.get(version, ""), release)


@cache
def facts() -> Mapping[tuple[str, str], Fact]:
    """Every fact, by group and kind."""
    records = orjson.loads(DATA.read_bytes())["resources"]
    return {(record["group"], record["kind"]): _fact(record) for record in records}


def built_in(group: str, kind: str) -> Fact | None:
    """What is known of a built-in type; ``None`` for any other."""
    return facts().get((group, kind))


@cache
def stable_types() -> tuple[Resource, ...]:
    """The built-in types whose objects are stored, and that have a stable version; the core group's first."""
    return tuple(
        fact.resource(version)
        for _, fact in sorted(facts().items(), key=itemgetter(0))
        for version in fact.versions
        if fact.persisted and version.removeprefix("v").isdecimal()
    )


def covers(ranges: str, release: str) -> bool:
    """Whether ``1.25-1.27,1.29-`` includes a release, such as ``1.36``."""
    minor = _minor(release)
    return any(first <= minor <= last for first, last in _ranges(ranges))


def _fact(record: dict[str, Any]) -> Fact:
    return Fact(
        group=record["group"],
        kind=record["kind"],
        plural=record["plural"],
        singular=record["singular"],
        short_names=tuple(record.get("shortNames", ())),
        categories=tuple(record.get("categories", ())),
        scope=Scope(record["scope"]),
        persisted=record["persisted"],
        versions=record["versions"],
    )


def _ranges(text: str) -> list[tuple[int, int]]:
    """``1.25-1.27,1.29-`` to ``[(25, 27), (29, 999)]``; an open end is for releases yet to come."""
    pairs = (part.split("-") for part in text.split(",") if part)
    return [(_minor(first), _minor(last) if last else 999) for first, last in pairs]


def _minor(release: str) -> int:
    return int(release.split(".")[1])
