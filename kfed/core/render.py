"""Render: one federated object and the clusters there are, to one object per cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.overrides import ABSENT, Draft, Origin, value_at
from kfed.core.placement import NamespaceRule, place, unknown_cluster
from kfed.core.resource import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kfed.core.cluster import Cluster
    from kfed.core.federated import ClusterOverrides, Federated, Patch
    from kfed.core.overridepath import Tokens
    from kfed.core.overrides import ListRule

MANAGED_LABEL = ("metadata", "labels", "kubefed.io/managed")
_IDENTITY = "the federated object's own name and type"
_MANAGED = "the label that marks what is managed"

# What the API server or another part of it writes; a template made from a live object may carry it, and sending it
# back would pin one cluster's bookkeeping on all of them.
_SERVER_FIELDS = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The object of one cluster.

    Attributes:
        manifest: as it is to be sent; it shares containers with the template and is not to be changed in place.
        origins: what was done to the template, in order; replaying it on the template gives the manifest.
    """

    manifest: Mapping[str, Any]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why one cluster gets nothing although it was chosen."""

    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a federated object comes to.

    Attributes:
        clusters: each chosen cluster by name, in the order of names.
        mistakes: what is wrong or doubtful beyond the overrides of one cluster. An error among them that keeps an
            object from being made has refused the clusters concerned; naming a cluster that there is not keeps none.
    """

    clusters: Mapping[str, Rendered | Refused]
    mistakes: tuple[Mistake, ...]


def render(
    federated: Federated,
    clusters: Mapping[str, Cluster],
    *,
    namespace: NamespaceRule | None = None,
    lists: Callable[[Tokens], ListRule | None] | None = None,
) -> Rendering:
    """The object of every cluster that is to have one.

    Args:
        federated: the object.
        clusters: every cluster there is, by name.
        namespace: what holds for the object's namespace; by default its own placement alone decides.
        lists: what the type's schema knows of the list at a path, so that ``[containerPort=80,protocol=TCP]`` finds a
            port that leaves its protocol to the default.

    Returns:
        The rendering; it depends on nothing but the arguments, and on no order among clusters.
    """
    placed = place(federated, clusters, namespace or NamespaceRule())
    by_cluster, mistakes = _overrides_by_cluster(federated, clusters, placed.clusters)
    base = Draft(federated.template, lists)
    identity = _take_identity(base, federated)
    everyone = (*federated.mistakes, *placed.mistakes, *mistakes, *identity)
    refusing = _errors((*federated.mistakes, *identity))
    if refusing:
        return Rendering(dict.fromkeys(placed.clusters, Refused(refusing)), everyone)
    base.set(MANAGED_LABEL, "true", _MANAGED)
    results: dict[str, Rendered | Refused] = {}
    for name in placed.clusters:
        own = _errors(mistake for mistake in mistakes if mistake.cluster == name)
        rules = _patches(federated, clusters[name], by_cluster)
        results[name] = Refused(own) if own else _render_cluster(base, rules, name, lists)
    return Rendering(results, everyone)


def _errors(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    return tuple(mistake for mistake in mistakes if mistake.severity is Severity.ERROR)


def replay(template: Mapping[str, Any], origins: Iterable[Origin]) -> dict[str, Any]:
    """The template with *origins* done to it, in order; the template is not changed."""
    draft: dict[str, Any] = _deep(dict(template))
    for origin in origins:
        container: Any = draft
        for key in origin.path[:-1]:
            container = container[key]
        last: Any = origin.path[-1]
        if origin.op == "remove":
            del container[last]
        elif origin.op == "add" and isinstance(container, list):
            container.insert(last, _deep(origin.value))
        else:
            container[last] = _deep(origin.value)
    return draft


def _deep(value: Any) -> Any:
    match value:
        case dict():
            return {key: _deep(item) for key, item in value.items()}
        case list():
            return [_deep(item) for item in value]
        case _:
            return value


def _render_cluster(
    base: Draft,
    rules: list[tuple[str, tuple[Patch, ...]]],
    cluster: str,
    lists: Callable[[Tokens], ListRule | None] | None,
) -> Rendered | Refused:
    if not rules:
        return Rendered(base.manifest, tuple(base.origins))
    draft = Draft(base.manifest, lists)
    mistakes = [mistake for rule, patches in rules for mistake in draft.apply(patches, rule, cluster)]
    if mistakes:
        return Refused(tuple(mistakes))
    draft.set(MANAGED_LABEL, "true", _MANAGED)
    return Rendered(draft.manifest, (*base.origins, *draft.origins))


def _patches(
    federated: Federated, cluster: Cluster, by_cluster: Mapping[str, ClusterOverrides]
) -> list[tuple[str, tuple[Patch, ...]]]:
    """The patches for one cluster, each list with the words that say where it comes from; last wins."""
    rules = [
        (f"selectorOverrides {entry.name}", entry.patches)
        for entry in federated.selector_overrides
        if entry.selector is not None and entry.selector.matches(cluster.labels)
    ]
    own = by_cluster.get(cluster.name)
    return rules if own is None else [*rules, (f"overrides of {cluster.name}", own.patches)]


def _overrides_by_cluster(
    federated: Federated, clusters: Mapping[str, Cluster], placed: tuple[str, ...]
) -> tuple[dict[str, ClusterOverrides], list[Mistake]]:
    """Each cluster's own overrides, and the ones that no cluster will ever see."""
    found: dict[str, ClusterOverrides] = {}
    mistakes = []
    chosen = set(placed)
    for entry in federated.overrides:
        at = (*entry.at, "clusterName")
        if not entry.cluster:
            continue  # the schema check tells the user
        if entry.cluster not in clusters:
            mistakes.append(unknown_cluster(entry.cluster, clusters, at))
        elif entry.cluster in found:
            message = f"The cluster {entry.cluster} has overrides already, further up; put them into one entry."
            mistakes.append(
                Mistake("duplicate-cluster", message, at, cluster=entry.cluster, expected="each cluster once")
            )
        else:
            found[entry.cluster] = entry
            if entry.cluster not in chosen:
                message = f"The object does not go to {entry.cluster}, so these overrides have no effect."
                mistakes.append(
                    Mistake("unused-override", message, at, severity=Severity.WARNING, cluster=entry.cluster)
                )
    return found, mistakes


def _take_identity(draft: Draft, federated: Federated) -> list[Mistake]:
    """Make the template the object of that name, as KubeFed does: name, namespace and kind are forced."""
    target, template = federated.config.target, federated.template
    if not isinstance(template.get("metadata"), dict | None):
        message = "The template's metadata is no map; write labels and annotations below it."
        return [Mistake("wrong-type", message, ("spec", "template", "metadata"), expected="a map")]
    mistakes = _drop_server_fields(draft)
    wanted = {("kind",): target.gvk.kind, ("metadata", "name"): federated.name}
    if target.scope is Scope.NAMESPACED:
        wanted["metadata", "namespace"] = federated.namespace
    # KubeFed's own templates spell the core group's version /v1.
    version = str(template.get("apiVersion") or target.gvk.api_version).removeprefix("/")
    draft.set(("apiVersion",), version, _IDENTITY)
    for path, value in wanted.items():
        before = value_at(template, path)
        draft.set(path, value, _IDENTITY)
        if before not in (ABSENT, None, "", value):
            message = (
                f"The template says /{'/'.join(path)} is {before!r}; it is always the federated object's, {value!r}."
            )
            at = ("spec", "template", *path)
            mistakes.append(Mistake("template-identity", message, at, severity=Severity.WARNING))
    return mistakes


def _drop_server_fields(draft: Draft) -> list[Mistake]:
    doomed: list[tuple[str, ...]] = [
        ("metadata", field) for field in _SERVER_FIELDS if value_at(draft.manifest, ("metadata", field)) is not ABSENT
    ]
    if "status" in draft.manifest:
        doomed.append(("status",))
    mistakes = []
    for path in doomed:
        if value_at(draft.manifest, path) is not None:
            message = f"The template's /{'/'.join(path)} is the API server's to write; it is left out."
            at = ("spec", "template", *path)
            mistakes.append(Mistake("server-field", message, at, on_key=True, severity=Severity.WARNING))
        draft.remove(path, "what the API server writes is left out")
    return mistakes
