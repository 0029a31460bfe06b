"""Laws of structural schemas: over every type of every shipped release, and over whatever claims to be a schema."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.core.resource import Gvk, Scope
from kfed.errors import SchemaError
from kfed.schema.structural.objectmeta import OBJECT_META
from kfed.schema.structural.schema import Document, from_crd, inline
from kfed.schema.upstream.release import read_release, releases
from kfed.schema.upstream.types import Definition, described, structural

from .rules import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWEST = releases()[-1]
POD_SPEC = ("spec", "template", "spec")


def _wrapped(schema: dict[str, Any]) -> dict[str, Any]:
    spec = {"type": "object", "properties": {"template": schema}}
    return {"type": "object", "properties": {"spec": spec}}


def _of(gvk: Gvk, release: str = NEWEST) -> dict[str, Any]:
    return next(structural(one).schema for one in read_release(release) if one.resource.gvk == gvk)


def _at(schema: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        schema = schema["items"] if name == "[]" else schema["properties"][name]
    return schema


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    yield schema
    below = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for child in below:
        if isinstance(child, dict):
            yield from _nodes(child)


@pytest.mark.parametrize("release", releases())
def test_every_persisted_type_of_a_release_is_structural(release: str) -> None:
    """An API server takes each of them under spec.template, and nothing but typed roots comes of them."""
    types = [one for one in read_release(release) if one.persisted]
    assert len(types) > 50
    for one in types:
        schema = structural(one).schema
        assert violations(_wrapped(schema)) == [], one.resource.gvk
        assert {"apiVersion", "kind", "metadata"} <= schema["properties"].keys()
        assert "status" not in schema["properties"]
        assert not {"apiVersion", "kind", "metadata", "status"} & set(schema.get("required", ()))


def test_a_built_in_types_losses_are_of_two_kinds() -> None:
    """Both are recursion; were there another, somebody should look at it."""
    said = {loss.what.split(",")[0] for one in read_release() if one.persisted for loss in structural(one).losses}
    assert said == {
        "Of JSONSchemaProps within JSONSchemaProps",
        "Of CompositePodGroupTemplate within CompositePodGroupTemplate",
    }


def test_object_meta_is_spelled_out_wherever_it_is_nested() -> None:
    """A field that is not described would be pruned."""
    deployment = _of(Gvk("apps", "v1", "Deployment"))
    stateful_set = _of(Gvk("apps", "v1", "StatefulSet"))
    for metadata in (
        _at(deployment, "metadata"),
        _at(deployment, "spec", "template", "metadata"),
        _at(stateful_set, "spec", "volumeClaimTemplates", "[]", "metadata"),
    ):
        assert metadata["properties"].keys() == OBJECT_META["properties"].keys()
        assert metadata["properties"]["creationTimestamp"]["nullable"] is True


def test_lists_of_a_pod_have_the_keys_that_the_server_merges_by() -> None:
    """In the newest release, and in one whose lists have no type."""
    for release in ("1.25", NEWEST):
        pod = _at(_of(Gvk("apps", "v1", "Deployment"), release), *POD_SPEC)
        keys = {
            name: node.get("x-kubernetes-list-map-keys")
            for name, node in [*pod["properties"].items(), *_at(pod, "containers", "[]")["properties"].items()]
            if node.get("x-kubernetes-list-type") == "map"
        }
        assert keys["containers"] == keys["volumes"] == keys["env"] == keys["imagePullSecrets"] == ["name"]
        assert keys["ports"] == ["containerPort", "protocol"]
        assert keys["volumeMounts"] == ["mountPath"]
        assert keys["topologySpreadConstraints"] == ["topologyKey", "whenUnsatisfiable"]
        assert _at(pod, "containers", "[]", "ports", "[]", "protocol")["default"] == "TCP"


def test_patch_merge_keys_became_list_map_keys_upstream() -> None:
    """What makes it sound to read them so where there is no list type: 1.30 said the same of each of these lists."""
    typed = _definitions("1.30")
    checked = 0
    for release in [one for one in releases() if int(one.split(".")[1]) < 30]:
        for name, definition in _definitions(release).items():
            for field, node in definition.get("properties", {}).items():
                later = typed.get(name, {}).get("properties", {}).get(field)
                untyped = "items" in node and "x-kubernetes-list-type" not in node
                if later and untyped and "x-kubernetes-patch-merge-key" in node:
                    assert later.get("x-kubernetes-list-type") == "map", (name, field)
                    assert later["x-kubernetes-list-map-keys"] == [node["x-kubernetes-patch-merge-key"]]
                    checked += 1
    assert checked > 100


def _definitions(release: str) -> Any:
    raw = read_release(release)[0].raw
    assert isinstance(raw, Definition)
    return raw.document.definitions


def test_a_definition_is_shaped_once_for_all_that_refer_to_it() -> None:
    """Sixty types share one pod: that is what makes generating all of them quick."""
    types = {one.resource.gvk: one for one in read_release()}
    pods = [
        _at(structural(types[Gvk("apps", "v1", kind)]).schema, *POD_SPEC, "containers")
        for kind in ("Deployment", "DaemonSet")
    ]
    assert pods[0]["items"] is pods[1]["items"]


def test_quantities_take_what_a_server_takes() -> None:
    """The pattern is for strings; numbers are taken as they are."""
    import re  # noqa: PLC0415 (only here)

    deployment = _of(Gvk("apps", "v1", "Deployment"))
    resources = _at(deployment, *POD_SPEC, "containers", "[]", "resources")
    quantity = resources["properties"]["limits"]["additionalProperties"]
    assert quantity["not"] == {"enum": [True, False, {}, []]}
    for text in ("1", "0.5", ".5", "5.", "100m", "1Gi", "-3", "1e3", "2E", "12E+6", "1k", "3n"):
        assert re.search(quantity["pattern"], text), text
    for text in ("", "1Gb", "1 Gi", "one", "1.2.3", "0x10", "1mi"):
        assert not re.search(quantity["pattern"], text), text


def test_crd_with_pod_templates_comes_through_unharmed() -> None:
    """A CRD of 700 KB, as operators have them: what is structural already is kept to the byte."""
    pod_template = _at(_of(Gvk("apps", "v1", "Deployment")), "spec", "template")
    roles = dict.fromkeys(("launcher", "worker", "evaluator"), pod_template)
    replicas = {"type": "object", "additionalProperties": pod_template}
    spec = {"type": "object", "properties": {"byRole": {"type": "object", "properties": roles}, "more": replicas}}
    crd = {"type": "object", "properties": {"spec": spec, "status": pod_template}}
    assert len(orjson.dumps(crd)) > 700_000
    result = from_crd(orjson.loads(orjson.dumps(crd)))
    assert result.losses == ()
    assert result.schema["properties"]["spec"] == spec
    assert violations(_wrapped(result.schema)) == []


def test_openapi_v3_says_what_the_release_says(openapi_v3: dict[str, Any]) -> None:
    """But for descriptions and defaults, a server's own document and the data of its release come to one schema."""
    served = inline(Document(openapi_v3["components"]["schemas"]), "io.k8s.api.apps.v1.Deployment").schema
    gvk = Gvk("apps", "v1", "Deployment")
    shipped = next(described(one).schema for one in read_release() if one.resource.gvk == gvk)
    assert _bare(served) == _bare(shipped)
    assert all("default" not in node for node in _nodes(served) if node.get("type") == "object")
    assert "default" not in _at(served, *POD_SPEC, "containers", "[]", "name")
    assert _at(served, *POD_SPEC, "containers", "[]", "ports", "[]", "protocol")["default"] == "TCP"


@pytest.fixture
def openapi_v3(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a server of the newest release publishes under /openapi/v3/apis/apps/v1."""
    path = request.path.parents[2] / "cases" / "sources" / "openapi_v3" / "apis__apps__v1.json"
    document: dict[str, Any] = orjson.loads(path.read_bytes())
    return document


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without descriptions and defaults, and with lists of names in order."""
    result = {key: value for key, value in schema.items() if key not in {"description", "default"}}
    if "properties" in schema:
        result["properties"] = {name: _bare(node) for name, node in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            result[key] = _bare(schema[key])
    if "required" in schema:
        result["required"] = sorted(schema["required"])
    return result


def test_object_of_cluster_scope_has_no_namespace() -> None:
    """A namespace there is a mistake, so that it should be found."""
    schema = {"type": "object", "properties": {"spec": {"type": "object"}}}
    assert "namespace" not in _at(from_crd(schema, Scope.CLUSTER).schema, "metadata")["properties"]
    assert "namespace" in _at(from_crd(schema, Scope.NAMESPACED).schema, "metadata")["properties"]


def test_what_is_given_is_not_changed() -> None:
    """Schemas are shared between types; changing one would change others."""
    given = {
        "com.example.A": {
            "type": "object",
            "properties": {
                "b": {"$ref": "#/definitions/com.example.B", "description": "Of A."},
                "status": {"type": "object"},
                "either": {"oneOf": [{"properties": {"x": {"type": "string"}}}, {"required": ["y"]}]},
            },
        },
        "com.example.B": {"type": "object", "properties": {"metadata": {"type": "object"}}, "description": "B."},
    }
    before = copy.deepcopy(given)
    document = Document(given)
    first = inline(document, "com.example.A")
    assert inline(document, "com.example.A") == first
    assert inline(document, "com.example.B").schema["description"] == "B."
    assert given == before


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "reference": ({"properties": {"spec": {"$ref": "#/definitions/X"}}}, "'#/definitions/X'; write out what it means"),
    "text for a schema": ({"properties": {"spec": {"properties": {"a": "string"}}}}, "'string', at spec.a."),
    "list of properties": ({"properties": {"a": {"items": {"properties": []}}}}, "properties in a schema"),
    "number for a pattern": ({"properties": {"a": {"items": {"pattern": 3}}}}, "not 3, at a[]."),
    "mapping for a type": ({"properties": {"a": {"additionalProperties": {"type": {}}}}}, "not {}, at a.*."),
    "required: true": ({"properties": {"a": {"type": "string", "required": True}}}, "a list, not True, at a."),
    "numbers as names": ({"properties": {"a": {"required": [1]}}}, "a list of strings, not [1], at a."),
    "mapping for anyOf": ({"properties": {"a": {"anyOf": {"type": "string"}}}}, "anyOf in a schema is to be a list"),
    "text for a branch": ({"properties": {"a": {"anyOf": ["string"]}}}, "'string', at a."),
    "text in a branch": ({"properties": {"a": {"not": {"properties": {"b": "c"}}}}}, "'c', at a."),
    "text for a rule": ({"x-kubernetes-validations": ["self.a"]}, "a list of rules"),
    "a string": ({"type": "string"}, "The schema is of a string"),
    "nothing that exists": ({"type": "array", "items": {}}, "The schema is of a array"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_malformed_schema_is_an_error_that_says_where(name: str) -> None:
    """A sentence and the place, never a traceback."""
    schema, expected = MISTAKES[name]
    with pytest.raises(SchemaError) as caught:
        from_crd(schema)
    assert expected in str(caught.value)
    assert str(caught.value).endswith(".")


def test_schema_nested_without_end_is_an_error() -> None:
    """As deep as one likes, it is no crash."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(5000):
        schema = {"type": "array", "items": schema}
    with pytest.raises(SchemaError, match="too deeply"):
        from_crd({"type": "object", "properties": {"spec": schema}})


def test_missing_definition_is_an_error_that_names_both() -> None:
    """And the document can be used for another type after it."""
    document = Document(
        {
            "com.example.A": {"type": "object", "properties": {"b": {"$ref": "#/definitions/com.example.B"}}},
            "com.example.C": {"type": "object", "properties": {"a": {"type": "string"}}},
        }
    )
    for _ in range(2):
        with pytest.raises(SchemaError, match=r"com\.example\.A refers to com\.example\.B"):
            inline(document, "com.example.A")
        assert inline(document, "com.example.C").losses == ()
    with pytest.raises(SchemaError, match=r"no definition com\.example\.D"):
        inline(document, "com.example.D")


NAMES = st.sampled_from(["a", "b", "metadata", "status", "$ref"])
KINDS = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null", "file"])
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "type": KINDS | st.lists(KINDS, max_size=3),
        "description": st.just("Text."),
        "nullable": st.booleans(),
        "format": st.sampled_from(["int32", "int-or-string", "byte", "strange"]),
        "pattern": st.sampled_from(["^a$", "(?=a)"]),
        "minimum": st.integers(0, 3),
        "enum": st.just(["x", 1]),
        "required": st.lists(NAMES, max_size=2, unique=True),
        "uniqueItems": st.booleans(),
        "x-kubernetes-int-or-string": st.booleans(),
        "x-kubernetes-preserve-unknown-fields": st.booleans(),
        "x-kubernetes-list-type": st.sampled_from(["atomic", "set", "map", "bag"]),
        "x-kubernetes-list-map-keys": st.lists(NAMES, max_size=2, unique=True),
        "x-kubernetes-map-type": st.sampled_from(["atomic", "granular"]),
    },
)


def _grown(nodes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    few = st.lists(nodes, min_size=1, max_size=3)
    children = st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(NAMES, nodes, max_size=3),
            "items": nodes | few,
            "additionalProperties": nodes | st.booleans(),
            "allOf": few,
            "anyOf": few,
            "oneOf": few,
            "not": nodes,
        },
    )
    return st.builds(lambda leaf, below: leaf | below, LEAVES, children)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(NAMES.filter("metadata".__ne__), st.recursive(LEAVES, _grown, max_leaves=8), max_size=3))
def test_whatever_comes_in_what_comes_out_is_structural(properties: dict[str, Any]) -> None:
    """Or else it is refused; and its structural form stays as it is."""
    try:
        result = from_crd({"type": "object", "properties": properties})
    except SchemaError:
        return
    assert violations(_wrapped(result.schema)) == []
    assert from_crd(result.schema).schema == result.schema
