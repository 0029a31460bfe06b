"""Replacing, locking and syncing folders."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from kfed.offline.tree import atomic

if TYPE_CHECKING:
    from pathlib import Path


def without_call(*_args: object) -> None:
    raise OSError(errno.ENOSYS, "no such call")


def test_exchange_gives_each_the_place_of_the_other(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert atomic.exchange(str(tmp_path / "one"), str(tmp_path / "other"))
    assert os.listdir(tmp_path / "one") == ["other"]
    assert os.listdir(tmp_path / "other") == ["one"]


def test_exchange_says_when_the_system_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "renameat2", without_call)
    assert not atomic.exchange(str(tmp_path), str(tmp_path))


def test_exchange_with_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        atomic.exchange(str(tmp_path), str(tmp_path / "nothing"))


@pytest.mark.parametrize("supported", [True, False])
def test_rename_new_never_replaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, supported: bool) -> None:  # noqa: FBT001, a parameter of the law
    if not supported:
        monkeypatch.setattr(atomic, "renameat2", without_call)
    (tmp_path / "one").write_text("one")
    (tmp_path / "taken").write_text("taken")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("taken", "link"):
        with pytest.raises(FileExistsError):
            atomic.rename_new(str(tmp_path / "one"), str(tmp_path / name))
    atomic.rename_new(str(tmp_path / "one"), str(tmp_path / "free"))
    assert (tmp_path / "free").read_text() == "one"
    assert (tmp_path / "taken").read_text() == "taken"


def test_a_lock_keeps_others_out_and_shared_ones_only_writers(tmp_path: Path) -> None:
    one, other = os.open(tmp_path, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)
    try:
        assert atomic.lock(one)
        assert not atomic.lock(other)
        assert not atomic.lock(other, shared=True)
        assert atomic.lock(one, shared=True)
        assert atomic.lock(other, shared=True)
        assert not atomic.lock(other)
    finally:
        os.close(one)
        os.close(other)


def test_folders_on_any_file_system_can_be_synced(tmp_path: Path) -> None:
    atomic.sync_folder(str(tmp_path))
    atomic.sync_folder("/proc")
    with pytest.raises(NotADirectoryError):
        atomic.sync_folder(__file__)
