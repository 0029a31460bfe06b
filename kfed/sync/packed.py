"""Federated objects as they are kept: thousands of them, each a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kfed.core.observed import is_older
from kfed.runtime.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kfed.core.key import Key


@dataclass(frozen=True, slots=True)
class Packed:
    """A federated object as it is kept: a text, for there are thousands; what the status says wakes nobody."""

    data: bytes
    status: bytes = field(compare=False)
    version: str = field(compare=False)

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Packed:
        """Pack an object as it came from the host."""
        metadata = dict(manifest["metadata"])
        metadata.pop("managedFields", None)
        version = metadata.pop("resourceVersion", "")
        rest = {key: value for key, value in manifest.items() if key != "status"}
        return cls(orjson.dumps({**rest, "metadata": metadata}), orjson.dumps(manifest.get("status")), version)

    def manifest(self) -> dict[str, Any]:
        """The object, with its status."""
        manifest: dict[str, Any] = orjson.loads(self.data)
        return {**manifest, "status": orjson.loads(self.status)}


class FederatedObjects(Store[Packed]):
    """The federated objects of one type; a status of kfed's own is kept, and wakes nobody.

    The answer to a write may come after the event of a change that was made later: what is older is passed over, or
    that change would be lost.
    """

    def __init__(self) -> None:
        super().__init__(Packed.of)

    def _put(self, key: Key, manifest: dict[str, Any]) -> Collection[Key]:
        known = self.get(key)
        if known is not None and is_older(manifest["metadata"].get("resourceVersion", ""), known.version):
            if self._told is not None:
                self._told.add(key)
            return ()
        touched = super()._put(key, manifest)
        if not touched:
            self._values[key] = Packed.of(manifest)
        return touched
