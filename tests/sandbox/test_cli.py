"""``kfed sandbox``, as a user runs it: in a process of its own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kfed.sandbox.fleet.remote import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Result

    Kfed = Callable[..., Result]

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 30


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without a sandbox yet."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "home" / ".kube").mkdir(parents=True)
    (tmp_path / "home" / ".kube" / "config").write_text("mine")
    return tmp_path / "state" / "kfed" / "sandbox"


@contextmanager
def up(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running sandbox, and what it printed for the shell; killed in the end, unless it ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kfed", "sandbox", "up", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate(timeout=WITHIN)


def test_up_prints_the_line_for_the_shell_and_says_what_it_is(home: Path) -> None:
    with up("--members", "2") as (process, line):
        assert shlex.split(line) == ["export", f"KUBECONFIG={home / 'kubeconfig'}"]
        contexts = [context["name"] for context in json.loads((home / "kubeconfig").read_text())["contexts"]]
        assert contexts == ["host", "member1", "member2"]
        process.terminate()
        _, said = process.communicate(timeout=WITHIN)
    assert "This is a sandbox, for trying out and for tests: no place for anything that matters." in said
    assert "What they hold is forgotten in the end." in said
    assert (home.parents[2] / "home" / ".kube" / "config").read_text() == "mine"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.usefixtures("home")
def test_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with up() as (process, _):
        process.send_signal(number)
        _, said = process.communicate(timeout=WITHIN)
        assert process.returncode == 0
    assert said.endswith("The sandbox has ended.\n")
    assert "Traceback" not in said


def test_down_ends_it_and_waits_until_it_has_ended(home: Path, kfed: Kfed) -> None:
    with up() as (process, _):
        assert kfed("sandbox", "down").code == 0
        assert process.wait(WITHIN) == 0
    result = kfed("sandbox", "down")
    assert result.code == 3
    assert f"No sandbox is running with {home}. Start one with `kfed sandbox up`." in result.stderr


def test_status_shows_what_was_done_to_the_clusters(home: Path, kfed: Kfed) -> None:
    with up("--members", "berlin,osaka"):
        assert kfed("sandbox", "stop", "berlin").code == 0
        assert kfed("sandbox", "limit", "osaka", "--replicas", "7").code == 0
        rows = [line.split() for line in kfed("sandbox", "status").stdout.splitlines()]
        assert rows[0][:3] == ["CLUSTER", "STATE", "ROOM"]
        assert [row[:3] for row in rows[1:4]] == [
            ["host", "reachable", "any"],
            ["berlin", "stopped", "any"],
            ["osaka", "reachable", "7"],
        ]
        assert kfed("sandbox", "start", "berlin").code == 0
        assert kfed("sandbox", "limit", "osaka").code == 0
        found = json.loads(kfed("sandbox", "status", "--as", "json").stdout)
        assert [(one["name"], one["reachable"], one["limit"]) for one in found["clusters"]] == [
            ("host", True, None),
            ("berlin", True, None),
            ("osaka", True, None),
        ]
        assert found["kubeconfig"] == str(home / "kubeconfig")


@pytest.mark.usefixtures("home")
def test_reset_empties_the_clusters(kfed: Kfed, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with up("--members", "1", "--data-dir", str(folder)):
        ask(str(folder), "limit", cluster="member1", replicas=1)
        assert kfed("sandbox", "reset", "--data-dir", folder).code == 0
        assert ask(str(folder), "status")["clusters"][1]["limit"] is None


@pytest.mark.usefixtures("home")
def test_two_run_side_by_side_with_folders_of_their_own(kfed: Kfed, tmp_path: Path) -> None:
    with up("--members", "1", "--data-dir", str(tmp_path / "other")), up("--members", "2"):
        assert kfed("sandbox", "status").stdout.count("https://") == 3
        assert kfed("sandbox", "status", "--data-dir", tmp_path / "other").stdout.count("https://") == 2


@pytest.mark.usefixtures("home")
def test_second_one_with_the_same_folder_is_told_of_the_first(kfed: Kfed) -> None:
    with up("--members", "1"):
        result = kfed("sandbox", "up")
    assert result.code == 3
    assert "A sandbox is running already" in result.stderr


@pytest.mark.slow
def test_killed_sandbox_can_be_started_again(home: Path, kfed: Kfed) -> None:
    with up("--members", "1") as (process, _):
        process.kill()
        process.wait()
        assert kfed("sandbox", "status").code == 3
        with up("--members", "1"):
            assert kfed("sandbox", "status").code == 0
    assert (home / "kubeconfig").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["up", "--members", "-1"], 2, "'-1' is no name of a cluster"),
        (["up", "--members", "1001"], 2, "1001 are too many"),
        (["up", "--members", "host"], 2, "none may be 'host'"),
        (["up", "--members", "a,a"], 2, "the names must differ"),
        (["up", "--members", "A_b"], 2, "'A_b' is no name of a cluster"),
        (["up", "--port", "70000"], 2, "70000"),
        (["up", "--data-dir", "/proc/x"], 3, "/proc/x"),
        (["limit", "member1", "--replicas", "-1"], 2, "-1"),
        (["stop"], 2, "Missing argument 'CLUSTER'"),
        (["stop", "member1"], 3, "No sandbox is running"),
        (["status", "--data-dir", "nowhere"], 3, "No sandbox is running"),
    ],
)
@pytest.mark.usefixtures("home")
def test_mistakes_are_one_clear_error(kfed_here: Kfed, arguments: list[str], code: int, said: str) -> None:
    result = kfed_here("sandbox", *arguments)
    assert result.code == code
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.usefixtures("home")
def test_cluster_that_there_is_not_is_the_user_s_mistake(kfed: Kfed) -> None:
    with up("--members", "1"):
        result = kfed("sandbox", "stop", "member7")
    assert result.code == 1
    assert result.stderr == "Error: There is no cluster 'member7' in this sandbox; there are host, member1.\n"


@pytest.mark.parametrize("package", ["aiohttp", "cryptography", "jsonpatch"])
@pytest.mark.usefixtures("home")
def test_package_that_is_missing_is_named_with_what_to_install(kfed: Kfed, tmp_path: Path, package: str) -> None:
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / f"{package}.py").write_text(
        f"raise ModuleNotFoundError('No module named {package}', name={package!r})\n"
    )
    result = kfed("sandbox", "up", env={"PYTHONPATH": f"{tmp_path / 'stubs'}{os.pathsep}{ROOT}"})
    assert result.code == 3
    assert f"needs the package {package}, which is not installed" in result.stderr
    assert "pip install 'kfed[sandbox]'" in result.stderr


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_kill(home: Path, tmp_path: Path) -> None:
    from kfed.testing import Cluster  # noqa: PLC0415  (the others do not need it)

    def host() -> Cluster:
        note = json.loads((tmp_path / "data" / "sandbox.json").read_text())
        authority = (tmp_path / "data" / "ca.crt").read_text()
        url = f"https://127.0.0.1:{note['port']}/clusters/host"
        return Cluster("host", url, note["clusters"]["host"]["token"], authority)

    path = "/api/v1/namespaces/default/configmaps"
    written = 0
    with up("--members", "0", "--data-dir", str(tmp_path / "data")) as (process, _):
        cluster = host()
        for number in range(25):
            assert cluster.call("POST", path, {"metadata": {"name": f"n{number}"}})[0] == 201
            written += 1
        process.kill()
        process.wait()
    with up("--members", "0", "--data-dir", str(tmp_path / "data")):
        names = {item["metadata"]["name"] for item in host().call("GET", path)[1]["items"]}
    assert names == {f"n{number}" for number in range(written)} | {"kube-root-ca.crt"}
    assert not home.exists()
