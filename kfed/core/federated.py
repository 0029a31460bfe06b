"""Federated: a template, a placement and overrides, parsed from a FederatedX manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.finding import nearest
from kfed.core.mistake import Mistake
from kfed.core.overridepath import Match, Tokens, parse_override_path
from kfed.core.selector import Selector, parse_selector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.pointer import Path
    from kfed.core.resource import TypeConfig

OPERATIONS = ("add", "remove", "replace")

# The identity of an object is the federated object's. KubeFed refuses these paths to the letter, and leaves /apiVersion
# free for clusters that serve another version; here whatever contains one of them, or lies in one, is refused too.
FORBIDDEN_PATHS = (("kind",), ("metadata", "name"), ("metadata", "namespace"), ("metadata", "generateName"))


@dataclass(frozen=True, slots=True)
class Patch:
    """One operation on the object of a cluster.

    Attributes:
        op: ``add``, ``remove`` or ``replace``.
        path: as the user wrote it.
        tokens: the path, parsed.
        value: for ``add`` and ``replace``; ``None`` when none was given.
        has_value: a value was given.
        at: where in the federated object the patch stands.
        mistake: why the patch cannot be used; it refuses every cluster it applies to.
    """

    op: str
    path: str
    tokens: Tokens
    value: Any
    has_value: bool
    at: Path
    mistake: Mistake | None = None


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
        clusters: names, each at its own index, an empty one for an entry that gives none; ``None`` when the field is
            absent, which is not the same as no names.
        selector: used only when *clusters* is ``None``; ``None`` selects nothing.
    """

    clusters: tuple[str, ...] | None = None
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


def parse_federated(manifest: Mapping[str, Any], config: TypeConfig) -> Federated:
    """A FederatedX manifest as a value.

    What has not the shape that the schema of the type asks for is passed over, so that one mistake does not hide the
    rest: whoever calls this checks the manifest against that schema as well.

    Args:
        manifest: the whole object; it is shared with the result, not copied.
        config: the type it is of.
    """
    metadata, spec = _map(manifest.get("metadata")), _map(manifest.get("spec"))
    placement, mistakes = parse_placement(spec.get("placement"))
    selector_overrides, more = _parse_selector_overrides(spec.get("selectorOverrides"))
    return Federated(
        config,
        _text(metadata.get("namespace")),
        _text(metadata.get("name")),
        _map(spec.get("template")),
        placement,
        selector_overrides,
        tuple(
            ClusterOverrides(_text(entry.get("clusterName")), *_patches(entry, ("spec", "overrides", index)))
            for index, entry in _maps(spec.get("overrides"))
        ),
        (*mistakes, *more),
    )


def parse_placement(manifest: Any) -> tuple[Placement, list[Mistake]]:
    """``spec.placement`` as a value, and what is wrong with its selector."""
    at = ("spec", "placement")
    placement = _map(manifest)
    selector, mistakes = _parse_optional_selector(placement, at)
    return Placement(_parse_names(placement.get("clusters")), selector), mistakes


def _parse_names(entries: Any) -> tuple[str, ...] | None:
    """The names, an empty one for what has none, so that each keeps its index."""
    if entries is None:
        return None
    return tuple(_text(_map(entry).get("name")) for entry in entries) if isinstance(entries, list) else ()


def _parse_selector_overrides(entries: Any) -> tuple[tuple[SelectorOverrides, ...], list[Mistake]]:
    parsed, mistakes = [], []
    for index, entry in _maps(entries):
        at: Path = ("spec", "selectorOverrides", index)
        selector, found = _parse_optional_selector(entry, at)
        mistakes += found
        parsed.append(SelectorOverrides(_text(entry.get("name")), selector, *_patches(entry, at)))
    return tuple(parsed), mistakes


def _parse_optional_selector(entry: Mapping[str, Any], at: Path) -> tuple[Selector | None, list[Mistake]]:
    manifest = entry.get("clusterSelector")
    return (None, []) if not isinstance(manifest, dict) else parse_selector(manifest, (*at, "clusterSelector"))


def _patches(entry: Mapping[str, Any], at: Path) -> tuple[tuple[Patch, ...], Path]:
    items = _maps(entry.get("clusterOverrides"))
    return tuple(_parse_patch(item, (*at, "clusterOverrides", index)) for index, item in items), at


def _parse_patch(item: Mapping[str, Any], at: Path) -> Patch:
    op, path = _text(item.get("op")) or "replace", _text(item.get("path"))
    tokens: Tokens = ()
    try:
        tokens = parse_override_path(path)
        mistake = _unknown_operation(op, at) or _forbidden(path, tokens, at) or _removed_version(op, tokens, at)
    except ValueError as error:
        message = f"The path {path} cannot be read: {error}."
        mistake = Mistake("bad-path", message, (*at, "path"), expected="a JSON pointer")
    return Patch(op, path, tokens, item.get("value"), "value" in item, at, mistake)


def _unknown_operation(op: str, at: Path) -> Mistake | None:
    if op in OPERATIONS:
        return None
    message = f"The operation {op!r} is unknown; use add, remove or replace."
    hint = nearest(op, OPERATIONS)
    return Mistake("not-in-enum", message, (*at, "op"), expected="add, remove or replace", nearest=hint)


def _forbidden(path: str, tokens: Tokens, at: Path) -> Mistake | None:
    for forbidden in FORBIDDEN_PATHS:
        shared = min(len(forbidden), len(tokens))
        if tokens[:shared] == forbidden[:shared] and not any(isinstance(token, Match) for token in tokens[:shared]):
            what = "The whole object" if not tokens else f"The path {path}"
            return Mistake(
                "forbidden-path",
                f"{what} holds the object's identity (/{'/'.join(forbidden)}), which is the federated object's own and "
                "cannot be overridden; address the fields below it that should differ.",
                (*at, "path"),
                expected="a path that leaves kind, name and namespace alone",
            )
    return None


def _removed_version(op: str, tokens: Tokens, at: Path) -> Mistake | None:
    if op != "remove" or tokens != ("apiVersion",):
        return None
    message = "An object without apiVersion is of no type; replace /apiVersion to have another version in a cluster."
    return Mistake("forbidden-path", message, (*at, "path"), expected="op: replace")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The maps of a list, each with its index."""
    items = value if isinstance(value, list) else ()
    return ((index, item) for index, item in enumerate(items) if isinstance(item, dict))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
