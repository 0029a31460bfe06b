"""A process that is told to end does so without a traceback, wherever it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
RENDER = ["render", "-f", str(EXAMPLES / "shop.yaml"), "--clusters", str(EXAMPLES / "clusters.yaml"), "-o", "out"]

# Imported by Python before anything else: sends the process a signal when a module is looked for, or a call is made.
CUSTOM = """
import os, sys

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == os.environ["AT_IMPORT"]:
            sys.meta_path.remove(Finder)
            os.kill(os.getpid(), int(os.environ["SIGNAL"]))

def send(event, args):
    if event == os.environ["AT_EVENT"] and "/kfed-" not in args[0]:  # not the folder for what is read once
        os.environ["AT_EVENT"] = ""
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))

sys.meta_path.insert(0, Finder)
sys.addaudithook(send)
"""


def run(folder: Path, number: int, *, at_import: str = "", at_event: str = "") -> tuple[int, str]:
    (folder / "custom").mkdir(exist_ok=True)
    (folder / "custom" / "sitecustomize.py").write_text(CUSTOM)
    env = {"PYTHONPATH": str(folder / "custom"), "SIGNAL": str(int(number))}
    done = subprocess.run(
        [sys.executable, "-m", "kfed", *RENDER],
        env=os.environ | env | {"AT_IMPORT": at_import, "AT_EVENT": at_event},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("module", ["kfed.cli.main", "click", "kfed.cli.render", "orjson", "kfed.report.text"])
def test_a_signal_while_something_is_imported_ends_the_process_in_silence(
    tmp_path: Path, module: str, number: int
) -> None:
    assert run(tmp_path, number, at_import=module) == (128 + number, "")


@pytest.mark.parametrize(
    ("number", "says"), [(signal.SIGINT, "Interrupted.\n"), (signal.SIGTERM, ""), (signal.SIGHUP, "")]
)
def test_a_signal_while_the_tree_is_made_leaves_nothing(tmp_path: Path, number: int, says: str) -> None:
    assert run(tmp_path, number, at_event="os.mkdir") == (128 + number, says)
    assert sorted(os.listdir(tmp_path)) == ["custom"]
    assert run(tmp_path, number)[0] == 0
    before = sorted((tmp_path / "out").rglob("*"))
    (tmp_path / "out" / "lab" / "Kustomization").write_text("")
    assert run(tmp_path, number, at_event="os.link") == (128 + number, says)
    assert sorted(os.listdir(tmp_path)) == ["custom", "out"]
    assert sorted((tmp_path / "out").rglob("*")) == before
    assert (tmp_path / "out" / "lab" / "Kustomization").read_text() == ""


def test_a_signal_that_is_ignored_from_the_start_stays_so(tmp_path: Path) -> None:
    command = ["nohup", sys.executable, "-m", "kfed", *RENDER]
    (tmp_path / "custom").mkdir()
    (tmp_path / "custom" / "sitecustomize.py").write_text(CUSTOM)
    env = {"PYTHONPATH": str(tmp_path / "custom"), "SIGNAL": str(int(signal.SIGHUP)), "AT_IMPORT": "orjson"}
    env |= {"AT_EVENT": ""}
    assert subprocess.run(command, env=os.environ | env, cwd=tmp_path, capture_output=True, check=False).returncode == 0
