"""Probes: whether the process works, for whoever starts it again when it does not; on loopback alone."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def answering(port: int, is_ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer ``/healthz``, as long as anything is done at all, and ``/readyz``, when federated objects are kept.

    Args:
        port: of loopback; 0 for no answers.
        is_ready: whether objects are kept.
    """
    if not port:
        yield
        return

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        ready = is_ready()
        return web.Response(text="ok" if ready else "waiting", status=200 if ready else 503)

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield
    finally:
        await runner.cleanup()
