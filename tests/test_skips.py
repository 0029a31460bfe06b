"""A test that was skipped is told in the last line of the output, and fails in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = """
import pytest

@pytest.mark.cluster
def test_server(cluster_host): pass

@pytest.mark.skipif(True, reason="the moon is not full")
def test_tide(): pass

@pytest.mark.xfail
def test_gap(): raise AssertionError

def test_other(): pass
"""
PLUGINS = ["-p", "tests.clusters.fixtures", "-p", "tests.skips", "-p", "no:randomly"]

pytestmark = pytest.mark.slow


def _run(folder: Path, *arguments: str, ci: str) -> tuple[int, list[str]]:
    """The exit code of pytest, and the last two lines that it prints, where there are no programs."""
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    cluster: needs servers\n")
    environment = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache")}
    for name in ("KUBEBUILDER_ASSETS", "PYTEST_XDIST_WORKER"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "pytest", *PLUGINS, *arguments, str(folder)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()[-2:]


@pytest.mark.parametrize("spread", [(), ("-n", "1")], ids=["here", "on a worker"])
@pytest.mark.parametrize(("ci", "code", "outcome"), [("", 0, "2 skipped"), ("true", 1, "2 errors")])
def test_what_did_not_run_is_told_in_one_loud_line_and_fails_in_ci(
    tmp_path: Path, spread: tuple[str, ...], ci: str, code: int, outcome: str
) -> None:
    exit_code, (total, loud) = _run(tmp_path, *spread, ci=ci)
    assert exit_code == code
    assert outcome in total
    assert "1 passed" in total
    assert "1 xfailed" in total
    assert loud.startswith("TESTS NOT RUN: 1 because neither KUBEBUILDER_ASSETS nor ")
    assert loud.endswith("`make assets` builds them; 1 because the moon is not full")


def test_nothing_is_told_where_all_ran(tmp_path: Path) -> None:
    _, (_, last) = _run(tmp_path, "-k", "other", ci="true")
    assert "1 passed" in last
