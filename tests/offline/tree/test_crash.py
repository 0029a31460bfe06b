"""A run that is killed, wherever, leaves the old tree or the new one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CRASHING = Path(__file__).with_name("crashing.py")
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"


def tree(foreign: dict[str, str], **objects: str) -> dict[str, str]:
    files = {f"c1/ns-{name}/configmap_{name}.yaml": text for name, text in sorted(objects.items())}
    resources = "".join(f"- {path.removeprefix('c1/')}\n" for path in files)
    files = {"c1/kustomization.yaml": KUSTOMIZATION + resources} | files
    hashes = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items()}
    return {"kfed-index.json": json.dumps({"version": 1, "files": hashes}, indent=2) + "\n"} | files | foreign


def crash(scenario: str, folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, CRASHING, scenario, folder / "out"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [report["ended"] for report in reports] == [False] * (len(reports) - 1) + [True]
    return reports


@pytest.mark.parametrize(
    ("scenario", "foreign", "calls"),
    [("create", {}, 20), ("exchange", {}, 40), ("journal", {"c1/notes.txt": "mine\n"}, 40)],
)
def test_a_run_killed_anywhere_leaves_the_old_tree_or_the_new_one(
    tmp_path: Path, scenario: str, foreign: dict[str, str], calls: int
) -> None:
    old = None if scenario == "create" else tree(foreign, kept="kept\n", changed="old\n", gone="gone\n")
    new = tree(foreign, kept="kept\n", changed="a new text\n", added="added\n")
    reports = crash(scenario, tmp_path)
    assert len(reports) > calls
    states = [report["then"] for report in reports]
    decided = states.index(new)
    assert decided > 0
    assert states == [old] * decided + [new] * (len(states) - decided)
    assert all(report["left"] == [] for report in reports)
    if scenario != "journal":  # then no next run is needed for it
        assert [report["at_once"] for report in reports] == states


def test_a_recovery_killed_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    new = tree({"c1/notes.txt": "mine\n"}, kept="kept\n", changed="a new text\n", added="added\n")
    reports = crash("recovery", tmp_path)
    assert len(reports) > 8
    assert reports[0]["at_once"] != new
    assert all(report["then"] == new for report in reports)
