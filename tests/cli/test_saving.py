"""The file that findings are kept in is written where it is named, and nowhere else."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from kfed.cli.saving import save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, and beside it one that is nobody's business."""
    (tmp_path / "here" / "reports").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine").write_text("mine")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def outside(here: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (here.parent / "outside").iterdir()}


@pytest.mark.parametrize("path", ["found", "reports/found", "./reports/../found", "../outside/found"])
def test_a_file_is_made_and_replaced(here: Path, path: str) -> None:
    save(path, b"one")
    os.chmod(path, 0o640)
    save(str(here / path), b"other")
    assert (here / path).read_bytes() == b"other"
    assert os.stat(path).st_mode & 0o777 == 0o640
    assert not [name for name in os.listdir(os.path.dirname(path) or ".") if name.endswith(".kfed-new")]


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("target", ["../outside/mine", "../outside/nothing"])
def test_a_link_is_not_written_through(here: Path, target: str, absolute: bool) -> None:  # noqa: FBT001, a parameter of the law
    (here / "found").symlink_to(target)
    with pytest.raises(OSError, match="is a link"):
        save(str(here / "found") if absolute else "found", b"data")
    assert outside(here) == {"mine": "mine"}


@pytest.mark.parametrize("absolute", [False, True])
def test_a_folder_that_is_a_link_leads_nowhere(here: Path, absolute: bool) -> None:  # noqa: FBT001, a parameter of the law
    (here / "linked").symlink_to("../outside")
    for name in ("mine", "found"):
        with pytest.raises(OSError, match="on the way"):
            save(str(here / "linked" / name) if absolute else f"linked/{name}", b"data")
    assert outside(here) == {"mine": "mine"}


def test_a_file_of_other_names_is_replaced_in_this_one(here: Path) -> None:
    os.link(here.parent / "outside" / "mine", here / "found")
    save("found", b"data")
    assert (here / "found").read_bytes() == b"data"
    assert outside(here) == {"mine": "mine"}


def test_what_a_run_that_was_killed_left_is_replaced(here: Path) -> None:
    (here / ".found.kfed-new").symlink_to("../outside/mine")
    save("found", b"data")
    assert sorted(os.listdir()) == ["found", "reports"]
    assert outside(here) == {"mine": "mine"}


def test_what_cannot_be_written_leaves_what_was_there(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save("found", b"old")

    def full(*_args: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            save("found", b"new")
    assert (here / "found").read_bytes() == b"old"
    assert sorted(os.listdir()) == ["found", "reports"]


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EACCES])
def test_a_file_that_cannot_be_replaced_is_overwritten_unless_it_has_other_names(
    here: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(number, os.strerror(number))

    save("found", b"a long old text")
    monkeypatch.setattr(os, "rename", refuse)
    save("found", b"new")
    assert (here / "found").read_bytes() == b"new"
    os.link(here.parent / "outside" / "mine", here / "other")
    with pytest.raises(OSError, match="other names"):
        save("other", b"new")
    assert outside(here) == {"mine": "mine"}


def test_devices_and_pipes_are_written_to(here: Path) -> None:
    save("/dev/null", b"data")
    os.mkfifo("pipe")
    reading = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    save("pipe", b"data")
    assert os.read(reading, 9) == b"data"
    save(f"/dev/fd/{os.open('found', os.O_WRONLY | os.O_CREAT)}", b"data")
    assert (here / "found").read_bytes() == b"data"


def test_render_refuses_a_link_for_its_findings(here: Path, kfed_here: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "found.json").symlink_to("outside/mine")
    (tmp_path / "in.yaml").write_text("a: b\n")
    result = kfed_here("render", "-f", "in.yaml", "-o", "out", "--findings", "json", "--findings-file", "found.json")
    assert (result.code, result.stdout) == (3, "")
    assert result.stderr == (
        "Error: The findings cannot be written to found.json: it is a link; name the file that it leads to.\n"
    )
    assert outside(here) == {"mine": "mine"}
