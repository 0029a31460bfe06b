"""The locks hold one version of everything that is asked for, by its hashes, and do not say where it is from."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [ROOT / "requirements.lock", ROOT / "tests" / "clusters" / "go.lock"]


def _asked_for() -> list[Requirement]:
    """What users, developers and the building of kfed need, as pyproject.toml says it."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = content["project"]
    groups = [*project["optional-dependencies"].values(), *content["dependency-groups"].values()]
    everything = map(Requirement, chain(content["build-system"]["requires"], project["dependencies"], *groups))
    return [requirement for requirement in everything if requirement.name != project["name"]]


def test_locks_hold_a_version_within_the_range_of_all_that_is_asked_for() -> None:
    text = "".join(lock.read_text() for lock in LOCKS)
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
    outside = [str(asked) for asked in _asked_for() if not asked.specifier.contains(pins.get(asked.name, "0"))]
    assert outside == [], "run: make lock UPGRADE="


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_is_nothing_but_pins_hashes_and_remarks(lock: Path) -> None:
    pin = re.compile(r"[a-z0-9-]+==\S+( ; [^\\]+)? \\( *--hash=sha256:[0-9a-f]{64}( \\)?)+")
    remark = re.compile(r"^ *#.*\n", re.MULTILINE)
    lines = re.sub(r"\\\n", r"\\", remark.sub("", lock.read_text())).splitlines()
    assert lines
    assert [line for line in lines if not pin.fullmatch(line)] == []
