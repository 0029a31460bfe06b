"""Files to documents: a block at a time, and nothing in it lost or told at the wrong line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfed.core.finding import Finding
from kfed.offline import documents
from kfed.offline.documents import read_documents
from kfed.offline.files import open_inputs
from kfed.text.documents import Document, split

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> list[Document | Finding]:
    with open_inputs([str(path)]) as inputs:
        [file] = inputs.files
        return list(read_documents(file))


@pytest.mark.parametrize("text", ["\n", "# a comment", "\n\n# a comment\n---\n...\n", "---\n", "\ufeff", " \n"])
def test_a_file_of_comments_and_blanks_is_nobodys_mistake(text: str, tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(text)
    assert read(tmp_path / "in.yaml") == []


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty-file"),
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
    with open_inputs([str(path)]) as inputs:
        [file] = inputs.files
        found = list(read_documents(file))
    assert [type(one) for one in found] == [Document] * 500
    assert found[-1].text == line
