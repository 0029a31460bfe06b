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
from kfed.core.reason import Reason, Why, reason_of
from kfed.core.resource import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    """Where an object goes.

    Attributes:
        reasons: why each cluster gets it, or why not, by name and in the order of names.
        mistakes: what is wrong or doubtful about how that was asked for.
    """

    reasons: Mapping[str, Reason]
    mistakes: tuple[Mistake, ...] = ()

    @property
    def clusters(self) -> tuple[str, ...]:
        """The names of the clusters that get the object."""
        return tuple(name for name, reason in self.reasons.items() if reason.chosen)


def select(placement: Placement, clusters: Mapping[str, Cluster]) -> set[str]:
    """The names of the known clusters that a placement asks for."""
    return {name for name, cluster in clusters.items() if reason_of(placement, cluster).chosen}


def place(federated: Federated, clusters: Mapping[str, Cluster], namespace: NamespaceRule) -> Placed:
    """Where *federated* goes.

    Args:
        federated: the object.
        clusters: every cluster there is, by name.
        namespace: what holds for the object's namespace; without meaning for a type that is not namespaced.
    """
    follows = federated.config.target.scope is Scope.NAMESPACED and (
        namespace.placement is not None or namespace.strict
    )
    reasons = {}
    for name in sorted(clusters):
        reason = reason_of(federated.placement, clusters[name])
        if follows and reason.chosen:
            reason = _within(namespace, clusters[name]) or reason
        reasons[name] = reason
    mistakes = [*_unknown_clusters(federated, clusters), *_shut_out(federated, reasons)]
    if follows and namespace.placement is None:
        mistakes.append(_not_federated(federated))
    return Placed(reasons, tuple(mistakes))


def unknown_cluster(name: str, clusters: Mapping[str, Cluster], at: Path) -> Mistake:
    """The mistake of naming a cluster that there is not."""
    return Mistake(
        "unknown-cluster",
        f"There is no KubeFedCluster named {name!r}; correct the name, or give the file that holds the cluster.",
        at,
        expected="the name of a KubeFedCluster",
        nearest=nearest(name, clusters),
    )


def _within(namespace: NamespaceRule, cluster: Cluster) -> Reason | None:
    """Why the namespace of an object keeps it from a cluster; ``None`` when it does not."""
    if namespace.placement is None:
        return Reason(Why.NAMESPACE_NOT_FEDERATED)
    reason = reason_of(namespace.placement, cluster)
    return None if reason.chosen else Reason(Why.NAMESPACE_NOT_PLACED, reason)


def _unknown_clusters(federated: Federated, clusters: Mapping[str, Cluster]) -> Iterator[Mistake]:
    for name, at in (federated.placement.clusters or {}).items():
        if name and name not in clusters:  # that an entry has no name was told when it was read
            yield unknown_cluster(name, clusters, at)


def _shut_out(federated: Federated, reasons: Mapping[str, Reason]) -> Iterator[Mistake]:
    """A cluster that was asked for by name, and that the namespace does not go to, is worth a word."""
    for name, at in (federated.placement.clusters or {}).items():
        if name in reasons and reasons[name].why is Why.NAMESPACE_NOT_PLACED:
            message = (
                f"The namespace {federated.namespace} does not go to {name}, so the object does not either; "
                "add the cluster to the placement of the FederatedNamespace, or take it out here."
            )
            yield Mistake("namespace-not-placed", message, at, severity=Severity.WARNING, cluster=name)


def _not_federated(federated: Federated) -> Mistake:
    message = (
        f"The namespace {federated.namespace} is not federated, so the object goes nowhere; "
        f"add a FederatedNamespace {federated.namespace}/{federated.namespace}."
    )
    return Mistake("namespace-not-federated", message, ("metadata", "namespace"), severity=Severity.WARNING)
