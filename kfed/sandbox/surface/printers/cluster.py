"""Types about a server itself: CustomResourceDefinitions, certificates, claims of devices."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kfed.sandbox.surface.printers.printer import NONE, at, condition, created, name, printer
from kfed.sandbox.values.ages import human_duration

_MIGRATIONS = ("Running", "Failed", "Succeeded")


def creation(obj: dict[str, Any]) -> str:
    """When the object was made, as a timestamp."""
    return str(at(obj, "metadata", "creationTimestamp", default="0001-01-01T00:00:00Z"))


def _definition(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    del now
    spec = at(obj, "spec", default={})
    versions = sorted(_version(entry) for entry in spec.get("versions") or () if entry.get("served"))
    return [
        *(name(obj), spec.get("scope", ""), ",".join(versions), creation(obj), spec.get("group", "")),
        *(at(spec, "names", "kind", default=""), ",".join(at(spec, "names", "shortNames", default=[]))),
        condition(obj, "Established") == "True",
    ]


def _version(entry: dict[str, Any]) -> str:
    return f"{entry.get('name')}(storage)" if entry.get("storage") else str(entry.get("name"))


def _signing_request(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    spec = at(obj, "spec", default={})
    seconds = spec.get("expirationSeconds")
    wanted = NONE if seconds is None else human_duration(dt.timedelta(seconds=seconds))
    signer, user = spec.get("signerName") or NONE, spec.get("username", "")
    return [name(obj), created(obj, now), signer, user, wanted, _signing_status(obj)]


def _signing_status(obj: dict[str, Any]) -> str:
    kinds = {entry.get("type") for entry in at(obj, "status", "conditions", default=[])}
    state = "Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"
    failed = ",Failed" if "Failed" in kinds else ""
    return f"{state}{failed}{',Issued' if at(obj, 'status', 'certificate') else ''}"


def _trust_bundle(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    del now
    return [name(obj), at(obj, "spec", "signerName") or NONE]


def _resource_claim(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    is_deleted = at(obj, "metadata", "deletionTimestamp") is not None
    states = ["deleted"] if is_deleted else []
    if at(obj, "status", "allocation") is not None:
        states += ["allocated", *(["reserved"] if at(obj, "status", "reservedFor") else [])]
    elif not is_deleted:
        states.append("pending")
    return [name(obj), ",".join(states), created(obj, now)]


def _migration(obj: dict[str, Any], now: dt.datetime) -> list[Any]:
    del now
    given = at(obj, "spec", "resource", default={})
    resource = ".".join(filter(None, (given.get("resource", ""), given.get("group", ""))))
    reached = [kind for kind in _MIGRATIONS if condition(obj, kind) == "True"]
    return [name(obj), resource, reached[-1] if reached else "Unknown"]


PRINTERS = {
    ("apiextensions.k8s.io", "CustomResourceDefinition"): printer(
        "Name, Scope, Versions, Created At@, Group+, Kind+, ShortNames+, Established?+", _definition
    ),
    ("certificates.k8s.io", "CertificateSigningRequest"): printer(
        "Name, Age, SignerName, Requestor, RequestedDuration, Condition", _signing_request
    ),
    ("certificates.k8s.io", "ClusterTrustBundle"): printer("Name, SignerName", _trust_bundle),
    ("resource.k8s.io", "ResourceClaim"): printer("Name, State, Age", _resource_claim),
    ("storagemigration.k8s.io", "StorageVersionMigration"): printer("Name, Resource, Status", _migration),
}
