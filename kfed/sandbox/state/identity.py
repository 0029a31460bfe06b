"""Identity: whether what is sent is of the type, in the namespace and of the name that the path says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.admission.decoding import json_type
from kfed.sandbox.errors import ApiError, bad_request, quoted
from kfed.sandbox.kinds.builtin import builtin_types
from kfed.sandbox.values.causes import invalid_value

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType

    Manifest = dict[str, Any]

_SCHEME = 'in scheme "pkg/runtime/scheme.go:111"'


def check_type(served: ServedType, body: Any, *, is_patch: bool = False) -> None:
    """Make sure that what is sent says that it is of the type, or, of built-in types, does not say of which.

    Args:
        served: the type.
        body: what is sent.
        is_patch: it came out of a patch, of which the words of an error speak.

    Raises:
        ApiError: 400 or 422, it is of another type.
    """
    if not isinstance(body, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {served.kind})")
    gvk = served.resource.gvk
    for name in ("apiVersion", "kind"):
        if not isinstance(word := body.get(name), str | None):
            said = f"json: cannot unmarshal {json_type(word)} into Go struct field .{name} of type string"
            raise _patched_away(body, f"couldn't get version/kind; json parse error: {said}")
    version, kind = body.get("apiVersion") or "", body.get("kind") or ""
    if served.crd is not None:
        _check_custom_type(served, body, version, kind)
        return
    if (version or gvk.api_version, kind or gvk.kind) == (gvk.api_version, gvk.kind):
        return
    if is_patch:
        raise _patched_away(body, f"no kind {quoted(kind)} is registered for version {quoted(version)} {_SCHEME}")
    if kind in {"", gvk.kind} and any(_is(other, version, gvk.kind) for other in builtin_types().values()):
        why = f"the API version in the data ({version}) does not match the expected API version ({gvk.api_version})"
        raise bad_request(why)
    said = str(version).rpartition("/")[2] or gvk.version
    start = f"{kind or gvk.kind} in version {quoted(said)} cannot be handled as a {gvk.kind}: "
    if (kind or gvk.kind) == gvk.kind:
        raise bad_request(f"{start}no kind {quoted(gvk.kind)} is registered for version {quoted(version)} {_SCHEME}")
    group = gvk.group.partition(".")[0] or "core"
    raise bad_request(f"{start}converting ({said}.{kind}) to ({group}.{gvk.kind}): unknown conversion")


def identified(served: ServedType, body: Manifest, namespace: str) -> Manifest:
    """An object that has been read, as one of the type: with its ``kind``, ``apiVersion`` and namespace.

    Raises:
        ApiError: 400, it is of another namespace than the path.
    """
    metadata = dict(body["metadata"])
    if served.is_namespaced:
        if metadata.setdefault("namespace", namespace) != namespace and metadata["namespace"]:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        metadata["namespace"] = namespace
    elif metadata.pop("namespace", ""):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    gvk = served.resource.gvk
    return {**body, "kind": gvk.kind, "apiVersion": gvk.api_version, "metadata": metadata}


def check_name(manifest: Manifest, name: str) -> None:
    """Make sure that the object is the one that the path names.

    Raises:
        ApiError: 400, it has no name, or another.
    """
    given = manifest["metadata"].get("name", "")
    if not given:
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if given != name:
        raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({name})")


def _patched_away(body: Manifest, why: str) -> ApiError:
    cause = invalid_value("patch", orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode(), why)
    return ApiError(422, "Invalid", f' "" is invalid: patch: {cause["message"]}', {"causes": [cause]})


def _check_custom_type(served: ServedType, body: Manifest, version: Any, kind: Any) -> None:
    gvk = served.resource.gvk
    if not kind:
        shown = orjson.dumps(body).decode()
        said = f"Object 'Kind' is missing in '{shown}' ({shown})"
        raise bad_request(f"the object provided is unrecognized (must be of type {gvk.kind}): {said}")
    if version != gvk.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({gvk.api_version})"
        )
    if kind != gvk.kind:
        named = body["metadata"].get("name") if isinstance(body.get("metadata"), dict) else ""
        name = named if isinstance(named, str) else ""
        cause = invalid_value("kind", kind, f"must be {gvk.kind}")
        details = {"name": name, "group": gvk.group, "kind": kind, "causes": [cause]}
        raise ApiError(
            422, "Invalid", f"{kind}.{gvk.group} {quoted(name)} is invalid: kind: {cause['message']}", details
        )


def _is(served: ServedType, version: Any, kind: str) -> bool:
    return (served.resource.gvk.api_version, served.kind) == (version, kind)
