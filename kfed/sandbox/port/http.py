"""The port: TLS and HTTP, and a path for each cluster."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import traceback
import uuid
from asyncio import sslproto
from typing import TYPE_CHECKING, Any

from aiohttp import web

from kfed.errors import UnavailableError
from kfed.sandbox.errors import ApiError, internal, timeout, too_large
from kfed.sandbox.port.auth import authenticate
from kfed.sandbox.port.certs import LOOPBACK
from kfed.sandbox.port.requests import Query, Request
from kfed.sandbox.port.routes import crashed, respond
from kfed.sandbox.port.showing import Answer, page_not_found, refusal
from kfed.sandbox.port.watching import Wish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from kfed.sandbox.port.site import Site

    Control = Callable[[Mapping[str, str], bytes], Answer]

MAX_BODY = 3 * 1024 * 1024
CONTROL = "/sandbox"
_HEAD_WITHIN, _BODY_WITHIN = 30.0, 60.0
_NEXT_WITHIN = 90.0  # as long as kube-apiserver keeps a connection on which nothing is asked
_SHUTDOWN_WITHIN = 1.0
_BACKLOG = 1024
_TLS_BUFFER = 32 * 1024  # two records
_AUDIT = "Audit-Id"
_NO_CACHE = ("Cache-Control", "no-cache, private")


class _Server(web.Server):
    """aiohttp's, which would wait for ever for the head of a connection's first request."""

    def __init__(self, handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **settings: Any) -> None:
        super().__init__(self._heard, **settings)
        self._handle = handle
        self._unheard: dict[asyncio.BaseTransport | None, asyncio.Handle] = {}

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._unheard[transport] = asyncio.get_running_loop().call_later(_HEAD_WITHIN, transport.close)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        self._hear(handler.transport)
        super().connection_lost(handler, exc)

    async def _heard(self, request: web.BaseRequest) -> web.StreamResponse:
        self._hear(request.transport)
        return await self._handle(request)

    def _hear(self, transport: asyncio.BaseTransport | None) -> None:
        if (timer := self._unheard.pop(transport, None)) is not None:
            timer.cancel()


class Front:
    """Answers on one port of this machine for all clusters; close it.

    Attributes:
        port: on which it listens.
    """

    def __init__(self, sites: Mapping[str, Site], control: Control) -> None:
        """Serve *sites* by their names, and hand what comes to ``/sandbox`` to *control*."""
        self._sites = sites
        self._control = control
        self._active: dict[asyncio.Transport, Site] = {}
        self._runner: web.ServerRunner | None = None
        self.port = 0

    async def listen(self, certificate: str, key: str, port: int = 0) -> None:
        """Begin to answer.

        Args:
            certificate: file of the certificate.
            key: file of its key.
            port: 0 for any that is free.

        Raises:
            UnavailableError: the port is taken.
        """
        # asyncio sets so much aside for each connection, and thousands of watches are to be cheap.
        sslproto.SSLProtocol.max_size = min(sslproto.SSLProtocol.max_size, _TLS_BUFFER)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        quiet = logging.getLogger("kfed.sandbox")  # clients' mistakes are answered, not logged
        quiet.setLevel(logging.CRITICAL)
        server = _Server(
            self._handle, handler_cancellation=True, access_log=None, logger=quiet, keepalive_timeout=_NEXT_WITHIN
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_WITHIN)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, LOOPBACK, port, ssl_context=context, backlog=_BACKLOG).start()
        except OSError as error:
            await self._runner.cleanup()
            raise UnavailableError(
                f"Port {port} of {LOOPBACK} cannot be used: {error.strerror}. Give another one with --port."
            ) from error
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Answer no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    def cut(self, site: Site) -> None:
        """Close the connections on which *site* is being asked something."""
        for transport, asked in list(self._active.items()):
            if asked is site:
                transport.abort()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path == CONTROL:
            body = await _read(request)
            return _response(body if isinstance(body, Answer) else self._control(request.headers, body))
        site = self._find(path)
        if site is None:
            return _response(page_not_found())
        transport = request.transport
        if transport is None or site.stopped:
            return _hang_up(request)
        self._active[transport] = site
        try:
            answer = await _answer(site, request)
            if isinstance(answer, Wish):
                return await _stream(site, request, answer)
            if site.stopped:
                return _hang_up(request)
            return _response(answer)
        finally:
            self._active.pop(transport, None)

    def _find(self, path: str) -> Site | None:
        empty, clusters, name, *_ = (*path.split("/", 3), "", "")
        return self._sites.get(name) if (empty, clusters) == ("", "clusters") else None


async def _answer(site: Site, request: web.BaseRequest) -> Answer | Wish:
    try:
        user = authenticate(request.headers, site.keys, site.account_uid)
    except ApiError as error:
        return refusal(error)
    body = await _read(request)
    if isinstance(body, Answer):
        return body
    path = request.rel_url.raw_path.removeprefix(site.path)
    query = Query.parse(request.rel_url.raw_query_string)
    try:
        answer = respond(site, Request(request.method, path, query, request.headers, body, user))
        await site.store.settle()
    except UnavailableError as error:
        return refusal(internal(str(error)))
    except Exception as error:  # noqa: BLE001  # one request must not end the others' server
        if os.environ.get("KFED_DEBUG") == "1":
            traceback.print_exc()
        return crashed(error)
    return answer


async def _read(request: web.BaseRequest) -> bytes | Answer:
    """The body of a request, or what is said to one that is too long or too slow."""
    if (request.content_length or 0) > MAX_BODY:
        return refusal(too_large(MAX_BODY))
    pieces, size = [], 0
    try:
        async with asyncio.timeout(_BODY_WITHIN):
            async for piece in request.content.iter_any():
                size += len(piece)
                if size > MAX_BODY:
                    return refusal(too_large(MAX_BODY))
                pieces.append(piece)
    except TimeoutError:
        return refusal(timeout("the request's body did not arrive"))
    return b"".join(pieces)


def _response(answer: Answer) -> web.Response:
    response = web.Response(status=answer.code, body=answer.body or None)
    response.headers["Content-Type"] = answer.content_type
    for name, value in (_NO_CACHE, (_AUDIT, str(uuid.uuid4())), *answer.headers):
        if name in response.headers and name != "Warning":
            response.headers[name] = value
        else:
            response.headers.add(name, value)
    return response


def _hang_up(request: web.BaseRequest) -> web.Response:
    """Close the connection without a word, as a machine does that is not there."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


async def _stream(site: Site, request: web.BaseRequest, wish: Wish) -> web.StreamResponse:
    transport = request.transport
    watch = site.hub.open(wish, lambda: transport.abort() if transport is not None else None)
    headers = dict((_NO_CACHE, (_AUDIT, str(uuid.uuid4())), ("Content-Type", "application/json")))
    response = web.StreamResponse(headers=headers)
    try:
        await response.prepare(request)
        async for chunk in watch.chunks():
            await response.write(chunk)
        await response.write_eof()
    except (ConnectionError, UnavailableError):
        if transport is not None:
            transport.abort()
    finally:
        watch.end()
    return response
