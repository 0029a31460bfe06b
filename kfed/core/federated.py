"""Federated: a template, a placement and overrides, parsed from a FederatedX manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kfed.core.manifest import Identity, check_identity
from kfed.core.patch import Patch, parse_patches
from kfed.core.reader import Reader
from kfed.core.resource import Scope
from kfed.core.selector import Selector, parse_selector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.mistake import Mistake
    from kfed.core.pointer import Path
    from kfed.core.resource import TypeConfig

TEMPLATE: Path = ("spec", "template")


@dataclass(frozen=True, slots=True)
class ClusterOverrides:
    """What differs in one cluster."""

    cluster: str
    patches: tuple[Patch, ...]
    at: Path


@dataclass(frozen=True, slots=True)
class SelectorOverrides:
    """What differs in the clusters whose labels match; a selector that is absent matches none."""

    name: str
    selector: Selector | None
    patches: tuple[Patch, ...]
    at: Path


@dataclass(frozen=True, slots=True)
class Placement:
    """Which clusters were asked for.

    Attributes:
        clusters: names, each with its place; ``None`` when the field is absent, which is not the same as no names.
        selector: used only when *clusters* is ``None``; ``None`` selects nothing.
    """

    clusters: Mapping[str, Path] | None = None
    selector: Selector | None = None


@dataclass(frozen=True, slots=True)
class Federated:
    """One federated object.

    Attributes:
        config: which type is federated as which.
        namespace: of the federated object; empty for a cluster-scoped one.
        name: of the federated object, and of each object made of it.
        template: the object without identity; not to be changed in place, for renderings share it.
        placement: which clusters were asked for.
        selector_overrides: from the general, in list order, before *overrides*.
        overrides: to the particular.
        retain_replicas: the member decides how many replicas its object has, once it is there.
        mistakes: what is wrong or doubtful whatever the cluster; an error among them refuses every cluster.
    """

    config: TypeConfig
    namespace: str
    name: str
    template: Mapping[str, Any]
    placement: Placement
    selector_overrides: tuple[SelectorOverrides, ...] = ()
    overrides: tuple[ClusterOverrides, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    retain_replicas: bool = False


def parse_federated(manifest: Any, config: TypeConfig) -> Federated:
    """A FederatedX manifest as a value; any JSON gives one.

    What has another shape than it must have is a mistake and read as if it were absent, so that one mistake does not
    hide the rest.

    Args:
        manifest: the whole object; it is shared with the result, not copied.
        config: the type it is of.
    """
    reader = Reader()
    whole = reader.map(manifest, ())
    identity = _read_identity(whole, config, reader)
    spec = reader.map(whole.get("spec"), ("spec",))
    template = reader.map(spec.get("template"), TEMPLATE)
    placement = _read_placement(spec.get("placement"), reader)
    selector_overrides = tuple(_read_selector_overrides(spec.get("selectorOverrides"), reader))
    overrides = tuple(_read_cluster_overrides(spec.get("overrides"), reader))
    return Federated(
        config,
        identity.namespace,
        identity.name,
        template,
        placement,
        selector_overrides,
        overrides,
        retain_replicas=reader.boolean(spec.get("retainReplicas"), ("spec", "retainReplicas")),
        mistakes=tuple(reader.mistakes),
    )


def parse_placement(manifest: Any) -> tuple[Placement, list[Mistake]]:
    """``spec.placement`` as a value, and what is wrong with it; what is wrong chooses nothing."""
    reader = Reader()
    return _read_placement(manifest, reader), reader.mistakes


def _read_identity(manifest: Mapping[str, Any], config: TypeConfig, reader: Reader) -> Identity:
    metadata = reader.map(manifest.get("metadata"), ("metadata",))
    namespace = reader.text(metadata.get("namespace"), ("metadata", "namespace"))
    identity = Identity(config.federated.gvk, namespace, reader.text(metadata.get("name"), ("metadata", "name")))
    misread = {mistake.at for mistake in reader.mistakes}
    reader.mistakes += (
        mistake
        for mistake in check_identity(identity, config)
        if not any(mistake.at[:depth] in misread for depth in range(3))
    )
    return identity if config.federated.scope is Scope.NAMESPACED else replace(identity, namespace="")


def _read_placement(manifest: Any, reader: Reader) -> Placement:
    at: Path = ("spec", "placement")
    placement = reader.map(manifest, at)
    names = _read_names(placement.get("clusters"), (*at, "clusters"), reader)
    return Placement(names, _read_optional_selector(placement, at, reader))


def _read_names(entries: Any, at: Path, reader: Reader) -> dict[str, Path] | None:
    if entries is None:
        return None
    names: dict[str, Path] = {}
    for place, entry in reader.maps(entries, at):
        name = reader.required(entry, "name", place)
        names.setdefault(name, (*place, "name"))
    return names


def _read_selector_overrides(entries: Any, reader: Reader) -> Iterator[SelectorOverrides]:
    for at, entry in reader.maps(entries, ("spec", "selectorOverrides")):
        name, selector = reader.text(entry.get("name"), (*at, "name")), _read_optional_selector(entry, at, reader)
        yield SelectorOverrides(name, selector, *_parse_patches(entry, at))


def _read_cluster_overrides(entries: Any, reader: Reader) -> Iterator[ClusterOverrides]:
    for at, entry in reader.maps(entries, ("spec", "overrides")):
        yield ClusterOverrides(reader.required(entry, "clusterName", at), *_parse_patches(entry, at))


def _read_optional_selector(entry: Mapping[str, Any], at: Path, reader: Reader) -> Selector | None:
    manifest = entry.get("clusterSelector")
    if manifest is None:
        return None
    selector, mistakes = parse_selector(manifest, (*at, "clusterSelector"))
    reader.mistakes += mistakes
    return selector


def _parse_patches(entry: Mapping[str, Any], at: Path) -> tuple[tuple[Patch, ...], Path]:
    return parse_patches(entry.get("clusterOverrides"), (*at, "clusterOverrides")), at
