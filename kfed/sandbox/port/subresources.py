"""What is asked beside an object itself: subresources that are read or created, and reviews, which are not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.resource import Gvk
from kfed.sandbox.admission.bodies import decode
from kfed.sandbox.admission.decoding import decode_problem
from kfed.sandbox.admission.prepare import unreadable
from kfed.sandbox.errors import ApiError, bad_request, method_not_allowed, no_resource
from kfed.sandbox.play.pods import placed
from kfed.sandbox.port.parameters import dry_run, given_delete_options
from kfed.sandbox.port.reviews import answer_review, issue_token
from kfed.sandbox.port.showing import Answer, document, one
from kfed.sandbox.state.records import Key
from kfed.sandbox.values.options import Options

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.port.negotiation import Form
    from kfed.sandbox.port.requests import Request, Target
    from kfed.sandbox.port.site import Site

_RUNNING = frozenset({"log", "exec", "attach", "portforward", "proxy", "ephemeralcontainers", "resize"})
CREATED = frozenset({"token", "eviction", "binding"})
"""Subresources that are created and nothing else."""
_RUN = frozenset({"pods", "services", "nodes"})
_TOKEN_REQUEST = Gvk("authentication.k8s.io", "v1", "TokenRequest")
_EVICTION, _BINDING = Gvk("policy", "v1", "Eviction"), Gvk("", "v1", "Binding")
_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def respond_subresource(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    """The answer to a request that reads a subresource, or creates one.

    Raises:
        ApiError: there is no such subresource, or nothing of the kind can be done to it.
    """
    name = target.subresource
    if name in _RUNNING and served.plural in _RUN and not served.group:
        raise ApiError(501, "NotImplemented", f"the sandbox plays its pods and runs none, so there is no {name}")
    if name not in served.subresources:
        raise no_resource()
    if name in CREATED and request.method != "POST":
        raise method_not_allowed()
    if name == "token":
        return _token(site, served, target, request, form)
    if name in CREATED:
        return (_evict if name == "eviction" else _bind)(site, served, target, request)
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
    gvk = served.resource.gvk
    review = {**_asked(request, gvk), "kind": gvk.kind, "apiVersion": gvk.api_version}
    answered = answer_review(review, request.user, site.keys, site.account_uid, site.now())
    return document(answered, form, 201)


def _token(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    account = site.cluster.get(served, target.namespace, target.name).manifest()
    return document(issue_token(_asked(request, _TOKEN_REQUEST), account, site.keys, site.now()), form, 201)


def _evict(site: Site, served: ServedType, target: Target, request: Request) -> Answer:
    """Delete a pod, as a drain does; budgets for disruptions are not looked at."""
    how, options = given_delete_options(_asked(request, _EVICTION).get("deleteOptions") or {})
    if dry_run(request.query, "CreateOptions"):
        options = Options(dry_run=True)
    site.cluster.delete(served, target.namespace, target.name, how, options)
    return document(_DONE, code=201)


def _bind(site: Site, served: ServedType, target: Target, request: Request) -> Answer:
    """Put a pod on a node, as a scheduler does."""
    node = (_asked(request, _BINDING).get("target") or {}).get("name")
    pod = site.cluster.get(served, target.namespace, target.name).manifest()
    if not node:
        raise bad_request("the target of the Binding must be a Node")
    if pod["spec"].get("nodeName"):
        why = f'pod {target.name} is already assigned to node "{pod["spec"]["nodeName"]}"'
        raise ApiError(409, "Conflict", f'Operation cannot be fulfilled on pods/binding "{target.name}": {why}')
    site.store.put(Key("", "pods", target.namespace, target.name), placed(pod, node, site.moment()))
    return document(_DONE, code=201)


def _asked(request: Request, gvk: Gvk) -> dict[str, Any]:
    """The object in a request that is answered and not stored."""
    sent = decode(request.body, request.content_type, gvk.kind)
    if why := decode_problem(gvk, sent):
        raise unreadable(gvk, sent, why, is_patch=False)
    return {name: value for name, value in sent.items() if value is not None}
