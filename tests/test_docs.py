"""The commands that the documentation shows are run as they stand, in a folder laid out as it says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"^\$ (kfed (?:[^\n]*\\\n)*[^\n]*)$", re.MULTILINE)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Commands of these need a terminal of their own or a program beside kfed, and are tested as what they are.
ELSEWHERE = (
    "kfed sandbox",
    "kfed controller",
    "kfed install",
    "kfed enable",
    "kfed disable",
    "kfed join",
    "kfed unjoin",
    "kfed clusters",
    "kfed types",
    "kfed get",
)


def _commands() -> list[Any]:
    found = []
    for page in PAGES:
        for match in COMMAND.finditer(page.read_text()):
            command = match[1].replace("\\\n", " ").split("  #")[0].split(" | ")[0].strip()
            if not command.startswith(ELSEWHERE):
                found.append(pytest.param(command, id=f"{page.name}: {' '.join(command.split())}"))
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working copy, and beside it what the pages take for granted."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    shutil.copy(ROOT / "docs/examples/custom/widgets.yaml", tmp_path / "widgets-crd.yaml")
    for folder, name in (("federated", "shop.yaml"), ("clusters", "clusters.yaml")):
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / "docs/examples" / name, tmp_path / folder)
    return tmp_path


@pytest.mark.parametrize("command", _commands())
def test_a_command_that_is_shown_works(command: str, place: Path, kfed: Callable[..., Result]) -> None:
    result = kfed(*shlex.split(command)[1:], cwd=place)
    assert result.code == 0, result.stderr


def _steps(page: str) -> list[str]:
    """The kfed commands in the YAML of a page, a continuous integration's or pre-commit's."""
    text = (ROOT / "docs" / page).read_text()
    documents = [yaml.safe_load(block[2]) for block in FENCE.finditer(text) if block[1] == "yaml"]
    return [text.strip() for document in documents for text in _texts(document) if text.strip().startswith("kfed ")]


def _texts(value: Any) -> list[str]:
    match value:
        case dict():
            return [text for item in value.values() for text in _texts(item)]
        case list():
            return [text for item in value for text in _texts(item)]
        case str():
            return [value]
    return []


def test_the_steps_of_ci_pass_when_what_is_rendered_is_current_and_fail_when_not(
    place: Path, kfed: Callable[..., Result]
) -> None:
    steps = [shlex.split(step)[1:] for step in _steps("ci.md")]
    checks = [step for step in steps if "--check" in step]
    assert len(steps) > len(checks) >= 3
    for step in checks:
        assert kfed(*step, cwd=place).code == 1
    for step in steps:
        if step not in checks:
            assert kfed(*step, cwd=place).code == 0
    for step in checks:
        assert kfed(*step, cwd=place).code == 0
