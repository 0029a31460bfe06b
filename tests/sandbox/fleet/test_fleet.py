"""A fleet as a whole: what it writes where, what stays when it ends, and what can be done to it while it runs."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import os
import socket
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kfed.errors import InputError, UnavailableError
from kfed.sandbox.fleet.background import in_background
from kfed.sandbox.fleet.folder import default_folder
from kfed.sandbox.fleet.remote import ask
from kfed.sandbox.fleet.startup import Settings
from kfed.sandbox.port.certs import is_current, make_identity
from kfed.testing import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.fleet.background import Background
    from kfed.testing import Fleet

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def cluster(background: Background, name: str = "host") -> Cluster:
    """One of the clusters of a fleet."""
    return background.ask(
        lambda fleet: Cluster(name, f"{fleet.url}/clusters/{name}", fleet.sites[name].token, fleet.authority)
    )


def create(where: Cluster, name: str) -> None:
    """Create a ConfigMap."""
    assert where.call("POST", CONFIG_MAPS, {"metadata": {"name": name}})[0] == 201


def names(where: Cluster) -> set[str]:
    """The ConfigMaps that were made by tests."""
    found = where.call("GET", CONFIG_MAPS)[1]["items"]
    return {item["metadata"]["name"] for item in found} - {"kube-root-ca.crt"}


def test_everything_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "sandbox"
    with in_background(Settings(str(folder), ("a",), keep=True)) as background:
        create(cluster(background), "x")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"kubeconfig", "sandbox.json", "server.key", "ca.crt"} <= modes.keys()
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_kubeconfig_has_a_context_for_each_cluster_that_works(kfed_sandbox: Fleet) -> None:
    config = json.loads(Path(kfed_sandbox.kubeconfig).read_text())
    assert config["current-context"] == "host"
    assert [context["name"] for context in config["contexts"]] == ["host", "member1", "member2", "member3"]
    tokens = {user["name"]: user["user"]["token"] for user in config["users"]}
    for entry in config["clusters"]:
        authority = base64.b64decode(entry["cluster"]["certificate-authority-data"]).decode()
        found = Cluster(entry["name"], entry["cluster"]["server"], tokens[entry["name"]], authority)
        assert found.call("GET", "/readyz") == (200, "ok")
    assert len(set(tokens.values())) == 4


def test_nothing_is_kept_unless_asked_for(tmp_path: Path) -> None:
    for _ in range(2):
        with in_background(Settings(str(tmp_path / "s"), ("a",))) as background:
            assert names(cluster(background)) == set()
            create(cluster(background), "x")
    assert not list((tmp_path / "s").glob("*.db*"))


def test_what_is_kept_is_there_again_with_tokens_port_limits_and_all(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "s"), ("a", "b"), keep=True)
    with in_background(settings) as background:
        before = cluster(background, "a")
        create(before, "x")
        background.ask(lambda fleet: fleet.limit("a", 3))
        background.ask(lambda fleet: fleet.stop("b"))
        kubeconfig = (tmp_path / "s" / "kubeconfig").read_bytes()
    with in_background(Settings(str(tmp_path / "s"), keep=True)) as background:
        assert cluster(background, "a") == before
        assert names(before) == {"x"}
        clusters = background.ask(lambda fleet: fleet.status()["clusters"])
        assert [(one["name"], one["limit"], one["reachable"]) for one in clusters] == [
            ("host", None, True),
            ("a", 3, True),
            ("b", None, False),
        ]
        assert (tmp_path / "s" / "kubeconfig").read_bytes() == kubeconfig


def test_reset_empties_and_keeps_addresses_and_tokens(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "s"), ("a",), keep=True)
    with in_background(settings) as background:
        member = cluster(background, "a")
        create(member, "x")
        background.ask(lambda fleet: fleet.limit("a", 0))
        with member.open("GET", f"{CONFIG_MAPS}?watch=1") as watch:
            background.ask(lambda fleet: fleet.reset())
            watch.close()
        assert names(member) == set()
        create(member, "y")
        assert background.ask(lambda fleet: fleet.status()["clusters"][1]["limit"]) is None
    with in_background(settings) as background:
        assert names(cluster(background, "a")) == {"y"}


def test_folder_is_for_one_sandbox_at_a_time(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "s"), ("a",))
    with in_background(settings), pytest.raises(UnavailableError, match="running already"), in_background(settings):
        pass
    with in_background(settings) as background:
        assert cluster(background).call("GET", "/readyz")[0] == 200


def test_folder_with_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match=r"it holds thesis\.txt"), in_background(Settings(str(tmp_path), ("a",))):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def refusal(folder: Path) -> str:
    """What a sandbox says that does not start with a folder."""
    with pytest.raises(UnavailableError) as error, in_background(Settings(str(folder), keep=True)):
        pass
    return str(error.value)


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """The folder of a sandbox that has ended."""
    with in_background(Settings(str(tmp_path), ("a",), keep=True)) as background:
        create(cluster(background), "x")
    return tmp_path


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_folder_that_others_may_write_is_not_taken(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    assert refusal(tmp_path) == (
        f"Others may write to {tmp_path}, and so could replace the keys and tokens in it. Forbid it with "
        f"`chmod go-w {tmp_path}`, or give another folder with --data-dir."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note | {"format": 99},
        lambda note: note | {"port": -1},
        lambda note: note | {"secret": "x"},
        lambda note: note | {"clusters": {"a": 3}},
        lambda note: {name: value for name, value in note.items() if name != "control"},
        list,
    ],
)
def test_damaged_note_is_one_clear_error(left: Path, spoil: Callable[[Any], Any]) -> None:
    note = left / "sandbox.json"
    note.write_text(json.dumps(spoil(json.loads(note.read_text()))))
    assert refusal(left).startswith(f"{note} is damaged, or of another version of kfed. Remove it, and start")
    note.unlink()
    with in_background(Settings(str(left), ("a",), keep=True)) as background:
        assert names(cluster(background)) == {"x"}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"metadata": 3}', 7, "text", b'{"metadata": {"uid": []}}'])
def test_damaged_object_is_one_clear_error_that_names_the_file(left: Path, data: object) -> None:
    with contextlib.closing(sqlite3.connect(left / "objects.db")) as database, database:
        database.execute("UPDATE objects SET data = ?", (data,))
    advice = "Move it away to go on with empty clusters, or give another --data-dir."
    why = "what it holds is none of what a sandbox writes"
    assert refusal(left) == f"{left}/objects.db is damaged: {why}. {advice}"


@pytest.mark.parametrize("place", range(0, 20_000, 1_000))
def test_damaged_page_of_the_journal_is_one_clear_error_or_none(left: Path, place: int) -> None:
    journal = left / "objects.db"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:place] + bytes(400) + whole[place + 400 :])
    said = f"{journal} is damaged: "
    try:
        with in_background(Settings(str(left), keep=True)):
            pass
    except UnavailableError as error:
        said = str(error)
    assert said.startswith(f"{journal} is damaged: ")


@pytest.mark.parametrize("name", ["ca.crt", "server.crt", "server.key"])
@pytest.mark.parametrize("spoilt", [b"", b"\xff", b"-----BEGIN CERTIFICATE-----\n"])
def test_damaged_keys_are_made_anew(left: Path, name: str, spoilt: bytes) -> None:
    (left / name).write_bytes(spoilt)
    with in_background(Settings(str(left), keep=True)) as background:
        assert names(cluster(background)) == {"x"}


def test_port_that_is_taken_is_an_error_when_it_was_asked_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(str(tmp_path / "s"), ("a",), port=port)
        with pytest.raises(UnavailableError, match=f"Port {port} of 127.0.0.1 cannot be used"), in_background(settings):
            pass


def test_port_of_last_time_is_given_up_when_it_is_taken(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "s"), ("a",))
    with in_background(settings) as background:
        port = background.ask(lambda fleet: fleet.status()["url"]).rpartition(":")[2]
    with socket.create_server(("127.0.0.1", int(port))), in_background(settings) as background:
        assert cluster(background).call("GET", "/readyz")[0] == 200


@pytest.mark.parametrize("members", [("host",), ("a", "a")])
def test_clusters_have_different_names(tmp_path: Path, members: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="different names"), in_background(Settings(str(tmp_path / "s"), members)):
        pass


def test_cluster_that_there_is_not_cannot_be_stopped(kfed_sandbox: Fleet) -> None:
    with pytest.raises(InputError, match="There is no cluster 'nope' in this sandbox; there are host, member1"):
        kfed_sandbox.stop("nope")


def test_certificate_is_made_anew_before_it_ends(tmp_path: Path) -> None:
    old = make_identity(dt.datetime.now(dt.UTC) - dt.timedelta(days=340))
    for name, data in (("ca.crt", old.authority), ("server.crt", old.certificate), ("server.key", old.key)):
        (tmp_path / name).write_bytes(data)
    with in_background(Settings(str(tmp_path), ("a",))) as background:
        assert cluster(background).call("GET", "/readyz")[0] == 200
    assert (tmp_path / "ca.crt").read_bytes() != old.authority


def test_certificate_says_for_how_long_it_is_good() -> None:
    identity = make_identity(NOW)
    assert is_current(identity, NOW)
    assert is_current(identity, NOW + dt.timedelta(days=334))
    assert not is_current(identity, NOW + dt.timedelta(days=336))


def test_key_of_another_certificate_is_none() -> None:
    identity, other = make_identity(NOW), make_identity(NOW)
    assert not is_current(replace(identity, key=other.key), NOW)
    assert not is_current(replace(identity, authority=other.authority), NOW)


@pytest.mark.parametrize(
    ("environment", "folder"),
    [({"XDG_STATE_HOME": "/x"}, "/x/kfed/sandbox"), ({"XDG_STATE_HOME": "relative"}, None), ({}, None)],
)
def test_default_folder_is_among_the_user_s_state(
    environment: dict[str, str], folder: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder(environment) == (folder or f"{tmp_path}/.local/state/kfed/sandbox")


def test_running_sandbox_does_what_it_is_asked(tmp_path: Path) -> None:
    folder = str(tmp_path / "s")
    with in_background(Settings(folder, ("a",))) as background:
        ask(folder, "limit", cluster="a", replicas=2)
        ask(folder, "stop", cluster="a")
        status = ask(folder, "status")
        assert (status["clusters"][1]["limit"], status["clusters"][1]["reachable"]) == (2, False)
        assert status["pid"] == os.getpid()
        with pytest.raises(InputError, match="no cluster 'b'"):
            ask(folder, "start", cluster="b")
        with pytest.raises(UnavailableError, match="cannot be understood"):
            ask(folder, "dance")
        assert cluster(background).call("GET", "/readyz")[0] == 200
    with pytest.raises(UnavailableError, match="No sandbox is running"):
        ask(folder, "status")


def test_nobody_can_ask_without_the_token_that_is_noted(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    with in_background(Settings(str(folder), ("a",))) as background:
        note: dict[str, Any] = json.loads((folder / "sandbox.json").read_text())
        (folder / "sandbox.json").write_text(json.dumps(note | {"control": "guessed"}))
        with pytest.raises(UnavailableError, match="Unauthorized"):
            ask(str(folder), "down")
        assert not background.ask(lambda fleet: fleet.stopping.is_set())
