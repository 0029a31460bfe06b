"""Who we are is looked at again in time, and used on when it cannot be."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kfed.errors import CredentialsError
from kfed.kube import credentials as module
from kfed.kube.config import Connection, Identity, Plugin
from kfed.kube.credentials import Credentials, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def time(self) -> float:
        """The clock on the wall."""
        return self.now

    monotonic = time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that credentials look at."""
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def _credentials(**identity: Any) -> Credentials:
    return Credentials(Connection("member1", "https://m", identity=Identity(**identity)))


@pytest.mark.parametrize(
    ("identity", "header"),
    [
        ({}, ""),
        ({"token": "t"}, "Bearer t"),
        ({"username": "me", "password": "pass"}, "Basic bWU6cGFzcw=="),
        ({"token": "t", "username": "me", "password": "pass"}, "Bearer t"),
    ],
)
def test_token_goes_before_a_password(run: Callable[..., Any], identity: dict[str, str], header: str) -> None:
    assert run(_credentials(**identity).renewed()) == Proof(header)


def test_file_of_a_token_is_read_again(run: Callable[..., Any], tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "token"
    path.write_text("one\n")

    async def play() -> list[str]:
        credentials = _credentials(token_file=str(path), token="spare")
        first = await credentials.renewed()
        assert credentials.fresh is first
        path.write_text("two")
        assert credentials.fresh is first
        clock.now += 11
        assert credentials.fresh is None
        second = await credentials.renewed()
        clock.now += 11
        assert await credentials.renewed() is second
        return [first.authorization, second.authorization]

    assert run(play()) == ["Bearer one", "Bearer two"]


@pytest.mark.parametrize("spoilt", [None, ""])
def test_token_is_used_on_when_its_file_is_gone_or_empty(
    run: Callable[..., Any], tmp_path: Path, clock: Clock, spoilt: str | None
) -> None:
    path = tmp_path / "token"
    path.write_text("one")

    async def play() -> str:
        credentials = _credentials(token_file=str(path))
        await credentials.renewed()
        path.unlink() if spoilt is None else path.write_text(spoilt)
        clock.now += 11
        return (await credentials.renewed()).authorization

    assert run(play()) == "Bearer one"


def test_token_of_the_kubeconfig_stands_in_for_a_file_that_never_was(run: Callable[..., Any], tmp_path: Path) -> None:
    path = str(tmp_path / "none")
    assert run(_credentials(token_file=path, token="spare").renewed()) == Proof("Bearer spare")
    with pytest.raises(CredentialsError, match="none, of member1, cannot be read: No such file"):
        run(_credentials(token_file=path).renewed())


def test_token_that_was_refused_is_looked_at_again_at_once(
    run: Callable[..., Any], tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "token"
    path.write_text("one")

    async def play() -> list[bool]:
        credentials = _credentials(token_file=str(path))
        first = await credentials.renewed()
        same = await credentials.renewed(refused=first)
        path.write_text("two")
        second = await credentials.renewed(refused=first)
        third = await credentials.renewed(refused=first)  # who comes late does not look once more
        return [same is first, second.authorization == "Bearer two", third is second]

    assert run(play()) == [True, True, True]
    assert clock.now == 1_900_000_000.0


class Login:
    """A plugin that counts its calls in a file, and gives each time another token, for a while."""

    def __init__(self, folder: Path) -> None:
        self.script, self.state = folder / "login.py", folder / "state"
        self.script.write_text(
            "import json, sys, pathlib; state = pathlib.Path(sys.argv[1])\n"
            "calls, expires = json.loads(state.read_text())\n"
            "state.write_text(json.dumps([calls + 1, expires]))\n"
            "assert expires, 'not logged in'\n"
            "status = {'token': f't{calls}', 'expirationTimestamp': expires}\n"
            "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1', 'status': status}))\n"
        )
        self.expire("2040-01-01T00:00:00Z")
        self.plugin = Plugin(sys.executable, (str(self.script), str(self.state)))

    def expire(self, when: str) -> None:
        """From now on give tokens until then."""
        self.state.write_text(json.dumps([self.calls, when]))

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return int(json.loads(self.state.read_text())[0]) if self.state.exists() else 0


def _moment(clock: Clock, seconds: float) -> str:
    import datetime as dt  # noqa: PLC0415

    return dt.datetime.fromtimestamp(clock.now + seconds, dt.UTC).isoformat()


def test_plugin_is_asked_again_before_its_answer_expires(run: Callable[..., Any], tmp_path: Path, clock: Clock) -> None:
    login = Login(tmp_path)

    async def play() -> list[tuple[float, str]]:
        seen = []
        credentials = _credentials(plugin=login.plugin)
        for lifetime in (600, 30, 600):
            login.expire(_moment(clock, lifetime))
            seen.append((lifetime, (await credentials.renewed()).authorization))
            for share in (0.5, 0.7):
                clock.now += lifetime * (share if share == 0.5 else 0.2)
                assert (await credentials.renewed()).authorization == seen[-1][1]
            clock.now += lifetime * 0.25
        return seen

    assert run(play()) == [(600, "Bearer t0"), (30, "Bearer t1"), (600, "Bearer t2")]


def test_answer_is_used_on_while_it_is_good_when_the_plugin_fails(
    run: Callable[..., Any], tmp_path: Path, clock: Clock
) -> None:
    login = Login(tmp_path)
    login.expire(_moment(clock, 600))

    async def play() -> str:
        credentials = _credentials(plugin=login.plugin)
        await credentials.renewed()
        login.expire("")
        clock.now += 595
        proof = await credentials.renewed()
        for _ in range(5):  # and is not asked for every request
            clock.now += 0.1
            assert (credentials.fresh or await credentials.renewed()) is proof
        assert login.calls == 2
        clock.now += 11
        with pytest.raises(CredentialsError, match="not logged in"):
            await credentials.renewed()
        return proof.authorization

    assert run(play()) == "Bearer t0"


def test_answer_that_lives_for_seconds_is_not_used_after_them(
    run: Callable[..., Any], tmp_path: Path, clock: Clock
) -> None:
    login = Login(tmp_path)

    async def play() -> list[str]:
        seen = []
        credentials = _credentials(plugin=login.plugin)
        for _ in range(4):
            login.expire(_moment(clock, 5))
            seen.append((credentials.fresh or await credentials.renewed()).authorization)
            clock.now += 4.5
        return seen

    assert run(play()) == [f"Bearer t{call}" for call in range(4)]


def test_plugin_is_asked_once_for_all_who_wait(run: Callable[..., Any], tmp_path: Path) -> None:
    login = Login(tmp_path)

    async def play() -> set[str]:
        credentials = _credentials(plugin=login.plugin)
        proofs = await asyncio.gather(*(credentials.renewed() for _ in range(5)))
        refused = await asyncio.gather(*(credentials.renewed(refused=proofs[0]) for _ in range(5)))
        return {proof.authorization for proof in (*proofs, *refused)}

    assert run(play()) == {"Bearer t0", "Bearer t1"}
    assert login.calls == 2


def test_token_goes_before_a_plugin_and_spares_it(run: Callable[..., Any], tmp_path: Path) -> None:
    login = Login(tmp_path)
    assert run(_credentials(plugin=login.plugin, token="t").renewed()).authorization == "Bearer t"
    assert login.calls == 0
