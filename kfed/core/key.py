"""What an object is called among those of its type."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Key(NamedTuple):
    """Namespace and name; the namespace of what lives in none is ``""``."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def key_of(manifest: Mapping[str, Any]) -> Key:
    """The key of an object that came from a server.

    Equal texts are one text in memory, as every store of every cluster has the same keys.
    """
    metadata = manifest["metadata"]
    return Key(intern(metadata.get("namespace") or ""), intern(metadata["name"]))
