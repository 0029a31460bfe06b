"""A proxy is gone through when the connection or the environment names one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kfed.errors import UnreachableError
from kfed.kube import request
from kfed.kube.config import Connection, Trust
from kfed.kube.session import Session
from tests.kube.certificates import Authority
from tests.kube.peer import answered, peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

OURS = Authority("ours")
NAME = "api.example.com"  # which only the proxy knows


@asynccontextmanager
async def _tunnel(target: str, refuses: str = "") -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that leads every ``CONNECT``, and every SOCKS5 request, to *target*; its address, and what it heard."""
    asked: list[str] = []
    pipes: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        first = await reader.readexactly(1)
        if first == b"\x05":
            asked.append(await _socks(reader, writer))
        else:
            head = first + await reader.readuntil(b"\r\n\r\n")
            asked.append(head.split(b"\r\n")[0].decode())
            writer.write(f"HTTP/1.1 {refuses or '200 OK'}\r\n\r\n".encode())
            if refuses:
                writer.close()
                return
        host, port = target.rpartition("//")[2].split(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writers.append(far_writer)
        pipes.update(asyncio.create_task(_pipe(*ends)) for ends in ((reader, far_writer), (far_reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        for pipe in pipes:
            pipe.cancel()
        for writer in writers:
            writer.close()
        await asyncio.gather(*pipes, *(writer.wait_closed() for writer in writers), return_exceptions=True)


async def _socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    """The handshake of SOCKS5 (RFC 1928) without authentication, to a name."""
    await reader.readexactly((await reader.readexactly(1))[0])
    writer.write(b"\x05\x00")
    *_, kind, length = await reader.readexactly(5)
    assert kind == 3, "a name"
    name = (await reader.readexactly(length)).decode()
    port = int.from_bytes(await reader.readexactly(2))
    writer.write(b"\x05\x00\x00\x01" + bytes(6))
    return f"SOCKS {name}:{port}"


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def _asked(tmp_path: Path, proxy: Callable[[str], str], **environment: str) -> tuple[Any, list[str]]:
    """What a server answers that is reached through a tunnel, and what the tunnel was asked for."""
    handler, _ = answered(then=(200, {"hello": "world"}))
    async with peer(handler, OURS.issue(NAME).server(tmp_path)) as url, _tunnel(url) as (address, asked):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value.format(address=address))
            connection = Connection("member1", f"https://{NAME}:6443", Trust(ca=OURS.pem), proxy=proxy(address))
            async with Session(connection) as session:
                return await session.send(request.read("/")), asked


@pytest.mark.parametrize(
    ("scheme", "question"),
    [("http", f"CONNECT {NAME}:6443 HTTP/1.1"), ("socks5", f"SOCKS {NAME}:6443"), ("socks5h", f"SOCKS {NAME}:6443")],
)
def test_server_is_reached_through_the_proxy_of_the_connection(
    run: Callable[..., Any], tmp_path: Path, scheme: str, question: str
) -> None:
    answer, asked = run(_asked(tmp_path, lambda address: f"{scheme}://{address}"))
    assert (answer, asked) == ({"hello": "world"}, [question])


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment_is_used(run: Callable[..., Any], tmp_path: Path, variable: str) -> None:
    answer, asked = run(_asked(tmp_path, lambda _: "", **{variable: "http://{address}"}))
    assert (answer, asked) == ({"hello": "world"}, [f"CONNECT {NAME}:6443 HTTP/1.1"])


def test_proxy_of_the_connection_goes_before_that_of_the_environment(run: Callable[..., Any], tmp_path: Path) -> None:
    answer, _ = run(_asked(tmp_path, lambda address: f"http://{address}", HTTPS_PROXY="http://127.0.0.1:1"))
    assert answer == {"hello": "world"}


@pytest.mark.parametrize("spared", [NAME, ".example.com", "*"])
def test_proxy_of_the_environment_spares_whom_it_should(run: Callable[..., Any], tmp_path: Path, spared: str) -> None:
    with pytest.raises(UnreachableError, match=NAME):
        run(_asked(tmp_path, lambda _: "", HTTPS_PROXY="http://{address}", NO_PROXY=spared))


def test_socks_proxy_that_refuses_is_said_to(run: Callable[..., Any]) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(b"\x05\xff")  # no method of authentication will do
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        proxy = f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Session(Connection("member1", "https://api.example.com", proxy=proxy)) as session:
            await session.send(request.read("/"))

    with pytest.raises(UnreachableError, match=r"^member1 \(https://api.example.com\) could not be asked"):
        run(play())


def test_proxy_that_refuses_is_said_to(run: Callable[..., Any]) -> None:
    async def play() -> None:
        async with _tunnel("", refuses="407 Proxy Authentication Required") as (address, _):
            connection = Connection("member1", "https://api.example.com", proxy=f"http://{address}")
            async with Session(connection) as session:
                await session.send(request.read("/"))

    with pytest.raises(UnreachableError, match=r"member1 .*407"):
        run(play())
