"""The patches of the Kubernetes API, each from an object and a body to the object that the client wants."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import jsonpatch
import jsonpointer
import orjson

from kfed.sandbox.changes.strategic import StrategicError, strategic_merge
from kfed.sandbox.errors import ApiError, bad_request, unsupported_media_type
from kfed.sandbox.values.nesting import check_nesting

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
# k8s.io/apiserver, pkg/endpoints/handlers/patch.go
_MOST_OPERATIONS = 10_000
_REJECTED = "the server rejected our request due to an error in our request"
_GO_TYPES = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}


def accepted_patches(served: ServedType) -> tuple[str, ...]:
    """The media types that the objects of a type can be patched with, as messages list them."""
    if served.merge is None:
        return (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)
    return (JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY_PATCH)


def patched(served: ServedType, live: dict[str, Any], body: bytes, content_type: str) -> dict[str, Any]:
    """*live* as a JSON, merge or strategic merge patch wants it; what is applied is for `kfed.sandbox.changes.apply`.

    Args:
        served: the type of the object.
        live: the object, which stays as it is.
        body: the patch.
        content_type: its media type, without parameters.

    Raises:
        ApiError: the patch is not of an accepted type (415), is not well-formed (400), or cannot be applied (422).
    """
    if content_type not in accepted_patches(served):
        raise unsupported_media_type(accepted_patches(served))
    patch = _decoded(body)
    match content_type:
        case "application/json-patch+json":
            return json_patch(live, patch)
        case "application/merge-patch+json":
            if patch is None:
                raise bad_request("Invalid JSON Patch")
            if not isinstance(patch, dict):
                raise bad_request(f"error decoding patch: {_not_a_map(patch)}")
            merged: dict[str, Any] = merge_patch(live, patch)
            return merged
        case _:
            return _strategic(served, live, patch)


def json_patch(live: dict[str, Any], operations: Any) -> dict[str, Any]:
    """*live* after the operations of a JSON Patch (RFC 6902), in kube-apiserver's reading of it.

    A ``replace`` of a field that is not there adds it, a value that is left out is null, and where nothing is ``test``
    finds null.

    Raises:
        ApiError: they are no operations, or one cannot be carried out.
    """
    wanted = "Go value of type []handlers.jsonPatchOp"
    if operations is None:
        return live
    if not isinstance(operations, list):
        raise bad_request(f"error decoding patch: json: cannot unmarshal {_go_type(operations)} into {wanted}")
    if len(operations) > _MOST_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}, got {len(operations)}"
        raise ApiError(413, "RequestEntityTooLarge", message)
    document = copy.deepcopy(live)
    for operation in operations:
        if not isinstance(operation, dict):
            kind = _go_type(operation)
            raise bad_request(f"error decoding patch: json: cannot unmarshal {kind} into {wanted.replace('[]', '')}")
        if _is_nothing(document, operation):
            continue
        try:
            document = jsonpatch.JsonPatch([_lenient(document, operation)]).apply(document, in_place=True)
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError) as error:
            raise _rejected() from error
    if not isinstance(document, dict):
        raise _rejected()
    return document


def merge_patch(target: Any, patch: Any) -> Any:
    """*target* after a merge patch (RFC 7386): null removes, a map is merged, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def _strategic(served: ServedType, live: dict[str, Any], patch: Any) -> dict[str, Any]:
    if not isinstance(patch, dict):
        raise bad_request(_not_a_map(patch))
    try:
        return strategic_merge(live, patch, served.merge or {})
    except StrategicError as error:
        reason = {400: "BadRequest", 422: "Invalid"}.get(error.code, "")
        raise ApiError(error.code, reason, str(error)) from None


def _lenient(document: Any, operation: dict[str, Any]) -> dict[str, Any]:
    """The operation as RFC 6902 would have it said."""
    if operation.get("op") not in {"add", "replace"}:
        return operation
    given = {"value": None, **operation}
    if operation["op"] == "replace" and operation.get("path"):
        parent, name = jsonpointer.JsonPointer(str(operation["path"])).to_last(document)
        if isinstance(parent, dict) and name not in parent:
            given["op"] = "add"
    return given


def _is_nothing(document: Any, operation: dict[str, Any]) -> bool:
    """Whether the operation asks for nothing to be at its path, and nothing is there."""
    if operation.get("op") != "test" or operation.get("value") is not None:
        return False
    try:
        return jsonpointer.resolve_pointer(document, str(operation.get("path", "")), None) is None
    except jsonpointer.JsonPointerException:
        return False


def _decoded(body: bytes) -> Any:
    try:
        patch = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_request("invalid JSON patch") from None
    if isinstance(patch, dict | list):
        check_nesting(patch)
    return patch


def _rejected() -> ApiError:
    return ApiError(422, "Invalid", _REJECTED, {})


def _not_a_map(value: Any) -> str:
    return f"json: cannot unmarshal {_go_type(value)} into Go value of type map[string]interface {{}}"


def _go_type(value: Any) -> str:
    return _GO_TYPES.get(type(value), "null")
