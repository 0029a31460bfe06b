"""What the branches of a combinator restrict, once it is described outside of them."""

from __future__ import annotations

from typing import Any

from kfed.schema.formats.table import has_meaning
from kfed.schema.keywords import RESTRICTIONS
from kfed.schema.patterns import is_re2
from kfed.schema.structural.jsontypes import INT_OR_STRING, INTEGER_OR_STRING, typed, types_of
from kfed.schema.structural.loss import Loss
from kfed.schema.structural.wellformed import is_well_formed

_COMBINATORS = ("allOf", "anyOf", "oneOf", "not")
# An additional restriction that a branch has and a structural schema cannot say there.
_UNSAYABLE = frozenset({"additionalProperties", "patternProperties", "x-kubernetes-validations", "const"})


def restrict(node: dict[str, Any], key: str, losses: list[Loss]) -> None:
    """Leave in one combinator what restricts; leave it out where that would say something else."""
    if key == "anyOf" and node.get(INT_OR_STRING) and node[key] == INTEGER_OR_STRING:
        return
    given = [node[key]] if key == "not" else node[key]
    branches = [_restrictions(branch, node) for branch in given]
    if key == "allOf" and node.get(INT_OR_STRING) and given[0] == {"anyOf": INTEGER_OR_STRING}:
        branches[0] = given[0]
    if None in branches:
        del node[key]
        what = f"What {key} restricts is not checked."
        losses.append(Loss("", what, "It depends on types or fields that a CRD can only describe outside of it."))
    elif key == "not":
        node[key] = branches[0]
    elif kept := _telling(key, branches):
        node[key] = kept
    else:
        del node[key]


def _telling(key: str, branches: list[Any]) -> list[Any]:
    """The branches of a combinator that are not true of every value anyway."""
    if key == "anyOf" and {} in branches:
        return []
    return [branch for branch in branches if branch] if key == "allOf" else branches


def _restrictions(branch: Any, outer: dict[str, Any]) -> dict[str, Any] | None:
    """What *branch* restricts beyond what *outer* describes; ``None`` when that cannot be said."""
    if not isinstance(branch, dict):
        return None
    result: dict[str, Any] = {}
    for key, value in typed(branch).items():
        if key == "pattern" and not is_re2(value):
            return None
        if key in RESTRICTIONS:
            if (key, value) != ("required", []) and (key != "format" or has_meaning({key: value})):
                result[key] = value
        elif key in {*_COMBINATORS, "properties", "items"}:
            below = _nested(key, value, outer)
            if below is None:
                return None
            if below or key in {"not", "oneOf"}:
                result[key] = below
        elif key in branch and _says_more(key, value, outer):
            return None
    return result


def _nested(key: str, value: Any, outer: dict[str, Any]) -> Any:
    """The restrictions in what is below a branch's *key*, of the same form as *value*; ``None`` as above."""
    if key == "properties":
        below = _in_properties(value, outer)
        return None if None in below.values() else {name: sub for name, sub in below.items() if sub}
    if key == "items":
        items: Any = outer.get("items") if outer.get("type") == "array" else None
        return _restrictions(value, typed(items)) if is_well_formed(items) else None
    if key == "not":
        return _restrictions(value, outer)
    if key == "anyOf" and outer.get(INT_OR_STRING) and types_of(value) == {"integer", "string"}:
        return []
    branches = [_restrictions(sub, outer) for sub in value]
    return None if None in branches else _telling(key, branches)


def _in_properties(value: dict[str, Any], outer: dict[str, Any]) -> dict[str, Any]:
    has_fields = outer.get("type", "object") == "object" and not outer.get(INT_OR_STRING)
    described = outer.get("properties", {}) if has_fields else {}
    return {
        name: _restrictions(sub, typed(described[name])) if is_well_formed(described.get(name)) else None
        for name, sub in value.items()
    }


def _says_more(key: str, value: Any, outer: dict[str, Any]) -> bool:
    """Whether what is forbidden in a branch matters there, given what *outer* describes."""
    if key == "type":
        return bool(value != outer.get("type") and (value, outer.get("type")) != ("number", "integer"))
    if key == "$ref":
        return bool(outer.get("$ref") != value)
    if key == INT_OR_STRING:
        return bool(value and not outer.get(INT_OR_STRING))
    return key in _UNSAYABLE and value not in (True, {}, outer.get(key))
