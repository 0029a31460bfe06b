"""Federated objects and clusters, as files: what people write, and what each cluster gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kfed.core.cluster import parse_cluster
from kfed.core.federated import parse_federated, parse_placement
from kfed.core.placement import NamespaceRule
from kfed.core.render import Rendered, render
from kfed.core.resource import Gvk, Resource, Scope, TypeConfig, federated_resource

CASES = Path(__file__).parents[1] / "cases" / "core"
TYPES = [
    Resource(Gvk("", "v1", "ConfigMap"), "configmaps", Scope.NAMESPACED),
    Resource(Gvk("", "v1", "Namespace"), "namespaces", Scope.CLUSTER),
    Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED),
]
CONFIGS = {
    config.federated.gvk.kind: config for config in (TypeConfig(target, federated_resource(target)) for target in TYPES)
}


def render_case(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Each federated object's name to what its clusters get, and the rules that had something to say."""
    parsed = [parse_cluster(document) for document in documents_of("KubeFedCluster", documents)]
    clusters = {cluster.name: cluster for cluster, _ in parsed if cluster is not None}
    namespaces = {
        one["metadata"]["namespace"]: NamespaceRule(parse_placement(one["spec"]["placement"])[0])
        for one in documents_of("FederatedNamespace", documents)
    }
    results = {}
    for document in documents:
        if (config := CONFIGS.get(document["kind"])) is not None:
            federated = parse_federated(document, config)
            rendering = render(federated, clusters, namespace=namespaces.get(federated.namespace))
            results[f"{document['kind']} {federated.name}"] = {
                "findings": [f"{mistake.severity} {mistake.rule}" for mistake in rendering.mistakes],
                "clusters": {
                    name: one.manifest
                    if isinstance(one, Rendered)
                    else {"refused": [mistake.rule for mistake in one.mistakes]}
                    for name, one in rendering.clusters.items()
                },
            }
    return results


def documents_of(kind: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [document for document in documents if document["kind"] == kind]


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    documents = list(yaml.safe_load_all((CASES / case / "in.yaml").read_text()))
    assert render_case(documents) == yaml.safe_load((CASES / case / "out.yaml").read_text())


def test_the_kubefed_example_renders_as_promised() -> None:
    documents = list(yaml.safe_load_all((CASES / "kubefed_example" / "in.yaml").read_text()))
    clusters = render_case(documents)["FederatedDeployment test-deployment"]["clusters"]
    one, two = clusters["cluster1"], clusters["cluster2"]
    template = next(doc for doc in documents if doc["kind"] == "FederatedDeployment")["spec"]["template"]
    container = one["spec"]["template"]["spec"]["containers"][0]
    assert one["spec"]["replicas"] == 5
    assert container["image"] == "nginx:1.17.0-alpine"
    assert container["args"] == ["-q", "--port", "80"]
    assert "foo" not in one["metadata"]["annotations"]
    assert two["spec"] == template["spec"]
    assert two["metadata"]["labels"] == {**template["metadata"]["labels"], "kubefed.io/managed": "true"}
