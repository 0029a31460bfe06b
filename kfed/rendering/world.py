"""World: what there is besides the federated object and its type, and decides where it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kfed.core.placement import NamespaceRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.cluster import Cluster
    from kfed.core.federated import Placement


@dataclass(frozen=True, slots=True)
class World:
    """The clusters and the namespaces of a fleet.

    Attributes:
        clusters: every cluster there is, by name.
        namespaces: the placement of each FederatedNamespace, by the namespace's name.
        strict: without a FederatedNamespace, the objects of a namespace go nowhere, as in KubeFed.
    """

    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    namespaces: Mapping[str, Placement] = field(default_factory=dict)
    strict: bool = False

    def namespace_rule(self, namespace: str) -> NamespaceRule:
        """What holds for the objects in *namespace*."""
        return NamespaceRule(self.namespaces.get(namespace), self.strict)
