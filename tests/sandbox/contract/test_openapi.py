"""OpenAPI: what kubectl reads to explain, apply and check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"


def document(server: Server, path: str) -> Any:
    """A document of OpenAPI v3, found through the index as kubectl finds it."""
    index = server.get("/openapi/v3")["paths"]
    assert path in index, sorted(index)
    return server.done("GET", index[path]["serverRelativeURL"].removeprefix(server.prefix))


def test_index_leads_to_a_document_per_group_version(server: Server) -> None:
    index = server.get("/openapi/v3")["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/batch/v1", "apis/apiextensions.k8s.io/v1"} <= set(index)
    for path in ("api/v1", "apis/apps/v1"):
        url = urlsplit(index[path]["serverRelativeURL"])
        assert url.path.endswith(f"/openapi/v3/{path}")
        assert len(parse_qs(url.query)["hash"][0]) >= 32


def test_document_has_paths_and_the_schemas_of_its_kinds(server: Server) -> None:
    found = document(server, "apis/apps/v1")
    assert found["openapi"].startswith("3.0")
    operation = found["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments"]["post"]
    assert operation["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert operation["x-kubernetes-action"] == "post"
    schema = found["components"]["schemas"]["io.k8s.api.apps.v1.Deployment"]
    assert schema["x-kubernetes-group-version-kind"] == [{"group": "apps", "version": "v1", "kind": "Deployment"}]
    assert schema["description"] == "Deployment enables declarative updates for Pods and ReplicaSets."
    containers = found["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["x-kubernetes-patch-strategy"] == "merge"


def test_every_reference_of_a_document_leads_somewhere(server: Server) -> None:
    for path in ("api/v1", "apis/apps/v1", "apis/batch/v1"):
        found = document(server, path)
        assert references(found) <= {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}


def references(value: Any) -> set[str]:
    """All that ``$ref`` says anywhere in a value."""
    if isinstance(value, list):
        return {one for item in value for one in references(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own | {one for item in value.values() for one in references(item)}


def test_documents_tell_which_parameters_a_request_takes(server: Server) -> None:
    """Kubectl asks here whether a dry run and strict checks are to be had."""
    found = document(server, "apis/apps/v1")
    path = found["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    assert {"dryRun", "fieldManager", "fieldValidation", "force"} <= {
        one["name"] for one in path["patch"]["parameters"]
    }


def test_custom_type_has_its_schema_in_a_document(server: Server, widgets: Widgets) -> None:
    path = f"apis/{widgets.group}/v1"
    server.wait("/openapi/v3", lambda found: path in found["paths"])
    found = document(server, path)
    (schema,) = [
        one
        for one in found["components"]["schemas"].values()
        if {"group": widgets.group, "version": "v1", "kind": "Widget"} in one.get("x-kubernetes-group-version-kind", [])
    ]
    assert schema["description"] == "A Widget is for trying out."
    spec = schema["properties"]["spec"]
    assert spec["properties"]["size"]["enum"] == ["small", "large"]
    assert spec["properties"]["ports"]["x-kubernetes-list-map-keys"] == ["name"]
    assert schema["properties"]["metadata"]["allOf"][0]["$ref"].endswith("ObjectMeta")


def test_hash_changes_with_the_types_of_a_group_only(server: Server, widgets: Widgets) -> None:
    path = f"apis/{widgets.group}/v1"
    before = server.wait("/openapi/v3", lambda found: path in found["paths"])["paths"]
    after = server.get("/openapi/v3")["paths"]
    for unchanged in ("api/v1", "apis/apps/v1", path):
        assert before[unchanged] == after[unchanged]


def test_document_that_is_not_there_is_not_found(server: Server) -> None:
    assert server.ask("GET", "/openapi/v3/apis/nope/v1").status == 404


def test_old_openapi_has_every_kind(server: Server) -> None:
    found = server.get("/openapi/v2")
    assert found["swagger"] == "2.0"
    definition = found["definitions"]["io.k8s.api.apps.v1.Deployment"]
    assert definition["x-kubernetes-group-version-kind"] == [{"group": "apps", "version": "v1", "kind": "Deployment"}]
    assert "/apis/apps/v1/namespaces/{namespace}/deployments" in found["paths"]


def test_old_openapi_is_to_be_had_by_a_client_that_prefers_protobuf(server: Server) -> None:
    answer = server.ask("GET", "/openapi/v2", accept=f"{PROTOBUF},application/json")
    assert answer.status == 200
    assert answer.headers.get_content_type() in {
        "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
        PROTOBUF,
        "application/json",
    }
