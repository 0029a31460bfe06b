"""OpenAPI documents, as API servers publish them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from kfed.core.resource import Gvk, Scope
from kfed.errors import SchemaError
from kfed.schema.upstream.documents import (
    UpstreamType,
    read_document,
    read_documents,
    read_openapi_v2,
    read_openapi_v3,
    read_release,
    structural,
)

CASES = Path(__file__).parents[2] / "cases" / "sources"
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads((CASES / name).read_bytes())
    return document


def by_kind(types: list[UpstreamType], version: str | None = None) -> dict[str, UpstreamType]:
    return {one.resource.gvk.kind: one for one in types if version in (None, one.resource.gvk.version)}


def operation(gvk: Gvk, action: str) -> dict[str, Any]:
    where = {"group": gvk.group, "version": gvk.version, "kind": gvk.kind}
    return {"x-kubernetes-action": action, "x-kubernetes-group-version-kind": where}


def document(plural: str = "widgetry", *, namespaced: bool = True, **definition: Any) -> dict[str, Any]:
    """A document that serves example.com/v1 Widget, all of it made up."""
    gvk = Gvk("example.com", "v1", "Widget")
    base = f"/apis/{gvk.group}/{gvk.version}/{'namespaces/{namespace}/' if namespaced else ''}{plural}"
    actions = {"get": "list", "post": "post"}
    one = {"get": "get", "delete": "delete"}
    return {
        "swagger": "2.0",
        "paths": {
            base: {verb: operation(gvk, action) for verb, action in actions.items()},
            f"{base}/{{name}}": {verb: operation(gvk, action) for verb, action in one.items()},
            f"{base}/{{name}}/status": {"get": operation(gvk, "get")},
        },
        "definitions": {
            "com.example.v1.Widget": {
                "type": "object",
                "properties": {"metadata": {"$ref": f"#/definitions/{META}"}, "spec": {"type": "object"}},
                "x-kubernetes-group-version-kind": [{"group": gvk.group, "version": gvk.version, "kind": gvk.kind}],
                **definition,
            },
            META: {"type": "object", "properties": {"name": {"type": "string"}}},
        },
    }


def test_v2_tells_plural_scope_and_persistence_by_its_paths() -> None:
    types = by_kind(read_openapi_v2(load("openapi_v2/swagger.json"), "swagger.json"))
    lease, priority, review = types["Lease"], types["PriorityClass"], types["TokenReview"]
    assert (lease.resource.plural, lease.resource.scope, lease.persisted) == ("leases", Scope.NAMESPACED, True)
    assert (priority.resource.plural, priority.resource.scope) == ("priorityclasses", Scope.CLUSTER)
    assert priority.resource.short_names == ("pc",)  # a fact of discovery; the document does not tell it
    assert (review.resource.plural, review.persisted) == ("tokenreviews", False)


def test_v3_tells_plural_scope_and_persistence_by_its_paths() -> None:
    types = by_kind(read_openapi_v3(load("openapi_v3/apis__apps__v1.json"), "apps.json"))
    for kind, plural in (("Deployment", "deployments"), ("StatefulSet", "statefulsets")):
        resource = types[kind].resource
        assert (resource.plural, resource.scope, types[kind].persisted) == (plural, Scope.NAMESPACED, True)


def test_a_sub_resource_and_what_is_only_referred_to_are_no_types_of_the_document() -> None:
    types = by_kind(read_openapi_v3(load("openapi_v3/apis__apps__v1.json"), "apps.json"))
    for kind in ("Scale", "PersistentVolumeClaim"):
        assert "no path of its own" in types[kind].missing
        with pytest.raises(SchemaError, match=r"apps\.json.*no path of its own"):
            structural(types[kind])


def test_the_preferred_version_is_the_servers_choice_among_those_that_persist() -> None:
    types = read_openapi_v2(load("openapi_v2/swagger.json"), "swagger.json")
    candidates = {one.resource.gvk.version: one.preferred for one in types if one.resource.gvk.kind == "LeaseCandidate"}
    assert candidates == {"v1alpha2": False, "v1beta1": True}


def without_prose(schema: Any, *, is_schema: bool = True) -> Any:
    """The schema without descriptions, and without the defaults that only OpenAPI v3 tells."""
    if isinstance(schema, list):
        return [without_prose(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    dropped = ("description", "default") if is_schema else ()
    return {
        key: without_prose(value, is_schema=not (is_schema and key == "properties"))
        for key, value in schema.items()
        if key not in dropped
    }


def test_a_document_and_the_release_it_is_of_have_the_same_schema() -> None:
    from_document = by_kind(read_openapi_v3(load("openapi_v3/apis__apps__v1.json"), "apps.json"))["Deployment"]
    [from_release] = [one for one in read_release() if one.resource.gvk == Gvk("apps", "v1", "Deployment")]
    assert without_prose(structural(from_document).schema) == without_prose(structural(from_release).schema)


@pytest.mark.parametrize(("namespaced", "scope"), [(True, Scope.NAMESPACED), (False, Scope.CLUSTER)])
def test_plurals_follow_no_rule_of_english(namespaced: bool, scope: Scope) -> None:  # noqa: FBT001  a table
    [widget] = read_openapi_v2(document("widgetry", namespaced=namespaced), "w.json")
    assert (widget.resource.plural, widget.resource.scope) == ("widgetry", scope)
    assert widget.persisted
    assert widget.preferred


def test_the_type_may_be_named_by_a_bare_mapping() -> None:
    gvk = {"group": "example.com", "version": "v1", "kind": "Widget"}
    [widget] = read_openapi_v2(document(**{"x-kubernetes-group-version-kind": gvk}), "w.json")
    assert widget.resource.gvk == Gvk("example.com", "v1", "Widget")


def test_definitions_without_any_paths_are_read_by_what_is_built_in() -> None:
    swagger = load("openapi_v2/swagger.json")
    types = by_kind(read_document({"definitions": swagger["definitions"]}, "definitions.json"))
    assert (types["Lease"].resource.plural, types["Lease"].persisted) == ("leases", True)
    bare = {"definitions": document()["definitions"]}
    [widget] = read_document(bare, "w.json")
    assert "plural and its scope are unknown" in widget.missing


def test_documents_may_refer_to_one_another() -> None:
    whole = document()
    meta = {"definitions": {META: whole["definitions"].pop(META)}}
    [alone] = read_documents([(whole, "w.json")])
    with pytest.raises(SchemaError, match="ObjectMeta"):
        structural(alone)
    # A document of definitions that no type owns is not lost.
    owner = {"definitions": {**meta["definitions"], **load("openapi_v2/swagger.json")["definitions"]}}
    types = by_kind(read_documents([(whole, "w.json"), (owner, "meta.json")]))
    assert structural(types["Widget"]).schema["properties"]["spec"]["type"] == "object"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"definitions": None}, "definitions is to be a mapping of names to schemas, not missing"),
        ({"definitions": []}, "definitions is to be a mapping of names to schemas, not a list"),
        ({"definitions": {"x": 5}}, r"definitions\.x is to be a schema, not a int"),
        ({"paths": []}, "paths is to be a mapping of paths to operations, not a list"),
    ],
)
def test_a_malformed_document_is_told_with_its_file(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=rf"w\.json: {message}"):
        read_openapi_v2(document() | change, "w.json")


@pytest.mark.parametrize(
    "gvk", [[5], ["Widget"], [{"kind": "Widget"}], [{"group": 1, "version": "v1", "kind": "W"}], [None], "x"]
)
def test_a_malformed_type_is_told_with_its_definition(gvk: Any) -> None:
    with pytest.raises(
        SchemaError, match=r"w\.json: .* of com\.example\.v1\.Widget is to hold group, version and kind"
    ):
        read_openapi_v2(document(**{"x-kubernetes-group-version-kind": gvk}), "w.json")


def test_a_name_that_would_lead_out_of_a_folder_is_refused() -> None:
    gvk = [{"group": "../../etc", "version": "v1", "kind": "Widget"}]
    with pytest.raises(SchemaError, match=r"w\.json: the group '\.\./\.\./etc'"):
        read_openapi_v2(document(**{"x-kubernetes-group-version-kind": gvk}), "w.json")
