"""Strategic merge patches: a merge patch that knows which lists are merged, and by which key.

Syntax and directives are those of "Update API Objects in Place Using kubectl patch" in the Kubernetes documentation and
of k8s.io/apimachinery, ``pkg/util/strategicpatch``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_BAD = {
    "$retainKeys": "invalid patch format of retainKeys",
    "$deleteFromPrimitiveList": "invalid patch format of primitive list",
    "$setElementOrder": "invalid patch format of setElementOrder list",
}
_STRATEGY = "x-kubernetes-patch-strategy"
_KEY = "x-kubernetes-patch-merge-key"
_NOTHING: Mapping[str, Any] = {}


class StrategicError(Exception):
    """A patch that makes no sense.

    Attributes:
        code: the HTTP status that kube-apiserver answers with.
    """

    def __init__(self, message: str, code: int = 500) -> None:
        super().__init__(message)
        self.code = code


def strategic_merge(original: dict[str, Any], patch: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """*original* with *patch* merged into it.

    Args:
        original: any object of the type.
        patch: what is to change, and the directives.
        schema: says, for its ``properties``, ``items`` and ``additionalProperties``, how to patch lists and maps.

    Raises:
        StrategicError: a directive is not known, or an element of a list lacks its key.
    """
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise StrategicError(f"unknown patch type: {directive} in map: {_go(patch)}")
    result = _retained(original, patch)
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM):
            _delete_from(result, key, value)
        elif not key.startswith("$"):
            _merge_field(result, key, value, _below(schema, key))
    for key, order in patch.items():
        if key.startswith(_ORDER):
            _sort_field(result, original, patch, key, order, _below(schema, key[len(_ORDER) :]).get(_KEY))
    return result


def _delete_from(result: dict[str, Any], key: str, gone: Any) -> None:
    _check_list(key, gone)
    field = key[len(_DELETE_FROM) :]
    if isinstance(result.get(field), list):
        result[field] = [item for item in result[field] if item not in gone]


def _sort_field(  # noqa: PLR0913, PLR0917  all that has a say in an order
    result: dict[str, Any],
    original: Mapping[str, Any],
    patch: Mapping[str, Any],
    key: str,
    order: Any,
    merge_key: str | None,
) -> None:
    _check_list(key, order)
    field = key[len(_ORDER) :]
    _check_order(patch.get(field), order, merge_key)
    if isinstance(result.get(field), list):
        result[field] = _ordered(result[field], order, original.get(field), merge_key)


def _merge_field(result: dict[str, Any], key: str, value: Any, schema: Mapping[str, Any]) -> None:
    strategies = str(schema.get(_STRATEGY, "")).split(",")
    match result.get(key), value:
        case _, None:
            result.pop(key, None)
        case dict() as old, dict():
            result[key] = _plain(value) if "replace" in strategies else strategic_merge(old, value, schema)
        case list() as old, list():
            result[key] = _merge_lists(old, value, schema) if "merge" in strategies else _plain(value)
        case _:
            result[key] = _plain(value)


def _merge_lists(old: list[Any], patch: list[Any], schema: Mapping[str, Any]) -> list[Any]:
    if not all(isinstance(item, dict) for item in (*old, *patch)):
        return _ordered(_unique([*old, *patch]), patch, old, None)
    key = schema.get(_KEY)
    if not key:
        raise StrategicError(f"cannot merge lists without merge key for {_go(patch)}")
    directives = [item.get(_DIRECTIVE) for item in patch]
    if unknown := [str(word) for word in directives if word not in (None, "replace", "delete", "merge")]:
        raise StrategicError(f"unknown patch type found when looking for special elements: {min(unknown)}")
    merged = [] if "replace" in directives else list(old)
    for item in patch:
        _merge_element(merged, item, key, schema.get("items", _NOTHING))
    return _ordered(merged, patch, old, key)


def _merge_element(merged: list[Any], item: dict[str, Any], key: str, schema: Mapping[str, Any]) -> None:
    """Put one element of a patch where the one with its key is, or at the end; or take that one away."""
    directive = item.get(_DIRECTIVE)
    if directive == "replace":
        return
    if key not in item:
        raise StrategicError(f"map: {_go(item)} does not contain declared merge key: {key}")
    found = [index for index, other in enumerate(merged) if isinstance(other, dict) and other.get(key) == item[key]]
    if directive == "delete":
        merged[:] = [other for index, other in enumerate(merged) if index not in found]
    elif found:
        merged[found[0]] = strategic_merge(merged[found[0]], item, schema)
    else:
        merged.append(_plain(item))


def _ordered(values: list[Any], order: list[Any], original: Any, key: str | None) -> list[Any]:
    """The elements that *order* names in its order, and the others as they stood in the *original*.

    One of the others goes before one that is named only where it stood before it.
    """
    wanted = [_identity(item, key) for item in order]
    stood = [_identity(item, key) for item in original or ()]
    named = [item for item in values if _identity(item, key) in wanted]
    others = [item for item in values if _identity(item, key) not in wanted]
    named.sort(key=lambda item: wanted.index(_identity(item, key)))
    others.sort(key=lambda item: _place(stood, _identity(item, key)))
    return _interleaved(others, named, stood, key)


def _check_order(patch: Any, order: list[Any], key: str | None) -> None:
    """Make sure that the elements of a patch stand in the order that is asked for beside it.

    Raises:
        StrategicError: they do not, or one is missing there.
    """
    kept = [item for item in patch or () if not (isinstance(item, dict) and item.get(_DIRECTIVE) == "delete")]
    remaining = iter([_identity(item, key) for item in order])
    if not all(_identity(item, key) in remaining for item in kept):
        raise StrategicError(
            f"The order in patch list:\n{_go(patch)}\n doesn't match $setElementOrder list:\n{_go(order)}\n"
        )


def _interleaved(others: list[Any], named: list[Any], stood: list[Any], key: str | None) -> list[Any]:
    result, rest, queue = [], list(others), list(named)
    while rest and queue:
        one, two = (_identity(items[0], key) for items in (rest, queue))
        goes_first = one in stood and two in stood and stood.index(one) < stood.index(two)
        result.append(rest.pop(0) if goes_first else queue.pop(0))
    return [*result, *rest, *queue]


def _retained(original: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The fields that stay when the patch says which may: those of a union of which it sets one."""
    if _RETAIN not in patch:
        return dict(original)
    kept = patch[_RETAIN]
    _check_list(_RETAIN, kept)
    if any(key not in kept for key in patch if not key.startswith("$")):
        raise StrategicError(_BAD[_RETAIN], 400)
    return {key: value for key, value in original.items() if key in kept}


def _plain(value: Any) -> Any:
    """What a patch sets where there was nothing: without directives, and without what was to be deleted."""
    match value:
        case dict() if _DIRECTIVE in value:
            return {}
        case dict():
            return {key: _plain(item) for key, item in value.items() if item is not None and not key.startswith("$")}
        case list():
            return [_plain(item) for item in value if not (isinstance(item, dict) and _DIRECTIVE in item)]
        case _:
            return value


def _below(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = schema.get("properties", _NOTHING).get(key, schema.get("additionalProperties"))
    return found if isinstance(found, dict) else _NOTHING


def _identity(item: Any, key: str | None) -> Any:
    return item.get(key) if key and isinstance(item, dict) else item


def _place(stood: list[Any], identity: Any) -> int:
    return stood.index(identity) if identity in stood else len(stood)


def _unique(values: list[Any]) -> list[Any]:
    result: list[Any] = []
    for value in values:
        if value not in result:
            result.append(value)
    return result


def _check_list(key: str, value: Any) -> None:
    if not isinstance(value, list):
        raise StrategicError(_BAD[key.partition("/")[0]], 400)


def _go(value: Any) -> str:
    """A value about as Go prints it."""
    match value:
        case dict():
            return f"map[{' '.join(f'{key}:{_go(value[key])}' for key in sorted(value))}]"
        case list():
            return f"[{' '.join(map(_go, value))}]"
        case _:
            return "<nil>" if value is None else str(value)
