"""Plan: what is desired and what is observed, to what is to be done in each cluster.

Guarantees:
    Every cluster in which a copy is desired, was found or may be has exactly one action. Nothing is deleted but by its
    uid, and only what kfed made: never an object that it adopted, that opted out, or that somebody else made. A
    cluster that cannot be asked is waited for and nobody else is. The plan depends on nothing but its arguments.
Assumptions:
    What is observed in a ready cluster is whole: a read that failed is no `Site` that is ready. Whoever carries out an
    apply of an object that was not observed looks first, for it may be there without the label.
Does not:
    Say in which order, nor whether so much may be deleted at once: see `kfed.core.guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kfed.core.digest import digest
from kfed.core.ownership import uncovered
from kfed.core.render import Refused, Rendered
from kfed.core.retain import created

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.observed import Observed


class State(StrEnum):
    """What became of an object in one cluster; KubeFed's words, as ``status.clusters[].status`` has them."""

    CURRENT = ""
    WAITING_FOR_REMOVAL = "WaitingForRemoval"
    CLUSTER_NOT_READY = "ClusterNotReady"
    TYPE_NOT_SERVED = "TypeNotServed"
    COMPUTE_FAILED = "ComputeResourceFailed"
    OVERRIDES_FAILED = "ApplyOverridesFailed"
    CREATION_FAILED = "CreationFailed"
    UPDATE_FAILED = "UpdateFailed"
    DELETION_FAILED = "DeletionFailed"
    LABEL_REMOVAL_FAILED = "LabelRemovalFailed"
    ALREADY_EXISTS = "AlreadyExists"
    CONFLICT = "FieldConflict"
    IMMUTABLE = "ImmutableField"
    MANAGED_LABEL_FALSE = "ManagedLabelFalse"
    TIMED_OUT = "UpdateTimedOut"
    GUARDED = "DeletionGuarded"


@dataclass(frozen=True, slots=True)
class Site:
    """One cluster, as far as one object is concerned.

    Attributes:
        observed: the object there, as far as it is labelled; ``None`` when there is none.
        state: why nothing can be done there now; `State.CURRENT` when something can.
        message: the same in a sentence.
        recorded: an earlier status names the cluster, so that a copy may be there unseen.
        verified: the object was compared by value with what is desired, and is as it should be.
    """

    observed: Observed | None = None
    state: State = State.CURRENT
    message: str = ""
    recorded: bool = False
    verified: str = ""


@dataclass(frozen=True, slots=True)
class Desired:
    """What one cluster is to have.

    Attributes:
        manifest: the object.
        digest: of the manifest.
        initial: the object as it is made, when that says more: see `kfed.core.retain`.
    """

    manifest: Mapping[str, Any]
    digest: str
    initial: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    """Apply the object; what was observed before, or look first whether something is there."""

    desired: Desired
    observed: Observed | None


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the object with this uid."""

    uid: str


@dataclass(frozen=True, slots=True)
class Release:
    """Leave the object where it is, and take off what marks it as managed."""

    uid: str


@dataclass(frozen=True, slots=True)
class Search:
    """Nothing was observed, and a copy may be there without its label: look, and release it if it is kfed's."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be done now: why, and whether it should be tried again without an event."""

    state: State
    message: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """All is as it should be; *present* tells whether the object is there."""

    present: bool


Action = Apply | Delete | Release | Search | Wait | Leave


class Removal(StrEnum):
    """What becomes of copies that are no longer desired."""

    DELETE = "delete"
    ORPHAN = "orphan"


def plan(
    desired: Mapping[str, Desired | Refused], sites: Mapping[str, Site], removal: Removal = Removal.DELETE
) -> dict[str, Action]:
    """What is to be done, by cluster, in the order of names; a cluster that is not concerned has no action.

    Args:
        desired: what each chosen cluster is to have, or why it cannot be told. Deletion is nothing desired.
        sites: every cluster there is.
        removal: what becomes of copies that are no longer desired.
    """
    actions: dict[str, Action] = {}
    for name in sorted(desired.keys() | sites.keys()):
        site = sites.get(name)
        wanted = desired.get(name)
        action = None if site is None else _decide(wanted, site, removal)
        if action is not None:
            actions[name] = action
    return actions


def _decide(wanted: Desired | Refused | None, site: Site, removal: Removal) -> Action | None:
    match wanted:
        case None:
            return _remove(site, removal)
        case Refused(mistakes):
            return Wait(State.OVERRIDES_FAILED, " ".join(mistake.message for mistake in mistakes[:3]))
        case Desired():
            return _keep(wanted, site)


def _keep(wanted: Desired, site: Site) -> Action:
    observed = site.observed
    if site.state is not State.CURRENT:
        return Wait(site.state, site.message)
    if observed is None:
        return Apply(wanted, None)
    if observed.managed == "false":
        return Wait(State.MANAGED_LABEL_FALSE, "The object is labelled kubefed.io/managed: false, so it is left alone.")
    if observed.deleting:
        return Wait(State.WAITING_FOR_REMOVAL, "The object is being deleted there; it is made again when it is gone.")
    return Leave(present=True) if is_current(wanted, observed, site.verified) else Apply(wanted, observed)


def is_current(wanted: Desired, observed: Observed, verified: str = "") -> bool:
    """Whether an object is as *wanted* has it: it was applied so, and everything is still as it was applied.

    Args:
        wanted: what is desired.
        observed: what is there.
        verified: the digest that the object was found to fit by value.
    """
    if observed.managed != "true":
        return False
    if not observed.digest:
        return verified == wanted.digest
    fields = observed.fields()
    return observed.digest == wanted.digest and fields is not None and uncovered(fields, wanted.manifest) is None


def _remove(site: Site, removal: Removal) -> Action | None:
    observed = site.observed
    if observed is None or not observed.is_ours or observed.managed == "false":
        if not site.recorded:
            return None
        return Search() if site.state is State.CURRENT else Wait(site.state, site.message)
    if site.state is not State.CURRENT:
        return Wait(site.state, site.message)
    if removal is Removal.ORPHAN or observed.adopted:
        return Release(observed.uid)
    if observed.deleting:
        return Wait(State.WAITING_FOR_REMOVAL, "The object is being deleted there.")
    return Delete(observed.uid)


def desire(results: Mapping[str, Rendered | Refused]) -> dict[str, Desired | Refused]:
    """What each chosen cluster is to have, or why it cannot be told; what several clusters share is looked at once."""
    once: dict[int, Desired | Refused] = {}
    for result in results.values():
        if id(result) not in once:
            once[id(result)] = result if isinstance(result, Refused) else _as_desired(result)
    return {name: once[id(result)] for name, result in results.items()}


def _as_desired(rendered: Rendered) -> Desired:
    first = created(rendered.manifest, rendered.origins)
    return Desired(rendered.manifest, digest(rendered.manifest), None if first is rendered.manifest else first)
