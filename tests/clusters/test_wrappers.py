"""What a real API server makes of the wrappers of custom types: it takes them where it takes the types themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.codegen.federation import Wish, federate, manifests
from kfed.codegen.naming import with_own_short_names
from kfed.schema.upstream.crd import read_crd
from tests.clusters.crds import wait_until_established

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters.fleet import Cluster

pytestmark = pytest.mark.cluster

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def crd(group: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A CustomResourceDefinition with this schema below ``spec``."""
    whole = {"type": "object", "properties": {"spec": schema}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": whole}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def wrapper_of(definition: dict[str, Any]) -> dict[str, Any]:
    """The CRD of its federated type."""
    group = f"federated.{definition['spec']['group']}"
    [upstream] = read_crd(definition, "a test")
    text = manifests(federate(upstream, Wish(group=group)))["crds"]
    loaded: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return loaded


@pytest.fixture
def define(cluster_host: Cluster, unique: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Have a server take a CRD whose spec has this schema, and its wrapper; return the wrapper."""

    def make(schema: dict[str, Any]) -> dict[str, Any]:
        definition = crd(f"{unique}.example.com", schema)
        wrapper = wrapper_of(definition)
        for one in (definition, wrapper):
            status, answer = cluster_host.call("POST", CRDS, one)
            assert status == 201, answer["message"]
        wait_until_established(cluster_host, [definition["metadata"]["name"], wrapper["metadata"]["name"]])
        return wrapper

    return make


OPEN = {"x-kubernetes-preserve-unknown-fields": True}
NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
KEYED = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": NAMED}

# A schema and a value: what a server makes of the value in the type, it makes of it in the template.
ALIKE: dict[str, tuple[dict[str, Any], Any]] = {
    "an open list": ({"type": "array", "items": {"type": "object"}, **OPEN}, [{"a": 1}, {"b": {"c": [2]}}]),
    "an open list with fields": ({"type": "array", "items": NAMED, **OPEN}, [{"name": "x", "a": {"b": 1}}]),
    "an open list by key": ({**KEYED, **OPEN}, [{"name": "x", "a": 1}, {"name": "y", "b": [1]}]),
    "an open list of lists": (
        {"type": "array", "items": {"type": "array", "items": {"type": "object"}}, **OPEN},
        [[{"a": 1}], []],
    ),
    "an open list in a closed one": (
        {"type": "array", "items": {"type": "object", "properties": {"in": {"type": "array", "items": NAMED, **OPEN}}}},
        [{"in": [{"name": "x", "a": 1}], "out": 1}],
    ),
    "a list of open objects": ({"type": "array", "items": {**NAMED, **OPEN}}, [{"name": "x", "a": {"b": 1}}]),
    "a closed list": ({"type": "array", "items": NAMED}, [{"name": "x", "a": 1}]),
    "a map of open objects": (
        {"type": "object", "additionalProperties": {"type": "object", **OPEN}},
        {"x": {"a": {"b": 1}}},
    ),
    "a map of open lists": (
        {"type": "object", "additionalProperties": {"type": "array", "items": NAMED, **OPEN}},
        {"x": [{"name": "x", "a": {"b": 1}}]},
    ),
    "an open object with a closed field": (
        {"type": "object", "properties": {"in": NAMED}, **OPEN},
        {"in": {"name": "x", "a": 1}, "out": {"a": 1}},
    ),
    "an open object with a closed list": (
        {"type": "object", "properties": {"in": {"type": "array", "items": NAMED}}, **OPEN},
        {"in": [{"name": "x", "a": 1}], "out": {"a": 1}},
    ),
    "anything": (OPEN, [{"a": 1}, "b", None]),
    "a null of anything": (OPEN, None),
    "a null that may be": ({"type": "string", "nullable": True}, None),
    "a null that may not be": ({"type": "string"}, None),
    "a null with a default": ({"type": "string", "default": "x"}, None),
    "a null that may be, with a default": ({"type": "string", "default": "x", "nullable": True}, None),
    "a default of null": (
        {"type": "object", "properties": {"in": {"type": "string", "default": None, "nullable": True}}},
        {},
    ),
    "nulls in a list": ({"type": "array", "items": {"type": "string", "nullable": True}}, ["x", None]),
    "nulls in a list that has none": ({"type": "array", "items": {"type": "string"}}, ["x", None]),
    "nulls in a map": ({"type": "object", "additionalProperties": {"type": "string", "nullable": True}}, {"a": None}),
    "nulls in a map that has none": ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": None}),
    "an integer or a string": ({"x-kubernetes-int-or-string": True}, "80%"),
    "neither an integer nor a string": ({"x-kubernetes-int-or-string": True}, 1.5),
    "an embedded object": (
        {"type": "object", "x-kubernetes-embedded-resource": True, **OPEN},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "x", "labels": {"a": "b"}, "odd": 1},
            "spec": {"a": 1},
        },
    ),
    "an embedded object of no kind": ({"type": "object", "x-kubernetes-embedded-resource": True, **OPEN}, {"spec": 1}),
    "an embedded object with a wrong label": (
        {"type": "object", "x-kubernetes-embedded-resource": True, **OPEN},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {"a b": "c"}}},
    ),
    "a set": ({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}, ["a", "b", "a"]),
    "a key twice": (KEYED, [{"name": "x"}, {"name": "x"}]),
    "a map that is one leaf": (
        {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}},
        {"a": "b"},
    ),
    "an exclusive bound": ({"type": "number", "maximum": 1.5, "exclusiveMaximum": True}, 1.5),
    "a multiple": ({"type": "number", "multipleOf": 0.5}, 1.25),
    "a fraction that is whole": ({"type": "integer"}, 2.0),
    "a number of 64 bits": ({"type": "integer", "format": "int64"}, 2**53 + 1),
    "a number too large for 32 bits": ({"type": "integer", "format": "int32"}, 2**31),
    "a time": ({"type": "string", "format": "date-time"}, "2026-02-30T00:00:00Z"),
    "a format that nobody knows": ({"type": "string", "format": "k8s-odd"}, "x"),
    "a word of an enum": ({"type": "string", "enum": ["a", ""]}, ""),
    "no word of an enum": ({"type": "string", "enum": ["a"]}, "b"),
    "a name in the plural that is a pattern": ({"type": "string", "pattern": "^(?i)ab$"}, "AB"),
    "no match of such a pattern": ({"type": "string", "pattern": "^(?i)ab$"}, "ABC"),
    "too few": ({"type": "object", "minProperties": 2, **OPEN}, {"a": 1}),
    "either of two": (
        {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        {"a": "x", "b": "y"},
    ),
    "a rule": (
        {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 3"}]},
        3,
    ),
    "a closed field of an open list": (
        {"type": "array", "items": {"type": "object", "properties": {"in": NAMED}}, **OPEN},
        [{"in": {"name": "x", "a": 1}, "b": 2}],
    ),
}


@pytest.mark.parametrize("how", ["POST", "PATCH"])
def test_what_the_type_makes_of_a_value_the_template_makes_of_it(
    define: Callable[[dict[str, Any]], dict[str, Any]], cluster_host: Cluster, how: str
) -> None:
    fields = {f"f{number}": schema for number, (schema, _) in enumerate(ALIKE.values())}
    wrapper = define({"type": "object", "properties": fields})
    type_, federated = _type_of(crd(wrapper["spec"]["group"].removeprefix("federated."), {})), _type_of(wrapper)
    outcomes = {}
    for (name, (_, value)), field in zip(ALIKE.items(), fields, strict=True):
        own = _kept(cluster_host, how, type_, field, {field: value})
        whole = _kept(cluster_host, how, federated, field, {"template": {"spec": {field: value}}})
        outcomes[name] = own, whole if isinstance(whole, int) else whole["template"]["spec"]
    assert {name: whole for name, (_, whole) in outcomes.items()} == {name: own for name, (own, _) in outcomes.items()}


def _type_of(definition: dict[str, Any]) -> tuple[str, str, str]:
    """apiVersion, kind and plural of what a CRD defines."""
    spec = definition["spec"]
    return f"{spec['group']}/{spec['versions'][0]['name']}", spec["names"]["kind"], spec["names"]["plural"]


def _kept(cluster: Cluster, how: str, type_: tuple[str, str, str], name: str, spec: dict[str, Any]) -> Any:
    """What a server keeps of the spec of a new object, created or applied on the server; the code when it refuses."""
    api_version, kind, plural = type_
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}
    path = f"/apis/{api_version}/namespaces/default/{plural}"
    if how == "PATCH":
        path, headers = f"{path}/{name}?fieldManager=test", {"Content-Type": "application/apply-patch+yaml"}
        status, answer = cluster.call(how, path, manifest, headers=headers)
    else:
        status, answer = cluster.call(how, path, manifest)
    return answer["spec"] if status == 201 else status


def _costly(fields: int) -> dict[str, Any]:
    """A schema whose rules cost 8 % a field of what a server allows for one CRD."""
    name = {
        "type": "string",
        "maxLength": 1000,
        "x-kubernetes-validations": [{"rule": "self.matches('^[a-z0-9.-]+$')", "message": "must be a name of ours"}],
    }
    names = {"type": "array", "maxItems": 5000, "items": name}
    return {"type": "object", "properties": {f"names{number}": names for number in range(fields)}}


def test_rules_may_cost_all_that_a_server_allows(
    define: Callable[[dict[str, Any]], dict[str, Any]], cluster_host: Cluster, unique: str
) -> None:
    too_much = crd(f"more.{unique}.example.com", _costly(13))
    status, answer = cluster_host.call("POST", CRDS, too_much)
    assert status == 422
    assert "contributed to estimated rule cost total exceeding cost limit" in json.dumps(answer)
    define(_costly(12))


def test_of_types_with_one_short_name_both_are_served(cluster_host: Cluster, unique: str) -> None:
    definitions = [crd(f"{letter}.{unique}.example.com", {"type": "object"}) for letter in "ab"]
    for definition, kind in zip(definitions, ("Elastic", "External"), strict=True):
        plural = f"{kind.lower()}s"
        definition["metadata"]["name"] = f"{plural}.{definition['spec']['group']}"
        definition["spec"]["names"] = {"kind": kind, "plural": plural, "shortNames": ["es"]}
    types = [upstream for definition in definitions for upstream in read_crd(definition, "a test")]
    made = [federate(upstream, Wish(group=f"federated.{unique}.example.com")) for upstream in types]
    wrappers = [yaml.load(manifests(one)["crds"], yaml.CSafeLoader) for one in with_own_short_names(made, [])]
    for wrapper in wrappers:
        status, answer = cluster_host.call("POST", CRDS, wrapper)
        assert status == 201, answer["message"]
    wait_until_established(cluster_host, [wrapper["metadata"]["name"] for wrapper in wrappers])
