"""What is asked of an API server, byte by byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kfed.core.key import Key
from kfed.core.lifecycle import DeleteOptions
from kfed.core.resource import Gvk, Resource, Scope
from kfed.kube import request
from kfed.kube.request import Request, Selection, Writing

DEPLOYMENTS = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED)
NAMESPACES = Resource(Gvk("", "v1", "Namespace"), "namespaces", Scope.CLUSTER)
ROLES = Resource(Gvk("rbac.authorization.k8s.io", "v1", "ClusterRole"), "clusterroles", Scope.CLUSTER)
WEB = Key("shop", "web")
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"namespace": "shop", "name": "web"},
}
ALL = "/apis/apps/v1/deployments"
PATH = "/apis/apps/v1/namespaces/shop/deployments"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


def _body(asked: Request) -> Any:
    assert asked.body is not None
    return json.loads(asked.body)


@pytest.mark.parametrize(
    ("asked", "method", "path", "about"),
    [
        (request.get(DEPLOYMENTS, WEB), "GET", f"{PATH}/web", "get deployments.apps shop/web"),
        (
            request.get(DEPLOYMENTS, WEB, subresource="scale"),
            "GET",
            f"{PATH}/web/scale",
            "get deployments.apps shop/web",
        ),
        (request.get(NAMESPACES, Key("", "shop")), "GET", "/api/v1/namespaces/shop", "get namespaces shop"),
        (
            request.get(ROLES, Key("", "system:node/é")),
            "GET",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode%2F%C3%A9",
            "get clusterroles.rbac.authorization.k8s.io system:node/é",
        ),
        (request.list_page(DEPLOYMENTS), "GET", "/apis/apps/v1/deployments?limit=500", "list deployments.apps"),
        (
            request.list_page(
                DEPLOYMENTS, Selection("shop", "a=b,c in (d)", "metadata.name=web"), page="x+/=", limit=7
            ),
            "GET",
            f"{PATH}?labelSelector=a%3Db%2Cc+in+%28d%29&fieldSelector=metadata.name%3Dweb&limit=7&continue=x%2B%2F%3D",
            "list deployments.apps",
        ),
        (
            request.watch(DEPLOYMENTS, Selection(labels="a"), version="42", seconds=300),
            "GET",
            f"{ALL}?labelSelector=a&watch=true&allowWatchBookmarks=true&resourceVersion=42&timeoutSeconds=300",
            "watch deployments.apps",
        ),
        (
            request.create(DEPLOYMENTS, DEPLOYMENT, Writing(dry_run=True)),
            "POST",
            f"{PATH}?fieldManager=kfed&dryRun=All",
            "create deployments.apps shop/web",
        ),
        (
            request.create(DEPLOYMENTS, DEPLOYMENT, subresource="scale"),
            "POST",
            f"{PATH}/web/scale?fieldManager=kfed",
            "create deployments.apps shop/web",
        ),
        (
            request.create(DEPLOYMENTS, {"metadata": {"namespace": "shop", "generateName": "web-"}}),
            "POST",
            f"{PATH}?fieldManager=kfed",
            "create deployments.apps shop/web-",
        ),
        (
            request.apply(DEPLOYMENTS, DEPLOYMENT, Writing("me", force=True, validation="Strict")),
            "PATCH",
            f"{PATH}/web?fieldManager=me&fieldValidation=Strict&force=true",
            "apply deployments.apps shop/web",
        ),
        (
            request.update(DEPLOYMENTS, DEPLOYMENT, Writing(force=True), subresource="status"),
            "PUT",
            f"{PATH}/web/status?fieldManager=kfed",
            "update deployments.apps shop/web",
        ),
        (
            request.patch(DEPLOYMENTS, WEB, {}),
            "PATCH",
            f"{PATH}/web?fieldManager=kfed",
            "patch deployments.apps shop/web",
        ),
        (request.delete(DEPLOYMENTS, WEB), "DELETE", f"{PATH}/web", "delete deployments.apps shop/web"),
        (request.read("/readyz"), "GET", "/readyz", "get /readyz"),
    ],
)
def test_verb_resource_and_options_come_to_a_path(asked: Request, method: str, path: str, about: str) -> None:
    assert (asked.method, asked.path, asked.about) == (method, path, about)


@pytest.mark.parametrize(
    ("asked", "accept"),
    [
        (request.get(DEPLOYMENTS, WEB, metadata_only=True), METADATA),
        (request.watch(DEPLOYMENTS, Selection(metadata_only=True), version="1", seconds=1), METADATA),
        (request.list_page(DEPLOYMENTS, Selection(metadata_only=True)), METADATA_LIST),
        (request.list_page(DEPLOYMENTS), "application/json"),
    ],
)
def test_metadata_alone_is_asked_for_as_a_form_of_the_answer(asked: Request, accept: str) -> None:
    assert (asked.accept, asked.body) == (accept, None)


@pytest.mark.parametrize(
    ("asked", "content_type", "repeatable"),
    [
        (request.create(DEPLOYMENTS, DEPLOYMENT), "application/json", False),
        (request.update(DEPLOYMENTS, DEPLOYMENT), "application/json", True),
        (request.apply(DEPLOYMENTS, DEPLOYMENT), "application/apply-patch+yaml", True),
    ],
)
def test_manifest_is_sent_as_it_is(asked: Request, content_type: str, *, repeatable: bool) -> None:
    assert (asked.content_type, asked.repeatable, _body(asked)) == (content_type, repeatable, DEPLOYMENT)


def test_map_is_merged_and_list_is_done_step_by_step() -> None:
    steps = [{"op": "add", "path": "/a", "value": 1}]
    merged, stepped = request.patch(DEPLOYMENTS, WEB, {"a": None}), request.patch(DEPLOYMENTS, WEB, steps)
    assert (merged.content_type, merged.repeatable, _body(merged)) == (
        "application/merge-patch+json",
        True,
        {"a": None},
    )
    assert (stepped.content_type, stepped.repeatable, _body(stepped)) == ("application/json-patch+json", False, steps)


def test_deletion_says_what_must_be_so_and_what_becomes_of_dependents() -> None:
    asked = request.delete(DEPLOYMENTS, WEB, uid="u", version="7", options=DeleteOptions(5, "Orphan"))
    assert _body(asked) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": "u", "resourceVersion": "7"},
        "propagationPolicy": "Orphan",
        "gracePeriodSeconds": 5,
    }
    assert _body(request.delete(DEPLOYMENTS, WEB)) == {"apiVersion": "v1", "kind": "DeleteOptions"}


def test_equal_questions_are_equal_values() -> None:
    assert {request.get(DEPLOYMENTS, WEB), request.get(DEPLOYMENTS, WEB)} == {request.get(DEPLOYMENTS, WEB)}
