"""Life cycle: what is to become of a federated object, and of the object of one member.

Guarantees: an object that kfed did not make, and that no one gave to it, is never deleted; one that says
``kubefed.io/managed: "false"`` is never touched; deletion is not another way to go, but nothing being wanted any more.

Assumes: that what is given as observed was read; a read that failed is no observation, and must not come here as none.

Does not: look at what the objects say otherwise; whether one must be applied again is for who compares them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.reader import Reader, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.pointer import Path

MANAGED = "kubefed.io/managed"
ORPHAN = "kubefed.io/orphan"
DELETE_OPTION = "kubefed.io/deleteoption"
FINALIZER = "kubefed.io/sync-controller"
_METADATA: Path = ("metadata",)
_OPTION: Path = (*_METADATA, "annotations", DELETE_OPTION)
_POLICIES = ("Orphan", "Background", "Foreground")


class Phase(StrEnum):
    """Where a federated object is in its life."""

    LIVE = "Live"
    DELETING = "Deleting"
    """It is to go, and the objects of its members with it."""
    ORPHANING = "Orphaning"
    """It is to go, and the objects of its members stay, as nobody's."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a federated object says of its own end.

    Attributes:
        phase: where it is in its life.
        finalized: kfed's finalizer is on it, so that it cannot go before kfed lets it.
        delete_options: meta/v1 DeleteOptions for the objects of members, as JSON; only for `Phase.DELETING`. When an
            object goes because its placement did, the server's own hold, as for KubeFed.
    """

    phase: Phase = Phase.LIVE
    finalized: bool = False
    delete_options: Mapping[str, Any] | None = None


def parse_lifecycle(manifest: Any) -> tuple[Lifecycle, list[Mistake]]:
    """What any JSON says as a federated object of its own end, and what is wrong with that.

    With an error, nothing may be deleted: whoever wrote options that cannot be read did not mean the usual ones.
    """
    reader = Reader()
    metadata = reader.map(reader.map(manifest, ()).get("metadata"), _METADATA)
    annotations = reader.map(metadata.get("annotations"), _OPTION[:-1])
    finalizers = [item for _, item in reader.items(metadata.get("finalizers"), (*_METADATA, "finalizers"))]
    orphan = reader.text(annotations.get(ORPHAN), (*_OPTION[:-1], ORPHAN))
    options = _read_options(reader.text(annotations.get(DELETE_OPTION), _OPTION), reader)
    phase = Phase.LIVE
    if metadata.get("deletionTimestamp") is not None:
        phase = Phase.ORPHANING if orphan == "true" else Phase.DELETING
    return Lifecycle(phase, FINALIZER in finalizers, options), reader.mistakes


class Owner(StrEnum):
    """Whose the object of a member is; its label says so."""

    KFED = "Kfed"
    OTHER = "Other"
    """It was there before, or somebody else made it: it can be adopted."""
    NOT_KFED = "NotKfed"
    """Its label says that it is not to be touched."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The object of a member, as far as its life is concerned.

    Attributes:
        owner: whose it is.
        going: it was deleted, and waits for its finalizers.
    """

    owner: Owner = Owner.KFED
    going: bool = False


def parse_observed(manifest: Any) -> Observed:
    """The object of a member; what is no metadata says nothing, so that its object is somebody else's."""
    reader = Reader()
    metadata = reader.map(reader.map(manifest, ()).get("metadata"), _METADATA)
    label = reader.map(metadata.get("labels"), (*_METADATA, "labels")).get(MANAGED)
    owner = Owner.KFED if label == "true" else Owner.NOT_KFED if label == "false" else Owner.OTHER
    return Observed(owner, metadata.get("deletionTimestamp") is not None)


class Fate(StrEnum):
    """What is to become of the object of one member; the last three are KubeFed's words for a status."""

    NOTHING = "Nothing"
    """There is none, and none is wanted; or it is not kfed's, and stays as it is."""
    CREATE = "Create"
    APPLY = "Apply"
    """It is kfed's and wanted, so it is kept as it should be."""
    ADOPT = "Adopt"
    """It is somebody else's and wanted: apply to it, and so take it over."""
    DELETE = "Delete"
    RELEASE = "Release"
    """Take the label off and leave it, as nobody's."""
    WAITING = "WaitingForRemoval"
    EXISTS = "AlreadyExists"
    """It is wanted, but somebody else's, and nothing is adopted."""
    REFUSED = "ManagedLabelFalse"
    """It is wanted, but says that it is not to be touched."""


def fate(
    phase: Phase,
    observed: Observed | None,
    *,
    wanted: bool,
    adopting: bool = True,
    host_namespace: bool = False,
) -> Fate:
    """What is to become of the object of one member.

    Args:
        phase: of the federated object.
        observed: the object of the member; ``None`` when it was looked for and there is none.
        wanted: the cluster is among those that get one, and what it gets could be rendered.
        adopting: what somebody else made is taken over (``adoptResources``).
        host_namespace: it is the host's own namespace, which is taken over always, and never made nor deleted.
    """
    wanted = wanted and phase is Phase.LIVE
    if observed is None:
        return Fate.CREATE if wanted and not host_namespace else Fate.NOTHING
    if observed.owner is Owner.NOT_KFED:
        return Fate.REFUSED if wanted else Fate.NOTHING
    if not wanted:
        return _end(phase, observed, host_namespace=host_namespace)
    if observed.going:
        return Fate.WAITING
    if observed.owner is Owner.KFED:
        return Fate.APPLY
    return Fate.ADOPT if adopting or host_namespace else Fate.EXISTS


def _end(phase: Phase, observed: Observed, *, host_namespace: bool) -> Fate:
    """What is to become of an object that is not wanted."""
    if observed.owner is not Owner.KFED:
        return Fate.NOTHING
    if phase is Phase.ORPHANING or host_namespace:
        return Fate.RELEASE
    return Fate.WAITING if observed.going else Fate.DELETE


class Finalizing(StrEnum):
    """What is to become of kfed's finalizer."""

    NOTHING = "Nothing"
    ADD = "Add"
    """Before anything is made in a member, or it could outlive its federated object."""
    REMOVE = "Remove"
    """Nothing of it is left anywhere."""


def finalizing(lifecycle: Lifecycle, fates: Mapping[str, Fate | None]) -> Finalizing:
    """What is to become of kfed's finalizer on a federated object.

    Args:
        lifecycle: of the object.
        fates: of the object of each cluster that may hold one, by cluster; ``None`` where it could not be looked at.
    """
    if lifecycle.phase is Phase.LIVE:
        return Finalizing.NOTHING if lifecycle.finalized else Finalizing.ADD
    gone = all(end is Fate.NOTHING for end in fates.values())
    return Finalizing.REMOVE if lifecycle.finalized and gone else Finalizing.NOTHING


def _read_options(text: str, reader: Reader) -> dict[str, Any] | None:
    """What KubeFed takes of DeleteOptions: how long an end may take, what becomes of dependents, and preconditions."""
    if not text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        message = 'The options are not JSON; write them as in {"propagationPolicy": "Foreground"}.'
        reader.mistakes.append(Mistake("wrong-format", message, _OPTION, expected="DeleteOptions as JSON"))
        return None
    given = reader.map(value, _OPTION)
    seconds, policy = given.get("gracePeriodSeconds"), reader.text(given.get("propagationPolicy"), _OPTION)
    if isinstance(seconds, bool) or not isinstance(seconds, int | None) or (seconds or 0) < 0:
        reader.mistakes.append(wrong_type(seconds, _OPTION, "a number of seconds, or nothing"))
    if policy and policy not in _POLICIES:
        message = f"The propagationPolicy {policy!r} is unknown; use one of {', '.join(_POLICIES)}."
        reader.mistakes.append(Mistake("not-in-enum", message, _OPTION, expected=" or ".join(_POLICIES)))
    wanted = reader.map(given.get("preconditions"), _OPTION)
    preconditions = {key: reader.text(wanted.get(key), _OPTION) for key in ("uid", "resourceVersion")}
    parts = {
        "gracePeriodSeconds": seconds,
        "propagationPolicy": policy or None,
        "preconditions": {key: one for key, one in preconditions.items() if one} or None,
    }
    return None if reader.mistakes else {key: part for key, part in parts.items() if part is not None}
