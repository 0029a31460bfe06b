"""The programs are found where they are, built once where they are not, and never half there.

Go itself is played here by a script: what it builds for real, the tests marked ``cluster`` stand on.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.clusters.assets import PROGRAMS, AssetsError, build, cache_folder, find

GO = """#!/bin/sh
case $1 in
  version) echo "go version go{version} linux/amd64";;
  list) echo a/package; echo another/package;;
  build)
    echo "$@" >> "{log}"
    while [ "$1" != -o ]; do shift; done
    {act}
    printf '#!/bin/sh\\n' > "$2"; chmod +x "$2"
    echo a/package; echo another/package;;
esac
"""
ASSETS = Path(__file__).with_name("assets.py")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no folder named, no Go."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path / "cache"


def _go(tmp_path: Path, act: str = ":", version: str = "99.1") -> Path:
    """Put a Go on the PATH that does ``act`` when it builds, and return the log of what it was asked to build."""
    (tmp_path / "path").mkdir(exist_ok=True)
    log = tmp_path / "built"
    _program(tmp_path / "path" / "go").write_text(GO.format(version=version, log=log, act=act))
    return log


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_named_folder_is_used_when_it_holds_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "named"))
    for name in PROGRAMS:
        assert find() is None
        _program(tmp_path / "named" / name)
    assert find() == tmp_path / "named"


def test_named_folder_that_lacks_a_program_gives_way_to_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(_program(tmp_path / "named" / "etcd").parent))
    for name in PROGRAMS:
        _program(cache_folder() / name)
    assert find() == cache_folder()


def test_cache_is_where_the_system_keeps_caches(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder().parent == cache / "kfed" / "assets"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder().parent == Path("/home/somebody/.cache/kfed/assets")


def test_what_is_missing_is_built_and_what_is_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = _go(tmp_path)
    _program(cache_folder() / "etcd")
    assert build() == cache_folder() == find()
    said = capsys.readouterr().err
    assert "building kube-apiserver (1 of 5)" in said
    assert "building kwok (5 of 5)" in said
    assert "takes minutes" in said
    assert len(log.read_text().splitlines()) == 5
    build()
    assert capsys.readouterr().err == ""
    assert len(log.read_text().splitlines()) == 5


def test_server_is_told_its_version(tmp_path: Path) -> None:
    log = _go(tmp_path)
    build({"kubectl": PROGRAMS["kubectl"]})
    assert "-X k8s.io/component-base/version.gitVersion=v1.37." in log.read_text()
    assert "-X k8s.io/component-base/version.gitMinor=37 " in log.read_text()


def test_failed_build_says_why_and_leaves_nothing_that_looks_built(tmp_path: Path) -> None:
    _go(tmp_path, 'echo half > "$2"; echo "go: example.com@v1: dial tcp: lookup failed" >&2; exit 1')
    with pytest.raises(AssetsError, match=r"(?s)etcd.*exit code 1.*dial tcp: lookup failed.*KUBEBUILDER_ASSETS"):
        build()
    assert find({"etcd": ""}) is None
    _go(tmp_path)
    assert find() is None
    assert build() == find()


def test_two_builds_at_a_time_build_once(tmp_path: Path) -> None:
    log = _go(tmp_path, f"while [ ! -e {tmp_path}/go-on ]; do sleep 0.01; done")
    first = _until_it_says("building etcd (1 of 6)")
    second = _until_it_says("Another build of these programs is running: waiting for it.")
    (tmp_path / "go-on").touch()
    said = [process.communicate(timeout=60)[1] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert "all there after" in said[0]
    assert said[1] == ""
    assert len(log.read_text().splitlines()) == len(PROGRAMS)


def _until_it_says(line: str) -> subprocess.Popen[str]:
    """A build that has got so far."""
    process = subprocess.Popen([sys.executable, str(ASSETS)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert f"{line}\n" in iter(process.stderr.readline, "")
    return process


def test_old_go_is_not_used_and_nothing_is_installed_outside_a_virtual_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = _go(tmp_path, version="1.9")
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "nothing"))
    with pytest.raises(AssetsError, match=r"no virtual environment.*\.venv.*put Go 1\.\d+"):
        build()
    assert not log.exists()


def test_command_prints_the_folder_or_fails(tmp_path: Path) -> None:
    command = [sys.executable, str(ASSETS), "--where"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (3, "")
    _go(tmp_path)
    build()
    assert subprocess.check_output(command, text=True).strip() == str(cache_folder())


def test_command_reports_a_failure_in_one_message(tmp_path: Path) -> None:
    _go(tmp_path, "exit 7")
    result = subprocess.run([sys.executable, str(ASSETS)], capture_output=True, text=True, check=False)
    assert result.returncode == 3
    assert "The programs of real clusters cannot be built: etcd (1 of 6): " in result.stderr
    assert "Traceback" not in result.stderr
