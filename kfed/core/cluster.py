"""Cluster: a member cluster as far as decisions need it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cluster:
    """A member cluster: its name and the labels that selectors match."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


def parse_cluster(manifest: Mapping[str, Any]) -> Cluster:
    """A KubeFedCluster (``core.kubefed.io/v1beta1``) as a Cluster; selectors match the labels on that object."""
    metadata = manifest["metadata"]
    return Cluster(metadata["name"], dict(metadata.get("labels") or {}))
