"""The catalog finds types by any name that kubectl accepts, and lists candidates when a name is ambiguous."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from kfed.core.resource import Gvk
from kfed.errors import UnknownTypeError
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import UpstreamType, read_crd, read_release, releases


@cache
def newest() -> Catalog:
    return Catalog(read_release())


def crd(plural: str, group: str, kind: str = "Widget", **names: Any) -> list[UpstreamType]:
    marker = group.partition(".")[0]
    versions = [
        {
            "name": name,
            "served": True,
            "storage": name == "v1alpha1",
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {marker: {"type": "string"}}}},
        }
        for name in ("v1alpha1", "v1")
    ]
    names = {"plural": plural, "kind": kind, **names}
    manifest = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": versions},
    }
    return read_crd(manifest, f"{group}.yaml")


@pytest.mark.parametrize(
    ("name", "gvk"),
    [
        ("deployments", Gvk("apps", "v1", "Deployment")),
        ("deployment", Gvk("apps", "v1", "Deployment")),
        ("deploy", Gvk("apps", "v1", "Deployment")),
        ("Deployment", Gvk("apps", "v1", "Deployment")),
        ("DEPLOYMENTS", Gvk("apps", "v1", "Deployment")),
        ("deployments.apps", Gvk("apps", "v1", "Deployment")),
        ("deploy.apps", Gvk("apps", "v1", "Deployment")),
        ("Deployment.apps", Gvk("apps", "v1", "Deployment")),
        ("deployments.v1.apps", Gvk("apps", "v1", "Deployment")),
        ("Deployment.v1.apps", Gvk("apps", "v1", "Deployment")),
        ("pods", Gvk("", "v1", "Pod")),
        ("po", Gvk("", "v1", "Pod")),
        ("pods.v1", Gvk("", "v1", "Pod")),
        ("pods.v1.", Gvk("", "v1", "Pod")),
        ("endpoints", Gvk("", "v1", "Endpoints")),
        ("ep", Gvk("", "v1", "Endpoints")),
        ("netpol", Gvk("networking.k8s.io", "v1", "NetworkPolicy")),
        ("networkpolicy.networking.k8s.io", Gvk("networking.k8s.io", "v1", "NetworkPolicy")),
        ("hpa", Gvk("autoscaling", "v2", "HorizontalPodAutoscaler")),
        ("hpa.v1.autoscaling", Gvk("autoscaling", "v1", "HorizontalPodAutoscaler")),
        ("events", Gvk("", "v1", "Event")),  # the core group wins, as in kubectl
        ("events.events.k8s.io", Gvk("events.k8s.io", "v1", "Event")),
    ],
)
def test_names_as_kubectl_accepts_them(name: str, gvk: Gvk) -> None:
    assert newest().find(name).resource.gvk == gvk


@pytest.mark.parametrize("release", [releases()[0], releases()[-1]])
def test_every_type_answers_to_its_full_names(release: str) -> None:
    catalog = Catalog(read_release(release))
    for upstream in catalog.all():
        gvk, plural = upstream.resource.gvk, upstream.resource.plural
        assert catalog.find(f"{plural}.{gvk.version}.{gvk.group}").resource.gvk == gvk
        assert catalog.find(f"{gvk.kind}.{gvk.version}.{gvk.group}").resource.gvk == gvk
        assert catalog.by_gvk(gvk) is catalog.find(f"{plural}.{gvk.version}.{gvk.group}")


def test_a_name_of_two_groups_lists_the_candidates() -> None:
    catalog = Catalog([*crd("widgets", "b.example"), *crd("widgets", "a.example")])
    for name in ("widgets", "widget", "Widget"):
        with pytest.raises(UnknownTypeError, match=r"widgets\.v1alpha1\.a\.example, widgets\.v1alpha1\.b\.example"):
            catalog.find(name)
    assert catalog.find("widgets.b.example").resource.gvk == Gvk("b.example", "v1alpha1", "Widget")
    assert catalog.find("widgets.v1.b.example").resource.gvk == Gvk("b.example", "v1", "Widget")


def test_a_short_name_that_two_types_have_is_ambiguous() -> None:
    catalog = Catalog(
        [*crd("widgets", "a.example", shortNames=["w"]), *crd("wheels", "a.example", "Wheel", shortNames=["w"])]
    )
    with pytest.raises(UnknownTypeError, match=r"'w' may mean wheels\.v1alpha1\.a\.example, widgets"):
        catalog.find("w")


def test_the_core_group_wins_over_a_crd_of_the_same_name() -> None:
    catalog = Catalog([*read_release(), *crd("services", "serving.example", "Service")])
    assert catalog.find("services").resource.gvk == Gvk("", "v1", "Service")
    assert catalog.find("services.serving.example").resource.gvk.group == "serving.example"


def test_what_is_stored_wins_over_what_is_only_answered() -> None:
    catalog = Catalog([*read_release(), *crd("tokenreviews", "a.example", "TokenReview")])
    assert catalog.find("tokenreviews").resource.gvk.group == "a.example"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("deploymnts", "nearest: deployments"),
        ("deployments.extensions", r"nearest: deployments\.v1\.apps"),
        ("cronjobs.v1beta1.batch", r"nearest: cronjobs\.v1\.batch"),
        ("clustercidrs", r"clustercidrs\.v1alpha1\.networking\.k8s\.io in its releases 1\.25 to 1\.28"),
        ("scale", "no path of its own"),
        ("zzzzzz", "nor anything like it"),
        ("", "nor anything like it"),
        (".", "nor anything like it"),
        ("deployments.", "nearest"),
        ("pods/log", "No type is called"),
    ],
)
def test_an_unknown_name_is_told_with_what_may_be_meant(name: str, message: str) -> None:
    with pytest.raises(UnknownTypeError, match=message):
        newest().find(name)


def test_persisted_is_one_version_of_each_stored_kind_in_order() -> None:
    gvks = [upstream.resource.gvk for upstream in newest().persisted()]
    kinds = [(gvk.group, gvk.kind) for gvk in gvks]
    assert kinds == sorted(set(kinds))
    assert Gvk("autoscaling", "v2", "HorizontalPodAutoscaler") in gvks
    assert "TokenReview" not in {gvk.kind for gvk in gvks}
    assert len(gvks) > 60


def test_one_type_given_twice_alike_is_one_and_differently_is_an_error() -> None:
    one, _ = crd("widgets", "a.example")
    assert Catalog([one, replace(one, origin="copy.yaml")]).find("widgets").resource == one.resource
    other = replace(crd("widgets", "b.example")[0], resource=one.resource, origin="other.yaml")
    with pytest.raises(UnknownTypeError, match=r"a\.example\.yaml and, differently, by other\.yaml"):
        Catalog([one, other]).find("widgets")


def test_the_order_of_sources_does_not_matter() -> None:
    types = [*read_release(), *crd("widgets", "a.example"), *crd("wheels", "a.example", "Wheel", shortNames=["w"])]
    shuffled = random.Random(7).sample(types, len(types))  # noqa: S311  any order will do
    here, there = Catalog(types), Catalog(shuffled)
    assert [one.resource for one in here.all()] == [one.resource for one in there.all()]
    assert [one.resource for one in here.persisted()] == [one.resource for one in there.persisted()]
    for name in ("events", "w", "hpa", "widget"):
        assert here.find(name).resource == there.find(name).resource


def test_a_type_that_no_source_has_is_none() -> None:
    assert newest().by_gvk(Gvk("apps", "v1beta1", "Deployment")) is None
