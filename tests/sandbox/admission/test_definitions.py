"""A CustomResourceDefinition is refused for what a real server refuses it for, in its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kfed.sandbox.errors import ApiError
from kfed.sandbox.state.customtypes import with_versions
from tests.sandbox.recorded import admitted, registry
from tests.sandbox.server_cases import definition

GENERATED = Path(__file__).parents[3] / "generated" / "crds"


def causes(manifest: dict[str, Any]) -> list[dict[str, str]]:
    """What is told of a definition that is created, by the steps that a request takes."""
    served = registry().find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
    assert served is not None
    try:
        admitted(served, with_versions(manifest, None))
    except ApiError as error:
        return list((error.details or {})["causes"])
    return []


@pytest.mark.parametrize("name", ["types.kubefed.io_federateddeployments", "types.kubefed.io_federatedconfigmaps"])
def test_generated_types_are_taken(name: str) -> None:
    manifest = yaml.load((GENERATED / f"{name}.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    assert causes(manifest) == []


def test_what_contains_a_wrong_schema_at_any_depth_is_refused() -> None:
    schema: dict[str, Any] = {"type": "array"}
    for _ in range(50):
        schema = {"type": "object", "properties": {"a": schema}}
    (cause,) = causes(definition([{"schema": {"openAPIV3Schema": schema}}]))
    assert cause["message"] == "Required value: must be specified"
    assert cause["field"].endswith("properties[a].items")
