"""Render: one federated object and the clusters there are, to one object per cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.federated import TEMPLATE
from kfed.core.finding import Severity
from kfed.core.identity import seal, take_identity
from kfed.core.mistake import Mistake
from kfed.core.overrides import ABSENT, Draft, Origin, value_at
from kfed.core.placement import NamespaceRule, place, unknown_cluster
from kfed.core.retain import REPLICAS, RETAINED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kfed.core.cluster import Cluster
    from kfed.core.federated import ClusterOverrides, Federated
    from kfed.core.overridepath import Tokens
    from kfed.core.patch import Patch
    from kfed.core.reason import Reason
    from kfed.core.step import ListRule


@dataclass(frozen=True, slots=True)
class Rendered:
    """The object of one cluster.

    Attributes:
        manifest: as it is to be sent; it shares containers with the template and is not to be changed in place.
        origins: what was done to the template, in order; replaying it on the template gives the manifest.
        mistakes: what is doubtful in the overrides that made it.
    """

    manifest: Mapping[str, Any]
    origins: tuple[Origin, ...]
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why one cluster gets nothing although it was chosen: at least one error, and what else was said of it."""

    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a federated object comes to.

    Attributes:
        clusters: each chosen cluster by name, in the order of names.
        mistakes: what is wrong or doubtful beyond the overrides of one cluster. An error among them that keeps an
            object from being made has refused the clusters concerned; naming a cluster that there is not keeps none.
        reasons: why each cluster there is was chosen, or not, by name and in the order of names.
    """

    clusters: Mapping[str, Rendered | Refused]
    mistakes: tuple[Mistake, ...]
    reasons: Mapping[str, Reason]


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
    by_cluster, overriding = _overrides_by_cluster(federated, clusters, placed.clusters)
    base = Draft(federated.template, lists)
    identity = take_identity(base, federated)
    refusing = _errors((*federated.mistakes, *identity))
    everyone = (*federated.mistakes, *placed.mistakes, *overriding, *identity)
    if any(mistake.at[: len(TEMPLATE)] == TEMPLATE for mistake in refusing):
        return Rendering(dict.fromkeys(placed.clusters, Refused(refusing)), everyone, placed.reasons)
    plain = _render_cluster(base, federated, (), "", lists)
    results: dict[str, Rendered | Refused] = {}
    for name in placed.clusters:
        rules = _patches(federated, clusters[name], by_cluster)
        result = _render_cluster(base, federated, rules, name, lists) if rules else plain
        own = _errors(mistake for mistake in overriding if mistake.cluster == name)
        results[name] = _refuse(result, (*refusing, *own))
    return Rendering(results, everyone, placed.reasons)


def _errors(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    return tuple(mistake for mistake in mistakes if mistake.severity is Severity.ERROR)


def _refuse(result: Rendered | Refused, mistakes: tuple[Mistake, ...]) -> Rendered | Refused:
    """The result, unless there are *mistakes*: then a refusal, which tells of its own as well."""
    return Refused((*mistakes, *result.mistakes)) if mistakes else result


def _render_cluster(
    base: Draft,
    federated: Federated,
    rules: Iterable[tuple[str, tuple[Patch, ...]]],
    cluster: str,
    lists: Callable[[Tokens], ListRule | None] | None,
) -> Rendered | Refused:
    draft = Draft(base.manifest, lists)
    mistakes = [mistake for rule, patches in rules for mistake in draft.apply(patches, rule, cluster)]
    if not _errors(mistakes):
        mistakes += seal(draft)
    if federated.retain_replicas:
        mistakes += _leave_replicas(draft, cluster)
    if _errors(mistakes):
        return Refused(tuple(mistakes))
    return Rendered(draft.manifest, (*base.origins, *draft.origins), tuple(mistakes))


def _leave_replicas(draft: Draft, cluster: str) -> list[Mistake]:
    """Leave the replicas to the member cluster; an override of them then says only with how many the object is made."""
    if value_at(draft.manifest, REPLICAS) is ABSENT:
        return []
    overriding = [origin.at for origin in draft.origins if origin.path == REPLICAS and origin.at is not None]
    draft.remove(REPLICAS, RETAINED)
    message = (
        "retainReplicas leaves spec.replicas to the cluster, so this override does nothing to an object that is there; "
        "remove one of the two."
    )
    return [
        Mistake("unused-override", message, (*at, "path"), severity=Severity.WARNING, cluster=cluster)
        for at in overriding
    ]


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
            continue  # told when it was read, which refuses every cluster
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
