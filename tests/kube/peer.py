"""A server on this machine that does what a test tells it to."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from kfed.kube.config import Connection, Identity, Trust
from kfed.kube.session import Session

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


_USUAL, _NOBODY = Trust(), Identity()


@asynccontextmanager
async def peer(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that answers every request with *handler*; its address."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.01, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def met(
    handler: Handler,
    *,
    tls: ssl.SSLContext | None = None,
    trust: Trust = _USUAL,
    identity: Identity = _NOBODY,
    **more: Any,
) -> AsyncIterator[Session]:
    """A session with a peer of its own, which is called ``member1``."""
    async with peer(handler, tls) as url, Session(Connection("member1", url, trust, identity), **more) as session:
        yield session


@asynccontextmanager
async def raw_peer(*answers: bytes | None) -> AsyncIterator[str]:
    """A server that sends these bytes on one connection after another and hangs up; with ``None`` it breaks off."""
    left = list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        said = left.pop(0) if left else b""
        if said is None:
            at_once = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        else:
            writer.write(said)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def answered(
    *answers: tuple[int, Any] | tuple[int, Any, dict[str, str]] | Handler, then: Any = (200, {})
) -> tuple[Handler, list[web.Request]]:
    """A handler that gives these answers in turn, *then* the last for ever, and the requests that it has got."""
    left, got = list(answers), []

    async def handler(request: web.Request) -> web.StreamResponse:
        got.append(request)
        answer = left.pop(0) if left else then
        if callable(answer):
            return await answer(request)
        status, body, *headers = answer
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers[0] if headers else {})

    return handler, got


def status(code: int, reason: str, message: str = "no", **details: Any) -> tuple[int, dict[str, Any]]:
    """An answer that says no, as API servers do."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason}
    return code, body | {"message": message, "details": details}
