"""Who owns whom: an index of ``metadata.ownerReferences``, kept up to date change by change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kfed.sandbox.state.records import Key, Record

_MARK = b'"ownerReferences"'


@dataclass(frozen=True, slots=True)
class Owned:
    """An object that somebody owns.

    Attributes:
        key: which object.
        blocks: its owner is to wait until it is gone, when the owner is deleted in the foreground.
    """

    key: Key
    blocks: bool


class Dependents:
    """The objects that have owners, by the owners' uid."""

    def __init__(self) -> None:
        self._owned: dict[str, dict[Key, Owned]] = {}

    def of(self, uid: str) -> list[Owned]:
        """What the object of this uid owns."""
        return list(self._owned.get(uid, {}).values())

    def note(self, record: Record | None, previous: Record | None) -> list[Key]:
        """Take note of a change.

        Args:
            record: as it is now; ``None`` when it is gone.
            previous: as it was; ``None`` when it is new.

        Returns:
            The objects that have lost, or may have lost, an owner by it.
        """
        before, after = _owners(previous), _owners(record)
        key = (record or previous).key  # type: ignore[union-attr]  # one of them is there
        for uid in before.keys() - after.keys():
            self._forget(uid, key)
        for uid, blocks in after.items():
            self._owned.setdefault(uid, {})[key] = Owned(key, blocks)
        found = [key] if after.keys() - before.keys() else []
        if record is None and previous is not None and self._owned:
            found += [owned.key for owned in self.of(previous.manifest()["metadata"]["uid"])]
        return found

    def _forget(self, uid: str, key: Key) -> None:
        owned = self._owned.get(uid, {})
        owned.pop(key, None)
        if not owned:
            self._owned.pop(uid, None)


def references(record: Record) -> list[dict[str, Any]]:
    """An object's references to its owners."""
    if _MARK not in record.data:
        return []
    found: list[dict[str, Any]] = record.manifest()["metadata"].get("ownerReferences", [])
    return found


def _owners(record: Record | None) -> dict[str, bool]:
    """The uid of each owner, and whether it waits."""
    if record is None:
        return {}
    return {owner["uid"]: bool(owner.get("blockOwnerDeletion")) for owner in references(record)}
