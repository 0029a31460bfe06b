"""Paths to files: each file once, only regular ones, none that a link has elsewhere, and nothing in silence."""

from __future__ import annotations

import io
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from kfed.core.finding import Finding, Severity
from kfed.errors import UnavailableError
from kfed.offline import files
from kfed.offline.documents import read_documents
from kfed.offline.files import open_inputs, read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def names(*paths: str | Path, skip: str | None = None) -> list[str]:
    with open_inputs([str(path) for path in paths], skip=skip) as inputs:
        assert inputs.findings == []
        return [file.name for file in inputs.files]


def passed_over(*paths: str) -> tuple[list[str], list[tuple[str, Severity]]]:
    """The files that are read, and the names and severities of what is passed over."""
    with open_inputs(paths) as inputs:
        assert {finding.rule for finding in inputs.findings} <= {"passed-over"}
        told = [(finding.source.file, finding.severity) for finding in inputs.findings if finding.source]
        return [file.name for file in inputs.files], told


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with files of all sorts in it."""
    for path in ("b.yaml", "a.yml", "c.json", "notes.txt", ".hidden.yaml", "deep/d.yaml", ".git/e.yaml", "out/f.yaml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("kind: A\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_folder_is_searched_for_manifests_that_are_not_hidden() -> None:
    assert names(".", skip="out") == ["./a.yml", "./b.yaml", "./c.json", "./deep/d.yaml"]


@pytest.mark.usefixtures("folder")
def test_a_suffix_may_be_of_any_case() -> None:
    for name in ("A.YAML", "B.Yml", "C.JSON"):
        os.rename("b.yaml", name)
        assert f"./{name}" in names(".")
        os.rename(name, "b.yaml")


@pytest.mark.usefixtures("folder")
def test_the_output_folder_is_passed_over_however_it_is_called() -> None:
    for name in ("out", "./out", "deep/../out", os.path.abspath("out")):
        assert not any("out" in found for found in names(".", skip=name))


@pytest.mark.usefixtures("folder")
def test_a_file_named_outright_is_read_whatever_its_name() -> None:
    assert names("notes.txt", ".hidden.yaml") == [".hidden.yaml", "notes.txt"]


@pytest.mark.usefixtures("folder")
def test_a_file_is_read_once_however_often_and_variously_it_is_named() -> None:
    os.symlink("b.yaml", "link.yaml")
    expected = ["./b.yaml"]
    for paths in (("b.yaml", "./b.yaml"), ("./b.yaml", "b.yaml"), ("b.yaml", "b.yaml", "./b.yaml", "link.yaml")):
        assert names(*paths) == expected


@pytest.mark.usefixtures("folder")
def test_the_order_of_arguments_does_not_matter() -> None:
    assert names("deep", "b.yaml", "a.yml") == names("a.yml", "b.yaml", "deep")
    assert names(".", "deep") == names("deep", ".") == names(".")


def test_a_path_that_is_not_there_cannot_be_had(folder: Path) -> None:
    with pytest.raises(UnavailableError, match="missing does not exist; give a file, a folder or -"):
        names(folder / "missing")


def test_standard_input_is_read_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"kind: A\n---\nkind: B\n")))
    with open_inputs(["-", "-"]) as inputs:
        [file] = inputs.files
        assert [len(list(read_documents(file))) for _ in range(2)] == [2, 2]
        assert file.name == "<stdin>"
        kept = file.path
    assert not os.path.exists(kept)


def test_closed_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnavailableError, match="Standard input is closed"):
        names("-")


def test_a_pipe_is_read_once_and_kept(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("kind: A\n",))
    writer.start()
    with open_inputs([str(tmp_path / "pipe")]) as inputs:
        [file] = inputs.files
        writer.join()
        assert [len(list(read_documents(file))) for _ in range(2)] == [1, 1]


@pytest.mark.usefixtures("folder")
def test_a_folder_that_a_link_leads_to_is_searched_once() -> None:
    os.symlink("deep", "aka")
    os.symlink("..", "deep/up")
    os.symlink(".", "deep/self")
    assert names(".", skip="out") == ["./a.yml", "./aka/d.yaml", "./b.yaml", "./c.json"]


@pytest.mark.usefixtures("folder")
def test_a_link_out_of_the_folder_is_passed_over_and_told() -> None:
    os.symlink("../b.yaml", "deep/b.yaml")
    os.symlink("../out", "deep/out")
    os.symlink("/etc", "deep/etc")
    os.symlink("/proc/self/environ", "deep/environ.yaml")
    os.symlink("/dev/zero", "deep/zero.json")
    os.symlink("../notes.txt", "deep/notes.txt")
    out = [(f"deep/{name}", Severity.WARNING) for name in ("b.yaml", "environ.yaml", "etc", "out", "zero.json")]
    assert passed_over("deep") == (["deep/d.yaml"], out)


@pytest.mark.usefixtures("folder")
def test_a_link_may_lead_to_what_is_given_as_well() -> None:
    os.symlink("../out", "deep/out")
    os.symlink("../b.yaml", "deep/b.yaml")
    assert names("deep", "out", "b.yaml") == ["b.yaml", "deep/d.yaml", "deep/out/f.yaml"]


def test_a_folder_whose_name_begins_as_a_given_one_is_not_within_it(tmp_path: Path) -> None:
    for name in ("in", "input"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.yaml").write_text("kind: A\n")
    (tmp_path / "in" / "link").symlink_to("../input")
    read, told = passed_over(str(tmp_path / "in"))
    assert read == [str(tmp_path / "in" / "in.yaml")]
    assert told == [(str(tmp_path / "in" / "link"), Severity.WARNING)]


@pytest.mark.usefixtures("folder")
def test_a_link_that_is_named_itself_is_followed() -> None:
    os.symlink("../b.yaml", "deep/b.yaml")
    os.symlink("..", "deep/up")
    assert names("deep/b.yaml") == ["deep/b.yaml"]
    assert "deep/up/b.yaml" in names("deep/up")


@pytest.mark.usefixtures("folder")
def test_a_link_to_nowhere_is_told_by_what_it_would_have_been() -> None:
    os.symlink("nowhere", "x.yaml")
    os.symlink("y.yaml", "y.yaml")
    os.symlink("nowhere", "submodule")
    told = [("./submodule", Severity.WARNING), ("./x.yaml", Severity.ERROR), ("./y.yaml", Severity.ERROR)]
    assert passed_over(".")[1] == told


@pytest.mark.usefixtures("folder")
def test_what_is_no_regular_file_is_passed_over_and_told() -> None:
    os.mkfifo("deep/pipe.yaml")
    os.mkfifo("deep/pipe")
    os.symlink("pipe", "deep/link.json")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("deep/socket.yml")
        told = [(f"deep/{name}", Severity.WARNING) for name in ("link.json", "pipe.yaml", "socket.yml")]
        assert passed_over("deep") == (["deep/d.yaml"], told)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Standard input without an end, of which the sizes of the blocks that were read are noted; 1 MiB is kept."""
    sizes: list[int] = []

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            sizes.append(size)
            return b"a: 1\n---\n" * (size // 9)

    monkeypatch.setattr(files, "MOST_KEPT", 2**20)
    monkeypatch.setattr(files, "_BLOCK", 2**16)
    monkeypatch.setattr(sys, "stdin", type("Text", (), {"buffer": Endless()}))
    return sizes


def test_of_input_without_end_a_bounded_part_is_kept(endless: list[int]) -> None:
    with open_inputs(["-"]) as inputs:
        assert inputs.files == []
        [finding] = inputs.findings
    assert (finding.rule, finding.severity) == ("too-large", Severity.ERROR)
    assert "1 MiB" in finding.message
    assert sum(endless) <= 2**20 + 2 * 2**16


def test_of_input_without_end_a_bounded_part_is_read_whole(endless: list[int]) -> None:
    with pytest.raises(UnavailableError, match="larger than 1 MiB"):
        read_whole("-")
    assert sum(endless) <= 2**20 + 2 * 2**16


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no such device")
def test_a_device_without_sense_is_read_no_further_than_shows_it() -> None:
    with open_inputs(["/dev/zero"]) as inputs:
        [file] = inputs.files
        assert os.stat(file.path).st_size <= files._BLOCK  # noqa: SLF001 - how much is read at once
        [finding] = read_documents(file)
    assert isinstance(finding, Finding)
    assert finding.rule == "binary-file"
