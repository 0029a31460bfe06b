"""One federated object: what it should be in each cluster, what is done about it, and what its status says.

Guarantees:
    Whatever a member does or does not do, the others get what they should: each action has a deadline, and who is slow
    is waited for apart. The status is written once for what was done, and only if it changed. The finalizer is there
    before the first copy is, and goes after the last.
Assumptions:
    One process at a time works on a key: a lease, and shards, see to that.
Does not:
    Decide: `render_checked`, `plan`, `Guard` and `status_of` do.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.key import Key
from kfed.core.lifecycle import FINALIZER, USUAL, Phase, parse_lifecycle
from kfed.core.plan import Apply, Delete, Leave, Removal, Site, State, Wait, desire, plan
from kfed.core.resource import Scope
from kfed.core.status import Result, status_of
from kfed.errors import ConflictError, NotFoundError
from kfed.rendering.checked import render_checked
from kfed.runtime.controller import DONE, RETRY
from kfed.runtime.controller import Result as Next
from kfed.runtime.watch import Applied
from kfed.sync.execute import Done, Executor, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.plan import Action
    from kfed.core.pointer import Path
    from kfed.rendering.checked import Outcome
    from kfed.sync.packed import Packed
    from kfed.sync.types import FederatedType

_log = logging.getLogger(__name__)

OVERWRITE = "kfed.io/overwrite-conflicts"
RECREATE = "kfed.io/recreate"
ABANDON = "kfed.io/abandon-clusters"
PLACEMENT: Path = ("spec", "placement")


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Works on the objects of one federated type."""

    type: FederatedType

    async def reconcile(self, key: Key) -> Next:
        """Bring every cluster to what the federated object says; see the guarantees above."""
        await self.type.wait_ready()
        packed = self.type.federated.get(key)
        if packed is None:
            self.type.guard.ask(self.type.name, key, ())
            return DONE
        manifest = packed.manifest()
        if "deletionTimestamp" in manifest["metadata"]:
            return await self._take_down(key, manifest, packed)
        return await self._bring_up(key, manifest, packed)

    async def _bring_up(self, key: Key, manifest: dict[str, Any], packed: Packed) -> Next:
        outcome = render_checked(manifest, self.type.kind, self.type.world(), self.type.versions)
        unread = self.type.unread_namespace(key.namespace) or _unread_placement(outcome)
        if unread:
            return await self._stand_still(key, manifest, "ComputePlacementFailed", unread)
        desired = desire(outcome.clusters)
        actions = plan(desired, self._sites(key, manifest))
        # Before the first copy is made, not after: or a deletion in between would leave it behind.
        is_bound = _has_finalizer(manifest) or not any(isinstance(action, Apply) for action in actions.values())
        if not is_bound and not await self._set_finalizers(key, [*_finalizers(manifest), FINALIZER], packed.version):
            return RETRY
        done, held = await self._execute(key, manifest, actions)
        results = {
            name: replace(one.result, placed=name in desired) for name, one in done.items() if one.result is not None
        }
        await self._report(key, manifest, results, _trouble(outcome))
        return _next(done, held=held)

    async def _take_down(self, key: Key, manifest: dict[str, Any], packed: Packed) -> Next:
        if not _has_finalizer(manifest):
            self.type.guard.ask(self.type.name, key, ())
            return DONE
        lifecycle, mistakes = parse_lifecycle(manifest)
        if mistakes:
            # Nothing is deleted by options that cannot be read: they did not mean the usual ones.
            return await self._stand_still(key, manifest, "DeletionFailed", mistakes[0].message)
        annotations = manifest["metadata"].get("annotations") or {}
        removal = Removal.ORPHAN if lifecycle.phase is Phase.ORPHANING else Removal.DELETE
        abandoned = {name.strip() for name in annotations.get(ABANDON, "").split(",")}
        sites = {name: site for name, site in self._sites(key, manifest).items() if name not in abandoned}
        actions = plan({}, sites, removal)
        done, held = await self._execute(key, manifest, actions)
        results = {name: replace(one.result, placed=False) for name, one in done.items() if one.result is not None}
        if results or held:
            await self._report(key, manifest, results, ("", ""))
            return _next(done, held=held)
        rest = [name for name in _finalizers(manifest) if name != FINALIZER]
        return DONE if await self._set_finalizers(key, rest, packed.version) else RETRY

    async def _stand_still(self, key: Key, manifest: dict[str, Any], reason: str, message: str) -> Next:
        """Leave everything as it is, for what is wanted cannot be told; what cannot be read never means to delete."""
        self.type.guard.ask(self.type.name, key, ())
        known = {entry["name"]: Result() for entry in (manifest.get("status") or {}).get("clusters") or ()}
        await self._report(key, manifest, known, (reason, message))
        return DONE

    def _sites(self, key: Key, manifest: Mapping[str, Any]) -> dict[str, Site]:
        recorded = {entry.get("name") for entry in (manifest.get("status") or {}).get("clusters") or ()}
        return {name: self.type.site(name, key, recorded=name in recorded) for name in self.type.clusters()}

    async def _execute(
        self, key: Key, manifest: dict[str, Any], actions: Mapping[str, Action]
    ) -> tuple[dict[str, Done], bool]:
        """Carry the actions out side by side; what takes long goes on by itself, and calls for the key when it ends.

        Returns:
            What came of each, and whether deletions wait until a change has been looked at whole.
        """
        actions, held = self._guarded(key, manifest, actions)
        policy = self._policy(manifest)
        done: dict[str, Done] = {}
        waiting: dict[asyncio.Task[Done], str] = {}
        for name, action in actions.items():
            match action:
                case Leave():
                    done[name] = Done(Result(generation=manifest["metadata"].get("generation", 0)))
                case Wait(state, message):
                    done[name] = Done(Result(state, message))
                case _:
                    waiting[self.type.start(name, key, self._carry_out(name, key, action, policy, manifest))] = name
        if waiting:
            finished, slow = await asyncio.wait(waiting, timeout=self.type.settings.patience)
            done.update({waiting[task]: task.result() for task in finished})
            for task in slow:
                done[waiting[task]] = Done(Result(State.TIMED_OUT, "The cluster is slow to answer."))
                self.type.call_at_end(task, key)
        return done, held

    async def _carry_out(
        self, name: str, key: Key, action: Action, policy: Policy, manifest: Mapping[str, Any]
    ) -> Done:
        member = self.type.members[name]
        executor = Executor(
            member.member, member.resource, member.copies, policy, manifest["metadata"].get("generation", 0)
        )
        done = await executor.carry_out(self.type.target_key(key), action)
        if done.deleted:
            self.type.note_deletion(name, key)
        return done

    def _guarded(
        self, key: Key, manifest: dict[str, Any], actions: Mapping[str, Action]
    ) -> tuple[Mapping[str, Action], bool]:
        """The actions without the deletions that are held back: until all is seen, or until somebody agrees."""
        doomed = [name for name, action in actions.items() if isinstance(action, Delete)]
        self.type.guard.ask(self.type.name, key, doomed)
        if not doomed:
            return actions, False
        if not self.type.parking.may_go(key):
            kept = {name: action for name, action in actions.items() if name not in doomed}
            message = "The deletion waits until the change has been looked at whole."
            waits = dict.fromkeys(doomed, Wait(State.WAITING_FOR_REMOVAL, message))
            return {**kept, **waits}, True
        reason = self.type.held_back()
        if not reason:
            return actions, False
        self.type.recorder.note(manifest, "DeletionGuarded", reason, action="Delete")
        return {**actions, **dict.fromkeys(doomed, Wait(State.GUARDED, reason))}, False

    def _policy(self, manifest: Mapping[str, Any]) -> Policy:
        annotations = manifest["metadata"].get("annotations") or {}
        settings = self.type.settings
        lifecycle, _ = parse_lifecycle(manifest)
        return Policy(
            adopt=settings.adopt,
            overwrite=settings.overwrite or annotations.get(OVERWRITE) == "true",
            recreate=annotations.get(RECREATE) == "true",
            delete_options=lifecycle.delete_options or USUAL,
            make_namespace=not self.type.is_namespace_federated(manifest["metadata"].get("namespace", "")),
        )

    async def _report(
        self, key: Key, manifest: dict[str, Any], results: Mapping[str, Result], trouble: tuple[str, str]
    ) -> None:
        before = manifest["status"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status = status_of(results, manifest["metadata"].get("generation", 0), before, now, trouble)
        if status == before:
            return
        self._tell(manifest, before, status)
        change = [{"op": "add", "path": "/status", "value": status}]
        try:
            answer = await self.type.host.patch(self.type.resource, key, change, subresource="status")
        except NotFoundError:
            return
        self.type.federated.apply(Applied(answer))

    def _tell(self, manifest: dict[str, Any], before: Mapping[str, Any] | None, status: Mapping[str, Any]) -> None:
        """An event for each cluster that has got into a state that it should not be in."""
        known = {entry["name"]: entry.get("status", "") for entry in (before or {}).get("clusters") or ()}
        for entry in status.get("clusters", ()):
            state = entry.get("status", "")
            if state and state != State.WAITING_FOR_REMOVAL and known.get(entry["name"]) != state:
                note = f"{entry['name']}: {entry.get('message', state)}"
                self.type.recorder.note(manifest, state, note, action="Sync")

    async def _set_finalizers(self, key: Key, finalizers: list[str], version: str) -> bool:
        """Write the finalizers; whether the object was still the one that was looked at."""
        change = {"metadata": {"finalizers": finalizers, "resourceVersion": version}}
        try:
            answer = await self.type.host.patch(self.type.resource, key, change)
        except ConflictError:
            return False
        except NotFoundError:
            return True
        if finalizers:
            self.type.federated.apply(Applied(answer))
        return True


def _unread_placement(outcome: Outcome) -> str:
    """Why it cannot be told where the object is to go; empty when it can. A cluster that is not there can be told."""
    for mistake in outcome.mistakes:
        is_above = mistake.at == PLACEMENT[: len(mistake.at)]
        is_within = mistake.at[: len(PLACEMENT)] == PLACEMENT
        if mistake.severity is Severity.ERROR and mistake.rule != "unknown-cluster" and (is_above or is_within):
            return mistake.message
    return ""


def _trouble(outcome: Outcome) -> tuple[str, str]:
    """What keeps the object from going anywhere at all."""
    if outcome.clusters:
        return "", ""
    for mistake in outcome.mistakes:
        if mistake.rule == "namespace-not-federated":
            return "NamespaceNotFederated", mistake.message
        if mistake.severity == "error":
            return "ComputePlacementFailed", mistake.message
    return "", ""


def _next(done: Mapping[str, Done], *, held: bool) -> Next:
    if held:
        return DONE  # called for when the change has been looked at whole
    return RETRY if any(one.retry for one in done.values()) else DONE


def _finalizers(manifest: Mapping[str, Any]) -> list[str]:
    return list(manifest["metadata"].get("finalizers") or ())


def _has_finalizer(manifest: Mapping[str, Any]) -> bool:
    return FINALIZER in _finalizers(manifest)


def target_key(key: Key, scope: Scope, *, is_namespace: bool) -> Key:
    """What the object of a federated object is called in a member."""
    if is_namespace:
        return Key("", key.namespace)
    return key if scope is Scope.NAMESPACED else Key("", key.name)
