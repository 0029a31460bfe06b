"""Golden cases: one directory per oddity, with the source, the structural schema and what it lost.

``KFED_UPDATE_GOLDENS=1 pytest tests/schema/structural/test_cases.py`` writes ``out.json`` and ``losses.txt`` anew; read
the difference before committing it. ObjectMeta as kfed spells it out for CRDs is written as ``"ObjectMeta"``, but for
the case that has no properties, where it is seen in full.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from kfed.schema.structural.objectmeta import OBJECT_META
from kfed.schema.structural.schema import Document, Structural, from_crd, inline
from kfed.schema.upstream.documents import read_document
from kfed.schema.upstream.types import structural

from .rules import violations

CASES = Path(__file__).parents[2] / "cases" / "schema"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
UPDATE = os.environ.get("KFED_UPDATE_GOLDENS") == "1"
IN_FULL = "no_properties"


def _results(name: str) -> dict[str, Structural]:
    """The structural schema of each version that the case's source has."""
    match yaml.safe_load((CASES / name / "in.yaml").read_text()):
        case {"kind": "CustomResourceDefinition"} as crd:
            return {upstream.resource.gvk.version: structural(upstream) for upstream in read_document(crd, name)}
        case {"openAPIV3Schema": schema}:
            return {"": from_crd(schema)}
        case {"name": root, "definitions": definitions} | {"name": root, "$defs": definitions}:
            return {"": inline(Document(definitions), root)}
        case {"name": root, "components": {"schemas": definitions}}:
            return {"": inline(Document(definitions), root)}
    pytest.fail(f"{name}/in.yaml is of no known form")


def _shown(schema: dict[str, Any], name: str) -> dict[str, Any]:
    properties = schema["properties"]
    if name == IN_FULL or properties["metadata"] != OBJECT_META:
        return schema
    return schema | {"properties": properties | {"metadata": "ObjectMeta"}}


def _golden(name: str) -> tuple[str, str]:
    results = _results(name)
    shown = {version: _shown(result.schema, name) for version, result in results.items()}
    schemas = json.dumps(shown.get("", shown), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    lines = [
        " ".join(filter(None, (version, loss.path or "(object)"))) + f": {loss.what} {loss.why}\n"
        for version, result in results.items()
        for loss in result.losses
    ]
    return schemas, "".join(lines)


@pytest.mark.parametrize("name", NAMES)
def test_structural_form_is_the_golden_one(name: str) -> None:
    """So that every change of it is seen."""
    folder = CASES / name
    schemas, losses = _golden(name)
    if UPDATE:
        (folder / "out.json").write_text(schemas)
        (folder / "losses.txt").write_text(losses)
    assert json.loads(schemas) == json.loads((folder / "out.json").read_text())
    assert losses == (folder / "losses.txt").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_every_case_is_structural_under_a_template(name: str) -> None:
    """An API server would take it."""
    for result in _results(name).values():
        assert violations(_wrapped(result.schema)) == []


@pytest.mark.parametrize("name", NAMES)
def test_structural_form_is_its_own_structural_form(name: str) -> None:
    """What is right already is left as it is."""
    for result in _results(name).values():
        again = from_crd(result.schema)
        assert again.schema == result.schema


def _wrapped(schema: dict[str, Any]) -> dict[str, Any]:
    spec = {"type": "object", "properties": {"template": schema}}
    return {"type": "object", "properties": {"spec": spec}}
