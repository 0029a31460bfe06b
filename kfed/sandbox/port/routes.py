"""From a request to its answer: what is asked of which type, decided by the cluster, shown in the form that is wanted.

Nothing here waits: a request that has been read is answered in one step, or turns into a watch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.bodies import decode, decode_strictly, media_type
from kfed.sandbox.changes.patches import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from kfed.sandbox.errors import ApiError, bad_request, internal, method_not_allowed, no_resource
from kfed.sandbox.port import pages
from kfed.sandbox.port.negotiation import TABLE, Form, negotiate
from kfed.sandbox.port.parameters import delete_options, list_query, watch_start, write_options
from kfed.sandbox.port.requests import parse_target
from kfed.sandbox.port.showing import Answer, document, listing, one, page_not_found, prettily, refusal, shower, warned
from kfed.sandbox.port.subresources import CREATED, answer_created, is_created_only, respond_subresource
from kfed.sandbox.port.watching import Wish
from kfed.sandbox.state.selectors import compile_selectors

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.port.requests import Query, Request, Target
    from kfed.sandbox.port.site import Site

_PATCHES = frozenset({JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY_PATCH})
_LONGEST_WATCH = 3600.0
_PEOPLE = ("curl", "Wget", "Mozilla/5.0")  # to whom a real server answers so that they can read it


def respond(site: Site, request: Request) -> Answer | Wish:
    """The answer to a request, or what it wants to watch; errors are answers too."""
    try:
        answer = _respond(site, request)
    except ApiError as error:
        answer = refusal(error)
    except RecursionError:
        answer = refusal(bad_request("the object in the body is nested too deeply"))
    return prettily(answer) if isinstance(answer, Answer) and _is_for_people(request) else answer


def crashed(error: Exception) -> Answer:
    """The answer where the sandbox itself failed."""
    return refusal(internal(f"{type(error).__name__} in the sandbox itself; please report this"))


def _is_for_people(request: Request) -> bool:
    if request.query.text("pretty"):
        return request.query.flag("pretty")
    return request.headers.get("User-Agent", "").startswith(_PEOPLE)


def _respond(site: Site, request: Request) -> Answer | Wish:
    target = parse_target(request.path)
    if target is None:
        return pages.page(site, request)
    served = site.registry.find(target.group, target.version, target.plural)
    if served is None and target.group not in site.registry.groups():
        return page_not_found()
    if served is None or (target.namespace and not served.is_namespaced):
        raise no_resource()
    if served.is_namespaced and not target.namespace and (target.name or request.method not in {"GET", "POST"}):
        raise no_resource()
    form = negotiate(request.headers.get("Accept", ""), request.query.text("includeObject"))
    if is_created_only(served):
        return answer_created(site, served, request, form)
    if target.subresource and request.method not in {"PUT", "PATCH"}:
        return respond_subresource(site, served, target, request, form)
    respond_to = _object if target.name else _collection
    return respond_to(site, served, target, request, form)


def _collection(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer | Wish:
    namespace = target.namespace or None
    match request.method:
        case "GET":
            if target.watch or request.query.flag("watch"):
                return _watch(served, target, request.query, form)
            page = site.cluster.list(served, namespace, list_query(request.query))
            metadata: dict[str, Any] = {"resourceVersion": str(page.revision)}
            if page.continue_:
                metadata["continue"] = page.continue_
            if page.remaining:
                metadata["remainingItemCount"] = page.remaining
            return listing(served, page.items, metadata, form)
        case "POST":
            if served.is_namespaced and namespace is None:
                raise method_not_allowed()
            options = write_options(request.query, request.user_agent, "CreateOptions")
            body = decode_strictly(request.body, request.content_type, served, options)
            record = site.cluster.create(served, target.namespace, body, options)
            return warned(one(served, record, form, 201), options.warnings)
        case "DELETE" if "deletecollection" in served.verbs:
            how, options = delete_options(request.query, request.body, request.content_type)
            deleted = site.cluster.delete_collection(served, namespace, list_query(request.query), how, options)
            return listing(served, deleted, {"resourceVersion": str(site.cluster.store.revision)}, form)
    raise method_not_allowed()


def _object(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer | Wish:
    match request.method:
        case "GET":
            if target.watch:
                return _watch(served, target, request.query, form)
            return one(served, site.cluster.get(served, target.namespace, target.name), form)
        case "PUT":
            return _update(site, served, target, request, form)
        case "PATCH":
            return _patch(site, served, target, request, form)
        case "DELETE":
            how, options = delete_options(request.query, request.body, request.content_type)
            deleted = site.cluster.delete(served, target.namespace, target.name, how, options)
            return document(deleted, form) if isinstance(deleted, dict) else one(served, deleted, form)
    raise method_not_allowed()


def _update(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    """Write an object, or one of its subresources, in the place of what is there."""
    _check_subresource(served, target)
    namespace, name, subresource = target.namespace, target.name, target.subresource or None
    is_new = not site.cluster.exists(served, namespace, name)
    options = write_options(request.query, request.user_agent, "UpdateOptions")
    if subresource == "scale":
        body = decode(request.body, request.content_type, "Scale")
    else:
        body = decode_strictly(request.body, request.content_type, served, options)
    record = site.cluster.update(served, namespace, name, body, options, subresource)
    return warned(one(served, record, form, 201 if is_new else 200, subresource), options.warnings)


def _patch(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    """Change an object, or one of its subresources."""
    _check_subresource(served, target)
    namespace, name, subresource = target.namespace, target.name, target.subresource or None
    is_new = not site.cluster.exists(served, namespace, name)
    patch = media_type(request.content_type)
    if patch not in _PATCHES:
        raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    options = write_options(request.query, request.user_agent, "PatchOptions", applies=patch == APPLY_PATCH)
    record = site.cluster.patch(served, namespace, name, request.body, patch, options, subresource)
    return warned(one(served, record, form, 201 if is_new else 200, subresource), options.warnings)


def _check_subresource(served: ServedType, target: Target) -> None:
    if target.subresource and target.subresource not in served.subresources:
        raise no_resource()
    if target.subresource in CREATED:
        raise method_not_allowed()


def _watch(served: ServedType, target: Target, query: Query, form: Form) -> Wish:
    fields = query.text("fieldSelector")
    if target.name:
        fields = f"metadata.name={target.name}"
    matches = compile_selectors(served, query.text("labelSelector"), fields)
    since, initial_end = watch_start(query)
    seconds = query.number("timeoutSeconds")
    # Tables have a state of their own: only the first one of a watch has columns.
    shared = (form, served.resource.gvk) if form.view != TABLE else object()
    return Wish(
        served=served,
        namespace=target.namespace or None,
        matches=matches,
        form=shared,
        show=shower(served, form, is_watch=True),
        since=since,
        initial_end=initial_end,
        bookmarks=query.flag("allowWatchBookmarks"),
        seconds=float(seconds) if seconds else _LONGEST_WATCH,
    )
