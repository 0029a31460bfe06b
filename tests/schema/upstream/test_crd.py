"""CustomResourceDefinitions: names, scope, versions and the schema of each."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.resource import Gvk, Scope
from kfed.errors import SchemaError
from kfed.schema.upstream.documents import CrdSchema, UpstreamType, read_crd, structural

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}}},
}
NAMES = {"plural": "widgetry", "singular": "widget", "kind": "Widget", "shortNames": ["wd"], "categories": ["all"]}


def version(name: str, *, served: bool = True, storage: bool = False, schema: Any = None) -> dict[str, Any]:
    whole = {"name": name, "served": served, "storage": storage}
    return whole | {"schema": {"openAPIV3Schema": SCHEMA if schema is None else schema}}


def crd(*versions: dict[str, Any], api: str = "v1", **spec: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "group": "example.com",
        "scope": "Namespaced",
        "names": NAMES,
        "versions": [*versions] or [version("v1", storage=True)],
        **spec,
    }
    return {
        "apiVersion": f"apiextensions.k8s.io/{api}",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgetry.example.com"},
        "spec": {key: value for key, value in whole.items() if value is not None},
    }


def raw(upstream: UpstreamType) -> dict[str, Any]:
    assert isinstance(upstream.raw, CrdSchema)
    return upstream.raw.schema


def test_names_are_the_crds_own_however_odd() -> None:
    [upstream] = read_crd(crd(), "w.yaml")
    resource = upstream.resource
    assert resource.gvk == Gvk("example.com", "v1", "Widget")
    assert (resource.plural, resource.singular, resource.short_names) == ("widgetry", "widget", ("wd",))
    assert (resource.categories, resource.scope) == (("all",), Scope.NAMESPACED)
    assert upstream.persisted
    assert upstream.origin == "CustomResourceDefinition widgetry.example.com in w.yaml"


def test_a_singular_left_out_is_the_kind_in_lower_case() -> None:
    names = {"plural": "widgetry", "kind": "BigWidget"}
    assert read_crd(crd(names=names), "w.yaml")[0].resource.singular == "bigwidget"


def test_scope_may_be_cluster() -> None:
    assert read_crd(crd(scope="Cluster"), "w.yaml")[0].resource.scope is Scope.CLUSTER


def preferred(types: list[UpstreamType]) -> list[str]:
    return [upstream.resource.gvk.version for upstream in types if upstream.preferred]


def test_every_served_version_is_a_type_and_the_storage_version_is_preferred() -> None:
    types = read_crd(crd(version("v1alpha1", storage=True), version("v1"), version("v0", served=False)), "w.yaml")
    assert [upstream.resource.gvk.version for upstream in types] == ["v1alpha1", "v1"]
    assert preferred(types) == ["v1alpha1"]


def test_a_version_can_be_asked_for() -> None:
    assert preferred(read_crd(crd(version("v1alpha1", storage=True), version("v1")), "w.yaml", "v1")) == ["v1"]


def test_a_version_that_is_not_served_is_told() -> None:
    for asked in ("v2", "v0"):
        with pytest.raises(SchemaError, match=rf"does not serve version '{asked}'; it serves v1, v1beta1"):
            read_crd(crd(version("v1beta1", storage=True), version("v1"), version("v0", served=False)), "w.yaml", asked)


def test_where_the_storage_version_is_not_served_a_servers_choice_is_preferred() -> None:
    versions = [version("v2alpha1"), version("v1"), version("v1beta1"), version("v3", served=False, storage=True)]
    assert preferred(read_crd(crd(*versions), "w.yaml")) == ["v1"]


def test_a_crd_that_serves_nothing_is_told() -> None:
    with pytest.raises(SchemaError, match="serves no version"):
        read_crd(crd(version("v1", served=False, storage=True)), "w.yaml")


def test_each_version_has_its_own_schema() -> None:
    other = {"type": "object", "properties": {"data": {"type": "string"}}}
    one, two = read_crd(crd(version("v1", storage=True), version("v2", schema=other)), "w.yaml")
    assert (raw(one), raw(two)) == (SCHEMA, other)


def test_a_version_without_schema_is_free_form() -> None:
    for schema in (None, {}, {"openAPIV3Schema": None}, {"openAPIV3Schema": {}}):
        entry = {"name": "v1", "served": True, "storage": True, "schema": schema}
        assert raw(read_crd(crd(entry), "w.yaml")[0]) == {
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
        }


def test_v1beta1_has_one_schema_for_all_versions_and_keeps_unknown_fields() -> None:
    entries = [{"name": name, "served": True, "storage": name == "v1"} for name in ("v1", "v2")]
    validation = {"openAPIV3Schema": SCHEMA}
    types = read_crd(crd(*entries, api="v1beta1", validation=validation), "w.yaml")
    assert preferred(types) == ["v1"]
    for upstream in types:
        assert raw(upstream)["x-kubernetes-preserve-unknown-fields"] is True
        assert raw(upstream)["properties"]["spec"]["x-kubernetes-preserve-unknown-fields"] is True
    [pruned, _] = read_crd(crd(*entries, api="v1beta1", validation=validation, preserveUnknownFields=False), "w.yaml")
    assert raw(pruned) == SCHEMA
    assert "x-kubernetes-preserve-unknown-fields" not in SCHEMA


def test_v1beta1_may_have_a_single_version() -> None:
    types = read_crd(crd(api="v1beta1", versions=None, version="v1alpha2"), "w.yaml")
    assert [upstream.resource.gvk.version for upstream in types] == preferred(types) == ["v1alpha2"]


def test_the_schema_becomes_structural_without_its_status() -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "status": {"type": "object"}}}
    [upstream] = read_crd(crd(version("v1", storage=True, schema=schema)), "w.yaml")
    properties = structural(upstream).schema["properties"]
    assert properties["spec"]["properties"] == {"a": {"type": "string"}}
    assert "status" not in properties


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"group": None}, r"has no spec\.group; it is to be a string"),
        ({"group": ""}, r"has no spec\.group"),
        ({"group": 5}, r"spec\.group .* is to be a string, not 5"),
        ({"group": "../../etc"}, r"group '\.\./\.\./etc' is to be a DNS name"),
        ({"scope": "namespaced"}, r"spec\.scope .* Namespaced or Cluster, not 'namespaced'"),
        ({"names": None}, r"has no spec\.names; it is to be a mapping"),
        ({"names": {"kind": "Widget"}}, r"has no spec\.names\.plural"),
        ({"names": {"plural": "widgets"}}, r"has no spec\.names\.kind"),
        ({"names": {"plural": "../x", "kind": "Widget"}}, r"plural '\.\./x' is to be a DNS label"),
        ({"names": {"plural": "widgets", "kind": "Wid get"}}, r"kind 'Wid get'"),
        ({"names": NAMES | {"shortNames": "wd"}}, r"spec\.names\.shortNames .* is to be a list, not 'wd'"),
        ({"names": NAMES | {"shortNames": [1]}}, r"spec\.names\.shortNames .* list of strings"),
        ({"versions": None}, r"has no spec\.versions; it is to be a list"),
        ({"versions": []}, "serves no version"),
        ({"versions": ["v1"]}, r"spec\.versions\[0\] .* is to be a mapping, not 'v1'"),
        ({"versions": [{"served": True}]}, r"has no spec\.versions\[0\]\.name"),
        ({"versions": [{"name": "v1"}]}, r"has no spec\.versions\[0\]\.served; it is to be true or false"),
        ({"versions": [version("v1"), version("v1")]}, "has one version twice"),
        ({"versions": [version("v1", schema="x")]}, r"openAPIV3Schema .* is to be a mapping, not 'x'"),
        ({"versions": [version("V 1")]}, "version 'V 1' is to be a DNS label"),
    ],
)
def test_a_malformed_crd_is_told_with_its_name_and_field(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        read_crd(crd(**spec), "w.yaml")
    assert "widgetry.example.com in w.yaml" in str(caught.value)


@pytest.mark.parametrize("metadata", [None, {}, {"name": 5}, []])
def test_a_crd_without_a_name_is_told_with_its_file(metadata: Any) -> None:
    with pytest.raises(SchemaError, match=r"in w\.yaml"):
        read_crd(crd() | {"metadata": metadata}, "w.yaml")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"apiVersion": None}, "has no apiVersion; it is to be a string"),
        (
            {"apiVersion": "apiextensions.k8s.io/v2"},
            "is of 'apiextensions.k8s.io/v2'; kfed reads apiextensions.k8s.io/v1",
        ),
        ({"apiVersion": "v1"}, "is of 'v1'; kfed reads"),
        ({"metadata": {"name": "widget.example.com"}}, "that is to be its metadata.name, or no API server takes it."),
        ({"metadata": {"name": "widgets"}}, "widgets in w.yaml defines widgetry.example.com; that is to be its"),
    ],
)
def test_what_no_api_server_takes_is_told(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(SchemaError) as error:
        read_crd(crd(version("v1", storage=True)) | changed, "w.yaml")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        ([], "stores no version; storage is to be true in one of spec.versions, and in no other."),
        (["v1", "v2"], "stores v1 and v2; storage is to be true in one of spec.versions, and in no other."),
    ],
)
def test_one_version_is_stored(stored: list[str], says: str) -> None:
    with pytest.raises(SchemaError) as error:
        read_crd(crd(*(version(name, storage=name in stored) for name in ("v1", "v2"))), "w.yaml")
    assert str(error.value).endswith(says)


@pytest.mark.parametrize("names", [{"shortNames": ["a b"]}, {"categories": ["a\nb"]}, {"singular": "Widget"}])
def test_every_name_is_one_that_a_server_takes(names: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="is to be a DNS label, as in widget"):
        read_crd(crd(names=NAMES | names), "w.yaml")


def test_a_deep_schema_of_v1beta1_is_told() -> None:
    deep: Any = {"type": "string"}
    for _ in range(5000):
        deep = {"type": "object", "properties": {"x": deep}}
    with pytest.raises(SchemaError, match="nested too deeply"):
        read_crd(crd(version("v1", storage=True, schema=deep), api="v1beta1"), "w.yaml")
