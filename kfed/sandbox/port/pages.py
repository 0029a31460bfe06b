"""What a server answers beside its objects: whether it is well, which version it is of, and what it serves."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.admission.bodies import JSON
from kfed.sandbox.errors import method_not_allowed, no_resource
from kfed.sandbox.port.negotiation import negotiate
from kfed.sandbox.port.showing import Answer, document, page_not_found, plain
from kfed.sandbox.surface import discovery, openapi
from kfed.sandbox.surface.openapi_protobuf import ACCEPTED, CONTENT_TYPE, encode_document

if TYPE_CHECKING:
    from kfed.sandbox.port.requests import Request
    from kfed.sandbox.port.site import Site

_HEALTH = frozenset({"healthz", "livez", "readyz"})
_CHECKS = ("ping", "etcd")


def page(site: Site, request: Request) -> Answer:
    """The answer to a path that names no objects.

    Raises:
        ApiError: the path is a group's or a version's, and there is none such.
    """
    parts = request.path.strip("/").split("/")
    if request.method not in {"GET", "HEAD"}:
        raise method_not_allowed()
    answer: Answer | None = None
    match parts:
        case [""]:
            answer = document(discovery.root_paths(site.registry))
        case [name, *rest] if name in _HEALTH:
            answer = _health(name, rest, verbose="verbose" in request.query.values)
        case ["version"]:
            answer = document(discovery.version())
        case ["openapi", *rest]:
            answer = _openapi(site, rest, request)
        case ["api" | "apis" as root, *rest]:
            answer = _discovery(site, root, rest, request)
    return answer or page_not_found()


def _health(name: str, checks: list[str], *, verbose: bool) -> Answer | None:
    if checks:
        return plain("ok") if checks[1:] == [] and checks[0] in _CHECKS else None
    if not verbose:
        return plain("ok")
    return plain("".join(f"[+]{check} ok\n" for check in _CHECKS) + f"{name} check passed\n")


def _discovery(site: Site, root: str, rest: list[str], request: Request) -> Answer:
    accept = request.headers.get("Accept", "")
    found: dict[str, Any] | None
    match (root, rest):
        case ("api" | "apis", []):
            if "as=APIGroupDiscoveryList" in accept and "v=v2;" in f"{accept};".replace(",", ";"):
                made = site.remember(("aggregated", root), lambda: _dump(site, core=root == "api"))
                return _tagged(made, discovery.AGGREGATED, request)
            known = site.registry
            found = discovery.core_versions(site.address) if root == "api" else discovery.group_list(known)
        case ("api", [version]):
            found = discovery.resource_list(site.registry, "", version)
        case ("apis", [group]):
            found = discovery.group(site.registry, group)
        case ("apis", [group, version]):
            found = discovery.resource_list(site.registry, group, version)
        case _:
            return page_not_found()
    if found is None:
        if root == "apis" and (len(rest) == 1 or rest[0] not in site.registry.groups()):
            return page_not_found()
        raise no_resource()
    return document(found, negotiate(accept))


def _openapi(site: Site, rest: list[str], request: Request) -> Answer | None:
    accept = request.headers.get("Accept", "")
    match rest:
        case ["v2"] if ACCEPTED in accept and JSON not in accept:
            return _tagged(site.remember("openapi/v2", lambda: _v2_protobuf(site)), CONTENT_TYPE, request)
        case ["v2"]:
            return _tagged(openapi.v2_document(site.registry), JSON, request)
        case ["v3"]:
            return _tagged(openapi.v3_index(site.registry), JSON, request)
        case ["v3", "api", version]:
            return _openapi_v3(site, "", version, request)
        case ["v3", "apis", group, version]:
            return _openapi_v3(site, group, version, request)
    return None


def _openapi_v3(site: Site, group: str, version: str, request: Request) -> Answer | None:
    found = openapi.v3_document(site.registry, group, version)
    if found is None:
        return None
    answer = _tagged(found, JSON, request)
    wanted = request.query.text("hash")
    if wanted and wanted == openapi.v3_hash(site.registry, group, version):
        kept = (*answer.headers[:-1], ("Cache-Control", "public, immutable"))
        return Answer(answer.code, answer.body, answer.content_type, kept)
    return answer


def _v2_protobuf(site: Site) -> bytes:
    return encode_document(orjson.loads(openapi.v2_document(site.registry)))


def _dump(site: Site, *, core: bool) -> bytes:
    return orjson.dumps(discovery.aggregated(site.registry, core=core))


def _tagged(body: bytes, content_type: str, request: Request) -> Answer:
    """A document that clients keep: with its hash, by which they ask whether there is a newer one."""
    tag = f'"{hashlib.sha256(body).hexdigest().upper()}"'
    headers = (("ETag", tag), ("Vary", "Accept"), ("Cache-Control", "public"))
    if request.headers.get("If-None-Match") == tag:
        return Answer(304, b"", content_type, headers)
    return Answer(200, body, content_type, headers)
