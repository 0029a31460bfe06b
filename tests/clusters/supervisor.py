"""The process that owns the servers of a test run: it starts them when asked, and stops them when nobody is left.

    python -m tests.clusters.supervisor DESCRIPTOR PROGRAMS FOLDER

It is given a listening Unix socket (its file descriptor), the folder of the programs and a folder for what it writes.
Clients send lines of JSON, ``{"do": "start", "names": ["host", "member1"]}``, and get a line for each; ``work`` starts
controllers as well, ``stop`` stops servers. Who needs the servers holds a connection: the kernel closes it however a
client ends, so the count is always right, and with the last one the servers go. Should this process be killed, the
kernel kills them (on Linux).
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import select
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.clusters.controllers import start_controllers
from tests.clusters.servers import ApiServer, Etcd, ServerError, kill, restart_apiserver, start_apiserver, start_etcd

if TYPE_CHECKING:
    from asyncio.subprocess import Process

SOCKET = "fleet.sock"
LOCK = "fleet.lock"
"""Held by whoever opens or closes the socket, so that no client connects to a supervisor that is leaving."""


@dataclass(slots=True)
class Supervisor:
    """The servers, and how many clients there are."""

    programs: Path
    folder: Path
    listening: socket.socket
    clients: int = 0
    etcd: Etcd | None = None
    servers: dict[str, ApiServer] = field(default_factory=dict)
    controllers: dict[str, list[Process]] = field(default_factory=dict)
    starting: dict[str, asyncio.Lock] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> None:
        """Serve clients until the last has gone, then stop every server."""
        server = await asyncio.start_unix_server(self._client, sock=self.listening)
        try:
            await self.done.wait()
        finally:
            server.close()
            await self._stop_all()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client: an answer for each line, until it has gone."""
        self.clients += 1
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(json.loads(line))).encode() + b"\n")
                await writer.drain()
        except OSError:
            pass  # a client that was killed; its connection is over
        finally:
            writer.close()
            self.clients -= 1
            self._leave_when_alone()

    async def _answer(self, request: dict[str, Any]) -> dict[str, object]:
        """Do what a client asks; what goes wrong is an answer too."""
        try:
            if request["do"] == "stop":
                await asyncio.gather(*(self._stop(name) for name in request["names"]))
                return {}
            start = self._start_working if request["do"] == "work" else self._start
            servers = await asyncio.gather(*(start(name) for name in request["names"]))
        except (ServerError, OSError) as error:
            return {"error": str(error)}
        return {"clusters": [_described(server) for server in servers]}

    async def _start(self, name: str) -> ApiServer:
        """The server ``name``: as it runs, or started again after a stop, or new."""
        async with self.starting.setdefault(name, asyncio.Lock()):
            known = self.servers.get(name)
            if known and known.process.returncode is None:
                return known
            etcd = await self._etcd()
            program = self.programs / "kube-apiserver"
            if known:
                server = await restart_apiserver(program, known, etcd.url)
            else:
                server = await start_apiserver(program, self.folder / name, name, etcd.url)
            self.servers[name] = server
            return server

    async def _start_working(self, name: str) -> ApiServer:
        """The server ``name``, with controllers, so that pods are made, scheduled and run."""
        server = await self._start(name)
        if name not in self.controllers:
            self.controllers[name] = []  # before the first wait: another client may ask meanwhile
            self.controllers[name] = await start_controllers(self.programs, server)
        return server

    async def _etcd(self) -> Etcd:
        """The etcd of all servers, started by the first that needs it."""
        async with self.starting.setdefault("", asyncio.Lock()):
            if self.etcd is None:
                self.etcd = await start_etcd(self.programs / "etcd", self.folder / "etcd")
            return self.etcd

    async def _stop(self, name: str) -> None:
        """Stop the server ``name``, which keeps its data and its port."""
        async with self.starting.setdefault(name, asyncio.Lock()):
            if name in self.servers:
                await self.servers[name].stop()

    async def _stop_all(self) -> None:
        """Stop everything; logs stay, data goes."""
        controllers = [process for processes in self.controllers.values() for process in processes]
        await asyncio.gather(*(kill(process) for process in controllers))
        await asyncio.gather(*(server.stop() for server in self.servers.values()))
        if self.etcd:
            await self.etcd.stop()
            shutil.rmtree(self.folder / "etcd" / "data", ignore_errors=True)

    def _leave_when_alone(self) -> None:
        """With no client left, and none at the door, close the door and leave."""
        if self.clients:
            return
        folder = self.folder.parent
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            at_the_door, _, _ = select.select([self.listening], [], [], 0)
            if not at_the_door:
                (folder / SOCKET).unlink(missing_ok=True)
                self.done.set()


def _described(server: ApiServer) -> dict[str, object]:
    """A server as a client hears of it."""
    return {
        "name": server.name,
        "url": server.url,
        "folder": str(server.folder),
        "ca": str(server.credentials.ca),
        "tokens": server.credentials.tokens,
        "pid": server.process.pid,
    }


async def _main(descriptor: int, programs: Path, folder: Path) -> None:
    """Serve on the socket that was handed over."""
    own = Path(tempfile.mkdtemp(prefix="fleet-", dir=folder))
    await Supervisor(programs, own, socket.socket(fileno=descriptor)).serve()


if __name__ == "__main__":
    os.umask(0o077)
    if os.fork():  # who started this goes on at once, and need not outlive it
        os._exit(0)
    os.setsid()  # Ctrl-C is for the tests; their going is seen here
    asyncio.run(_main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
