"""Reason: why a cluster is among those that get an object, or is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kfed.core.selector import NOTHING

if TYPE_CHECKING:
    from kfed.core.cluster import Cluster
    from kfed.core.federated import Placement
    from kfed.core.selector import Requirement, Selector


class Why(StrEnum):
    """What decided; one word, as the reason of a condition is."""

    NAMED = "Named"
    SELECTED = "Selected"
    NOT_NAMED = "NotNamed"
    NOT_SELECTED = "NotSelected"
    NO_PLACEMENT = "NoPlacement"
    UNREADABLE = "Unreadable"
    NAMESPACE_NOT_FEDERATED = "NamespaceNotFederated"
    NAMESPACE_NOT_PLACED = "NamespaceNotPlaced"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cluster gets an object, or not; as text it is a sentence about that cluster.

    Attributes:
        why: what decided.
        by: the selector that chose the cluster, the requirement that its labels do not meet, or the reason why its
            namespace does not go there.
    """

    why: Why
    by: Selector | Requirement | Reason | None = None

    @property
    def chosen(self) -> bool:
        """Whether the cluster gets the object."""
        return self.why in (Why.NAMED, Why.SELECTED)

    def __str__(self) -> str:
        return _SENTENCES[self.why].format(by=str(self.by) or "every cluster")


_SENTENCES = {
    Why.NAMED: "The placement names it.",
    Why.SELECTED: "The placement selects {by}.",
    Why.NOT_NAMED: "The placement names other clusters.",
    Why.NOT_SELECTED: "Its labels do not meet {by}, as the placement asks.",
    Why.NO_PLACEMENT: "The placement chooses no cluster.",
    Why.UNREADABLE: "The placement's selector cannot be read.",
    Why.NAMESPACE_NOT_FEDERATED: "The namespace is not federated.",
    Why.NAMESPACE_NOT_PLACED: "The namespace does not go there. {by}",
}
_NAMED, _NOT_NAMED = Reason(Why.NAMED), Reason(Why.NOT_NAMED)
_NO_PLACEMENT, _UNREADABLE = Reason(Why.NO_PLACEMENT), Reason(Why.UNREADABLE)


def reason_of(placement: Placement, cluster: Cluster) -> Reason:
    """Why a placement by itself chooses a cluster, or does not; whether the cluster is ready has no part in it."""
    if placement.clusters is not None:
        return _NAMED if cluster.name in placement.clusters else _NOT_NAMED
    if placement.selector is None:
        return _NO_PLACEMENT
    if placement.selector is NOTHING:
        return _UNREADABLE
    for requirement in placement.selector.requirements:
        if not requirement.matches(cluster.labels):
            return Reason(Why.NOT_SELECTED, requirement)
    return Reason(Why.SELECTED, placement.selector)
