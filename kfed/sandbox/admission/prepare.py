"""Admission: what a client sends, made into what is stored: read, pruned, with its defaults, and validated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.admission.builtinchecks import builtin_causes
from kfed.sandbox.admission.builtindefaults import builtin_defaulted
from kfed.sandbox.admission.decoding import decode_problem
from kfed.sandbox.admission.definitions import definition_causes
from kfed.sandbox.admission.immutables import immutable_causes
from kfed.sandbox.admission.metadata import finalizer_warnings
from kfed.sandbox.admission.rules import has_rules, rule_causes
from kfed.sandbox.admission.validation import scale_causes, schema_causes
from kfed.sandbox.changes.typed import root
from kfed.sandbox.errors import ApiError, bad_request, invalid
from kfed.sandbox.kinds.pruning import GO_ZEROS, pruned, unknown_fields
from kfed.sandbox.kinds.rulebook import rule_warnings
from kfed.sandbox.values.causes import invalid_value
from kfed.sandbox.values.nesting import check_nesting
from kfed.schema.check.defaults import defaulted, without_nulls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.core.resource import Gvk
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.values.causes import Cause
    from kfed.sandbox.values.options import Options

    Manifest = dict[str, Any]

# After one of these, kube-apiserver does not evaluate the rules: they could not rely on the schema.
_BLOCKING = frozenset({"NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid"})
_DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
_NOT_CHECKED = (
    "some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)


def read(
    served: ServedType,
    body: Manifest,
    opts: Options,
    *,
    is_patch: bool = False,
    unknown: Sequence[str] = (),
) -> Manifest:
    """The object without what its schema does not know; nothing is filled in yet.

    Args:
        served: its type.
        body: the object, its metadata in order.
        opts: says what to do about fields that are not known.
        is_patch: the object came out of a patch, of which the words of an error speak.
        unknown: the fields of its metadata that were not known.

    Raises:
        ApiError: a field is of another type than Go could read, or, with ``Strict``, one is not known; or the object is
            nested too deeply.
    """
    check_nesting(body)
    gvk, node, is_custom = served.resource.gvk, root(served), served.crd is not None
    rest = {name: value for name, value in body.items() if name != "metadata"}
    if not is_custom and (why := decode_problem(gvk, rest)):
        raise unreadable(gvk, body, why, is_patch=is_patch)
    if opts.field_validation != "Ignore":
        paths = unknown_fields(node, body)
        # The strict decoder of Go tells them as it comes by; what prunes custom resources puts them in order.
        found = [f'unknown field "{path}"' for path in (*unknown, *(sorted(paths) if is_custom else paths))]
        if found and opts.field_validation == "Strict":
            raise unreadable(gvk, body, f"strict decoding error: {', '.join(found)}", is_patch=is_patch)
        opts.warnings.extend(message for message in found if message not in opts.warnings)
    advice = rule_warnings(body) if served.resource.full_name == _DEFINITIONS else []
    if is_custom:
        advice = finalizer_warnings(body.get("metadata") or {})
    opts.warnings.extend(message for message in advice if message not in opts.warnings)
    result: Manifest = without_nulls(node, pruned(node, body)) if is_custom else pruned(node, body, GO_ZEROS)
    return result


def completed(served: ServedType, manifest: Manifest, old: Manifest | None) -> Manifest:
    """The object with all defaults of its type; what was chosen for the *old* one is chosen again."""
    if served.crd is None:
        return builtin_defaulted(served, manifest, old)
    result: Manifest = defaulted(root(served), manifest)
    return result


def validate(served: ServedType, manifest: Manifest, old: Manifest | None, causes: Sequence[Cause] = ()) -> None:
    """Refuse an object that is not valid, or that changes what must not change.

    Raises:
        ApiError: with a cause for each mistake, *causes* first.
    """
    found = [*causes, *_causes(served, manifest, old)]
    if served.crd is not None and has_rules(served):
        if any(cause["reason"].removeprefix("FieldValue") in _BLOCKING for cause in found):
            found.append(invalid_value("<nil>", None, _NOT_CHECKED))
        else:
            found += rule_causes(served, manifest, old)
    if found:
        raise invalid(served.resource, manifest["metadata"].get("name", ""), found)


def _causes(served: ServedType, manifest: Manifest, old: Manifest | None) -> list[Cause]:
    if served.crd is not None:
        body = {name: value for name, value in manifest.items() if name != "metadata"}
        return [*schema_causes(root(served), body), *(scale_causes(served.scale, body) if served.scale else ())]
    if served.resource.full_name == _DEFINITIONS:
        return list(definition_causes(manifest, old))
    return builtin_causes(served, manifest) + (immutable_causes(served, manifest, old) if old else [])


def unreadable(gvk: Gvk, body: Manifest, why: str, *, is_patch: bool) -> ApiError:
    """What is answered when an object cannot be read; when it came out of a patch, the patch is not valid."""
    if not is_patch:
        return bad_request(f'{gvk.kind} in version "{gvk.version}" cannot be handled as a {gvk.kind}: {why}')
    cause = invalid_value("patch", orjson.dumps(dict(sorted(body.items()))).decode(), why)
    message = f' "" is invalid: patch: {cause["message"]}'
    return ApiError(422, "Invalid", message, {"causes": [cause]})
