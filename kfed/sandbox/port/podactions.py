"""What is done to pods beside writing them: they are evicted, and bound to nodes; and why nothing runs in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.bodies import decode
from kfed.sandbox.errors import ApiError, bad_request, method_not_allowed
from kfed.sandbox.play.acting import stamp
from kfed.sandbox.play.pods import placed
from kfed.sandbox.port.parameters import dry_run, given_delete_options
from kfed.sandbox.port.showing import Answer, document
from kfed.sandbox.state.evicting import BUDGETS, bound_causes, check_unbound, decide_eviction
from kfed.sandbox.state.store import Key
from kfed.sandbox.values.options import Options

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.port.requests import Request, Target
    from kfed.sandbox.port.site import Site

_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_HERE = "the sandbox plays its pods and runs none, so "
# What would reach into what runs: by which methods, and why it cannot be.
_REFUSED: dict[str, tuple[frozenset[str], str]] = {
    "attach": (frozenset({"GET", "POST"}), "there is nothing to attach to"),
    "ephemeralcontainers": (frozenset({"GET", "PUT", "PATCH"}), "no container can be added to one"),
    "exec": (frozenset({"GET", "POST"}), "no command can be executed in them"),
    "log": (frozenset({"GET"}), "there are no logs"),
    "portforward": (frozenset({"GET", "POST"}), "there is no port to forward to"),
    "proxy": (
        frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}),
        "there is nothing to connect to",
    ),
    "resize": (frozenset({"GET", "PUT", "PATCH"}), "there is nothing to resize"),
}
_RUN = frozenset({("", "pods"), ("", "services"), ("", "nodes")})


def check_runs_nothing(site: Site, served: ServedType, target: Target, method: str) -> None:
    """Refuse what would reach into a running pod.

    Raises:
        ApiError: 501, that is what was asked for; 404, and there is no such pod; 405, or not in this way.
    """
    if served.place not in _RUN or target.subresource not in _REFUSED:
        return
    methods, why = _REFUSED[target.subresource]
    if method not in methods:
        raise method_not_allowed()
    site.cluster.get(served, target.namespace, target.name)
    raise ApiError(501, "NotImplemented", _HERE + why)


def evict(site: Site, served: ServedType, target: Target, request: Request) -> Answer:
    """Delete a pod, as a drain does, when its disruption budget has room for that.

    Raises:
        ApiError: 429, it has none; 404, there is no such pod; 400, 409, it is not the one that is meant.
    """
    wanted = _named(asked(request, "Eviction"), target, "Eviction")
    given = wanted.get("deleteOptions") or {}
    if not isinstance(given, dict):
        why = "json: cannot unmarshal into Go struct field Eviction.deleteOptions of type v1.DeleteOptions"
        raise bad_request(f'Eviction in version "v1" cannot be handled as a Eviction: {why}')
    how, options = given_delete_options(given)
    if dry_run(request.query, "CreateOptions"):
        options = Options(dry_run=True)
    pod = site.cluster.get(served, target.namespace, target.name).manifest()
    budgets = [record.manifest() for record in site.store.list(*BUDGETS, target.namespace)]
    spent = decide_eviction(pod, budgets, stamp(site.moment()))
    budget_type = site.registry.storing(*BUDGETS)
    if spent is not None and budget_type is not None:
        writing = Options(dry_run=options.dry_run, field_manager="kube-apiserver")
        site.cluster.update(budget_type, target.namespace, spent["metadata"]["name"], spent, writing, "status")
    site.cluster.delete(served, target.namespace, target.name, how, options)
    return document(_DONE, code=201)


def bind(site: Site, served: ServedType, target: Target, request: Request) -> Answer:
    """Put a pod on a node, as a scheduler does.

    Raises:
        ApiError: 500, the Binding makes no sense; 409, the pod is on a node; 404, there is no such pod.
    """
    binding = _named(asked(request, "Binding"), target, "Binding")
    if causes := bound_causes(binding):
        raise ApiError(500, "", causes[0] if len(causes) == 1 else f"[{', '.join(causes)}]")
    pod = site.cluster.get(served, target.namespace, target.name).manifest()
    check_unbound(pod)
    metadata = dict(pod["metadata"])
    for name in ("labels", "annotations"):
        if more := (binding.get("metadata") or {}).get(name):
            metadata[name] = {**metadata.get(name, {}), **more}
    if not dry_run(request.query, "CreateOptions"):
        bound = placed({**pod, "metadata": metadata}, binding["target"]["name"], site.moment())
        site.store.put(Key("", "pods", target.namespace, target.name), bound)
    return document(_DONE, code=201)


def asked(request: Request, kind: str) -> dict[str, Any]:
    """The object in a request that is answered and not stored.

    Raises:
        ApiError: 400, it is none of this kind.
    """
    sent = decode(request.body, request.content_type, kind)
    found = {name: value for name, value in sent.items() if value is not None}
    if not all(isinstance(found.get(name, {}), dict) for name in ("metadata", "spec", "target")):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind})")
    return found


def _named(found: dict[str, Any], target: Target, kind: str) -> dict[str, Any]:
    """What is asked about a pod, which must be the one that the path names."""
    said = found.get("kind") or kind
    if said != kind:
        version = str(found.get("apiVersion", "")).rpartition("/")[2]
        group = "policy" if kind == "Eviction" else "core"
        why = f"converting ({version}.{said}) to ({group}.{kind}): unknown conversion"
        raise bad_request(f'{said} in version "{version}" cannot be handled as a {kind}: {why}')
    if (found.get("metadata") or {}).get("name", "") != target.name:
        raise bad_request(f"name in URL does not match name in {kind} object")
    return found
