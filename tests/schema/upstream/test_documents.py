"""Documents are told apart by what they hold, and what is none of them is told with what was found."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.errors import SchemaError
from kfed.schema.upstream.documents import read_document, read_documents

CASES = Path(__file__).parents[2] / "cases" / "sources"
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["w"]},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}},
            {"name": "v2", "served": True, "storage": False},
        ],
    },
}
GVK = {"group": "example.com", "version": "v1", "kind": "Widget"}
OPENAPI: dict[str, Any] = {
    "paths": {
        "/apis/example.com/v1/widgets": {
            "get": {"x-kubernetes-action": "list", "x-kubernetes-group-version-kind": GVK},
        }
    },
    "definitions": {
        "com.example.v1.Widget": {
            "type": "object",
            "properties": {"metadata": {"$ref": "#/definitions/ObjectMeta"}},
            "x-kubernetes-group-version-kind": [GVK],
        }
    },
}


def kinds(document: Any, version: str | None = None) -> list[tuple[str, str, bool]]:
    types = read_document(document, "x.yaml", version)
    return [(one.resource.gvk.kind, one.resource.gvk.version, one.preferred) for one in types]


def test_each_form_is_recognised() -> None:
    widgets = [("Widget", "v1", True), ("Widget", "v2", False)]
    assert kinds(CRD) == widgets
    assert kinds({"apiVersion": "v1", "kind": "List", "items": [CRD]}) == widgets
    assert kinds(OPENAPI) == [("Widget", "v1", True)]
    assert kinds({"paths": OPENAPI["paths"], "components": {"schemas": OPENAPI["definitions"]}}) == [
        ("Widget", "v1", True)
    ]
    assert "Lease" in {kind for kind, _, _ in kinds(orjson.loads((CASES / "openapi_v2" / "swagger.json").read_bytes()))}


def test_the_items_of_a_typed_list_need_no_type_of_their_own() -> None:
    item = {key: value for key, value in CRD.items() if key not in ("apiVersion", "kind")}
    whole = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinitionList", "items": [item, CRD]}
    assert len(kinds(whole)) == 4


def test_an_empty_list_has_no_types() -> None:
    assert kinds({"apiVersion": "v1", "kind": "List", "items": []}) == []


def test_the_version_reaches_every_crd() -> None:
    assert kinds(CRD, "v2") == [("Widget", "v1", False), ("Widget", "v2", True)]
    assert kinds({"kind": "List", "items": [CRD]}, "v2") == kinds(CRD, "v2")
    with pytest.raises(SchemaError, match="does not serve version 'v3'; it serves v1, v2"):
        read_documents([(CRD, "x.yaml")], "v3")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (None, "x.yaml is empty"),
        ({}, "x.yaml is empty"),
        ([], "x.yaml is empty"),
        ([CRD], "x.yaml is a list"),
        ("text", "x.yaml is a str"),
        (5, "x.yaml is a int"),
        ({"apiVersion": "apps/v1", "kind": "Deployment"}, r"x.yaml is a Deployment \(apps/v1\)"),
        ({"b": 1, "a": 2}, "x.yaml is a mapping with the keys a, b"),
        ({"type": "object", "properties": {}}, "a schema on its own"),
        (
            {"paths": {"apis/apps/v1": {"serverRelativeURL": "/openapi/v3/apis/apps/v1"}}},
            "the index of a server's OpenAPI",
        ),
        (
            {"kind": "List", "items": [CRD, {"apiVersion": "v1", "kind": "Pod"}]},
            r"items\[1\] of the List in x.yaml is a Pod",
        ),
        ({"kind": "List", "items": [None]}, r"items\[0\] of the List in x.yaml is empty"),
        ({"kind": "List", "items": "x"}, "x.yaml is a mapping with the keys items, kind"),
    ],
)
def test_what_is_no_source_is_told_with_what_was_found(document: Any, found: str) -> None:
    with pytest.raises(SchemaError, match=found) as caught:
        read_document(document, "x.yaml")
    assert "expected" in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a value but its own."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in [(*path, key), *places(item, (*path, key))]]


@pytest.mark.parametrize(
    "good", [CRD, {**CRD, "apiVersion": "apiextensions.k8s.io/v1beta1"}, {"kind": "List", "items": [CRD]}, OPENAPI]
)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_junk_in_any_place_is_read_or_told_with_the_file(good: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(places(good)))
    document: Any = copy.deepcopy(good)
    container = document
    for key in path[:-1]:
        container = container[key]
    container[path[-1]] = data.draw(JSON)
    try:
        read_document(document, "x.yaml")
    except SchemaError as error:
        assert "x.yaml" in str(error)  # noqa: PT017  either outcome is right, another exception is not
