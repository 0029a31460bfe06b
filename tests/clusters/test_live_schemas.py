"""Types made from what a server says of itself, and from users' CRDs, are taken by a server and enforced there."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.clusters.crds import wait_until_established

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clusters.fleet import Cluster
    from tests.clusters.kubectl import Kubectl

pytestmark = pytest.mark.cluster

DATABASE = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: databases.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Database, plural: databases, singular: database, shortNames: [db]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [engine]
              x-kubernetes-validations:
                - {rule: self.min <= self.max, message: min is at most max}
                - {rule: "self.engine == oldSelf.engine", message: engine stays as it is}
              properties:
                engine: {type: string, enum: [Postgres, mysql]}
                min: {type: integer, format: int32, default: 1, minimum: 0}
                max: {type: integer, format: int32, default: 3, maximum: 9}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                note: {type: string, nullable: true, maxLength: 20, pattern: "^[a-z ]*$"}
                settings: {type: object, x-kubernetes-preserve-unknown-fields: true}
                sidecar: {type: object, x-kubernetes-embedded-resource: true,
                          x-kubernetes-preserve-unknown-fields: true}
                matrix: {type: object, additionalProperties: {type: array, items: {type: object,
                         additionalProperties: {type: string}}}}
                users:
                  type: array
                  maxItems: 5
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name, realm]
                  items:
                    type: object
                    required: [name]
                    properties:
                      name: {type: string, maxLength: 10}
                      realm: {type: string, default: all}
                      cert: {type: string}
                      password: {type: string}
                    oneOf: [{required: [cert]}, {required: [password]}]
            status: {type: object, properties: {ready: {type: boolean}}}
"""
GOOD: dict[str, Any] = {
    "engine": "Postgres",
    "min": 2,
    "max": 4,
    "port": "http",
    "note": None,
    "settings": {"any": {"thing": [1, 2]}},
    "sidecar": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": []}},
    "matrix": {"a": [{"b": "c"}]},
    "users": [{"name": "root", "realm": "all", "password": "x"}, {"name": "root", "realm": "one", "cert": "y"}],
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "enum": ({"engine": "postgres"}, 'spec.template.spec.engine: Unsupported value: "postgres"'),
    "maximum": ({"max": 10}, "spec.template.spec.max"),
    "rule": ({"min": 5}, "min is at most max"),
    "pattern": ({"note": "Hello"}, "spec.template.spec.note"),
    "one of": ({"users": [{"name": "root"}]}, "spec.template.spec.users[0]"),
    "keys": (
        {"users": [{"name": "a", "cert": "x"}, {"name": "a", "password": "y"}]},
        "spec.template.spec.users[1]: Dup",
    ),
    "values of maps": ({"matrix": {"a": [{"b": 1}]}}, "spec.template.spec.matrix.a[0].b"),
    "embedded": ({"sidecar": {"kind": "Pod"}}, "spec.template.spec.sidecar.apiVersion"),
    "type": ({"port": True}, "spec.template.spec.port"),
}


def _federate(kubectl: Kubectl, cluster: Cluster, stream: str) -> None:
    """Apply the CRD of what ``kfed generate`` printed."""
    (crd,) = [one for one in yaml.safe_load_all(stream) if one["kind"] == "CustomResourceDefinition"]
    kubectl(cluster, "apply", "-f", "-", stdin=json.dumps(crd))
    wait_until_established(cluster, [crd["metadata"]["name"]])


def test_type_from_the_servers_own_document_holds_users_to_it(
    cluster_host: Cluster, kubectl: Kubectl, kfed: Callable[..., Any], unique: str, tmp_path: Path
) -> None:
    document = tmp_path / "apps.json"
    document.write_text(kubectl(cluster_host, "get", "--raw", "/openapi/v3/apis/apps/v1"))
    made = kfed("generate", "deployments", "--from", document, "--federated-group", f"{unique}.example.com")
    assert made.code == 0, made.stderr
    _federate(kubectl, cluster_host, made.stdout)
    labels = {"app": "web"}
    pod = {"containers": [{"name": "web"}], "dnsPolicy": "Default"}
    template = {
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    }
    manifest = {
        "apiVersion": f"{unique}.example.com/v1beta1",
        "kind": "FederatedDeployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"template": template},
    }
    kept = json.loads(kubectl(cluster_host, "create", "-o", "json", "-f", "-", stdin=json.dumps(manifest)))
    assert kept["spec"] == manifest["spec"]
    pod["dnsPolicy"] = "Sometimes"
    complaint = kubectl.refusal(cluster_host, "apply", "-f", "-", stdin=json.dumps(manifest))
    assert 'spec.template.spec.template.spec.dnsPolicy: Unsupported value: "Sometimes"' in complaint


@pytest.fixture
def database(
    cluster_host: Cluster, kubectl: Kubectl, kfed: Callable[..., Any], unique: str
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A user's CRD and its federated type, in the server; a function that makes a manifest of the latter."""
    text = DATABASE.replace("GROUP", f"{unique}.example.com")
    kubectl(cluster_host, "apply", "-f", "-", stdin=text)
    made = kfed("generate", "databases", "--from", "-", "--federated-group", f"f{unique}.example.com", stdin=text)
    assert made.code == 0, made.stderr
    _federate(kubectl, cluster_host, made.stdout)

    def manifest(spec: dict[str, Any]) -> dict[str, Any]:
        return {
            "apiVersion": f"f{unique}.example.com/v1beta1",
            "kind": "FederatedDatabase",
            "metadata": {"name": "db", "namespace": "default"},
            "spec": {"template": {"spec": spec}},
        }

    return manifest


def test_federated_type_of_a_users_crd_takes_what_the_crd_takes_and_refuses_what_it_refuses(
    cluster_host: Cluster, kubectl: Kubectl, database: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    good = database(copy.deepcopy(GOOD))
    kept = json.loads(kubectl(cluster_host, "create", "-o", "json", "-f", "-", stdin=json.dumps(good)))
    assert kept["spec"] == good["spec"]
    for name, (change, complaint) in WRONG.items():
        bad = json.dumps(database(GOOD | change))
        said = kubectl.refusal(cluster_host, "replace", "--dry-run=server", "-f", "-", stdin=bad)
        assert complaint in said, name


def test_what_must_not_change_in_a_users_objects_must_not_change_in_the_template(
    cluster_host: Cluster, kubectl: Kubectl, database: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    kubectl(cluster_host, "apply", "-f", "-", stdin=json.dumps(database(GOOD)))
    kubectl(cluster_host, "apply", "-f", "-", stdin=json.dumps(database(GOOD | {"max": 5})))
    changed = json.dumps(database(GOOD | {"engine": "mysql"}))
    complaint = kubectl.refusal(cluster_host, "apply", "-f", "-", stdin=changed)
    assert "spec.template.spec: Invalid value: engine stays as it is" in complaint
