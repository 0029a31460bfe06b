"""Carrying out what was planned: each action with a deadline, and always with a result."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kfed.core.lifecycle import USUAL, DeleteOptions
from kfed.core.observed import ADOPTED, DIGEST, MANAGED_LABEL, MANAGER, Observed, observe
from kfed.core.ownership import uncovered
from kfed.core.plan import Apply, Delete, Desired, Release, Search, State, is_current
from kfed.core.resource import Gvk, Resource, Scope
from kfed.core.retain import ONLY_REPLICAS, with_replicas_of
from kfed.core.status import Result
from kfed.errors import (
    AlreadyExistsError,
    ConflictError,
    DeadlineError,
    InvalidError,
    NotFoundError,
    StatusError,
    UnavailableError,
)
from kfed.kube.request import Writing
from kfed.runtime.watch import Applied, Deleted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.key import Key
    from kfed.core.plan import Action
    from kfed.sync.members import Copies, Member

_log = logging.getLogger(__name__)
_NAMESPACES = "namespaces"
_NAMESPACE = Resource(Gvk("", "v1", "Namespace"), _NAMESPACES, Scope.CLUSTER)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done to an object of others.

    Attributes:
        adopt: one that is there before kfed is taken over.
        overwrite: fields of other managers are taken from them.
        recreate: an object whose fields cannot be changed is deleted and made again.
        delete_options: how copies are deleted.
        make_namespace: a namespace that is missing is made.
    """

    adopt: bool = True
    overwrite: bool = False
    recreate: bool = False
    delete_options: DeleteOptions = USUAL
    make_namespace: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action.

    Attributes:
        result: for the status; ``None`` when there is nothing left to tell of.
        deleted: a copy was deleted.
        retry: it should be tried again without an event.
    """

    result: Result | None
    deleted: bool = False
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out actions on the object *key* of one member.

    Attributes:
        member: the cluster.
        target: the type, as the member serves it.
        copies: what is known of the member's objects, into which every answer is folded.
        generation: of the federated object.
    """

    member: Member
    target: Resource
    copies: Copies
    policy: Policy
    generation: int

    async def carry_out(self, key: Key, action: Action) -> Done:
        """Do it; whatever happens, there is a result."""
        try:
            done = await self._carry_out(key, action)
        except UnavailableError as error:
            self._note(error)
            return self._failed(action, error)
        self.member.breaker.succeeded()
        return done

    async def _carry_out(self, key: Key, action: Action) -> Done:
        match action:
            case Apply(desired, None):
                return await self._create(key, desired)
            case Apply(desired, observed) if observed is not None:
                return await self._update(key, desired, observed)
            case Delete(uid):
                return await self._delete(key, uid)
            case Release(uid):
                return await self._release(key, uid)
            case Search():
                return await self._search(key)
        raise TypeError(action)  # what needs no member is not carried out

    async def _create(self, key: Key, desired: Desired) -> Done:
        """Look first: applying to an object that somebody else made would merge into it in silence."""
        there = await self.member.api.find(self.target, key, metadata_only=True)
        if there is None:
            try:
                return await self._make(desired)
            except NotFoundError as error:
                if not (self.policy.make_namespace and error.details.get("kind") == _NAMESPACES):
                    raise
            await self._make_namespace(key.namespace)
            return await self._make(desired)
        observed = observe(there, self.target.gvk.api_version)
        if observed.is_ours or observed.managed == "false" or observed.deleting:
            return await self._take(key, desired, there, observed)
        if not self.policy.adopt:
            message = "An object of that name is there and was not made by kfed; adoptResources says to leave it alone."
            return Done(Result(State.ALREADY_EXISTS, message))
        return await self._apply(desired, adopted=True, force=self.policy.overwrite)

    async def _take(self, key: Key, desired: Desired, there: dict[str, Any], observed: Observed) -> Done:
        """An object of ours that had lost its label, or is not to be touched."""
        if observed.managed == "false":
            message = "The object is labelled kubefed.io/managed: false, so it is left alone."
            return Done(Result(State.MANAGED_LABEL_FALSE, message))
        if observed.deleting:
            message = "The object is being deleted there; it is made again when it is gone."
            return Done(Result(State.WAITING_FOR_REMOVAL, message), retry=True)
        if is_current(desired, observed):
            self.copies.apply(Applied(there))
            return Done(Result(generation=self.generation))
        return await self._update(key, desired, observed)

    async def _update(self, key: Key, desired: Desired, observed: Observed) -> Done:
        """What was applied before is ours to put right; what is new may be another manager's."""
        drifted = observed.digest in ("", desired.digest)
        desired = await self._retaining(key, desired, observed)
        try:
            return await self._apply(desired, adopted=observed.adopted, force=drifted or self.policy.overwrite)
        except InvalidError as error:
            if not await self._is_immutable(desired):
                raise
            if self.policy.recreate:
                await self._delete(key, observed.uid)
                return Done(Result(State.WAITING_FOR_REMOVAL, "The object is made anew."), deleted=True, retry=True)
            return Done(Result(State.IMMUTABLE, _immutable(error)))

    async def _make(self, desired: Desired) -> Done:
        """Make an object, with what only the making says."""
        first = desired if desired.initial is None else replace(desired, manifest=desired.initial)
        return await self._apply(first, adopted=False, force=False)

    async def _retaining(self, key: Key, desired: Desired, observed: Observed) -> Desired:
        """What is to be applied where replicas are the member's: as many as there are, as long as kfed owns them.

        A field that kfed set, and nobody since, would go away if it were left out.
        """
        fields = observed.fields()
        if desired.initial is None or fields is None or uncovered(fields, ONLY_REPLICAS) is not None:
            return desired
        there = await self.member.api.find(self.target, key)
        return desired if there is None else replace(desired, manifest=with_replicas_of(desired.manifest, there))

    async def _apply(self, desired: Desired, *, adopted: bool, force: bool) -> Done:
        manifest = marked(desired, adopted=adopted)
        answer = await self.member.api.apply(self.target, manifest, Writing(manager=MANAGER, force=force))
        self.copies.apply(Applied(answer))
        return Done(Result(generation=self.generation))

    async def _is_immutable(self, desired: Desired) -> bool:
        """Whether the object would do if it were new: then what is wrong with it is that it is not."""
        manifest = {**desired.manifest, "metadata": {**desired.manifest["metadata"], "name": "kfed-may-it-be-made"}}
        try:
            await self.member.api.create(self.target, manifest, Writing(manager=MANAGER, dry_run=True))
        except StatusError:
            return False
        return True

    async def _delete(self, key: Key, uid: str) -> Done:
        there = await self.member.api.delete(self.target, key, uid=uid, options=self.policy.delete_options)
        if not there:
            self.copies.apply(Deleted({"metadata": {"namespace": key.namespace, "name": key.name}}))
            return Done(None, deleted=True)
        return Done(Result(State.WAITING_FOR_REMOVAL, "The object is being deleted there."), deleted=True)

    async def _release(self, key: Key, uid: str) -> Done:
        """Take off the marks, so that the object is nobody's but the cluster's own."""
        marks = {"labels": {MANAGED_LABEL: None}, "annotations": {DIGEST: None, ADOPTED: None}, "uid": uid}
        with suppress(NotFoundError):
            await self.member.api.patch(self.target, key, {"metadata": marks}, Writing(manager=MANAGER))
        self.copies.apply(Deleted({"metadata": {"namespace": key.namespace, "name": key.name}}))
        return Done(None)

    async def _search(self, key: Key) -> Done:
        """Look for a copy that an earlier status tells of, and that has lost its label.

        Somebody took the label away, so it is not deleted: the guard has not seen it, and it may be meant to stay.
        """
        there = await self.member.api.find(self.target, key, metadata_only=True)
        if there is None:
            return Done(None)
        observed = observe(there, self.target.gvk.api_version)
        if not observed.is_ours or observed.managed == "false":
            return Done(None)
        if observed.deleting:
            return Done(Result(State.WAITING_FOR_REMOVAL, "The object is being deleted there."), retry=True)
        return await self._release(key, observed.uid)

    async def _make_namespace(self, name: str) -> None:
        """A namespace that no FederatedNamespace governs is made as it is needed, and never deleted."""
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        try:
            await self.member.api.create(_NAMESPACE, manifest, Writing(manager=MANAGER))
        except AlreadyExistsError:
            return
        _log.info("namespace made", extra={"cluster": self.member.name, "namespace": name})

    def _note(self, error: UnavailableError) -> None:
        """A member that answers is not to blame for what it says."""
        if isinstance(error, StatusError):
            self.member.breaker.succeeded()
        else:
            self.member.breaker.failed()

    def _failed(self, action: Action, error: UnavailableError) -> Done:
        state = _state_of(action, error)
        return Done(Result(state, str(error)), retry=state is not State.CONFLICT)


def marked(desired: Desired, *, adopted: bool) -> dict[str, Any]:
    """The object as it is sent: with its digest, and whether it was there before."""
    metadata: Mapping[str, Any] = desired.manifest["metadata"]
    marks = {DIGEST: desired.digest, ADOPTED: "true"} if adopted else {DIGEST: desired.digest}
    annotations = {**(metadata.get("annotations") or {}), **marks}
    return {**desired.manifest, "metadata": {**metadata, "annotations": annotations}}


def _state_of(action: Action, error: UnavailableError) -> State:
    match error:
        case NotFoundError() if not error.reason:
            return State.TYPE_NOT_SERVED
        case DeadlineError():
            return State.TIMED_OUT
        case ConflictError() if any(cause.reason == "FieldManagerConflict" for cause in error.causes):
            return State.CONFLICT
    match action:
        case Apply(_, observed):
            return State.CREATION_FAILED if observed is None else State.UPDATE_FAILED
        case Release():
            return State.LABEL_REMOVAL_FAILED
    return State.DELETION_FAILED


def _immutable(error: InvalidError) -> str:
    fields = ", ".join(sorted({cause.field for cause in error.causes if cause.field})) or "a field"
    return (
        f"{fields} cannot be changed once the object is there ({error.said}); change it back, or annotate the "
        'federated object with kfed.io/recreate: "true" to have the object deleted and made anew.'
    )
