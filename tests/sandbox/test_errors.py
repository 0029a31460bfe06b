"""Errors are the Status objects that kube-apiserver answers with, word for word: the right sides are its answers."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.resource import Gvk, Resource, Scope
from kfed.sandbox import errors
from kfed.sandbox.errors import ApiError

DEPLOYMENT = Resource(Gvk("apps", "v1", "Deployment"), "deployments", Scope.NAMESPACED)
NAMESPACE = Resource(Gvk("", "v1", "Namespace"), "namespaces", Scope.CLUSTER)
REQUIRED = {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.selector"}
TYPES = ("application/json", "application/yaml")


def answer(code: int, reason: str, message: str, **details: Any) -> dict[str, Any]:
    """A Status as a server writes it; without *details*, it has none."""
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    return status | {"reason": reason} | details | {"code": code}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            errors.not_found(DEPLOYMENT, "x"),
            answer(
                404,
                "NotFound",
                'deployments.apps "x" not found',
                details={"name": "x", "group": "apps", "kind": "deployments"},
            ),
        ),
        (
            errors.no_resource(),
            answer(404, "NotFound", "the server could not find the requested resource", details={}),
        ),
        (
            errors.already_exists(NAMESPACE, "default"),
            answer(
                409,
                "AlreadyExists",
                'namespaces "default" already exists',
                details={"name": "default", "kind": "namespaces"},
            ),
        ),
        (
            errors.conflict(NAMESPACE, "gone"),
            answer(
                409,
                "Conflict",
                'Operation cannot be fulfilled on namespaces "gone": the object has been modified; please apply your '
                "changes to the latest version and try again",
                details={"name": "gone", "kind": "namespaces"},
            ),
        ),
        (
            errors.invalid(DEPLOYMENT, "x", [REQUIRED]),
            answer(
                422,
                "Invalid",
                'Deployment.apps "x" is invalid: spec.selector: Required value',
                details={"name": "x", "group": "apps", "kind": "Deployment", "causes": [REQUIRED]},
            ),
        ),
        (
            errors.forbidden(DEPLOYMENT, "x", "no"),
            answer(
                403,
                "Forbidden",
                'deployments.apps "x" is forbidden: no',
                details={"name": "x", "group": "apps", "kind": "deployments"},
            ),
        ),
        (errors.unauthorized(), answer(401, "Unauthorized", "Unauthorized")),
        (
            errors.method_not_allowed(),
            answer(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
                details={},
            ),
        ),
        (
            errors.unsupported_media_type(TYPES),
            answer(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: application/json, "
                "application/yaml",
            ),
        ),
        (
            errors.unsupported_media_type(),
            answer(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={}),
        ),
        (
            errors.too_large(3145728),
            answer(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728"),
        ),
        (errors.bad_request("no"), answer(400, "BadRequest", "no")),
    ],
    ids=lambda value: value.reason if isinstance(value, ApiError) else "",
)
def test_status_is_what_the_real_server_answers(error: ApiError, expected: dict[str, Any]) -> None:
    assert error.status() == expected
    assert list(error.status()) == list(expected)


def test_several_mistakes_are_listed_each_once() -> None:
    other = REQUIRED | {"field": "spec.template"}
    error = errors.invalid(DEPLOYMENT, "", [REQUIRED, other, REQUIRED])
    assert error.message == (
        'Deployment.apps "" is invalid: [spec.selector: Required value, spec.template: Required value]'
    )
    assert error.details == {"group": "apps", "kind": "Deployment", "causes": [REQUIRED, other, REQUIRED]}


def test_a_name_is_quoted_as_go_does_it() -> None:
    assert errors.not_found(NAMESPACE, 'a"b\\ü').message == 'namespaces "a\\"b\\\\ü" not found'


def test_an_error_without_a_name_speaks_of_the_type() -> None:
    assert errors.forbidden(DEPLOYMENT, "", "no").message == "deployments.apps is forbidden: no"
