"""A session says what came back, or exactly what went wrong."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from kfed.core.key import Key
from kfed.core.resource import Gvk, Resource, Scope
from kfed.errors import (
    AlreadyExistsError,
    BadRequestError,
    Cause,
    ConflictError,
    DeadlineError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    RefusedError,
    ServerFailedError,
    StatusError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)
from kfed.kube import request
from kfed.kube.api import Api
from kfed.kube.config import Connection, Identity, Plugin
from kfed.kube.session import Session
from tests.kube.peer import answered, met, peer, raw_peer, status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PODS = Resource(Gvk("", "v1", "Pod"), "pods", Scope.NAMESPACED)
WEB = Key("shop", "web")
GET = request.get(PODS, WEB)
APPLY = request.apply(PODS, {"metadata": {"namespace": "shop", "name": "web"}})
CREATE = request.create(PODS, {"metadata": {"namespace": "shop", "name": "web"}})


def _outcome(run: Callable[..., Any], handler: Any, asked: request.Request = GET, **more: Any) -> Any:
    """What a request comes to: an answer or an error."""

    async def play() -> Any:
        async with met(handler, **more) as session:
            try:
                return await session.send(asked)
            except Exception as error:  # noqa: BLE001
                return error

    return run(play())


def test_answer_is_decoded_and_an_empty_one_is_nothing(run: Callable[..., Any]) -> None:
    assert _outcome(run, answered((200, {"a": [1, None]}))[0]) == {"a": [1, None]}
    assert _outcome(run, answered((200, ""))[0]) is None


def test_request_is_sent_as_it_is_and_says_who_asks(run: Callable[..., Any]) -> None:
    seen: dict[str, Any] = {}

    async def handler(got: web.Request) -> web.StreamResponse:
        seen.update(method=got.method, path=got.raw_path, headers=list(got.headers.items()), body=await got.read())
        return web.json_response({})

    headers = (("Impersonate-User", "bob"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b"))
    _outcome(run, handler, APPLY, identity=Identity(token="t0ken", act_as=headers))
    host = next(item for item in seen["headers"] if item[0] == "Host")
    agent = next(item for item in seen["headers"] if item[0] == "User-Agent")
    assert agent[1].startswith("kfed/")
    assert (seen["method"], seen["path"], seen["body"]) == (
        "PATCH",
        "/api/v1/namespaces/shop/pods/web?fieldManager=kfed",
        APPLY.body,
    )
    assert sorted(seen["headers"]) == sorted(
        [
            host,
            agent,
            *headers,
            ("Authorization", "Bearer t0ken"),
            ("Accept", "application/json"),
            ("Content-Type", "application/apply-patch+yaml"),
            ("Content-Length", str(len(APPLY.body or b""))),
        ]
    )


@pytest.mark.parametrize(
    ("answer", "leaf", "transient"),
    [
        (status(400, "BadRequest"), BadRequestError, False),
        (status(401, "Unauthorized"), UnauthorizedError, False),
        (status(403, "Forbidden"), ForbiddenError, False),
        (status(404, "NotFound"), NotFoundError, False),
        (status(405, "MethodNotAllowed"), RefusedError, False),
        (status(409, "Conflict"), ConflictError, True),
        (status(409, "AlreadyExists"), AlreadyExistsError, False),
        (status(410, "Expired"), GoneError, False),
        (status(413, "RequestEntityTooLarge"), RefusedError, False),
        (status(415, "UnsupportedMediaType"), RefusedError, False),
        (status(422, "Invalid"), InvalidError, False),
        (status(429, "TooManyRequests"), ThrottledError, True),
        (status(500, "InternalError"), ServerFailedError, True),
        (status(503, "ServiceUnavailable"), ServerFailedError, True),
        (status(504, "Timeout"), ServerFailedError, True),
        (status(302, ""), RefusedError, False),
    ],
)
def test_each_code_and_reason_has_its_leaf(
    run: Callable[..., Any], answer: tuple[int, dict[str, Any]], leaf: type[StatusError], *, transient: bool
) -> None:
    error = _outcome(run, answered(then=answer)[0])
    assert (type(error), error.code, error.reason, error.said, error.transient) == (
        leaf,
        answer[0],
        answer[1]["reason"],
        "no",
        transient,
    )
    assert str(error) == "member1 did not get pods shop/web: no"


def test_causes_and_details_are_those_of_the_status(run: Callable[..., Any]) -> None:
    causes = [{"field": "spec.x", "reason": "FieldValueInvalid", "message": "bad"}, {"message": "worse"}]
    error = _outcome(run, answered(status(422, "Invalid", "bad", name="web", kind="Pod", causes=causes))[0])
    assert error.causes == (Cause("spec.x", "FieldValueInvalid", "bad"), Cause("", "", "worse"))
    assert error.details == {"name": "web", "kind": "Pod", "causes": causes}


@pytest.mark.parametrize(
    ("code", "text", "leaf", "said"),
    [
        (502, "<html>Bad Gateway</html>", ServerFailedError, "<html>Bad Gateway</html>"),
        (404, "404 page not found\n", NotFoundError, "404 page not found"),
        (403, "", ForbiddenError, "HTTP 403"),
        (500, "[1]", ServerFailedError, "[1]"),
        (503, '{"kind": "Pod", "message": "x"}', ServerFailedError, '{"kind": "Pod", "message": "x"}'),
    ],
)
def test_answer_that_is_no_status_is_told_by_its_code(
    run: Callable[..., Any], code: int, text: str, leaf: type[StatusError], said: str
) -> None:
    error = _outcome(run, answered(then=(code, text))[0])
    assert (type(error), error.reason, error.causes, str(error)) == (
        leaf,
        "",
        (),
        f"member1 did not get pods shop/web: {said}",
    )


def test_success_that_is_no_json_is_no_api_servers(run: Callable[..., Any]) -> None:
    error = _outcome(run, answered((200, "<html>Log in</html>"))[0])
    assert type(error) is UnreachableError
    assert "answered what is no JSON" in str(error)
    assert str(error).endswith("<html>Log in</html>")


LATER = {"Retry-After": "0"}


@pytest.mark.parametrize("asked", [GET, APPLY, CREATE])
def test_server_that_is_busy_is_asked_again_when_it_says(run: Callable[..., Any], asked: request.Request) -> None:
    handler, got = answered((*status(429, "TooManyRequests"), LATER), (*status(429, "TooManyRequests"), LATER))
    assert _outcome(run, handler, asked) == {}
    assert len(got) == 3


@pytest.mark.parametrize(("asked", "times"), [(GET, 2), (APPLY, 2), (CREATE, 1)])
def test_server_that_failed_is_asked_again_when_it_says_and_it_does_no_harm(
    run: Callable[..., Any], asked: request.Request, times: int
) -> None:
    handler, got = answered((*status(503, "ServiceUnavailable"), LATER))
    outcome = _outcome(run, handler, asked)
    assert len(got) == times
    assert (outcome == {}) is (times == 2)


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        ((*status(429, "TooManyRequests"), {"Retry-After": "3600"}), 3600),
        (status(429, "TooManyRequests", retryAfterSeconds=3600), 3600),
        (status(429, "TooManyRequests"), None),
        ((*status(429, "TooManyRequests"), {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), None),
        ((*status(503, "ServiceUnavailable"), {"Retry-After": "3600"}), 3600),
        ((*status(403, "Forbidden"), {"Retry-After": "1"}), 1),
    ],
)
def test_server_is_not_waited_for_beyond_the_deadline_or_where_it_does_not_say(
    run: Callable[..., Any], answer: Any, after: float | None
) -> None:
    handler, got = answered(answer)
    error = _outcome(run, handler)
    assert (error.after, len(got)) == (after, 1)


async def _never(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def _slowly(got: web.Request) -> web.StreamResponse:
    """An answer of which there is always a little more."""
    response = web.StreamResponse()
    await response.prepare(got)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("handler", [_never, _slowly])
def test_answer_that_does_not_come_in_time_is_given_up(run: Callable[..., Any], handler: Any) -> None:
    error = _outcome(run, handler, deadline=0.2)
    assert type(error) is DeadlineError
    assert str(error).endswith("did not get pods shop/web within 0.2 s.")


def test_call_may_have_less_time_than_others(run: Callable[..., Any]) -> None:
    async def play() -> None:
        async with met(_never) as session:
            with pytest.raises(DeadlineError, match=r"did not get pods shop/web within 0.1 s"):
                await session.send(GET, within=0.1)
            with pytest.raises(DeadlineError, match=r"did not get /readyz within 0.2 s"):
                await Api(session, within=0.2).read("/readyz")

    run(play())


def test_server_that_is_not_there_is_unreachable(run: Callable[..., Any]) -> None:
    async def play(url: str) -> Any:
        async with Session(Connection("member1", url)) as session:
            await session.send(GET)

    for url in ("http://127.0.0.1:1", "http://no-such-host.invalid"):
        with pytest.raises(
            UnreachableError, match=f"member1 \\({url}\\) could not be asked to get pods shop/web: Cannot"
        ):
            run(play(url))


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nConten",
    ],
)
def test_answer_that_breaks_off_is_unreachable(run: Callable[..., Any], answer: bytes) -> None:
    async def play() -> Any:
        async with raw_peer(answer, answer) as url, Session(Connection("member1", url)) as session:
            await session.send(GET)

    with pytest.raises(UnreachableError, match="could not be asked to get pods shop/web"):
        run(play())


@pytest.mark.parametrize("end", [b"", None])
@pytest.mark.parametrize(("asked", "succeeds"), [(GET, True), (APPLY, True), (CREATE, False)])
def test_server_that_hangs_up_is_asked_once_more_where_that_does_no_harm(
    run: Callable[..., Any], asked: request.Request, end: bytes | None, *, succeeds: bool
) -> None:
    async def play() -> Any:
        async with raw_peer(end, OK) as url, Session(Connection("member1", url)) as session:
            return await session.send(asked)

    if succeeds:
        assert run(play()) == {}
    else:
        with pytest.raises(UnreachableError):
            run(play())


def test_refused_token_is_exchanged_for_that_of_now(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("old")

    async def handler(got: web.Request) -> web.StreamResponse:
        if got.headers["Authorization"] == "Bearer new":
            return web.json_response({"hello": "world"})
        path.write_text("new")
        return web.json_response(status(401, "Unauthorized")[1], status=401)

    assert _outcome(run, handler, CREATE, identity=Identity(token_file=str(path))) == {"hello": "world"}


def test_refused_token_is_not_shown_again_when_there_is_no_other(run: Callable[..., Any]) -> None:
    handler, got = answered(then=status(401, "Unauthorized"))
    assert type(_outcome(run, handler, identity=Identity(token="t"))) is UnauthorizedError
    assert len(got) == 1


def test_no_more_calls_are_on_their_way_than_there_may_be(run: Callable[..., Any]) -> None:
    busy, most = 0, 0

    async def handler(_: web.Request) -> web.StreamResponse:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.01)
        busy -= 1
        return web.json_response({})

    async def play() -> None:
        async with met(handler, connections=3) as session:
            await asyncio.gather(*(session.send(GET) for _ in range(12)))

    run(play())
    assert most == 3


def test_connections_are_used_again(run: Callable[..., Any]) -> None:
    ports: set[Any] = set()

    async def handler(got: web.Request) -> web.StreamResponse:
        assert got.transport is not None
        ports.add(got.transport.get_extra_info("peername"))
        return web.json_response({})

    async def play() -> None:
        async with met(handler) as session:
            for _ in range(5):
                await session.send(GET)

    run(play())
    assert len(ports) == 1


def test_session_goes_on_with_another_server_and_finishes_what_it_began(run: Callable[..., Any]) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        arrived.set()
        await go_on.wait()
        return web.json_response("old")

    async def play() -> list[Any]:
        quick, _ = answered(then=(200, '"new"'))
        async with peer(slow) as old, peer(quick) as new, Session(Connection("member1", old)) as session:
            begun = asyncio.create_task(session.send(GET))
            await arrived.wait()
            await session.replace(Connection("member1", new))
            seen = [await session.send(GET)]
            go_on.set()
            return [*seen, await begun]

    assert run(play()) == ["new", "old"]


@pytest.fixture
def slow(tmp_path: Path) -> Identity:
    """Somebody whose plugin takes its time."""
    script = tmp_path / "login.py"
    script.write_text(
        "import json, time; time.sleep(0.5)\n"
        "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1', 'status': {'token': 'old'}}))"
    )
    return Identity(plugin=Plugin(sys.executable, (str(script),)))


def test_proof_of_who_we_are_is_shown_to_nobody_else(run: Callable[..., Any], slow: Identity) -> None:
    async def play() -> list[str]:
        handler, got = answered()
        async with peer(handler) as url, Session(Connection("member1", "http://127.0.0.1:1", identity=slow)) as session:
            begun = asyncio.create_task(session.send(GET))
            await asyncio.sleep(0.1)
            await session.replace(Connection("member1", url, identity=Identity(token="new")))
            await begun
        return [one.headers["Authorization"] for one in got]

    assert run(play()) == ["Bearer new"]


def test_session_that_is_closed_while_somebody_logs_in_asks_nothing(run: Callable[..., Any], slow: Identity) -> None:
    async def play() -> int:
        handler, got = answered()
        async with peer(handler) as url:
            async with Session(Connection("member1", url, identity=slow)) as session:
                begun = asyncio.create_task(session.send(GET))
                await asyncio.sleep(0.1)
            with pytest.raises(UnreachableError, match="member1 has been left"):
                await begun
        return len(got)

    assert run(play()) == 0


def test_session_that_is_closed_asks_nothing_more(run: Callable[..., Any]) -> None:
    async def play() -> None:
        handler, _ = answered()
        async with met(handler) as session:
            await session.send(GET)
        await session.send(GET)

    with pytest.raises(UnreachableError, match="member1 has been left"):
        run(play())


def test_warnings_of_the_server_are_handed_on(run: Callable[..., Any]) -> None:
    async def play() -> list[str]:
        async def handler(_: web.Request) -> web.StreamResponse:
            response = web.json_response({})
            response.headers.add("Warning", r'299 - "unknown field \"spec.x\""')
            response.headers.add("Warning", '299 - "v1 is deprecated"')
            return response

        warnings: list[str] = []
        async with met(handler) as session:
            await session.send(APPLY, warnings=warnings)
        return warnings

    assert run(play()) == ['unknown field "spec.x"', "v1 is deprecated"]


def test_every_answer_is_told(run: Callable[..., Any]) -> None:
    told: list[tuple[str, int, bool]] = []

    def observe(asked: request.Request, code: int, seconds: float) -> None:
        told.append((asked.about, code, seconds >= 0))

    handler, _ = answered((*status(429, "TooManyRequests"), LATER), (200, {}), then=_never)

    async def play() -> None:
        async with met(handler, observe=observe, deadline=0.5) as session:
            await session.send(GET)
            with pytest.raises(DeadlineError):
                await session.send(APPLY)

    run(play())
    assert told == [
        ("get pods shop/web", 429, True),
        ("get pods shop/web", 200, True),
        ("apply pods shop/web", 0, True),
    ]
