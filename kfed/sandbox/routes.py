"""From a request to its answer: what is asked of which type, decided by the cluster, shown in the form that is wanted.

Nothing here waits: a request that has been read is answered in one step, or turns into a watch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.sandbox import pages
from kfed.sandbox.errors import ApiError, bad_request, internal, method_not_allowed, no_resource
from kfed.sandbox.negotiation import TABLE, Form, negotiate
from kfed.sandbox.parameters import delete_options, dry_run, list_query, watch_start, write_options
from kfed.sandbox.requests import decode, media_type, parse_target
from kfed.sandbox.reviews import answer_review, issue_token
from kfed.sandbox.selectors import compile_selectors
from kfed.sandbox.showing import Answer, document, listing, one, refusal, shower
from kfed.sandbox.watching import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.auth import User
    from kfed.sandbox.options import Options
    from kfed.sandbox.requests import Query, Target
    from kfed.sandbox.served import ServedType
    from kfed.sandbox.site import Site
    from kfed.sandbox.store import Record

_APPLY = "application/apply-patch+yaml"
_PATCHES = frozenset(
    {"application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", _APPLY}
)
_RUNNING = frozenset({"log", "exec", "attach", "portforward", "proxy", "ephemeralcontainers", "resize"})
_LONGEST_WATCH = 3600.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read.

    Attributes:
        method: such as ``GET``.
        path: within the cluster, still escaped.
        query: its parameters.
        headers: by name, whatever the case.
        body: as it came.
        user: who asks.
    """

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    body: bytes
    user: User


def respond(site: Site, request: Request) -> Answer | Wish:
    """The answer to a request, or what it wants to watch; errors are answers too."""
    try:
        return _respond(site, request)
    except ApiError as error:
        return refusal(error)
    except RecursionError:
        return refusal(bad_request("the object in the body is nested too deeply"))


def _respond(site: Site, request: Request) -> Answer | Wish:
    target = parse_target(request.path)
    if target is None:
        return pages.page(site, request)
    served = site.registry.find(target.group, target.version, target.plural)
    if served is None or (target.namespace and not served.is_namespaced):
        raise no_resource()
    if served.is_namespaced and not target.namespace and (target.name or request.method not in {"GET", "POST"}):
        raise no_resource()
    form = negotiate(request.headers.get("Accept", ""), request.query.text("includeObject"))
    if served.verbs == ("create",):
        return _review(site, served, request, form)
    if target.subresource:
        return _subresource(site, served, target, request, form)
    return (
        _object(site, served, target, request, form)
        if target.name
        else _collection(site, served, target, request, form)
    )


def _collection(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer | Wish:
    namespace = target.namespace or None
    match request.method:
        case "GET" | "HEAD":
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
            options = _options(request, "CreateOptions")
            body = decode(request.body, request.headers.get("Content-Type", ""), served.kind)
            record = site.cluster.create(served, target.namespace, body, options)
            return _warned(one(served, record, form, 201), options)
        case "DELETE" if "deletecollection" in served.verbs:
            how, options = delete_options(request.query, request.body, request.headers.get("Content-Type", ""))
            deleted = site.cluster.delete_collection(served, namespace, list_query(request.query), how, options)
            return listing(served, deleted, {"resourceVersion": str(site.cluster.store.revision)}, form)
    raise method_not_allowed()


def _object(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer | Wish:
    match request.method:
        case "GET" | "HEAD":
            if target.watch:
                return _watch(served, target, request.query, form)
            return one(served, site.cluster.get(served, target.namespace, target.name), form)
        case "PUT" | "PATCH":
            return _write(site, served, target, request, form)
        case "DELETE":
            how, options = delete_options(request.query, request.body, request.headers.get("Content-Type", ""))
            deleted = site.cluster.delete(served, target.namespace, target.name, how, options)
            return document(deleted, form) if isinstance(deleted, dict) else one(served, deleted, form)
    raise method_not_allowed()


def _write(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    """An update or a patch, of an object or of one of its subresources."""
    options, record, is_new = _written(site, served, target, request)
    return _warned(_shown(served, target, record, form, 201 if is_new else 200), options)


def _written(site: Site, served: ServedType, target: Target, request: Request) -> tuple[Options, Record, bool]:
    namespace, name, subresource = target.namespace, target.name, target.subresource or None
    content_type = request.headers.get("Content-Type", "")
    is_new = not site.cluster.exists(served, namespace, name)
    if request.method == "PUT":
        options = _options(request, "UpdateOptions")
        body = decode(request.body, content_type, "Scale" if subresource == "scale" else served.kind)
        return options, site.cluster.update(served, namespace, name, body, options, subresource), is_new
    form = media_type(content_type)
    if form not in _PATCHES:
        raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    options = _options(request, "PatchOptions", applies=form == _APPLY)
    record = site.cluster.patch(served, namespace, name, request.body, form, options, subresource)
    return options, record, is_new


def _subresource(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    name = target.subresource
    if name in _RUNNING and served.plural in {"pods", "services", "nodes"}:
        raise ApiError(501, "NotImplemented", f"the sandbox plays its pods and runs none, so there is no {name}")
    if name not in served.subresources:
        raise no_resource()
    if name == "token":
        return _token(site, served, target, request, form)
    if request.method in {"PUT", "PATCH"}:
        return _write(site, served, target, request, form)
    if request.method not in {"GET", "HEAD"}:
        raise method_not_allowed()
    return _shown(served, target, site.cluster.get(served, target.namespace, target.name, name), form, 200)


def _shown(served: ServedType, target: Target, record: Record, form: Form, code: int) -> Answer:
    """An object, or the Scale of one, which looks the same for all types."""
    if target.subresource == "scale":
        return document(record.manifest(), form, code)
    return one(served, record, form, code)


def _watch(served: ServedType, target: Target, query: Query, form: Form) -> Wish:
    fields = query.text("fieldSelector")
    if target.name:
        fields = f"metadata.name={target.name}"
    matches = compile_selectors(served, query.text("labelSelector"), fields)
    since, initial_end = watch_start(query)
    seconds = query.number("timeoutSeconds")
    # Tables have a state of their own: only the first one of a watch has columns.
    shared = (form, served.version) if form.view != TABLE else object()
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


def _review(site: Site, served: ServedType, request: Request, form: Form) -> Answer:
    if request.method != "POST":
        raise method_not_allowed()
    dry_run(request.query, "CreateOptions")
    review = {**_asked(request, served.kind), "kind": served.kind, "apiVersion": served.resource.gvk.api_version}
    answered = answer_review(review, request.user, site.keys, site.account_uid, site.now())
    return document(answered, form, 201)


def _token(site: Site, served: ServedType, target: Target, request: Request, form: Form) -> Answer:
    if request.method != "POST":
        raise method_not_allowed()
    account = site.cluster.get(served, target.namespace, target.name).manifest()
    sent = _asked(request, "TokenRequest")
    return document(issue_token(sent, account, site.keys, site.now()), form, 201)


def _asked(request: Request, kind: str) -> dict[str, Any]:
    """The object in a request that is answered and not stored."""
    sent = decode(request.body, request.headers.get("Content-Type", ""), kind)
    asked = {name: value for name, value in sent.items() if value is not None}
    if not all(isinstance(asked.get(name, {}), dict) for name in ("metadata", "spec")):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind})")
    return asked


def _options(request: Request, kind: str, *, applies: bool = False) -> Options:
    return write_options(request.query, request.headers.get("User-Agent", ""), kind, applies=applies)


def _warned(answer: Answer, options: Options) -> Answer:
    """*answer* with a header for each warning."""
    if not options.warnings:
        return answer
    headers = tuple(("Warning", _warning(text)) for text in dict.fromkeys(options.warnings))
    return Answer(answer.code, answer.body, answer.content_type, answer.headers + headers)


def _warning(text: str) -> str:
    """A warning as a header (RFC 7234); it is one line of ASCII."""
    plain = " ".join(text.split()).encode("ascii", "backslashreplace").decode()
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{escaped}"'


def crashed(error: Exception) -> Answer:
    """The answer where the sandbox itself failed."""
    return refusal(internal(f"{type(error).__name__} in the sandbox itself; please report this"))
