"""A server is believed when it shows what the connection asks for, and not otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kfed.errors import CredentialsError, UnreachableError
from kfed.kube import request
from kfed.kube.config import Identity, Trust
from tests.kube.certificates import Authority, Pair
from tests.kube.peer import answered, met

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HERE = "127.0.0.1"
NOBODY = Identity()
OURS, OTHERS = Authority("ours"), Authority("others")
ALONE = OURS.issue(HERE)


async def _asked(server: Pair, trust: Trust, folder: Path, identity: Identity = NOBODY, client: bytes = b"") -> Any:
    """What a server that shows this certificate answers."""
    handler, _ = answered(then=(200, {"hello": "world"}))
    async with met(handler, tls=server.server(folder, client), trust=trust, identity=identity) as session:
        return await session.send(request.read("/"))


@pytest.mark.parametrize(
    ("server", "trust"),
    [
        (OURS.issue(HERE), Trust(ca=OURS.pem)),
        (OURS.issue(HERE), Trust(ca=OTHERS.pem + OURS.pem)),
        (ALONE, Trust(ca=ALONE.certificate)),
        (OURS.issue("api.example.com"), Trust(ca=OURS.pem, server_name="api.example.com")),
        (OURS.issue("api.example.com"), Trust(ca=OURS.pem, check_name=False)),
        (OURS.issue(HERE, begins=-9, ends=-1), Trust(ca=OURS.pem, check_dates=False)),
        (OURS.issue(HERE, begins=1, ends=9), Trust(ca=OURS.pem, check_dates=False)),
        (OTHERS.issue("elsewhere", begins=-9, ends=-1), Trust(ca=OURS.pem, verify=False)),
    ],
)
def test_server_that_shows_what_is_asked_for_is_believed(
    run: Callable[..., Any], tmp_path: Path, server: Pair, trust: Trust
) -> None:
    assert run(_asked(server, trust, tmp_path)) == {"hello": "world"}


@pytest.mark.parametrize(
    ("server", "trust", "said"),
    [
        (OTHERS.issue(HERE), Trust(ca=OURS.pem), "self-signed certificate|unable to get local issuer"),
        (OTHERS.issue(HERE), Trust(ca=OURS.pem, check_name=False, check_dates=False), "certificate"),
        (OURS.issue(HERE), Trust(), "certificate"),
        (OURS.issue("api.example.com"), Trust(ca=OURS.pem), "IP address mismatch"),
        (OURS.issue(HERE), Trust(ca=OURS.pem, server_name="api.example.com"), "[Hh]ostname mismatch"),
        (OURS.issue(HERE, begins=-9, ends=-1), Trust(ca=OURS.pem), "expired"),
        (OURS.issue(HERE, begins=-9, ends=-1), Trust(ca=OURS.pem, check_name=False), "expired"),
        (OURS.issue("elsewhere", begins=-9, ends=-1), Trust(ca=OURS.pem, check_dates=False), "mismatch"),
    ],
)
def test_server_that_does_not_is_unreachable(
    run: Callable[..., Any], tmp_path: Path, server: Pair, trust: Trust, said: str
) -> None:
    with pytest.raises(UnreachableError, match=said) as raised:
        run(_asked(server, trust, tmp_path))
    assert str(raised.value).startswith("member1 (https://127.0.0.1:")


def test_certificate_of_ours_is_shown(run: Callable[..., Any], tmp_path: Path) -> None:
    us = OTHERS.issue("kfed")
    (tmp_path / "us.crt").write_bytes(us.certificate)
    (tmp_path / "us.key").write_bytes(us.key)
    inline = Identity(certificate=us.certificate, key=us.key)
    files = Identity(certificate_file=str(tmp_path / "us.crt"), key_file=str(tmp_path / "us.key"))
    for identity in (inline, files):
        answer = run(_asked(OURS.issue(HERE), Trust(ca=OURS.pem), tmp_path, identity, OTHERS.pem))
        assert answer == {"hello": "world"}
    with pytest.raises(UnreachableError):
        run(_asked(OURS.issue(HERE), Trust(ca=OURS.pem), tmp_path, Identity(), OTHERS.pem))


@pytest.mark.parametrize(
    ("trust", "identity", "said"),
    [
        (Trust(ca=b"no PEM"), Identity(), "certificate authority is no PEM"),
        (Trust(ca=b"\xff"), Identity(), "certificate authority is no PEM"),
        (Trust(ca=OURS.pem), Identity(certificate=b"no", key=b"PEM"), "client certificate and its key are no PEM"),
        (Trust(ca_file="/no/such/file"), Identity(), "/no/such/file, of member1, cannot be read: No such file"),
    ],
)
def test_what_is_no_certificate_is_said_to_be_none(
    run: Callable[..., Any], tmp_path: Path, trust: Trust, identity: Identity, said: str
) -> None:
    with pytest.raises(CredentialsError, match=said):
        run(_asked(OURS.issue(HERE), trust, tmp_path, identity))


def test_authority_that_changes_in_its_file_is_believed_from_then_on(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kfed.kube.credentials._READ_AGAIN", 0)
    path = tmp_path / "ca.crt"
    path.write_bytes(OTHERS.pem)

    async def play() -> list[str]:
        seen: list[str] = []
        handler, _ = answered(then=(200, {}))
        tls = OURS.issue(HERE).server(tmp_path)
        async with met(handler, tls=tls, trust=Trust(ca_file=str(path))) as session:
            for pem in (OTHERS.pem, OURS.pem, OTHERS.pem):
                path.write_bytes(pem)
                try:
                    await session.send(request.read("/"))
                    seen.append("believed")
                except UnreachableError:
                    seen.append("not believed")
        return seen

    assert run(play()) == ["not believed", "believed", "not believed"]
