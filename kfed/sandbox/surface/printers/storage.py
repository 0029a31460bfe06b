"""Volumes, claims, and the classes and drivers behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.surface.printers.core import plain
from kfed.sandbox.surface.printers.printer import NONE, UNSET, at, created, name, printer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def default_class(items: Iterable[dict[str, Any]]) -> str:
    """The name of the StorageClass that counts as the default one among *items*: the newest of those marked so."""
    marked = [item for item in items if _is_default(item)]
    # Sorting is stable: of two as old as one another, the first by name.
    marked.sort(key=name)
    marked.sort(key=lambda item: str(at(item, "metadata", "creationTimestamp", default="")), reverse=True)
    return name(marked[0]) if marked else ""


def _is_default(item: dict[str, Any]) -> bool:
    annotations = at(item, "metadata", "annotations", default={})
    return any(annotations.get(key) == "true" for key in _DEFAULT)


def _volume(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec, status = at(obj, "spec", default={}), at(obj, "status", default={})
    claim = spec.get("claimRef")
    owner = f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""
    return [
        *(name(obj), at(spec, "capacity", "storage", default="0"), _modes(spec.get("accessModes"))),
        *(spec.get("persistentVolumeReclaimPolicy", ""), _phase(obj), owner, _class(obj)),
        *(spec.get("volumeAttributesClassName", UNSET), status.get("reason", ""), created(obj, now)),
        spec.get("volumeMode", UNSET),
    ]


def _claim(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec, status = at(obj, "spec", default={}), at(obj, "status", default={})
    volume = spec.get("volumeName", "")
    capacity = at(status, "capacity", "storage", default="0") if volume else ""
    modes = _modes(status.get("accessModes")) if volume else ""
    return [
        *(name(obj), _phase(obj), volume, capacity, modes, _class(obj)),
        *(spec.get("volumeAttributesClassName", UNSET), created(obj, now), spec.get("volumeMode", UNSET)),
    ]


def _phase(obj: dict[str, Any]) -> str:
    if at(obj, "metadata", "deletionTimestamp") is not None:
        return "Terminating"
    return str(at(obj, "status", "phase", default=""))


def _modes(given: Any) -> str:
    return ",".join(short for mode, short in _MODES.items() if mode in (given or ()))


def _class(obj: dict[str, Any]) -> str:
    annotations = at(obj, "metadata", "annotations", default={})
    return str(annotations.get(_OLD_CLASS, at(obj, "spec", "storageClassName", default="")))


def _storage_class(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [
        *(name(obj), obj.get("provisioner", ""), obj.get("reclaimPolicy", "Delete")),
        *(obj.get("volumeBindingMode", "Immediate"), obj.get("allowVolumeExpansion", False), created(obj, now)),
    ]


def _csi_driver(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec = at(obj, "spec", default={})
    requests = spec.get("tokenRequests")
    audiences = UNSET if requests is None else ",".join(entry.get("audience", "") for entry in requests)
    return [
        *(name(obj), spec.get("attachRequired", True), spec.get("podInfoOnMount", False)),
        *(spec.get("storageCapacity", False), audiences, spec.get("requiresRepublish", False)),
        *(",".join(spec.get("volumeLifecycleModes") or ()) or NONE, created(obj, now)),
    ]


def _csi_node(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    return [name(obj), len(at(obj, "spec", "drivers", default=[])), created(obj, now)]


def _attachment(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec = at(obj, "spec", default={})
    volume = at(spec, "source", "persistentVolumeName", default="")
    is_attached = at(obj, "status", "attached", default=False)
    return [name(obj), spec.get("attacher", ""), volume, spec.get("nodeName", ""), is_attached, created(obj, now)]


_GROUP = "storage.k8s.io"
PRINTERS = {
    ("", "PersistentVolume"): printer(
        "Name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, "
        "Age, VolumeMode+",
        _volume,
    ),
    ("", "PersistentVolumeClaim"): printer(
        "Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode+", _claim
    ),
    (_GROUP, "StorageClass"): printer(
        "Name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age", _storage_class
    ),
    (_GROUP, "CSIDriver"): printer(
        "Name, AttachRequired?, PodInfoOnMount?, StorageCapacity?, TokenRequests, RequiresRepublish?, Modes, Age",
        _csi_driver,
    ),
    (_GROUP, "CSINode"): printer("Name, Drivers#, Age", _csi_node),
    (_GROUP, "VolumeAttachment"): printer("Name, Attacher, PV, Node, Attached?, Age", _attachment),
    (_GROUP, "VolumeAttributesClass"): printer("Name, DriverName, Age", plain("driverName")),
}
