"""Schemas for a server that stores the objects: with what a template has no need of."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.resource import Scope
from kfed.errors import SchemaError
from kfed.schema.structural.schema import from_crd, serve_crd
from kfed.schema.upstream.release import read_release
from kfed.schema.upstream.types import described, served_schema

RULE = {"rule": "self.status.ready || self.spec.loose"}
CRD: dict[str, Any] = {
    "type": "object",
    "x-kubernetes-validations": [RULE],
    "properties": {
        "spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}},
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
    },
}


def test_a_built_in_type_keeps_its_status() -> None:
    deployment = next(known for known in read_release("1.37") if known.resource.full_name == "deployments.apps")
    schema = served_schema(deployment)
    conditions = schema["properties"]["status"]["properties"]["conditions"]
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert (
        described(deployment).schema["properties"] | {"status": schema["properties"]["status"]} == schema["properties"]
    )


def test_a_custom_type_keeps_its_status_and_the_rules_that_read_it() -> None:
    schema = serve_crd(CRD)
    assert schema["properties"]["status"] == CRD["properties"]["status"]
    assert schema["x-kubernetes-validations"] == [RULE]
    assert "x-kubernetes-validations" not in from_crd(CRD).schema


def test_metadata_is_typed_by_scope() -> None:
    assert "namespace" in serve_crd(CRD, Scope.NAMESPACED)["properties"]["metadata"]["properties"]
    assert "namespace" not in serve_crd(CRD, Scope.CLUSTER)["properties"]["metadata"]["properties"]


def test_a_schema_without_properties_knows_no_fields_but_an_objects_own() -> None:
    schema = serve_crd({"type": "object"})
    assert set(schema["properties"]) == {"apiVersion", "kind", "metadata"}
    assert "x-kubernetes-preserve-unknown-fields" not in schema


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(SchemaError, match="is of a string"):
        serve_crd({"type": "string"})
