"""Events that users see at an object: one for one thing, however often it happens.

    recorder.note(manifest, "PropagationFailed", "member1 refuses the object: …")

What happens again is counted in the Event that is there (``series``), at most twice a minute. Success is no event.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.core.key import Key, key_of
from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.kube.api import Api

EVENTS = Resource(Gvk("events.k8s.io", "v1", "Event"), "events", Scope.NAMESPACED)
_log = logging.getLogger(__name__)
_COUNTED_EVERY = 30.0
_FORGOTTEN_AFTER = 360.0  # as client-go: after that it is another Event
_PARTING = 2.0
_WAITING = 1000
# https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
_NOTE, _WORD, _NAME = 1024, 128, 200


@dataclass(slots=True)
class _Thing:
    """Something that happened.

    Attributes:
        event: the manifest of its Event.
        count: how often.
        written: the count in the Event on the server; 0 before it is there.
        last: when it happened last.
        told_at: when it was last told to the server, or tried to.
    """

    event: dict[str, Any]
    count: int = 1
    written: int = 0
    last: float = field(default_factory=time.time)
    told_at: float = 0.0


class Recorder:
    """Writes Events, in a task of its own: :meth:`run`.

    Noting something never waits and never raises. What cannot be written is tried again with what comes; what is too
    much is dropped and counted in ``dropped``.

    Args:
        api: of the cluster whose objects the events are about.
        component: who reports.
        instance: which of those.
    """

    def __init__(self, api: Api, component: str, instance: str) -> None:
        self._api, self._component, self._instance = api, component, instance
        self._things: dict[tuple[str, ...], _Thing] = {}
        self._new = asyncio.Event()
        self.dropped = 0

    def note(
        self, about: Mapping[str, Any], reason: str, note: str, *, kind: str = "Warning", action: str = "Sync"
    ) -> None:
        """Note that something happened.

        Args:
            about: the object that it happened to.
            reason: what, in one word: ``PropagationFailed``.
            note: what, in a sentence.
            kind: ``Warning`` or ``Normal``.
            action: what was being done, in one word.
        """
        key, uid = key_of(about), about["metadata"].get("uid") or ""
        name = (about["kind"], str(key), uid, kind, reason, action, note)
        thing = self._things.get(name)
        if thing is not None:
            thing.count, thing.last = thing.count + 1, time.time()
        elif len(self._things) < _WAITING:
            self._things[name] = _Thing(self._event(about, key, uid) | _told(reason, note, kind, action))
            self._new.set()
        else:
            self.dropped += 1

    async def run(self) -> None:
        """Write what is noted, until cancelled; then once more, for what was noted last."""
        try:
            while True:
                await self._write_all()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_COUNTED_EVERY):
                        await self._new.wait()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PARTING):
                    await self._write_all(at_once=True)

    async def _write_all(self, *, at_once: bool = False) -> None:
        self._new.clear()
        now = time.time()
        for name, thing in tuple(self._things.items()):
            is_due = at_once or now - thing.told_at >= _COUNTED_EVERY
            if thing.count > thing.written and is_due:
                await self._write(thing)
            elif now - thing.last > _FORGOTTEN_AFTER:
                del self._things[name]

    async def _write(self, thing: _Thing) -> None:
        count, thing.told_at = thing.count, time.time()
        try:
            if not thing.written or not await self._counted(thing, count):
                await self._api.create(EVENTS, thing.event | _series(count, thing.last))
        except UnavailableError as error:
            about = thing.event["regarding"]
            key = str(Key(about.get("namespace") or "", about["name"]))
            _log.warning("event not written", extra={"key": key, "reason": thing.event["reason"], "error": str(error)})
        else:
            thing.written = count

    async def _counted(self, thing: _Thing, count: int) -> bool:
        """Count it in the Event that is there; whether there is one still."""
        try:
            await self._api.patch(EVENTS, key_of(thing.event), _series(count, thing.last))
        except NotFoundError:
            thing.event["metadata"]["name"] = _unique(thing.event["regarding"]["name"])
            return False
        return True

    def _event(self, about: Mapping[str, Any], key: Key, uid: str) -> dict[str, Any]:
        regarding = {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": key.name, "uid": uid}
        if key.namespace:
            regarding["namespace"] = key.namespace
        return {
            "apiVersion": EVENTS.gvk.api_version,
            "kind": EVENTS.gvk.kind,
            "metadata": {"namespace": key.namespace or "default", "name": _unique(key.name)},
            "eventTime": _micro_time(time.time()),
            "regarding": regarding,
            "reportingController": self._component,
            "reportingInstance": self._instance[:_WORD],
        }


def _told(reason: str, note: str, kind: str, action: str) -> dict[str, Any]:
    shown = note.encode()[: _NOTE - 4].decode("utf-8", "ignore") + "…" if len(note.encode()) > _NOTE else note
    return {"reason": reason[:_WORD], "note": shown, "type": kind, "action": action[:_WORD]}


def _series(count: int, last: float) -> dict[str, Any]:
    """How often it happened, which is said of what happened more than once."""
    return {"series": {"count": count, "lastObservedTime": _micro_time(last)}} if count > 1 else {}


def _unique(name: str) -> str:
    """A name for an Event about an object of this name."""
    return f"{name[:_NAME].rstrip('.-')}.{secrets.token_hex(8)}"


def _micro_time(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
