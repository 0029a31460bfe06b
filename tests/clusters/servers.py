"""Start and stop etcd and kube-apiservers on this machine: asyncio, no fixture and no test.

One etcd serves all API servers, each under a prefix of its own: it saves a process and its memory per cluster, and to
an API server it makes no difference. It listens on a Unix socket, so that nothing but these servers can reach it.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import ssl
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.clusters.credentials import make_credentials, write_kubeconfig

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from tests.clusters.credentials import Credentials

_READY_WITHIN = 60.0  # seconds; 5 is usual, a machine busy with other things takes longer
_ATTEMPTS = 3  # a free port may be taken between finding and using it
_LINES_OF_AN_ERROR = 20


class ServerError(Exception):
    """A server did not start; the message holds the end of its log, and where the rest is."""


@dataclass(slots=True)
class Etcd:
    """A running etcd."""

    process: Process
    url: str

    async def stop(self) -> None:
        """Stop it, keeping its log."""
        await kill(self.process)


@dataclass(slots=True)
class ApiServer:
    """A running kube-apiserver."""

    name: str
    process: Process
    folder: Path
    port: int
    credentials: Credentials

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop it at once, as a power cut would; what it acknowledged is in etcd."""
        await kill(self.process)


async def start_etcd(program: Path, folder: Path) -> Etcd:
    """Start etcd with its data and log in ``folder``, and wait until it is ready.

    Raises:
        ServerError: it ended, or was not ready in time.
    """
    os.makedirs(folder)
    path = folder / "sock"
    url = f"unix://{path}"
    flags = {
        "name": "default",
        "data-dir": str(folder / "data"),
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": f"unix://{folder / 'peer'}",
        "log-level": "warn",
        "unsafe-no-fsync": "true",  # the data is thrown away in any case
    }
    process = await spawn(program, flags, folder / "log")
    await _wait(process, lambda: _answers_on_socket(path), folder / "log", "etcd")
    return Etcd(process, url)


async def start_apiserver(program: Path, folder: Path, name: str, etcd: str) -> ApiServer:
    """Start the API server ``name`` with its files in ``folder``, and wait until ``/readyz`` says so.

    Args:
        program: kube-apiserver.
        folder: made when it is not there.
        name: also the prefix of its data in etcd.
        etcd: where etcd listens.

    Raises:
        ServerError: it ended, or was not ready in time.
    """
    os.makedirs(folder, exist_ok=True)
    credentials = make_credentials(folder, name)
    for attempts_left in reversed(range(_ATTEMPTS)):
        port = _free_port()
        try:
            server = await _run_apiserver(program, folder, name, etcd, port, credentials)
        except ServerError as error:
            if attempts_left and "address already in use" in str(error):
                continue
            raise
        for user, token in credentials.tokens.items():
            write_kubeconfig(folder / f"{user}.kubeconfig", name, server.url, credentials.ca, token)
        return server
    raise AssertionError  # the last attempt returned or raised


async def restart_apiserver(program: Path, server: ApiServer, etcd: str) -> ApiServer:
    """Start a stopped server again: same data, same port, same credentials.

    Raises:
        ServerError: it ended, or was not ready in time.
    """
    return await _run_apiserver(program, server.folder, server.name, etcd, server.port, server.credentials)


async def _run_apiserver(  # noqa: PLR0913, PLR0917  # what a server is made of
    program: Path, folder: Path, name: str, etcd: str, port: int, credentials: Credentials
) -> ApiServer:
    """Start a server and wait until it is ready."""
    log = folder / "log"
    process = await spawn(program, _apiserver_flags(name, folder, etcd, port, credentials), log)
    context = ssl.create_default_context(cafile=str(credentials.ca))
    await _wait(process, lambda: _is_ready(port, context, credentials), log, f"kube-apiserver {name}")
    return ApiServer(name, process, folder, port, credentials)


def _apiserver_flags(name: str, folder: Path, etcd: str, port: int, credentials: Credentials) -> dict[str, str]:
    """How the server is run: as in production as far as one process can be, and with nothing it would wait for."""
    return {
        "etcd-servers": etcd,
        "etcd-prefix": f"/{name}",
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": str(port),
        "cert-dir": str(folder),
        "tls-cert-file": str(credentials.certificate),
        "tls-private-key-file": str(credentials.key),
        "token-auth-file": str(credentials.token_file),
        "anonymous-auth": "false",
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": str(credentials.service_account_key),
        "service-account-signing-key-file": str(credentials.service_account_key),
        "service-cluster-ip-range": "10.0.0.0/24",
        "allow-privileged": "true",
        # No controller makes service accounts, and pods would be refused for the lack of one.
        "disable-admission-plugins": "ServiceAccount",
        "endpoint-reconciler-type": "none",  # loopback is no address for an endpoint
        "shutdown-delay-duration": "0s",
    }


async def spawn(program: Path, flags: dict[str, str], log: Path) -> Process:
    """Start ``program``, which is killed by the kernel when this process ends, however it ends (on Linux)."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            program,
            *(f"--{name}={value}" for name, value in flags.items()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=_die_with_parent(),
        )


def _die_with_parent() -> Callable[[], object] | None:
    """What a new process does first, so that it cannot outlive this one; nothing where the kernel has no such thing."""
    if sys.platform != "linux":
        return None
    set_death_signal = 1
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork: after it, little is safe
    return lambda: prctl(set_death_signal, signal.SIGKILL)


async def kill(process: Process) -> None:
    """Kill a process, unless it has ended, and wait until it is gone."""
    if process.returncode is None:
        process.kill()
    await process.wait()


async def _wait(process: Process, ready: Callable[[], Awaitable[bool]], log: Path, what: str) -> None:
    """Ask ``ready`` until it says so; a process that is not ready in time is killed.

    Raises:
        ServerError: the process ended, or time is up.
    """
    try:
        async with asyncio.timeout(_READY_WITHIN):
            while process.returncode is None:
                if await ready():
                    return
                await asyncio.sleep(0.05)
        problem = f"ended with exit code {process.returncode}"
    except TimeoutError:
        problem = f"was not ready within {_READY_WITHIN:.0f} s"
        await kill(process)
    raise ServerError(f"{what} {problem}. The end of its log, {log}:\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LINES_OF_AN_ERROR:])


async def _answers_on_socket(path: Path) -> bool:
    """Whether etcd says that it is healthy."""
    try:
        streams = await asyncio.open_unix_connection(str(path))
    except OSError:
        return False
    return await _is_ok(*streams, ["GET /health HTTP/1.1", "Host: localhost"])


async def _is_ready(port: int, context: ssl.SSLContext, credentials: Credentials) -> bool:
    """Whether the API server on ``port`` says that it is ready, under its own certificate."""
    try:
        streams = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    except OSError:
        return False
    token = credentials.tokens["admin"]
    return await _is_ok(*streams, ["GET /readyz HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}"])


async def _is_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Sequence[str]) -> bool:
    """Send a request and see whether the status is 200."""
    try:
        writer.write("\r\n".join([*request, "Connection: close", "", ""]).encode())
        return (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False
    finally:
        writer.close()


def _free_port() -> int:
    """A port of loopback that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
