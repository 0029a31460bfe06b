"""Documents of types with any part of them replaced by anything: an error says what is wrong, or nothing is."""

from __future__ import annotations

import copy
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.codegen.editor import editor_schema
from kfed.codegen.federation import Wish, federate, manifests
from kfed.errors import SchemaError
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import read_documents

if TYPE_CHECKING:
    from collections.abc import Iterable

CASES = Path(__file__).parents[1] / "cases" / "schema"
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_WORDS = ["type", "properties", "items", "required", "$ref", "allOf", "not", "enum", "default", "object", "array", "0"]

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_WORDS) | st.text()
ANYTHING = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(_WORDS) | st.text(), below)
)


@cache
def documents() -> dict[str, Any]:
    """One document of each kind and each oddity: CRDs as they are, schemas in a CRD, definitions in an OpenAPI."""
    return {path.parent.name: _document(yaml.safe_load(path.read_text())) for path in sorted(CASES.glob("*/in.yaml"))}


def _document(case: dict[str, Any]) -> dict[str, Any]:
    match case:
        case {"kind": "CustomResourceDefinition"}:
            return case
        case {"openAPIV3Schema": schema}:
            return _crd(schema)
        case {"name": name, "definitions": definitions} | {"name": name, "$defs": definitions}:
            return {"definitions": definitions, "paths": _paths(definitions, name)}
        case {"name": name, "components": {"schemas": schemas}}:
            return {"components": {"schemas": schemas}, "paths": _paths(schemas, name)}
    raise AssertionError(case)


def _crd(schema: Any) -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [version],
        },
    }


def _paths(definitions: dict[str, Any], name: str) -> dict[str, Any]:
    """Paths that serve the definition *name*, which is told what type it is."""
    gvk = {"group": "example.com", "version": "v1", "kind": "Widget"}
    definitions[name] = definitions[name] | {"x-kubernetes-group-version-kind": [gvk]}
    actions = {"post": "post", "get": "list", "put": "put", "delete": "delete"}
    operations = {
        verb: {"x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk}
        for verb, action in (*actions.items(), ("head", "get"))
    }
    return {"/apis/example.com/v1/namespaces/{namespace}/widgets": operations}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value within one."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in items for place in _places(below, (*path, key)))]


@st.composite
def malformed(draw: st.DrawFn) -> Any:
    """A document in which one or two values are others: anything, or a part of the same document."""
    document = copy.deepcopy(documents()[draw(st.sampled_from(sorted(documents())))])
    for _ in range(draw(st.integers(1, 2))):
        places = st.sampled_from(_places(document)[1:])
        *way, last = draw(places)
        other = copy.deepcopy(_at(document, draw(places)))
        _at(document, way)[last] = draw(ANYTHING | st.just(other))
    return document


def _at(document: Any, way: Iterable[Any]) -> Any:
    for key in way:
        document = document[key]
    return document


@settings(deadline=None)
@given(malformed())
def test_whatever_a_document_holds_is_read_or_refused_with_a_reason(document: Any) -> None:
    """And what is written can be read, by readers that are not ours."""
    with suppress(SchemaError):
        for upstream in Catalog(read_documents([(document, "a.yaml")])).persisted():
            federation = federate(upstream, Wish())
            [crd] = yaml.load_all(manifests(federation)["crds"], yaml.CSafeLoader)
            assert crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == federation.schema
            editor_schema(federation.config.federated, dict(federation.schema), federation.origin)
