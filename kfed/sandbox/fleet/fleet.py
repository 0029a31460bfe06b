"""Fleet: a host and its members in one process, and what can be done to them while they run.

::

    async with open_fleet(Settings(folder, members=("member1",))) as fleet:
        print(fleet.kubeconfig)
        await fleet.stopping.wait()
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import os
import resource
import secrets
import signal
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import InputError, UnavailableError
from kfed.sandbox.fleet.folder import AUTHORITY, CERTIFICATE, JOURNAL, JOURNAL_FILES, KEY, KUBECONFIG, Folder
from kfed.sandbox.fleet.kubeconfig import kubeconfig
from kfed.sandbox.port.certs import LOOPBACK, is_current, make_identity
from kfed.sandbox.port.http import Front
from kfed.sandbox.port.site import Site
from kfed.sandbox.state.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from kfed.sandbox.port.showing import Answer

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


class Fleet:
    """Clusters that run; `open_fleet` starts and ends one.

    Attributes:
        sites: the clusters by name, the host first.
        folder: where its files are.
        stopping: set when somebody wants it to end.
    """

    def __init__(self, folder: Folder, sites: Mapping[str, Site], *, keep: bool) -> None:
        self.folder = folder
        self.sites = sites
        self.stopping = asyncio.Event()
        self._keep = keep
        self._journal: Journal | None = None
        self._front = Front(sites, self._asked)
        self.control = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """Where all clusters answer, each under its path."""
        return f"https://{LOOPBACK}:{self._front.port}"

    @property
    def kubeconfig(self) -> str:
        """The path of the kubeconfig."""
        return self.folder.file(KUBECONFIG)

    @property
    def authority(self) -> str:
        """The certificate of the authority that vouches for all clusters, as PEM."""
        return (self.folder.read(AUTHORITY) or b"").decode()

    def stop(self, name: str) -> None:
        """Make a cluster unreachable; it goes on behind that.

        Raises:
            InputError: there is no such cluster.
        """
        site = self._site(name)
        site.stopped = True
        self._front.cut(site)
        self._note()

    def start(self, name: str) -> None:
        """Make a cluster reachable again.

        Raises:
            InputError: there is no such cluster.
        """
        self._site(name).stopped = False
        self._note()

    def limit(self, name: str, replicas: int | None) -> None:
        """Let only so many pods find room in a cluster; ``None`` for any number. Those that run go on.

        Raises:
            InputError: there is no such cluster.
        """
        site = self._site(name)
        site.limit = replicas
        site.player.room_changed()
        self._note()

    def reset(self) -> None:
        """Empty all clusters, and make all reachable and without limits; keys, tokens and port stay."""
        for site in self.sites.values():
            site.close()
            self._front.cut(site)
            site.limit, site.stopped = None, False
        if self._journal is not None:
            self._journal.close()
            self._journal = None
            for name in JOURNAL_FILES:
                self.folder.remove(name)
        self._open_sites()
        self._note()

    def status(self) -> dict[str, Any]:
        """What is to be known of the fleet."""
        return {
            "url": self.url,
            "kubeconfig": self.kubeconfig,
            "kept": self._keep,
            "pid": os.getpid(),
            "clusters": [
                {
                    "name": site.name,
                    "url": f"{self.url}{site.path}",
                    "reachable": not site.stopped,
                    "limit": site.limit,
                    "objects": sum(site.store.count(*type_) for type_ in site.store.types()),
                    "watches": len(site.hub),
                }
                for site in self.sites.values()
            ],
        }

    async def open(self, port: int, noted: Mapping[str, Any]) -> None:
        """Begin to serve.

        Raises:
            UnavailableError: the port is taken, or what was kept cannot be read.
        """
        known = noted.get("clusters", {}) if self._keep else {}
        for name, site in self.sites.items():
            site.limit = known.get(name, {}).get("limit")
            site.stopped = known.get(name, {}).get("stopped", False)
        self._open_sites()
        certificate, key = self.folder.file(CERTIFICATE), self.folder.file(KEY)
        last = noted.get("port", 0)
        try:
            await self._front.listen(certificate, key, port or last)
        except UnavailableError:
            if port or not last:
                raise
            await self._front.listen(certificate, key, 0)
        for site in self.sites.values():
            site.address = f"{LOOPBACK}:{self._front.port}"
        self._note()
        self._write_kubeconfig()

    def heed_signals(self) -> None:
        """Take Ctrl-C, and signals to end, as the wish to end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stopping.set)

    async def close(self) -> None:
        """End: watches, connections, and what is not yet written."""
        for site in self.sites.values():
            site.close()
        await self._front.close()
        if self._journal is not None:
            self._journal.close()

    def _open_sites(self) -> None:
        if self._keep:
            # What SQLite puts beside the file is as private as the file is.
            self._journal = Journal(Path(self.folder.touch(JOURNAL)))
        for site in self.sites.values():
            site.open(self._journal.open(site.name) if self._journal is not None else None, self.authority)

    def _asked(self, headers: Mapping[str, str], body: bytes) -> Answer:
        from kfed.sandbox.fleet.control import control  # noqa: PLC0415  (they know each other)

        return control(self, headers, body)

    def _site(self, name: str) -> Site:
        site = self.sites.get(name)
        if site is None:
            raise InputError(f"There is no cluster {name!r} in this sandbox; there are {', '.join(self.sites)}.")
        return site

    def _note(self) -> None:
        """Write down what the next start, and the commands that speak to this one, need to know."""
        self.folder.note(
            {
                "pid": os.getpid(),
                "port": self._front.port,
                "control": self.control,
                "secret": base64.b64encode(next(iter(self.sites.values())).keys.secret).decode(),
                "clusters": {
                    site.name: {"token": site.token, "limit": site.limit, "stopped": site.stopped}
                    for site in self.sites.values()
                },
            }
        )

    def _write_kubeconfig(self) -> None:
        clusters = [(site.name, f"{self.url}{site.path}", site.token) for site in self.sites.values()]
        self.folder.write(
            KUBECONFIG, orjson.dumps(kubeconfig(clusters, self.authority.encode()), option=orjson.OPT_INDENT_2)
        )


@asynccontextmanager
async def open_fleet(settings: Settings) -> AsyncIterator[Fleet]:
    """A fleet that runs until the block ends.

    Raises:
        UnavailableError: the folder or the port is in use, or what was kept cannot be read.
        InputError: the folder holds other things, or a name is wrong.
        OSError: the folder cannot be used.
    """
    folder = Folder(settings.folder)
    folder.take()
    try:
        noted = folder.record()
        _ensure_identity(folder)
        fleet = Fleet(folder, _sites(settings, noted), keep=settings.keep)
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
    certificate = folder.read(CERTIFICATE)
    if certificate and folder.read(AUTHORITY) and folder.read(KEY) and is_current(certificate, now):
        return
    identity = make_identity(now)
    with suppress(FileNotFoundError):
        os.unlink(folder.file(CERTIFICATE))  # so that no certificate is ever beside the key of another
    folder.write(AUTHORITY, identity.authority)
    folder.write(KEY, identity.key)
    folder.write(CERTIFICATE, identity.certificate)
