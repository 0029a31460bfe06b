"""Observed: what of a member's object decisions need, read from its metadata."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kfed.core.ownership import entry_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MANAGER = "kfed"
MANAGED_LABEL = "kubefed.io/managed"
DIGEST = "kfed.io/digest"  # of what was applied
ADOPTED = "kfed.io/adopted"  # the object was there before kfed


@dataclass(frozen=True, slots=True)
class Observed:
    """One object of one member, as small as can be: there are as many as objects times clusters.

    Attributes:
        uid: of the object.
        managed: the value of the managed label; empty when there is none.
        digest: of what was applied last; empty when nothing was.
        adopted: the object was there before kfed.
        deleting: it is on its way out.
        owned: the fields that are as they were applied, packed; empty when there are none.
        version: the resourceVersion that this was read of, to tell what is older.
    """

    uid: str
    managed: str = ""
    digest: str = ""
    adopted: bool = False
    deleting: bool = False
    owned: bytes = b""
    version: str = field(default="", compare=False)

    @property
    def is_ours(self) -> bool:
        """Whether it was made, or taken over, by a kfed: the label may have been taken away since."""
        return self.managed == "true" or bool(self.digest)

    def fields(self) -> Mapping[str, Any] | None:
        """The fields that are as they were applied."""
        fields: Mapping[str, Any] | None = orjson.loads(zlib.decompress(self.owned)) if self.owned else None
        return fields


def observe(manifest: Mapping[str, Any], api_version: str) -> Observed:
    """An object as it came from a server, whole or its metadata alone.

    Args:
        manifest: the object.
        api_version: the version in which it is applied.
    """
    metadata = manifest["metadata"]
    annotations = metadata.get("annotations") or {}
    fields = entry_of(metadata.get("managedFields"), MANAGER, api_version)
    return Observed(
        uid=metadata["uid"],
        managed=(metadata.get("labels") or {}).get(MANAGED_LABEL, ""),
        digest=annotations.get(DIGEST, ""),
        adopted=ADOPTED in annotations,
        deleting="deletionTimestamp" in metadata,
        owned=zlib.compress(orjson.dumps(fields), 1) if fields else b"",
        version=metadata.get("resourceVersion", ""),
    )


def is_older(version: str, than: str) -> bool:
    """Whether a resourceVersion is from before another; never when they cannot be compared.

    Since Kubernetes 1.35 they are promised to be numbers that grow.
    """
    return version.isdigit() and than.isdigit() and int(version) < int(than)
