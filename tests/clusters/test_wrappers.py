"""What a real API server makes of the wrappers of custom types: it takes them where it takes the types themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.codegen.federation import Wish, federate, manifests
from kfed.schema.upstream.crd import read_crd

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
        return wrapper

    return make


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
