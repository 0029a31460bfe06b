"""The connections to one server that were made with one proof of who we are."""

from __future__ import annotations

import socket
from asyncio import sslproto
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

import kfed
from kfed.errors import CredentialsError
from kfed.kube.tls import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable

    from multidict import CIMultiDictProxy

    from kfed.kube.config import Connection
    from kfed.kube.credentials import Proof
    from kfed.kube.request import Request

    _Connector = Callable[[ssl.SSLContext, int], aiohttp.BaseConnector]

_KEPT = (
    60.0  # s; an API server closes what is idle for 90 s, and to be closed on while asking is to not know what was done
)
SILENT = 150.0  # s; an API server sends a bookmark every minute
_TLS_BUFFER = 32 * 1024  # bytes; asyncio's 256 KB for each connection is more than all that a member's objects take
BROKEN: tuple[type[Exception], ...] = (
    aiohttp.ClientError,
    OSError,
)  # what comes of sockets, TLS, and HTTP that is none
_NO_LIMIT = 0
REFUSED = 300  # the codes of HTTP from which on an answer says no; an API server redirects nobody
# Whether the other side is still there, where nothing is sent: asked after 30 s, given up after a minute.
_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}


class _Response(aiohttp.ClientResponse):
    """An answer; when it is not read to its end, its connection is cut at once, without TLS waiting for a good-bye."""

    def close(self) -> None:
        if self.connection is not None and self.connection.transport is not None:
            self.connection.transport.abort()
        super().close()


class Stream:
    """An answer that comes line by line; it ends when the server ends it, and when it is closed.

    Args:
        response: the answer, which has begun.
        among: the streams of which this is one until it is closed.
    """

    def __init__(self, response: aiohttp.ClientResponse, among: set[Stream]) -> None:
        self._response, self._among = response, among
        among.add(self)

    async def lines(self) -> AsyncGenerator[bytes]:
        """The lines, as they come.

        Raises:
            aiohttp.ClientError: the connection broke off.
        """
        rest = b""
        try:
            async for chunk in self._response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line
        except aiohttp.ClientError:
            if self in self._among:  # else it was us who ended it
                raise
            return
        if rest:
            yield rest

    def close(self) -> None:
        """End it, whether there would have been more or not."""
        self._among.discard(self)
        self._response.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        code: of HTTP.
        headers: of HTTP.
        body: all of it; nothing, where it is a stream.
        stream: what it is, where it was opened as one.
    """

    code: int
    headers: CIMultiDictProxy[str]
    body: bytes = b""
    stream: Stream | None = None


class Pool:
    """Connections that are kept open and used again: a bounded number for calls, and one for each stream.

    Attributes:
        proof: what they were made with.
        broken: the exceptions of a connection that is not made, or breaks off.
    """

    def __init__(self, connection: Connection, proof: Proof, connections: int) -> None:
        self.proof = proof
        self.broken = BROKEN
        sslproto.SSLProtocol.max_size = min(sslproto.SSLProtocol.max_size, _TLS_BUFFER)
        context = tls_context(connection.trust, proof.ca, proof.certificate, proof.key)
        proxy = connection.proxy or _proxy_of_environment(connection.server)
        connector: _Connector = _direct
        if _is_socks(proxy):
            connector, refused = _through_socks(proxy)
            self.broken = (*BROKEN, refused)
        self._calls = _http(connector(context, connections), None)
        self._streams = _http(connector(context, _NO_LIMIT), SILENT)
        self._root = connection.server
        self._options: dict[str, Any] = {"allow_redirects": False}
        if connection.trust.server_name:
            self._options["server_hostname"] = connection.trust.server_name
        if proxy and not _is_socks(proxy):
            self._options["proxy"] = proxy
        self._headers = [("User-Agent", f"kfed/{kfed.__version__}"), *connection.identity.act_as]
        if proof.authorization:
            self._headers.append(("Authorization", proof.authorization))
        self._open: set[Stream] = set()
        self._waiting = 0
        self._is_retired = False

    async def call(self, request: Request) -> Answer:
        """Send a request and read all of the answer.

        Raises:
            ClientError: or another of ``broken``: the connection was not made, or broke off.
        """
        self._waiting += 1
        try:
            response = await self._calls.request(request.method, **self._arguments(request))
            return Answer(response.status, response.headers, await response.read())
        finally:
            self._waiting -= 1
            await self._close_when_idle()

    async def open(self, request: Request) -> Answer:
        """Send a request and leave the answer to be read and closed, unless it is a refusal.

        Raises:
            ClientError: or another of ``broken``: the connection was not made, or broke off.
        """
        response = await self._streams.request(request.method, **self._arguments(request))
        if response.status >= REFUSED:
            return Answer(response.status, response.headers, await response.read())
        return Answer(response.status, response.headers, stream=Stream(response, self._open))

    async def retire(self) -> None:
        """End all streams now, and the connections when nobody waits for an answer any more."""
        self._is_retired = True
        for stream in tuple(self._open):
            stream.close()
        await self._streams.close()
        await self._close_when_idle()

    async def _close_when_idle(self) -> None:
        if self._is_retired and not self._waiting:
            await self._calls.close()

    def _arguments(self, request: Request) -> dict[str, Any]:
        headers = CIMultiDict(self._headers)
        headers["Accept"] = request.accept
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        url = URL(self._root + request.path, encoded=True)
        return {"url": url, "data": request.body, "headers": headers, **self._options}


def _http(connector: aiohttp.BaseConnector, silent: float | None) -> aiohttp.ClientSession:
    """A session that does what is asked, and nothing of its own."""
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_read=silent),
        response_class=_Response,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
    )


def _direct(context: ssl.SSLContext, limit: int) -> aiohttp.BaseConnector:
    return aiohttp.TCPConnector(ssl=context, limit=limit, keepalive_timeout=_KEPT, socket_factory=_socket)


def _through_socks(proxy: str) -> tuple[_Connector, type[Exception]]:
    """What makes connections through a SOCKS proxy, and what is raised when it makes none."""
    try:
        from aiohttp_socks import ProxyConnector, ProxyError  # noqa: PLC0415  (for few, and not installed by itself)
    except ImportError as error:
        raise CredentialsError("A SOCKS proxy needs the package aiohttp-socks; install kfed[socks].") from error
    url = proxy.replace("socks5h:", "socks5:", 1)  # names are the proxy's to resolve in either case, as in Go

    def connector(context: ssl.SSLContext, limit: int) -> aiohttp.BaseConnector:
        return ProxyConnector.from_url(url, rdns=True, ssl=context, limit=limit, keepalive_timeout=_KEPT)

    return connector, ProxyError


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """A socket that notices when the other side is gone."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _ALIVE.items():
        if option := getattr(socket, name, None):  # not every system has all
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made


def _is_socks(proxy: str) -> bool:
    return proxy.startswith("socks")


def _proxy_of_environment(server: str) -> str:
    """The proxy that ``HTTPS_PROXY`` and its like name for a server, unless ``NO_PROXY`` does."""
    parts = urlsplit(server)
    proxies = getproxies()
    if proxy_bypass(parts.netloc):
        return ""
    return proxies.get(parts.scheme) or proxies.get("all") or ""
