"""Placement: which clusters get an object.

The rules are KubeFed's: names, when given, switch the selector off; no selector selects nothing and an empty one
everything; a namespaced object goes only where its namespace goes. A name that no cluster has is a mistake here, where
KubeFed passed over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.resource import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.cluster import Cluster
    from kfed.core.federated import Federated, Placement
    from kfed.core.pointer import Path


@dataclass(frozen=True, slots=True)
class NamespaceRule:
    """What federating namespaces says about the objects in one.

    Attributes:
        placement: of the FederatedNamespace; ``None`` when there is none.
        strict: without a FederatedNamespace its objects go nowhere (KubeFed, cluster scope); otherwise they go where
            their own placement says.
    """

    placement: Placement | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """The clusters that get an object, by name, and what is wrong or doubtful about how that was asked for."""

    clusters: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()


def select(placement: Placement, clusters: Mapping[str, Cluster]) -> set[str]:
    """The names of the known clusters that a placement asks for."""
    if placement.clusters is not None:
        return {name for name in placement.clusters if name in clusters}
    if placement.selector is None:
        return set()
    return {name for name, cluster in clusters.items() if placement.selector.matches(cluster.labels)}


def place(federated: Federated, clusters: Mapping[str, Cluster], namespace: NamespaceRule) -> Placed:
    """The clusters that get *federated*.

    Args:
        federated: the object.
        clusters: every cluster there is, by name.
        namespace: what holds for the object's namespace; without meaning for a type that is not namespaced.
    """
    chosen = select(federated.placement, clusters)
    mistakes = [
        unknown_cluster(name, clusters, at)
        for name, at in (federated.placement.clusters or {}).items()
        if name and name not in clusters  # that an entry has no name was told when it was read
    ]
    if federated.config.target.scope is Scope.NAMESPACED:
        allowed, found = _allowed(federated, chosen, clusters, namespace)
        chosen &= allowed
        mistakes += found
    return Placed(tuple(sorted(chosen)), tuple(mistakes))


def unknown_cluster(name: str, clusters: Mapping[str, Cluster], at: Path) -> Mistake:
    """The mistake of naming a cluster that there is not."""
    return Mistake(
        "unknown-cluster",
        f"There is no KubeFedCluster named {name!r}; correct the name, or give the file that holds the cluster.",
        at,
        expected="the name of a KubeFedCluster",
        nearest=nearest(name, clusters),
    )


def _allowed(
    federated: Federated, chosen: set[str], clusters: Mapping[str, Cluster], namespace: NamespaceRule
) -> tuple[set[str], list[Mistake]]:
    """Where the namespace goes; a cluster that was asked for by name and is not among them is worth a word."""
    if namespace.placement is None:
        if not namespace.strict:
            return set(clusters), []
        message = (
            f"The namespace {federated.namespace} is not federated, so the object goes nowhere; "
            f"add a FederatedNamespace {federated.namespace}/{federated.namespace}."
        )
        return set(), [
            Mistake("namespace-not-federated", message, ("metadata", "namespace"), severity=Severity.WARNING)
        ]
    allowed = select(namespace.placement, clusters)
    return allowed, [
        Mistake(
            "namespace-not-placed",
            f"The namespace {federated.namespace} does not go to {name}, so the object does not either; "
            "add the cluster to the placement of the FederatedNamespace, or take it out here.",
            at,
            severity=Severity.WARNING,
            cluster=name,
        )
        for name, at in (federated.placement.clusters or {}).items()
        if name in chosen and name not in allowed
    ]
