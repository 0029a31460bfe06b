"""Seeded mistakes, a row each: the right finding at the right place, no other one, no traceback, and nothing written.

A row of ``tests/cases/mistakes/*.yaml`` has

- ``replace``: what is written instead of what in ``base.yaml``; or ``only``, ``files``: other files to give with -f.
  ``@name@`` stands for another file of the folder, or for what `GENERATED` makes.
- ``▸`` in the text: the place of the finding; or ``at``: ``nowhere``, ``line 8`` or ``file:line:column``.
- ``finding``: its rule and path; ``severity``, ``object``, ``cluster``, ``expected``, ``nearest``, ``says`` (a part of
  the message), and ``also``: the rules of what else is said of this very mistake.
- ``error``: instead of a finding, the start of the one error that there is.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.core.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CASES = Path(__file__).parent.parent / "cases" / "mistakes"
TABLES = ("manifests", "overrides", "placement", "template", "text")
MARK = "▸"

GENERATED = {
    "@digits@": "9" * 1000,
    "@letters@": "a" * 300,
    "@brackets@": "/[name=a]" * 50,
    "@depth@": "[" * 5000 + "]" * 5000,
    "@bomb@": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)),
}


def _rows() -> Iterator[Any]:
    for table in TABLES:
        for row in yaml.safe_load((CASES / f"{table}.yaml").read_text()):
            yield pytest.param(row, id=f"{table}: {row['name']}")


def _filled(text: str) -> str:
    if "@" not in text:
        return text
    for name, value in (GENERATED | {f"@{path.name}@": path.read_text() for path in CASES.iterdir()}).items():
        text = text.replace(name, value)
    return text


def _files(row: dict[str, Any]) -> dict[str, Any]:
    if "files" in row:
        files: dict[str, Any] = row["files"]
        return {name: _filled(text) if isinstance(text, str) else text for name, text in files.items()}
    if "only" in row:
        return {"federated.yaml": _filled(row["only"])}
    text = (CASES / "base.yaml").read_text()
    for old, new in row.get("replace", {}).items():
        assert old in text, f"{old!r} is not in base.yaml"
        text = text.replace(old, new, 1)
    return {"federated.yaml": _filled(text)}


def _place(row: dict[str, Any], files: dict[str, Any]) -> str:
    """Where the finding has to point: ``file:line:column``, or as much of it as the row tells."""
    if "at" in row:
        return str(row["at"])
    for name, text in files.items():
        if isinstance(text, str) and MARK in text:
            before = text[: text.index(MARK)]
            return f"{name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    return "nowhere"


def _write(row: dict[str, Any], folder: Path) -> list[str]:
    files = _files(row)
    for name, text in files.items():
        data = text.replace(MARK, "").encode() if isinstance(text, str) else text
        (folder / name).write_bytes(data)
    args = [part for name in files for part in ("-f", name)]
    if row.get("clusters", True):
        args += ["--clusters", str(CASES / "clusters.yaml")]
    return ["render", *args, *row.get("args", ()), "-o", "out", "--findings", "json"]


def _shown_place(finding: dict[str, Any], wanted: str) -> str:
    source = finding["source"]
    if source is None:
        return "nowhere"
    if wanted.startswith("line "):
        return f"line {source['line']}"
    return "{file}:{line}:{column}".format(**source)


@pytest.mark.usefixtures("types_read_once")
@pytest.mark.parametrize("row", list(_rows()))
def test_a_mistake_is_found_where_it_was_made(
    row: dict[str, Any], tmp_path: Path, kfed_here: Callable[..., Any]
) -> None:
    result = kfed_here(*_write(row, tmp_path))
    if "error" in row:
        assert (result.code, result.stdout) == (row.get("code", 1), "")
        assert result.stderr.startswith(f"Error: {row['error']}")
        return
    findings = json.loads(result.stdout)["findings"]
    rule, _, path = row["finding"].partition(" ")
    assert Counter(one["rule"] for one in findings) == Counter([rule, *row.get("also", ())]), result.stdout
    assert rule in RULES
    place = _place(row, _files(row))
    found = next(one for one in findings if one["rule"] == rule)
    assert {
        "at": _shown_place(found, place),
        "path": found["path"],
        "object": found["object"],
        "cluster": ", ".join(found["clusters"]),
        "severity": found["severity"],
    } == {
        "at": place,
        "path": path,
        "object": _filled(row.get("object", _default_object(row))),
        "cluster": row.get("cluster", ""),
        "severity": row.get("severity", "error"),
    }, found["message"]
    for part in ("expected", "nearest"):
        assert row.get(part, found[part]) == found[part]
    assert row.get("says", "") in found["message"]
    failed = any(one["severity"] == "error" for one in findings)
    assert result.code == (1 if failed else 0)
    assert os.path.exists(tmp_path / "out") != failed


def _default_object(row: dict[str, Any]) -> str:
    """Text that cannot be read is of no object."""
    in_text = row["finding"].partition(" ")[0] in _TEXT_RULES
    return "" if in_text else "FederatedDeployment shop/web"


_TEXT_RULES = tuple(RULES)[: tuple(RULES).index("bad-name")]
