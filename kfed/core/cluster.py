"""Cluster: a member cluster as far as decisions need it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.core.manifest import Identity, check_name
from kfed.core.reader import Reader
from kfed.core.resource import CORE_GROUP, Gvk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.mistake import Mistake
    from kfed.core.pointer import Path

_CLUSTER = Gvk(CORE_GROUP, "v1beta1", "KubeFedCluster")
_LABELS: Path = ("metadata", "labels")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A member cluster: its name and the labels that selectors match."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


def parse_cluster(manifest: Any) -> tuple[Cluster | None, list[Mistake]]:
    """A KubeFedCluster (``core.kubefed.io/v1beta1``) as a Cluster, and what is wrong with it.

    Args:
        manifest: the whole object, or any JSON.

    Returns:
        The cluster without what could not be read, so that naming it is not called another mistake; ``None`` when it
        has no name.
    """
    reader = Reader()
    metadata = reader.map(reader.map(manifest, ()).get("metadata"), ("metadata",))
    name = reader.text(metadata.get("name"), ("metadata", "name"))
    if not reader.mistakes:
        reader.mistakes += check_name(Identity(_CLUSTER, "", name))
    labels = reader.map(metadata.get("labels"), _LABELS).items()
    texts = {key: reader.element_text(value, (*_LABELS, key)) for key, value in labels}
    return Cluster(name, texts) if name else None, reader.mistakes
