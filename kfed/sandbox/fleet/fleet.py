"""Fleet: a host and its members in one process, and what can be done to them while they run."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import signal
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kfed.errors import InputError, UnavailableError
from kfed.sandbox.fleet.folder import AUTHORITY, CERTIFICATE, JOURNAL, JOURNAL_FILES, KEY, KUBECONFIG
from kfed.sandbox.fleet.kubeconfig import kubeconfig
from kfed.sandbox.port.certs import LOOPBACK
from kfed.sandbox.port.http import Front
from kfed.sandbox.state.journal import Journal, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kfed.sandbox.fleet.folder import Folder
    from kfed.sandbox.port.showing import Answer
    from kfed.sandbox.port.site import Site

    Control = Callable[["Fleet", Mapping[str, str], bytes], Answer]


class Fleet:
    """Clusters that run; `kfed.sandbox.fleet.startup.open_fleet` starts and ends one.

    Attributes:
        sites: the clusters by name, the host first.
        folder: where its files are.
        stopping: set when somebody wants it to end.
        token: with which one may tell it what to do.
    """

    def __init__(self, folder: Folder, sites: Mapping[str, Site], control: Control, *, keep: bool) -> None:
        self.folder = folder
        self.sites = sites
        self.stopping = asyncio.Event()
        self._keep = keep
        self._journal: Journal | None = None
        self._front = Front(sites, lambda headers, body: control(self, headers, body))
        self.token = secrets.token_urlsafe(24)

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
            self._open(site)

    def _open(self, site: Site) -> None:
        """Serve what a cluster was left with.

        Raises:
            UnavailableError: it is damaged.
        """
        if self._journal is None:
            site.open(None, self.authority)
            return
        try:
            site.open(self._journal.open(site.name), self.authority)
        except (sqlite3.Error, AttributeError, LookupError, TypeError, ValueError) as error:
            raise UnavailableError(unusable(self.folder.file(JOURNAL), error)) from error

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
                "control": self.token,
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
