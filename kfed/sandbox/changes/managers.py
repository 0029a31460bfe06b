"""Owners of fields: ``metadata.managedFields`` in and out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from kfed.sandbox.changes.fields import parse_fields, to_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.sandbox.changes.fields import FieldSet

APPLY, UPDATE = "Apply", "Update"
# "The number of managers that are kept is limited"; above it, the oldest updates become one (k8s.io/apimachinery,
# pkg/util/managedfields).
_MOST_UPDATERS = 10
_ANCIENT = "ancient-changes"


class Manager(NamedTuple):
    """Who owns fields: entries of ``managedFields`` with the same one are one.

    Attributes:
        name: as ``fieldManager`` names it.
        operation: `APPLY` or `UPDATE`.
        version: the ``apiVersion`` that the fields are named in; empty for one that applies, who is the same whatever
            version it applies in.
        subresource: such as ``status``.
    """

    name: str
    operation: str
    version: str
    subresource: str

    @property
    def label(self) -> str:
        """Whom a conflict is with, in kube-apiserver's words."""
        name = json.dumps(self.name, ensure_ascii=False)
        name += f' with subresource "{self.subresource}"' if self.subresource else ""
        return f"{name} using {self.version}" if self.operation == UPDATE else name

    @property
    def order(self) -> str:
        """By what kube-apiserver sorts the managers in a message: their JSON, without what is empty."""
        fields = {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.version,
            "subresource": self.subresource,
        }
        return json.dumps({key: value for key, value in fields.items() if value}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Owned:
    """What a manager owns.

    Attributes:
        fields: the fields.
        version: the ``apiVersion`` that they are named in.
        time: when the manager last changed the object, as it stands there; empty when it never did.
    """

    fields: FieldSet
    version: str
    time: str = ""


Owners = dict[Manager, Owned]


def read_owners(entries: Any) -> Owners:
    """``metadata.managedFields`` to who owns what.

    Raises:
        ValueError: the entries are none that a server would have written.
    """
    owners: Owners = {}
    for entry in entries or ():
        if entry.get("operation") not in {APPLY, UPDATE}:
            raise ValueError("operation must be `Apply` or `Update`")
        if not entry.get("apiVersion"):
            raise ValueError("apiVersion must not be empty")
        if entry.get("fieldsType") != "FieldsV1":
            raise ValueError(f"invalid fieldsType {entry.get('fieldsType')!r}")
        version = entry["apiVersion"]
        manager = manager_of(entry.get("manager", ""), entry["operation"], version, entry.get("subresource", ""))
        owners[manager] = Owned(parse_fields(entry.get("fieldsV1") or {}), version, entry.get("time") or "")
    return owners


def manager_of(name: str, operation: str, version: str, subresource: str) -> Manager:
    """The manager of a request; one without a name is ``unknown``."""
    return Manager(name or "unknown", operation, "" if operation == APPLY else version, subresource)


def write_owners(owners: Mapping[Manager, Owned]) -> list[dict[str, Any]]:
    """Who owns what to ``metadata.managedFields``: those who apply first, each sort by time and name."""
    return [_entry(manager, owned) for manager, owned in sorted(owners.items(), key=_order)]


def capped(owners: Owners) -> Owners:
    """The same owners, the oldest of too many that update made one."""
    updaters = [pair for pair in owners.items() if pair[0].operation == UPDATE]
    excess = len(updaters) - _MOST_UPDATERS
    if excess <= 0:
        return owners
    result = dict(owners)
    first: dict[str, Manager] = {}
    for manager, owned in sorted(updaters, key=lambda pair: (pair[1].time, pair[0].order)):
        if excess <= 0:
            break
        bucket = Manager(_ANCIENT, UPDATE, owned.version, "")
        if owned.version not in first:
            first[owned.version] = manager
            continue
        if bucket not in result:
            result[bucket] = result.pop(first[owned.version])
        del result[manager]
        result[bucket] = replace(result[bucket], fields=result[bucket].fields | owned.fields, time=owned.time)
        excess -= 1
    return result


def without_fields(owners: Owners, fields: Iterable[Any], spared: Manager) -> Owners:
    """All but *spared* lose these fields; who has none left is gone."""
    gone = frozenset(fields)
    result: Owners = {}
    for manager, owned in owners.items():
        left = (
            owned if manager == spared or gone.isdisjoint(owned.fields) else replace(owned, fields=owned.fields - gone)
        )
        if left.fields:
            result[manager] = left
    return result


def _order(pair: tuple[Manager, Owned]) -> tuple[str, ...]:
    manager, owned = pair
    return manager.operation, owned.time, manager.name, owned.version, manager.subresource


def _entry(manager: Manager, owned: Owned) -> dict[str, Any]:
    entry = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": owned.version,
        "time": owned.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": to_fields(owned.fields),
        "subresource": manager.subresource,
    }
    return {key: value for key, value in entry.items() if value or key == "fieldsV1"}
