"""The subresource ``scale``: how many replicas there are to be, in the same form for every type that has any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.resource import Gvk
from kfed.sandbox.admission.bodies import parse_body
from kfed.sandbox.admission.decoding import decode_problem
from kfed.sandbox.admission.prepare import unreadable
from kfed.sandbox.changes.patches import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, json_patch, merge_patch, patched
from kfed.sandbox.errors import ApiError, bad_request, quoted
from kfed.sandbox.values.causes import invalid_value

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType

    Manifest = dict[str, Any]

_SHOWN = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
_GVK = Gvk("autoscaling", "v1", "Scale")
_SCALE = {"kind": _GVK.kind, "apiVersion": _GVK.api_version}


def scale_of(served: ServedType, manifest: Manifest) -> Manifest:
    """What an object's ``scale`` shows.

    Raises:
        ApiError: 404, the object says nothing of replicas.
    """
    paths = served.scale
    if paths is None:
        raise ApiError(404, "NotFound", "the server could not find the requested resource", {})
    wanted = _at(manifest, paths.spec)
    if wanted is None and served.crd is not None:
        name = manifest["metadata"]["name"]
        raise ApiError(500, "InternalError", f"the spec replicas field {quoted(paths.spec)} does not exist on {name}")
    status: Manifest = {"replicas": _at(manifest, paths.status) or 0}
    selector = _at(manifest, paths.selector) if paths.selector else None
    if selector:
        status["selector"] = selector if isinstance(selector, str) else selector_text(selector)
    metadata = manifest["metadata"]
    shown = {name: metadata[name] for name in _SHOWN if name in metadata}
    spec: Manifest = {"replicas": wanted} if wanted else {}
    return {**_SCALE, "metadata": shown, "spec": spec, "status": status}


def read_scale(scale: Any, *, is_patch: bool) -> Manifest:
    """What is sent, or comes out of a patch, as a Scale.

    Raises:
        ApiError: 400 or 422, it is none.
    """
    if not isinstance(scale, dict):
        raise bad_request("the object provided is unrecognized (must be of type Scale)")
    if why := decode_problem(_GVK, scale):
        raise unreadable(_GVK, scale, why, is_patch=is_patch)
    return scale


def scaled(served: ServedType, manifest: Manifest, scale: Manifest) -> Manifest:
    """The object with as many replicas as *scale* says.

    Raises:
        ApiError: 422, no such number can be.
    """
    wanted = (scale.get("spec") or {}).get("replicas") or 0
    if wanted < 0:
        raise _negative(manifest["metadata"]["name"], wanted)
    return _with(manifest, (served.scale.spec if served.scale else ".spec.replicas").strip(".").split("."), wanted)


def selector_text(selector: Manifest) -> str:
    """A label selector in its text form; a plain map of labels, which ReplicationControllers have, as well."""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    terms += [(term["key"], _term(term)) for term in selector.get("matchExpressions") or ()]
    return ",".join(text for _, text in sorted(terms))


def _term(term: Manifest) -> str:
    key, values = term["key"], ",".join(sorted(term.get("values") or ()))
    match term["operator"]:
        case "In":
            return f"{key} in ({values})"
        case "NotIn":
            return f"{key} notin ({values})"
        case "Exists":
            return str(key)
        case _:
            return f"!{key}"


def _at(manifest: Any, path: str) -> Any:
    value = manifest
    for step in path.strip(".").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _with(manifest: Manifest, steps: list[str], value: Any) -> Manifest:
    step, *rest = steps
    below = manifest.get(step)
    return {**manifest, step: _with(below if isinstance(below, dict) else {}, rest, value) if rest else value}


def _negative(name: str, wanted: int) -> ApiError:
    cause = invalid_value("spec.replicas", wanted, "must be greater than or equal to 0")
    details = {"name": name, "group": "autoscaling", "kind": "Scale", "causes": [cause]}
    return ApiError(
        422, "Invalid", f"Scale.autoscaling {quoted(name)} is invalid: spec.replicas: {cause['message']}", details
    )


def patched_scale(served: ServedType, manifest: Manifest, body: bytes, content_type: str) -> Any:
    """The Scale of an object after a patch.

    Raises:
        ApiError: 400 or 422, the patch cannot be read, or not be done; 415, patches of its kind are not taken.
    """
    scale = scale_of(served, manifest)
    patch = parse_body(body, "", "Scale")
    if content_type == JSON_PATCH:
        return json_patch(scale, patch)
    if content_type == APPLY_PATCH:
        raise bad_request("the sandbox does not apply a Scale; patch it, or apply the object itself")
    # Nothing in a Scale is a list, so that a strategic merge patch is a merge patch.
    return patched(served, scale, body, MERGE_PATCH) if isinstance(patch, dict) else merge_patch({}, patch)
