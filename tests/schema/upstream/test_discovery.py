"""Plural, scope and short names are what Kubernetes' discovery says."""

from __future__ import annotations

import pytest

from kfed.core.resource import Gvk, Scope
from kfed.schema.upstream.discovery import built_in, facts
from kfed.schema.upstream.types import preference


@pytest.mark.parametrize(
    ("group", "kind", "plural", "scope", "short_names"),
    [
        ("", "Endpoints", "endpoints", Scope.NAMESPACED, ("ep",)),
        ("", "ComponentStatus", "componentstatuses", Scope.CLUSTER, ("cs",)),
        ("networking.k8s.io", "NetworkPolicy", "networkpolicies", Scope.NAMESPACED, ("netpol",)),
        ("networking.k8s.io", "IngressClass", "ingressclasses", Scope.CLUSTER, ()),
        ("networking.k8s.io", "Ingress", "ingresses", Scope.NAMESPACED, ("ing",)),
        ("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", Scope.NAMESPACED, ()),
        ("storage.k8s.io", "CSINode", "csinodes", Scope.CLUSTER, ()),
        ("apps", "Deployment", "deployments", Scope.NAMESPACED, ("deploy",)),
        ("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", Scope.CLUSTER, ("csr",)),
    ],
)
def test_plurals_and_scopes_are_facts(
    group: str, kind: str, plural: str, scope: Scope, short_names: tuple[str, ...]
) -> None:
    fact = built_in(group, kind)
    assert fact is not None
    assert (fact.plural, fact.scope, fact.short_names) == (plural, scope, short_names)
    assert fact.singular == kind.lower()


def test_what_is_not_built_in_has_no_fact() -> None:
    assert built_in("example.com", "Deployment") is None
    assert built_in("apps", "Widget") is None


@pytest.mark.parametrize("kind", ["TokenReview", "SelfSubjectAccessReview", "LocalSubjectAccessReview"])
def test_an_answer_is_no_object(kind: str) -> None:
    [fact] = [fact for (_, of_kind), fact in facts().items() if of_kind == kind]
    assert not fact.persisted


def test_every_plural_is_served_once_in_its_group() -> None:
    plurals = [(fact.group, fact.plural) for fact in facts().values()]
    assert len(plurals) == len(set(plurals))


def test_names_of_a_version() -> None:
    fact = built_in("autoscaling", "HorizontalPodAutoscaler")
    assert fact is not None
    assert fact.resource("v2").gvk == Gvk("autoscaling", "v2", "HorizontalPodAutoscaler")
    assert fact.resource("v2").full_name == "horizontalpodautoscalers.autoscaling"


@pytest.mark.parametrize(
    ("release", "served"), [("1.24", False), ("1.25", True), ("1.28", True), ("1.29", False), ("1.37", False)]
)
def test_a_version_is_served_by_some_releases(release: str, served: bool) -> None:  # noqa: FBT001  a table
    fact = built_in("networking.k8s.io", "ClusterCIDR")
    assert fact is not None
    assert fact.is_served("v1alpha1", release) is served
    assert not fact.is_served("v1", release)


def test_versions_are_preferred_as_the_documentation_says() -> None:
    # https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
    order = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]
    assert sorted(set(order), key=preference) == order
