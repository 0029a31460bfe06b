"""Sends and streams Requests to one cluster, and says in ``kfed.errors`` what went wrong.

There is no limit of our own to how much is asked: an API server that has enough says so, and is obeyed.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import aclosing, asynccontextmanager, closing
from errno import ECONNRESET, EPIPE
from typing import TYPE_CHECKING, Any, Self, cast

import aiohttp
import orjson

from kfed.errors import ThrottledError, UnauthorizedError, UnreachableError
from kfed.kube.credentials import Credentials
from kfed.kube.failures import not_json, refusal, silent, too_late, unreachable
from kfed.kube.pool import BROKEN, REFUSED, SILENT, Pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from kfed.errors import StatusError
    from kfed.kube.config import Connection
    from kfed.kube.pool import Answer, Stream
    from kfed.kube.request import Request

    Exchange = Callable[[Pool, Request], Awaitable[Answer]]

_log = logging.getLogger(__name__)
_LEAST = 0.1  # s; a server that says 0 is not asked in a tight loop
DEADLINE = 30.0
CONNECTIONS = 32


class Session:
    """A session with the API server of one cluster.

    Guarantees:
        Every failure is a leaf of ``UnavailableError``; an answer is whole or an error. A call ends within its
        deadline, its repetitions included: after 429 and 503 when the server says when to come back, once after 401
        when there is another proof of who we are, and once when the server hung up on a request that is repeatable.
        After :meth:`replace`, or when a token or certificate has changed, new calls use what is new, streams end, and
        calls on their way are finished as they were begun.
    Assumes:
        It is used in one event loop.
    Does not:
        Ask again for any other reason, keep anything, or know what is asked.

    Args:
        connection: where, and who asks.
        deadline: seconds that a call may take, and the opening of a stream.
        connections: how many calls may be on their way at once; others wait for their turn, within their deadline.
        observe: told of each answer: the request, its code (0 when there was none) and the seconds that it took.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        deadline: float = DEADLINE,
        connections: int = CONNECTIONS,
        observe: Callable[[Request, int, float], None] | None = None,
    ) -> None:
        self._credentials = Credentials(connection)
        self.connection = connection
        self._deadline = deadline
        self._connections = connections
        self._observe = observe
        self._pool: Pool | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; calls on their way are finished, and later ones fail."""
        self._is_closed = True
        await self._retire(None)

    async def replace(self, connection: Connection) -> None:
        """Go on with another address, trust or identity: at once, for streams too."""
        if connection != self.connection:
            _log.info("connection replaced", extra={"cluster": connection.name, "server": connection.server})
            self.connection, self._credentials = connection, Credentials(connection)
            await self._retire(None)

    async def send(self, request: Request, *, within: float | None = None, warnings: list[str] | None = None) -> Any:
        """Send a request and return what came back, decoded; ``None`` for an empty answer.

        Args:
            request: what is asked.
            within: seconds that it may take; the session's deadline when ``None``.
            warnings: where to put what the server warns of, such as fields that it does not know.

        Raises:
            UnavailableError: a leaf of it that says why there is no answer.
        """
        answer = await self._asked(request, Pool.call, within)
        if warnings is not None:
            warnings += map(_warning, answer.headers.getall("Warning", ()))
        try:
            return orjson.loads(answer.body) if answer.body else None
        except orjson.JSONDecodeError as error:
            raise not_json(self.connection, request.about, answer.body) from error

    async def read(self, request: Request, *, within: float | None = None) -> bytes:
        """Send a request and return what came back as it is.

        Args:
            request: what is asked.
            within: seconds that it may take; the session's deadline when ``None``.

        Raises:
            UnavailableError: a leaf of it that says why there is no answer.
        """
        return (await self._asked(request, Pool.call, within)).body

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncIterator[Any]]:
        """Send a request and give the values of the answer, one for each line, as they come.

        The stream ends when the server ends it, and when this session goes on with another connection.

        Raises:
            UnavailableError: a leaf of it; on entering why nothing came, later why no more does.
        """
        stream = cast("Stream", (await self._asked(request, Pool.open)).stream)
        with closing(stream):
            async with aclosing(self._values(stream, request)) as values:
                yield values

    async def _values(self, stream: Stream, request: Request) -> AsyncGenerator[Any]:
        line = b""
        try:
            async for line in stream.lines():
                yield orjson.loads(line)
        except TimeoutError as error:
            raise silent(self.connection, request.about, SILENT) from error
        except orjson.JSONDecodeError as error:
            raise not_json(self.connection, request.about, line) from error
        except BROKEN as error:
            raise unreachable(self.connection, request.about, error) from error

    async def _asked(self, request: Request, exchange: Exchange, within: float | None = None) -> Answer:
        """An answer that is no refusal, after as many tries as are worth it."""
        within = self._deadline if within is None else within
        until = asyncio.get_running_loop().time() + within
        may_hang_up, may_refuse = request.repeatable, True
        while True:
            pool = await self._dialled()
            try:
                answer = await self._exchanged(pool, exchange, request, until)
            except TimeoutError as error:
                raise too_late(self.connection, request.about, within) from error
            except UnreachableError as error:
                if not (may_hang_up and _hung_up(error.__cause__)):
                    raise
                may_hang_up = False
                continue
            if answer.code < REFUSED:
                return answer
            failure = refusal(self.connection.name, request.about, answer)
            if may_refuse and isinstance(failure, UnauthorizedError):
                may_refuse = False
                if await self._credentials.renewed(pool.proof) is not pool.proof:
                    continue
            if not await self._waited(failure, request, until):
                raise failure

    async def _exchanged(self, pool: Pool, exchange: Exchange, request: Request, until: float) -> Answer:
        """What came back, whatever it is."""
        began, code = time.perf_counter(), 0
        try:
            async with asyncio.timeout_at(until):
                answer = await exchange(pool, request)
            code = answer.code
        except TimeoutError:  # which is an OSError too
            raise
        except pool.broken as error:
            raise unreachable(self.connection, request.about, error) from error
        finally:
            if self._observe is not None:
                self._observe(request, code, time.perf_counter() - began)
        return answer

    async def _waited(self, failure: StatusError, request: Request, until: float) -> bool:
        """Wait as long as the server asks to, if it does and there is time; whether to ask again."""
        if failure.after is None or not (request.repeatable or isinstance(failure, ThrottledError)):
            return False
        pause = max(_LEAST, failure.after) * random.uniform(1, 1.25)  # noqa: S311  (so that not all come back at once)
        if not failure.transient or asyncio.get_running_loop().time() + pause >= until:
            return False
        facts = {"cluster": self.connection.name, "request": request.about, "code": failure.code, "after": pause}
        _log.info("server asks to wait", extra=facts)
        await asyncio.sleep(pause)
        return True

    async def _dialled(self) -> Pool:
        """Connections that show who we are now; nothing may be waited for between this and their use."""
        while not self._is_closed:
            credentials = self._credentials
            proof = credentials.fresh or await credentials.renewed()
            if self._pool is not None and self._pool.proof is proof:
                return self._pool
            if credentials is self._credentials and not self._is_closed:  # else somebody was faster
                if self._pool is not None:
                    _log.info("credentials changed", extra={"cluster": self.connection.name})
                await self._retire(Pool(self.connection, proof, self._connections))
        raise UnreachableError(f"{self.connection.name} has been left; nothing more is asked of it.")

    async def _retire(self, successor: Pool | None) -> None:
        pool, self._pool = self._pool, successor
        if pool is not None:
            await pool.retire()


def _hung_up(error: BaseException | None) -> bool:
    """Whether a connection that had been made was closed before there was an answer."""
    is_reset = isinstance(error, aiohttp.ClientOSError) and error.errno in (ECONNRESET, EPIPE)
    return is_reset or isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError | BrokenPipeError)


def _warning(header: str) -> str:
    """The sentence in a header ``299 - "…"``."""
    return header.partition('"')[2].removesuffix('"').replace('\\"', '"')
