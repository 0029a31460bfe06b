"""Clusters for tests: ask for them by name, and they run for as long as somebody holds the fleet.

    with open_fleet(programs, folder) as fleet:
        host, member = fleet.clusters("host", "member1")
        status, body = host.call("GET", "/api/v1/namespaces")

Every process that opens a fleet in the same folder (the workers of pytest-xdist) gets the same servers.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tests.clusters.supervisor import LOCK, SOCKET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ROOT = Path(__file__).resolve().parents[2]
_CALL_WITHIN = 30.0


class FleetError(Exception):
    """The servers did not start; the message says why."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running API server.

    Attributes:
        name: as it was asked for.
        url: where it answers.
        folder: its kubeconfigs, certificates and log.
        ca: the file of the authority that signed its certificate.
        tokens: bearer tokens by user: ``admin``, and ``alice`` and ``bob``, who may do nothing unless allowed.
        pid: its process.
    """

    name: str
    url: str
    folder: str
    ca: str
    tokens: Mapping[str, str] = field(hash=False)
    pid: int

    @property
    def log(self) -> Path:
        """What it wrote."""
        return Path(self.folder, "log")

    def kubeconfig(self, user: str = "admin") -> str:
        """The path of the kubeconfig of ``user``, whose only context is this cluster."""
        return os.path.join(self.folder, f"{user}.kubeconfig")

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str | None = "admin",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """One request, with TLS verified: the status and the JSON that came back (or the text, where it is none).

        Args:
            method: ``GET``…
            path: path and query.
            body: sent as JSON, unless ``None``; a ``Content-Type`` in ``headers`` says what kind.
            user: who asks; ``None`` for nobody.
            headers: further ones.
        """
        sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        if user is not None:
            sent["Authorization"] = f"Bearer {self.tokens[user]}"
        host, port = self.url.removeprefix("https://").split(":")
        context = ssl.create_default_context(cafile=self.ca)
        connection = http.client.HTTPSConnection(host, int(port), timeout=_CALL_WITHIN, context=context)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        is_json = response.headers.get_content_subtype() == "json"
        return response.status, json.loads(text) if is_json else text


@dataclass(frozen=True, slots=True)
class Fleet:
    """A connection to the process that owns the servers; :func:`open_fleet` makes one."""

    folder: Path
    stream: TextIO

    def clusters(self, *names: str) -> list[Cluster]:
        """The clusters of these names, started where they are not running, side by side.

        A name that only one test uses is a cluster of its own, which it may stop and start as it likes.

        Raises:
            FleetError: one did not start.
        """
        return [Cluster(**described) for described in self._ask("start", names)["clusters"]]

    def working(self, name: str, pods: int) -> Cluster:
        """The cluster of this name, with controllers and a node that has room for so many pods.

        A Deployment there gets pods, which are ready at once; those that find no room stay pending.

        Raises:
            FleetError: the server did not start, or has such a node already.
        """
        cluster = Cluster(**self._ask("work", [name])["clusters"][0])
        room = {"cpu": "64", "memory": "256Gi", "pods": str(pods)}
        node = {"metadata": {"name": "node"}, "status": {"capacity": room, "allocatable": room}}
        status, answer = cluster.call("POST", "/api/v1/nodes", node)
        if status != HTTPStatus.CREATED:
            raise FleetError(f"{name} got no node: {answer['message']}")
        return cluster

    def stop(self, *names: str) -> None:
        """Stop these clusters as a power cut would; asked for again they come back, with their data and port."""
        self._ask("stop", names)

    def _ask(self, what: str, names: Sequence[str]) -> Any:
        self.stream.write(json.dumps({"do": what, "names": names}) + "\n")
        self.stream.flush()
        line = self.stream.readline()
        if not line:
            raise FleetError(f"The process that owns the servers has ended; see {self.folder / 'supervisor.log'}.")
        answer = json.loads(line)
        if "error" in answer:
            raise FleetError(answer["error"])
        return answer


@contextmanager
def open_fleet(programs: Path, folder: Path) -> Iterator[Fleet]:
    """The fleet of ``folder``: joined when there is one, else begun; its servers stop when the last has left.

    Args:
        programs: the folder of etcd, kube-apiserver and the rest.
        folder: for sockets, logs and data; shared by those who should share servers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _connected(programs, folder) as connection, connection.makefile("rw", encoding="utf-8") as stream:
        yield Fleet(folder, stream)


def _connected(programs: Path, folder: Path) -> socket.socket:
    """A connection to the supervisor of ``folder``, which is started when there is none."""
    client = socket.socket(socket.AF_UNIX)
    address = str(folder / SOCKET)
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            client.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            (folder / SOCKET).unlink(missing_ok=True)  # of a supervisor that was killed
            _begin(programs, folder, address)
            client.connect(address)
    return client


def _begin(programs: Path, folder: Path, address: str) -> None:
    """Start a supervisor that listens on ``address``: open before it runs, so that nobody has to wait for it.

    Raises:
        FleetError: Python could not run it.
    """
    with socket.socket(socket.AF_UNIX) as listening, (folder / "supervisor.log").open("ab") as log:
        listening.bind(address)
        listening.listen(64)
        descriptor = listening.fileno()
        command = [sys.executable, "-m", "tests.clusters.supervisor", str(descriptor), str(programs), str(folder)]
        code = subprocess.call(
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[descriptor]
        )
    if code:
        raise FleetError(f"The process that owns the servers could not start; see {folder / 'supervisor.log'}.")
