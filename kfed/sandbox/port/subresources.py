"""What is asked beside an object itself: subresources that are read or created, and reviews, which are not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.sandbox.errors import method_not_allowed, no_resource
from kfed.sandbox.port.parameters import dry_run
from kfed.sandbox.port.podactions import asked, bind, check_runs_nothing, evict
from kfed.sandbox.port.reviews import answer_review, issue_token
from kfed.sandbox.port.showing import Answer, document, one

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.port.negotiation import Form
    from kfed.sandbox.port.requests import Request, Target
    from kfed.sandbox.port.site import Site

CREATED = frozenset({"token", "eviction", "binding"})
"""Subresources that are created and nothing else."""


def respond_subresource(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    """The answer to a request that reads a subresource, or creates one.

    Raises:
        ApiError: there is no such subresource, or nothing of the kind can be done to it.
    """
    name = target.subresource
    check_runs_nothing(site, served, target, request.method)
    if name not in served.subresources:
        raise no_resource()
    if name in CREATED and request.method != "POST":
        raise method_not_allowed()
    if name == "token":
        return _token(site, served, target, request, form)
    if name in CREATED:
        return (evict if name == "eviction" else bind)(site, served, target, request)
    if request.method != "GET":
        raise method_not_allowed()
    return one(served, site.cluster.get(served, target.namespace, target.name, name), form, 200, name)


def is_created_only(served: ServedType) -> bool:
    """Whether objects of a type are answered and not stored."""
    return served.verbs == ("create",)


def answer_created(site: Site, served: ServedType, request: Request, form: Form) -> Answer:
    """The answer to a review.

    Raises:
        ApiError: it is none.
    """
    if request.method != "POST":
        raise method_not_allowed()
    dry_run(request.query, "CreateOptions")
    review = {**asked(request, served.kind), "kind": served.kind, "apiVersion": served.resource.gvk.api_version}
    answered = answer_review(review, request.user, site.keys, site.account_uid, site.now())
    return document(answered, form, 201)


def _token(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    account = site.cluster.get(served, target.namespace, target.name).manifest()
    return document(issue_token(asked(request, "TokenRequest"), account, site.keys, site.now()), form, 201)
