"""Cluster: a member cluster as far as decisions need it, from its KubeFedCluster (``core.kubefed.io/v1beta1``).

What KubeFed's object has not got is where Karmada's Cluster has it: ``spec.taints``, ``spec.provider``, ``spec.region``
and ``spec.zones``. What a person wrote goes before what was observed, and that before labels.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kfed.core.manifest import Identity, check_name
from kfed.core.mistake import Mistake
from kfed.core.names import LABEL_KEY, LABEL_VALUE
from kfed.core.quantity import Quantity, parse_quantity
from kfed.core.reader import Reader
from kfed.core.resource import CORE_GROUP, Gvk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.names import Form
    from kfed.core.pointer import Path

REGION_LABEL, ZONE_LABEL = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
CAPACITY_ANNOTATION = "kubefed.io/capacity"
_CLUSTER = Gvk(CORE_GROUP, "v1beta1", "KubeFedCluster")
_LABELS: Path = ("metadata", "labels")
_SPEC: Path = ("spec",)
_STATUS: Path = ("status",)


class Readiness(StrEnum):
    """What the last probe of a cluster said."""

    READY = "Ready"
    NOT_READY = "NotReady"
    OFFLINE = "Offline"
    UNKNOWN = "Unknown"


class Effect(StrEnum):
    """What a taint does to what does not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps objects off a cluster that do not tolerate it.

    Attributes:
        key: as that of a label.
        value: as that of a label.
        effect: what it does.
        since: when it was put on, as RFC 3339 has it; empty when nobody wrote it down.
    """

    key: str
    value: str
    effect: Effect
    since: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A member cluster.

    Attributes:
        name: of its KubeFedCluster.
        labels: what selectors match.
        readiness: whether it can be reached; it has no part in placement.
        taints: what keeps objects off it.
        provider: who runs it.
        region: where it is.
        zones: the parts of that region that it spans.
        capacity: how much of each resource it has; a resource that is missing is not known.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    readiness: Readiness = Readiness.UNKNOWN
    taints: tuple[Taint, ...] = ()
    provider: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()
    capacity: Mapping[str, Quantity] = field(default_factory=dict)


def parse_cluster(manifest: Any) -> tuple[Cluster | None, list[Mistake]]:
    """A KubeFedCluster as a Cluster, and what is wrong with it.

    Args:
        manifest: the whole object, or any JSON.

    Returns:
        The cluster without what could not be read, so that naming it is not called another mistake; ``None`` when it
        has no name.
    """
    reader = Reader()
    whole = reader.map(manifest, ())
    metadata = reader.map(whole.get("metadata"), ("metadata",))
    name = reader.text(metadata.get("name"), ("metadata", "name"))
    if not reader.mistakes:
        reader.mistakes += check_name(Identity(_CLUSTER, "", name))
    labels = _read_labels(metadata.get("labels"), reader)
    spec, status = reader.map(whole.get("spec"), _SPEC), reader.map(whole.get("status"), _STATUS)
    cluster = Cluster(
        name,
        labels,
        _read_readiness(status.get("conditions"), reader),
        tuple(_read_taints(spec.get("taints"), reader)),
        reader.text(spec.get("provider"), (*_SPEC, "provider")),
        _read_region(spec, status, reader) or labels.get(REGION_LABEL, ""),
        _read_zones(spec, status, reader) or tuple(filter(None, (labels.get(ZONE_LABEL),))),
        {**_read_capacity(status.get("capacity"), (*_STATUS, "capacity"), reader), **_annotated(metadata, reader)},
    )
    return cluster if name else None, reader.mistakes


def _read_labels(value: Any, reader: Reader) -> dict[str, str]:
    labels = {}
    for key, label in reader.map(value, _LABELS).items():
        labels[key] = reader.element_text(label, (*_LABELS, key))
        _check(key, LABEL_KEY, (*_LABELS, key), reader, on_key=True)
        _check(labels[key], LABEL_VALUE, (*_LABELS, key), reader)
    return labels


def _check(text: str, form: Form, at: Path, reader: Reader, *, on_key: bool = False) -> None:
    if not form.fits(text):
        reader.mistakes.append(Mistake("wrong-format", form.refusal(text), at, on_key=on_key, expected=form.noun))


def _read_readiness(value: Any, reader: Reader) -> Readiness:
    """As KubeFed has it: ready is what has a condition Ready that is true."""
    conditions: dict[str, str] = {}
    for at, condition in reader.maps(value, (*_STATUS, "conditions")):
        kind = reader.text(condition.get("type"), (*at, "type"))
        conditions[kind] = reader.text(condition.get("status"), (*at, "status"))
    match conditions:
        case {"Offline": "True"}:
            return Readiness.OFFLINE
        case {"Ready": "True"}:
            return Readiness.READY
        case {"Ready": "False"}:
            return Readiness.NOT_READY
    return Readiness.UNKNOWN


def _read_taints(value: Any, reader: Reader) -> Iterator[Taint]:
    for at, taint in reader.maps(value, (*_SPEC, "taints")):
        before = len(reader.mistakes)
        key, effect = reader.required(taint, "key", at), reader.required(taint, "effect", at)
        text, since = (reader.text(taint.get(part), (*at, part)) for part in ("value", "timeAdded"))
        if len(reader.mistakes) == before:
            _check(key, LABEL_KEY, (*at, "key"), reader)
            _check(text, LABEL_VALUE, (*at, "value"), reader)
            if effect not in tuple(Effect):
                expected = " or ".join(Effect)
                message = f"The effect {effect!r} is unknown; use {expected}."
                reader.mistakes.append(Mistake("not-in-enum", message, (*at, "effect"), expected=expected))
        if len(reader.mistakes) == before:
            yield Taint(key, text, Effect(effect), since)


def _read_region(spec: Mapping[str, Any], status: Mapping[str, Any], reader: Reader) -> str:
    given, observed = (
        reader.text(part.get("region"), (*at, "region")) for part, at in ((spec, _SPEC), (status, _STATUS))
    )
    return given or observed


def _read_zones(spec: Mapping[str, Any], status: Mapping[str, Any], reader: Reader) -> tuple[str, ...]:
    given, observed = (
        tuple(reader.element_text(zone, at) for at, zone in reader.items(part.get("zones"), (*place, "zones")))
        for part, place in ((spec, _SPEC), (status, _STATUS))
    )
    return given or observed


def _annotated(metadata: Mapping[str, Any], reader: Reader) -> dict[str, Quantity]:
    """The capacity that an annotation gives as a map in JSON, such as ``{"cpu": "64", "memory": "256Gi"}``."""
    at: Path = ("metadata", "annotations", CAPACITY_ANNOTATION)
    text = reader.text(reader.map(metadata.get("annotations"), at[:-1]).get(CAPACITY_ANNOTATION), at)
    try:
        value = json.loads(text) if text else None
    except (ValueError, RecursionError):
        value = text
    return _read_capacity(value, at, reader)


def _read_capacity(value: Any, at: Path, reader: Reader) -> dict[str, Quantity]:
    capacity = {}
    for resource, amount in reader.map(value, at).items():
        quantity = parse_quantity(amount)
        if quantity is not None and quantity.value >= 0:
            capacity[resource] = quantity
        else:
            message = f"The capacity of {resource} is no quantity of anything; write one such as 64 or 256Gi."
            reader.mistakes.append(Mistake("wrong-format", message, (*at, resource), expected="a quantity"))
    return capacity
