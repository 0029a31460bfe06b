"""A stream gives whole values as they come, and never ends by mistake."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from kfed.core.key import Key
from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import DeadlineError, ForbiddenError, GoneError, ThrottledError, UnauthorizedError, UnreachableError
from kfed.kube.api import Api, Change, Collection
from kfed.kube.config import Connection, Identity
from kfed.kube.request import EVERYTHING, watch
from kfed.kube.session import Session
from tests.kube.peer import answered, met, peer, raw_peer, status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PODS = Resource(Gvk("", "v1", "Pod"), "pods", Scope.NAMESPACED)
WATCH = watch(PODS, EVERYTHING, version="1", seconds=60)


def _sends(*chunks: bytes, stay: bool = False) -> Any:
    """A handler that sends these chunks, and stays or ends."""

    async def handler(got: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(got)
        for chunk in chunks:
            await response.write(chunk)
        if stay:
            await asyncio.Event().wait()
        return response

    return handler


async def _collect(session: Session, seen: list[Any]) -> list[Any]:
    """Note what comes, in *seen*, until the stream ends."""
    async with session.stream(WATCH) as values:
        async for value in values:
            seen.append(value)  # noqa: PERF401  (so that what came before an error is seen)
    return seen


def _streamed(run: Callable[..., Any], handler: Any, **more: Any) -> list[Any]:
    async def play() -> list[Any]:
        async with met(handler, **more) as session:
            return await _collect(session, [])

    values: list[Any] = run(play())
    return values


LONG = '{"a": "' + "x" * 500_000 + '"}'


@pytest.mark.parametrize(
    ("chunks", "values"),
    [
        ([], []),
        ([b'{"a": 1}\n{"a": 2}\n'], [{"a": 1}, {"a": 2}]),
        ([b'{"a"', b": 1}", b'\n{"a": 2}', b"\n"], [{"a": 1}, {"a": 2}]),
        ([b'{"a": "\xc3', b'\xa9"}\n'], [{"a": "é"}]),
        ([b'{"a": 1}\n{"a": 2}'], [{"a": 1}, {"a": 2}]),
        ([f'{LONG}\n{{"a": 1}}\n'.encode()], [{"a": "x" * 500_000}, {"a": 1}]),
    ],
)
def test_values_are_whole_however_they_come(run: Callable[..., Any], chunks: list[bytes], values: list[Any]) -> None:
    assert _streamed(run, _sends(*chunks)) == values


def test_value_comes_before_the_stream_has_ended(run: Callable[..., Any]) -> None:
    async def play() -> Any:
        async with met(_sends(b'{"a": 1}\n', stay=True)) as session, session.stream(WATCH) as values:
            return await anext(values)

    assert run(play()) == {"a": 1}


@pytest.mark.parametrize("number", [0, 1, 3])
def test_stream_that_is_left_is_closed_at_the_server_too(run: Callable[..., Any], number: int) -> None:
    closed = asyncio.Event()

    async def handler(got: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(got)
        try:
            while True:
                await response.write(b"{}\n")
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    async def play() -> None:
        async with met(handler) as session:
            async with session.stream(WATCH) as values:
                for _ in range(number):
                    await anext(values)
            await closed.wait()

    run(play())


@pytest.mark.parametrize(
    ("answer", "leaf"),
    [
        (status(403, "Forbidden"), ForbiddenError),
        (status(410, "Expired"), GoneError),
        (status(429, "x"), ThrottledError),
    ],
)
def test_refusal_is_an_error_on_entering(run: Callable[..., Any], answer: Any, leaf: type[Exception]) -> None:
    with pytest.raises(leaf, match="member1 did not watch pods: no"):
        _streamed(run, answered(then=answer)[0])


@pytest.mark.parametrize("rest", [b"", b"b\r\n", b'8\r\n{"a": 2}\r\n'])
def test_stream_that_is_cut_is_an_error_after_what_came_whole(run: Callable[..., Any], rest: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b'9\r\n{"a": 1}\n\r\n' + rest

    seen: list[Any] = []

    async def play() -> None:
        async with raw_peer(head) as url, Session(Connection("member1", url)) as session:
            await _collect(session, seen)

    with pytest.raises(UnreachableError, match="could not be asked to watch pods"):
        run(play())
    assert seen == [{"a": 1}]


def test_line_that_is_no_json_is_an_error(run: Callable[..., Any]) -> None:
    with pytest.raises(UnreachableError, match=r"answered what is no JSON.*: <html>"):
        _streamed(run, _sends(b"<html>\n"))


def test_stream_that_goes_silent_is_given_up(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kfed.kube.pool.SILENT", 0.2)
    with pytest.raises(DeadlineError, match=r"was asked to watch pods, and has said nothing for"):
        _streamed(run, _sends(b"{}\n", stay=True))


def test_stream_that_does_not_begin_is_given_up(run: Callable[..., Any]) -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(DeadlineError, match=r"did not watch pods within 0.2 s"):
        _streamed(run, never, deadline=0.2)


def test_streams_end_when_the_session_goes_on_with_another_connection(run: Callable[..., Any]) -> None:
    async def play() -> list[Any]:
        handlers = _sends(b'"old"\n', stay=True), _sends(b'"new"\n')
        async with peer(handlers[0]) as old, peer(handlers[1]) as new, Session(Connection("m", old)) as session:
            async with session.stream(WATCH) as values:
                seen = [await anext(values)]
                await session.replace(Connection("m", new))
                seen += [value async for value in values]
            return [*seen, *await _collect(session, [])]

    assert run(play()) == ["old", "new"]


def test_streams_end_when_a_token_changes(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("old")

    async def handler(got: web.Request) -> web.StreamResponse:
        if got.method == "PATCH":
            return web.json_response(status(401, "Unauthorized")[1], status=401)
        return await _sends(b'"begun"\n', stay=True)(got)

    async def play() -> list[Any]:
        identity = Identity(token_file=str(path))
        async with met(handler, identity=identity) as session, session.stream(WATCH) as values:
            seen = [await anext(values)]
            path.write_text("new")
            with pytest.raises(UnauthorizedError):
                await Api(session).patch(PODS, Key("shop", "web"), {})
            return [*seen, *[value async for value in values]]

    assert run(play()) == ["begun"]


def test_streams_do_not_take_the_places_of_calls(run: Callable[..., Any]) -> None:
    async def handler(got: web.Request) -> web.StreamResponse:
        if "watch" in got.query:
            return await _sends(b"{}\n", stay=True)(got)
        return web.json_response("called")

    async def play() -> Any:
        async with (
            met(handler, connections=1, deadline=5) as session,
            session.stream(WATCH) as first,
            session.stream(WATCH) as second,
        ):
            await anext(first)
            await anext(second)
            return await Api(session).read("/readyz")

    assert run(play()) == b'"called"'


def _event(change: str, **manifest: Any) -> bytes:
    return json.dumps({"type": change, "object": manifest}).encode() + b"\n"


def test_collection_gives_changes_until_the_server_says_that_it_has_forgotten(run: Callable[..., Any]) -> None:
    gone = _event("ERROR", kind="Status", code=410, reason="Expired", message="too old resource version")
    queries = []

    async def handler(got: web.Request) -> web.StreamResponse:
        queries.append(dict(got.query))
        return await _sends(_event("ADDED", a=1), _event("BOOKMARK", b=2), gone)(got)

    seen: list[Change] = []

    async def play() -> None:
        async with met(handler) as session, Collection(Api(session), PODS).changes("7") as changes:
            async for change in changes:
                seen.append(change)  # noqa: PERF401  (so that what came before an error is seen)

    with pytest.raises(GoneError, match="member1 ended watch pods: too old resource version"):
        run(play())
    assert seen == [Change("ADDED", {"a": 1}), Change("BOOKMARK", {"b": 2})]
    seconds = int(queries[0].pop("timeoutSeconds"))
    assert (300 <= seconds <= 600, queries) == (
        True,
        [{"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": "7"}],
    )


def test_list_is_all_pages_or_an_error(run: Callable[..., Any]) -> None:
    def page(number: int, more: str = "") -> tuple[int, Any]:
        return 200, {"metadata": {"resourceVersion": "7", "continue": more}, "items": [{"number": number}]}

    whole, got = answered(page(1, "a"), page(2, "b"), page(3))
    broken, _ = answered(page(1, "a"), status(410, "Expired"))

    async def play(handler: Any) -> list[dict[str, Any]]:
        async with met(handler) as session:
            return await Api(session).list(PODS)

    assert run(play(whole)) == [{"number": n, "apiVersion": "v1", "kind": "Pod"} for n in (1, 2, 3)]
    assert [dict(one.query) for one in got] == [
        {"limit": "500"},
        {"limit": "500", "continue": "a"},
        {"limit": "500", "continue": "b"},
    ]
    with pytest.raises(GoneError):
        run(play(broken))
