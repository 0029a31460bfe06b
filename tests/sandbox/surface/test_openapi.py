"""OpenAPI documents say what a real kube-apiserver's say, as far as clients read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from kfed.sandbox.surface import openapi
from kfed.sandbox.surface.registry import Registry
from kfed.schema.upstream.openapi import read_openapi_v2, read_openapi_v3
from kfed.schema.upstream.types import structural
from tests.sandbox.crd import crd
from tests.sandbox.server_cases import outline

SURFACE = Path(__file__).parents[2] / "cases" / "sandbox" / "surface"
GVK = "x-kubernetes-group-version-kind"
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
# The server tells in each document of the groups of that document only, for kinds that all groups have.
OF_ALL_GROUPS = {f"{META}DeleteOptions", f"{META}WatchEvent"}
DISCOVERY = {f"{META}APIResource", f"{META}APIResourceList"}
LATER_PARAMETERS = {"ignoreStoreReadErrorWithClusterBreakingPotential", "shardSelector"}


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    for manifest in yaml.safe_load_all((SURFACE / "definitions.yaml").read_text()):
        made.add_crd(manifest)
    return made


def document(registry: Registry, group: str, version: str) -> dict[str, Any]:
    found = openapi.v3_document(registry, group, version)
    assert found is not None
    parsed: dict[str, Any] = orjson.loads(found)
    return parsed


def real(name: str) -> dict[str, Any]:
    kept: dict[str, Any] = orjson.loads((SURFACE / f"openapi-{name}.json").read_bytes())
    return kept


@pytest.mark.parametrize("group", ["apps", "multi.example.com"])
def test_schemas_are_the_real_servers(registry: Registry, group: str) -> None:
    expected, found = real(f"{group}-v1")["schemas"], outline(document(registry, group, "v1"))["schemas"]
    assert expected.keys() - found.keys() <= DISCOVERY
    for name in expected.keys() & found.keys() - OF_ALL_GROUPS:
        assert found[name] == expected[name], name


@pytest.mark.parametrize("group", ["apps", "multi.example.com"])
def test_operations_are_the_real_servers(registry: Registry, group: str) -> None:
    expected, found = real(f"{group}-v1")["operations"], outline(document(registry, group, "v1"))["operations"]
    assert {path for path, item in expected.items() if item} == set(found)
    for path, item in found.items():
        assert {method: operation[:2] for method, operation in item.items()} == {
            method: operation[:2] for method, operation in expected[path].items()
        }, path


def test_kubectl_sees_that_dry_run_and_field_validation_are_known(registry: Registry) -> None:
    for group in ("apps", "multi.example.com"):
        for item in document(registry, group, "v1")["paths"].values():
            if "patch" in item:
                names = {parameter["name"] for parameter in item["patch"]["parameters"]}
                assert {"dryRun", "fieldValidation", "fieldManager", "force"} <= names


def test_every_reference_leads_somewhere(registry: Registry) -> None:
    for group, versions in registry.groups().items():
        for version in versions:
            found = document(registry, group, version)
            names = set(found["components"]["schemas"])
            assert _references(found) <= {f"#/components/schemas/{name}" for name in names}
    second = orjson.loads(openapi.v2_document(registry))
    assert _references(second) <= {f"#/definitions/{name}" for name in second["definitions"]}


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {reference for element in value for reference in _references(element)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own | {reference for below in value.values() for reference in _references(below)}


def test_index_names_every_document_by_its_hash(registry: Registry) -> None:
    paths = orjson.loads(openapi.v3_index(registry))["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/multi.example.com/v1alpha1"} <= set(paths)
    for path, entry in paths.items():
        group, version = path.split("/")[1:] if path.startswith("apis/") else ("", path.split("/")[1])
        digest = openapi.v3_hash(registry, group, version)
        assert entry["serverRelativeURL"] == f"/openapi/v3/{path}?hash={digest}"


def test_hashes_change_with_the_schema_and_only_then() -> None:
    registry, other = Registry(), Registry()
    registry.add_crd(crd())
    other.add_crd(crd())
    before = openapi.v3_hash(registry, "example.com", "v1")
    assert before == openapi.v3_hash(other, "example.com", "v1")
    changed = crd()
    changed["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["description"] = "New."
    registry.add_crd(changed)
    assert openapi.v3_hash(registry, "example.com", "v1") != before
    assert openapi.v3_hash(registry, "apps", "v1") == openapi.v3_hash(other, "apps", "v1")


def test_clusters_share_documents_that_are_the_same() -> None:
    registry, other = Registry(), Registry()
    registry.add_crd(crd())
    other.add_crd(crd())
    assert openapi.v3_document(registry, "apps", "v1") is openapi.v3_document(other, "apps", "v1")
    assert openapi.v3_document(registry, "example.com", "v1") is openapi.v3_document(other, "example.com", "v1")


def test_what_is_not_served_has_no_document(registry: Registry) -> None:
    assert openapi.v3_document(registry, "nothing.example.com", "v1") is None
    assert openapi.v3_hash(registry, "nothing.example.com", "v1") is None


def test_kfed_reads_its_own_documents(registry: Registry) -> None:
    third = document(registry, "apps", "v1")
    second = orjson.loads(openapi.v2_document(registry))
    for types in (read_openapi_v3(third, "v3"), read_openapi_v2(second, "v2")):
        (found,) = [entry for entry in types if str(entry.resource.gvk) == "apps/v1 Deployment"]
        served = registry.find("apps", "v1", "deployments")
        assert served is not None
        assert found.resource == served.resource
        assert found.persisted
        fields = structural(found).schema["properties"]["spec"]["properties"]
        assert served.schema is not None
        assert fields.keys() == served.schema["properties"]["spec"]["properties"].keys()


def test_built_in_schemas_carry_what_patches_are_made_by(registry: Registry) -> None:
    schemas = document(registry, "apps", "v1")["components"]["schemas"]
    containers = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["x-kubernetes-patch-strategy"] == "merge"
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    assert containers["description"].startswith("List of containers belonging to the pod.")


def test_version_two_knows_no_alternatives(registry: Registry) -> None:
    second = orjson.loads(openapi.v2_document(registry))
    quantity = second["definitions"]["io.k8s.api.core.v1.ResourceRequirements"]["properties"]["limits"]
    assert quantity["additionalProperties"] == {"$ref": "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"}
    assert second["definitions"]["io.k8s.apimachinery.pkg.api.resource.Quantity"] == {"type": "string"}
    assert second["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments"]["post"]["parameters"][0]["in"] == "body"
