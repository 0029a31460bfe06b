"""The schema for editors: valid JSON Schema, which takes what is right and refuses what is wrong."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from kfed.codegen.editor import editor_schema
from kfed.codegen.federation import Wish, federate
from kfed.core.resource import Gvk, Resource, Scope
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import read_document
from kfed.schema.upstream.release import read_release

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@cache
def types() -> dict[str, Any]:
    """Every built-in type, and that of the examples, by federated kind."""
    found = list(Catalog(read_release()).persisted())
    crd = next(yaml.safe_load_all((EXAMPLES / "custom" / "widgets.yaml").read_text()))
    return {f"Federated{one.resource.gvk.kind}": one for one in (*found, *read_document(crd, "widgets.yaml"))}


@cache
def schema(kind: str) -> dict[str, Any]:
    one = federate(types()[kind], Wish())
    return editor_schema(one.config.federated, dict(one.schema), one.origin)


def examples() -> list[Any]:
    return [
        pytest.param(manifest, id=f"{path.name} {manifest['kind']}")
        for path in sorted(EXAMPLES.rglob("*.yaml"))
        for manifest in yaml.safe_load_all(path.read_text())
        if manifest["kind"].startswith("Federated") and path.name != "mistakes.yaml"
    ]


def errors(manifest: Any) -> list[str]:
    return [
        "/".join(map(str, one.absolute_path)) for one in Draft7Validator(schema(manifest["kind"])).iter_errors(manifest)
    ]


def test_every_schema_is_valid_draft_7() -> None:
    for kind in types():
        Draft7Validator.check_schema(schema(kind))


@pytest.mark.parametrize("manifest", examples())
def test_the_examples_are_right(manifest: Any) -> None:
    assert errors(manifest) == []


GOOD = yaml.safe_load((Path(__file__).parents[1] / "cases" / "mistakes" / "base.yaml").read_text())


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("apiVersion", "apps/v1", "apiVersion"),
        ("kind", "Deployment", "kind"),
        ("metadata/name", 5, "metadata/name"),
        ("metadata/labels", {"a": 1}, "metadata/labels/a"),
        ("spec/template/spec/replicas", "3", "spec/template/spec/replicas"),
        ("spec/template/spec/replica", 3, "spec/template/spec"),
        ("spec/template/spec/selector", None, "spec/template/spec/selector"),
        (
            "spec/template/spec/strategy",
            {"rollingUpdate": {"maxSurge": []}},
            "spec/template/spec/strategy/rollingUpdate/maxSurge",
        ),
        ("spec/template/status", {}, "spec/template"),
        ("spec/placement", {"cluster": []}, "spec/placement"),
        ("spec/overrides/0/clusterOverrides/0/op", "move", "spec/overrides/0/clusterOverrides/0/op"),
        ("spec/overrides/0/clusterOverrides/0/path", "spec", "spec/overrides/0/clusterOverrides/0/path"),
        ("spec/overrides/0/clusterName", None, "spec/overrides/0/clusterName"),
    ],
)
def test_an_editor_marks_a_mistake_where_it_is(path: str, value: Any, where: str) -> None:
    manifest = copy.deepcopy(GOOD)
    assert errors(manifest) == []
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    holder = manifest
    for part in parents:
        holder = holder[part]
    holder[last] = value
    validator = Draft7Validator(schema("FederatedDeployment"))
    assert ["/".join(map(str, one.absolute_path)) for one in validator.iter_errors(manifest)] == [where]


@pytest.mark.parametrize("field", ["apiVersion", "kind", "metadata", "spec"])
def test_what_every_object_has_is_asked_for(field: str) -> None:
    manifest = {key: value for key, value in GOOD.items() if key != field}
    [error] = Draft7Validator(schema("FederatedDeployment")).iter_errors(manifest)
    assert field in error.message


def converted(**template: Any) -> Draft7Validator:
    resource = Resource(Gvk("types.kubefed.io", "v1beta1", "FederatedX"), "federatedxs", Scope.NAMESPACED)
    whole = {"type": "object", "properties": {"apiVersion": {}, "kind": {}, "metadata": {}, "x": template}}
    return Draft7Validator(editor_schema(resource, whole, "a test")["properties"]["x"])


@pytest.mark.parametrize(
    ("template", "good", "bad"),
    [
        ({"x-kubernetes-int-or-string": True}, [1, "10%"], [1.5, True, None]),
        ({"type": "string", "nullable": True}, ["a", None], [1]),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, [2], [1, 0]),
        ({"type": "integer", "maximum": 3, "exclusiveMaximum": False}, [3], [4]),
        (
            {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": {"type": "string"}}},
            [{"b": 1}],
            [{"a": 1}],
        ),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, [{}, {"a": "b"}], [{"b": 1}]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "b"}]),
        (
            {"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
            [{"a": 1}],
            [{}, {"a": 1, "b": 2}],
        ),
        ({"type": "string", "not": {"enum": ["x"]}}, ["y"], ["x"]),
        ({"type": "string", "enum": ["A", "b"]}, ["A", "b"], ["a"]),
    ],
)
def test_a_structural_schema_means_the_same_to_an_editor(
    template: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    validator = converted(**template)
    assert [value for value in good if not validator.is_valid(value)] == []
    assert [value for value in bad if validator.is_valid(value)] == []
