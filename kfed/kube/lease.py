"""Who leads: hold a Lease (coordination.k8s.io/v1), or know who does.

    async with Lease(api, Key("kube-federation-system", "kfed"), identity):
        ...  # nobody else does this now

Guarantees:
    The body runs only after the lease has become ours, and is cancelled, and ``LeaseLostError`` raised, when it could
    not be renewed for ``renew_within`` seconds or has become another's. That leaves ``duration - renew_within`` seconds
    to stop in before another may begin. On the way out the lease is given back, so that another need not wait.
Assumptions:
    Clocks of different machines tell what they like: how old a renewal is counts from when it was first seen, by the
    clock of this process, which runs as fast as others do. All who take part keep the same rules (client-go does).
Does not:
    Stop what has been sent. A process that was frozen finds out when it goes on: who writes asks ``is_held`` before.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import AlreadyExistsError, ConflictError, LeaseLostError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from types import TracebackType

    from kfed.core.key import Key
    from kfed.kube.api import Api

LEASES = Resource(Gvk("coordination.k8s.io", "v1", "Lease"), "leases", Scope.NAMESPACED)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """For how long, in seconds.

    Attributes:
        duration: others may take the lease when they have seen no renewal for so long.
        renew_within: the holder gives up when it could not renew for so long.
        retry: between two tries to take or renew it.
    """

    duration: float = 15.0
    renew_within: float = 10.0
    retry: float = 2.0


TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a lease.

    Attributes:
        identity: who; empty when it was given back.
        acquired: since when, by the holder's clock.
        renewed: when last, by the holder's clock.
        duration: seconds for which a renewal counts.
        transitions: how often the lease has changed hands.
    """

    identity: str
    acquired: str
    renewed: str
    duration: float
    transitions: int

    @classmethod
    def of(cls, manifest: dict[str, Any]) -> Holder:
        """The holder that a Lease names."""
        spec = manifest.get("spec") or {}
        return cls(
            spec.get("holderIdentity") or "",
            spec.get("acquireTime") or "",
            spec.get("renewTime") or "",
            float(spec.get("leaseDurationSeconds") or 0),
            spec.get("leaseTransitions") or 0,
        )


async def holder(api: Api, key: Key) -> Holder | None:
    """Who has a lease; ``None`` when there is no such lease. Whether the holder is alive, only its renewals tell."""
    manifest = await api.find(LEASES, key)
    return None if manifest is None else Holder.of(manifest)


class Lease:
    """A lease that this process wants to hold; entering waits until it does.

    Args:
        api: of the cluster that has the lease.
        key: which.
        identity: who we are among those who want it: different for each process.
        terms: for how long.
    """

    def __init__(self, api: Api, key: Key, identity: str, terms: Terms = TERMS) -> None:
        self.key, self.identity = key, identity
        self._api, self._terms = api, terms
        self._manifest: dict[str, Any] | None = None  # as it was last seen
        self._seen = Holder("", "", "", 0, 0)
        self._seen_at = self._renewed_at = float("-inf")
        self._lost: LeaseLostError | None = None

    @property
    def is_held(self) -> bool:
        """Whether nobody else can have it now, however long this process was frozen."""
        return self._lost is None and self._now() < self._renewed_at + self._terms.duration

    async def __aenter__(self) -> Self:
        self._lost = None
        while True:
            if await self._tried():
                break
            await asyncio.sleep(self._terms.retry * random.uniform(1, 2))  # noqa: S311  (so that not all try at once)
        _log.info("lease acquired", extra=self._facts())
        self._body = asyncio.current_task()
        self._cancelling = self._body.cancelling() if self._body else 0
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._renewing.cancel()
        await asyncio.wait([self._renewing])
        if self._lost is None:
            await self._give_back()
            return
        if self._body and self._body.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._lost from error

    async def _renew(self) -> None:
        """Renew until it is lost; then cancel the body."""
        calm = self._terms.renew_within / 2  # so that a renewal that fails leaves time for others
        due = self._renewed_at + calm
        while self._seen.identity == self.identity and self._now() < self._renewed_at + self._terms.renew_within:
            await asyncio.sleep(max(0.0, due - self._now()))
            is_renewed = False
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._renewed_at + self._terms.renew_within):
                    is_renewed = await self._tried()
            due = self._renewed_at + calm if is_renewed else self._now() + self._terms.retry
        self._lose()

    def _lose(self) -> None:
        _log.warning("lease lost", extra=self._facts() | {"holder": self._seen.identity})
        self._lost = LeaseLostError(
            f"{self.identity} no longer holds the lease {self.key}, which {self._seen.identity or 'nobody'} had last."
        )
        if self._body:
            self._body.cancel()

    async def _tried(self) -> bool:
        """Take or renew the lease, if that may be; whether it is ours now."""
        began = self._now()
        try:
            if self._manifest is None or self._seen.identity != self.identity:
                await self._look()
            if not self._may_take():
                return False
            self._see(await self._write(self._claim()))
        except (AlreadyExistsError, ConflictError):
            self._manifest = None  # somebody was faster: look again
            return False
        except UnavailableError as error:
            if isinstance(error, NotFoundError):
                self._manifest = None  # somebody deleted it: make it anew
            _log.warning("lease out of reach", extra=self._facts() | {"error": str(error)})
            return False
        self._renewed_at = began
        return True

    async def _look(self) -> None:
        manifest = await self._api.find(LEASES, self.key)
        if manifest is None:
            self._manifest = None
        else:
            self._see(manifest)

    def _see(self, manifest: dict[str, Any]) -> None:
        """Note what the lease says, and since when it says so."""
        seen = Holder.of(manifest)
        if seen.identity not in (self._seen.identity, self.identity, ""):
            _log.info("lease is another's", extra=self._facts() | {"holder": seen.identity})
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._now()
        self._manifest = manifest

    def _may_take(self) -> bool:
        if self._manifest is None or self._seen.identity in ("", self.identity):
            return True
        return self._now() >= self._seen_at + self._seen.duration

    def _claim(self) -> dict[str, Any]:
        now, is_ours = _micro_time(), self._manifest is not None and self._seen.identity == self.identity
        return {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": max(1, round(self._terms.duration)),
            "acquireTime": self._seen.acquired if is_ours else now,
            "renewTime": now,
            "leaseTransitions": self._seen.transitions + (self._manifest is not None and not is_ours),
        }

    async def _give_back(self) -> None:
        """Let the next one have it at once; when that fails, it has to wait."""
        now = _micro_time()
        spec = self._claim() | {"holderIdentity": "", "leaseDurationSeconds": 1, "acquireTime": now, "renewTime": now}
        self._lost = LeaseLostError(f"{self.identity} has given back the lease {self.key}.")
        try:
            async with asyncio.timeout(self._terms.duration - self._terms.renew_within):
                self._see(await self._write(spec))
        except (UnavailableError, TimeoutError) as error:
            _log.warning("lease not given back", extra=self._facts() | {"error": str(error)})
        else:
            _log.info("lease given back", extra=self._facts())

    async def _write(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Write the lease; refused when it is not as it was seen."""
        if self._manifest is None:
            metadata = {"namespace": self.key.namespace, "name": self.key.name}
            lease = {"apiVersion": LEASES.gvk.api_version, "kind": LEASES.gvk.kind, "metadata": metadata, "spec": spec}
            return await self._api.create(LEASES, lease)
        return await self._api.update(LEASES, self._manifest | {"spec": spec})

    def _facts(self) -> dict[str, Any]:
        return {"lease": str(self.key), "identity": self.identity}

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _micro_time() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
