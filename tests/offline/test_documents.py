"""Files to documents: each file once, a block at a time, and nothing in it lost or told at the wrong line."""

from __future__ import annotations

import io
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfed.core.finding import Finding
from kfed.errors import UnavailableError
from kfed.offline import documents
from kfed.offline.documents import open_inputs, read_documents
from kfed.text.documents import Document, split

if TYPE_CHECKING:
    from pathlib import Path


def names(*paths: str | Path, skip: str | None = None) -> list[str]:
    with open_inputs([str(path) for path in paths], skip=skip) as files:
        return [file.name for file in files]


def read(path: Path) -> list[Document | Finding]:
    with open_inputs([str(path)]) as [file]:
        return list(read_documents(file))


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


def test_a_path_that_is_not_there_cannot_be_had(folder: Path) -> None:
    with pytest.raises(UnavailableError, match="missing does not exist; give a file, a folder or -"):
        names(folder / "missing")


def test_standard_input_is_read_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"kind: A\n---\nkind: B\n")))
    with open_inputs(["-", "-"]) as [file]:
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
    with open_inputs([str(tmp_path / "pipe")]) as [file]:
        writer.join()
        assert [len(list(read_documents(file))) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty-file"),
        (b"\n\n# a comment\n---\n...\n", "empty-file"),
        (b"\xef\xbb\xbf", "empty-file"),
        (b"\xff\xfek\x00i\x00", "binary-file"),
        (b"k\x00i\x00n\x00d\x00", "binary-file"),
        (b"kind: \xe9t\xe9\n", "binary-file"),
        (b"\x7fELF\x02\x01\x01\x00", "binary-file"),
    ],
)
def test_a_file_without_manifests_is_one_finding(data: bytes, rule: str, tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_bytes(data)
    [found] = read(tmp_path / "in.yaml")
    assert isinstance(found, Finding)
    assert found.rule == rule


LINES = st.sampled_from(
    [
        "kind: A",
        "  - b: 'ä€'",
        "---",
        "--- # next",
        "---no",
        "-----BEGIN",
        "...",
        "",
        "# c",
        "text: |",
        "  --- in text",
        "%YAML 1.1",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=25), block=st.integers(1, 40), end=st.sampled_from(["\n", "\r\n"]))
def test_reading_block_by_block_finds_what_is_there(
    lines: list[str], block: int, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = end.join(lines)
    (tmp_path / "in.yaml").write_bytes(text.encode())
    with monkeypatch.context() as patch:
        patch.setattr(documents, "_BLOCK", block)
        found = [one for one in read(tmp_path / "in.yaml") if isinstance(one, Document)]
    whole = list(split(text, str(tmp_path / "in.yaml")))
    assert [(one.line, one.text.strip()) for one in found] == [(one.line, one.text.strip()) for one in whole]


def test_of_a_document_without_end_no_more_is_read_than_tells_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.yaml").write_text("a: " + "€" * 10_000)
    monkeypatch.setattr(documents, "_BLOCK", 10)
    monkeypatch.setattr("kfed.text.documents._MOST", 50)
    [found] = read(tmp_path / "in.yaml")
    assert isinstance(found, Document)
    assert 50 < len(found.text) < 60


@pytest.mark.slow
def test_stream_of_json_may_be_larger_than_any_document(tmp_path: Path) -> None:
    """Objects one a line, as ``kubectl get -o json | jq -c .items[]`` writes them, have no separator to cut at."""
    line = '{"kind": "ConfigMap", "data": {"text": "' + "x" * 100_000 + '"}}\n'
    path = tmp_path / "many.json"
    path.write_text(line * 500)
    with open_inputs([str(path)]) as [file]:
        found = list(read_documents(file))
    assert [type(one) for one in found] == [Document] * 500
    assert found[-1].text == line
