"""Startup: what a fleet is started with, and what it finds in its folder.

::

    async with open_fleet(Settings(folder, members=("member1",))) as fleet:
        print(fleet.kubeconfig)
        await fleet.stopping.wait()
"""

from __future__ import annotations

import base64
import datetime as dt
import os
import resource
import secrets
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.errors import InputError
from kfed.sandbox.fleet.control import control
from kfed.sandbox.fleet.fleet import Fleet
from kfed.sandbox.fleet.folder import AUTHORITY, CERTIFICATE, KEY, Folder
from kfed.sandbox.port.certs import Identity, is_current, make_identity
from kfed.sandbox.port.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

HOST = "host"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a fleet is started with.

    Attributes:
        folder: for keys, tokens and the kubeconfig; whoever may read it may do everything.
        members: their names; ``None`` for those that the folder knows, or three.
        keep: the folder also keeps what the clusters hold, and is read from it.
        port: to listen on; 0 for the one of last time, or any.
    """

    folder: str
    members: tuple[str, ...] | None = None
    keep: bool = False
    port: int = 0


@asynccontextmanager
async def open_fleet(settings: Settings) -> AsyncIterator[Fleet]:
    """A fleet that runs until the block ends.

    Raises:
        UnavailableError: the folder or the port is in use, others may write to the folder, or what was kept is damaged.
        InputError: the folder holds other things, or a name is wrong.
        OSError: the folder cannot be used.
    """
    folder = Folder(settings.folder)
    folder.take()
    try:
        noted = folder.record()
        _ensure_identity(folder)
        fleet = Fleet(folder, _sites(settings, noted), control, keep=settings.keep)
        try:
            await fleet.open(settings.port, noted)
            yield fleet
        finally:
            await fleet.close()
    finally:
        folder.close()


def allow_many_connections() -> None:
    """Have this process hold open as much as it may: every watch is a connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems set no limit that could be taken as a number
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def member_names(number: int) -> tuple[str, ...]:
    """The names of so many members: ``member1``, ``member2``."""
    return tuple(f"member{place}" for place in range(1, number + 1))


def _sites(settings: Settings, noted: Mapping[str, Any]) -> dict[str, Site]:
    """The clusters that are to run; those that the folder knows keep their tokens."""
    known = noted.get("clusters", {})
    members = settings.members
    if members is None:
        kept = tuple(name for name in known if name != HOST) if settings.keep else ()
        members = kept or member_names(3)
    if len({HOST, *members}) != len(members) + 1:
        raise InputError(f"The members are to have different names, and none is to be called {HOST}.")
    secret = base64.b64decode(noted.get("secret", "")) or secrets.token_bytes(32)
    return {
        name: Site(name, known.get(name, {}).get("token") or secrets.token_urlsafe(24), secret + name.encode())
        for name in (HOST, *members)
    }


def _ensure_identity(folder: Folder) -> None:
    """Have a certificate that is good for a while yet."""
    now = dt.datetime.now(dt.UTC)
    kept = Identity(*(folder.read(name) or b"" for name in (AUTHORITY, CERTIFICATE, KEY)))
    if is_current(kept, now):
        return
    identity = make_identity(now)
    with suppress(FileNotFoundError):
        os.unlink(folder.file(CERTIFICATE))  # so that no certificate is ever beside the key of another
    folder.write(AUTHORITY, identity.authority)
    folder.write(KEY, identity.key)
    folder.write(CERTIFICATE, identity.certificate)
