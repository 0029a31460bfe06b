"""Identities and names are Kubernetes' own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.cluster import Cluster, parse_cluster
from kfed.core.manifest import Identity, check_name, parse_identity
from kfed.core.mistake import Mistake
from kfed.core.names import is_label, is_subdomain
from kfed.core.resource import Gvk, Resource, Scope, federated_resource

NAMES_AND_VERDICTS = [
    ("web", True),
    ("a", True),
    ("0", True),
    ("a-b", True),
    ("a" * 63, True),
    ("", False),
    ("-a", False),
    ("a-", False),
    ("Web", False),
    ("a_b", False),
    ("a" * 254, False),
    ("../../x", False),
    ("a/b", False),
    ("a\n", False),
    ("ä", False),
    (".", False),
    ("..", False),
]


@pytest.mark.parametrize(("name", "verdict"), NAMES_AND_VERDICTS)
def test_labels_and_subdomains(name: str, verdict: bool) -> None:  # noqa: FBT001  a table
    assert is_label(name) is verdict
    assert is_subdomain(name) is verdict


def test_only_subdomains_have_dots_and_length() -> None:
    assert is_subdomain("a.b-c.d")
    assert not is_label("a.b")
    assert not is_subdomain("a..b")
    assert not is_label("a" * 64)
    assert is_subdomain(".".join(["a" * 63] * 3))


def test_identity_is_read() -> None:
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "ns"}}
    identity = parse_identity(manifest)
    assert identity == Identity(Gvk("apps", "v1", "Deployment"), "ns", "web")
    assert str(identity) == "Deployment ns/web"
    assert str(Identity(Gvk("", "v1", "Namespace"), "", "ns")) == "Namespace ns"


@pytest.mark.parametrize(
    ("manifest", "place"),
    [
        (None, ()),
        ([], ()),
        ("text", ()),
        ({}, ()),
        ({"kind": "X"}, ()),
        ({"apiVersion": 1, "kind": "X"}, ("apiVersion",)),
        ({"apiVersion": "v1", "kind": ""}, ("kind",)),
        ({"apiVersion": "v1", "kind": ["X"]}, ("kind",)),
    ],
)
def test_what_has_no_type_is_no_manifest(manifest: Any, place: tuple[str, ...]) -> None:
    mistake = parse_identity(manifest)
    assert isinstance(mistake, Mistake)
    assert (mistake.rule, mistake.at) == ("not-a-manifest", place)


@given(
    st.dictionaries(st.sampled_from(["name", "namespace"]), st.none() | st.integers() | st.lists(st.text())) | st.text()
)
def test_odd_metadata_is_no_name(metadata: Any) -> None:
    identity = parse_identity({"apiVersion": "v1", "kind": "X", "metadata": metadata})
    assert identity == Identity(Gvk("", "v1", "X"), "", "")


@pytest.mark.parametrize(
    ("namespace", "name", "places"),
    [
        ("ns", "web", []),
        ("", "web.example", []),
        ("ns", "", ["name"]),
        ("ns", "../../x", ["name"]),
        ("../..", "web", ["namespace"]),
        ("a.b", "Web", ["name", "namespace"]),
    ],
)
def test_names_are_checked(namespace: str, name: str, places: list[str]) -> None:
    mistakes = check_name(Identity(Gvk("", "v1", "X"), namespace, name))
    assert [mistake.at for mistake in mistakes] == [("metadata", place) for place in places]
    assert {mistake.rule for mistake in mistakes} <= {"bad-name"}


@pytest.mark.parametrize(
    ("api_version", "group", "version", "written"),
    [("v1", "", "v1", "v1"), ("apps/v1", "apps", "v1", "apps/v1"), ("/v1", "", "v1", "v1")],
)
def test_api_versions(api_version: str, group: str, version: str, written: str) -> None:
    gvk = Gvk.parse(api_version, "X")
    assert gvk == Gvk(group, version, "X")
    assert gvk.api_version == written


def test_clusters_have_the_labels_of_their_object() -> None:
    assert parse_cluster({"metadata": {"name": "a", "labels": {"x": "y"}}}) == (Cluster("a", {"x": "y"}), [])
    assert parse_cluster({"metadata": {"name": "a", "labels": None}}) == (Cluster("a", {}), [])


def test_wrapper_types_are_named_as_kubefed_names_them() -> None:
    deployment = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED, short_names=("deploy",))
    federated = federated_resource(deployment)
    assert federated.full_name == "federateddeployments.types.kubefed.io"
    assert federated.gvk == Gvk("types.kubefed.io", "v1beta1", "FederatedDeployment")
    assert (federated.short_names, federated.categories) == (("fdeploy",), ("federated",))


def test_a_federated_namespace_lives_in_its_namespace() -> None:
    namespace = Resource(Gvk("", "v1", "Namespace"), "namespaces", Scope.CLUSTER)
    assert federated_resource(namespace).scope is Scope.NAMESPACED
    role = Resource(Gvk("rbac.authorization.k8s.io", "v1", "ClusterRole"), "clusterroles", Scope.CLUSTER)
    assert federated_resource(role).scope is Scope.CLUSTER
