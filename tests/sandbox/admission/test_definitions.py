"""A CustomResourceDefinition is refused for what a real server refuses it for, in its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from kfed.sandbox.admission.definitions import version_causes
from tests.sandbox.server_cases import definition

CASES = Path(__file__).parents[2] / "cases" / "sandbox"
GENERATED = Path(__file__).parents[3] / "generated" / "crds"
KEPT: list[dict[str, Any]] = orjson.loads((CASES / "definitions.json").read_bytes())
# Go tells what its parser of regular expressions did not like.
INEXACT = {"pattern"}


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case["name"].replace(" ", "-"))
def test_causes_are_the_real_servers(case: dict[str, Any]) -> None:
    found = version_causes(definition(case["versions"]))
    if case["name"] not in INEXACT:
        assert found == case["causes"]
    else:
        assert [cause["field"] for cause in found] == [cause["field"] for cause in case["causes"]]


def test_there_are_cases_of_both_kinds() -> None:
    refused = [case["name"] for case in KEPT if case["causes"]]
    assert len(refused) > 30
    assert len(KEPT) - len(refused) > 3


@pytest.mark.parametrize("name", ["types.kubefed.io_federateddeployments", "types.kubefed.io_federatedconfigmaps"])
def test_generated_types_are_taken(name: str) -> None:
    manifest = yaml.load((GENERATED / f"{name}.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    assert version_causes(manifest) == []


def test_what_contains_a_wrong_schema_at_any_depth_is_refused() -> None:
    schema: dict[str, Any] = {"type": "array"}
    for _ in range(50):
        schema = {"type": "object", "properties": {"a": schema}}
    (cause,) = version_causes(definition([{"schema": {"openAPIV3Schema": schema}}]))
    assert cause["message"] == "Required value: must be specified"
    assert cause["field"].endswith("properties[a].items")
