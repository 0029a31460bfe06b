"""allOf, anyOf, oneOf and not: in a structural schema they restrict values and describe nothing.

Types, properties and items have to stand outside of them ("Specifying a structural schema" in the Kubernetes
documentation); inside, there is neither type, description, default, additionalProperties nor nullable. So what a branch
describes is lifted out, and what is left inside are restrictions. Where a branch cannot do without what is forbidden,
the whole combinator is left out: the schema then accepts more than upstream's, never less.
"""

from __future__ import annotations

from typing import Any

from kfed.schema.loss import Loss

COMBINATORS = ("allOf", "anyOf", "oneOf", "not")
_LISTS = ("allOf", "anyOf", "oneOf")
_ALTERNATIVES = ("anyOf", "oneOf")
_INT_OR_STRING = "x-kubernetes-int-or-string"
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_INTEGER_OR_STRING = [{"type": "integer"}, {"type": "string"}]
# What applies to one type alone says in a node of several types what it says in a branch of that type.
_OF_STRINGS = frozenset({"type", "pattern", "minLength", "maxLength", "description", "title"})
_OF_NUMBERS = frozenset(
    {"type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "description", "title"}
)
_RESTRICTIONS = (_OF_STRINGS | _OF_NUMBERS | {"enum", "format", "required", "minItems", "maxItems"}) - {
    *("type", "description", "title")
} | {"minProperties", "maxProperties"}
_STRUCTURE = ("type", "items", "properties", _INT_OR_STRING, _PRESERVE)
# An additional restriction that a branch has and a structural schema cannot say there.
_UNSAYABLE = frozenset({"additionalProperties", "patternProperties", "x-kubernetes-validations", "const"})


def fold(node: dict[str, Any]) -> tuple[dict[str, Any], list[Loss]]:
    """*node* with what its combinators describe lifted out of them, and what had to be left out."""
    losses: list[Loss] = []
    node = _typed(node)
    if not any(key in node for key in COMBINATORS):
        return node, losses
    node = _merged(node)
    node = _either(node, losses)
    node = _lifted(node)
    for key in COMBINATORS:
        if key in node:
            _restrict(node, key, losses)
    return node, losses


def _typed(node: dict[str, Any]) -> dict[str, Any]:
    """A copy of *node* with one type or none; JSON Schema's ``null`` is the leave to say nothing, which all have."""
    node = dict(node)
    kinds = node.get("type")
    if isinstance(kinds, list):
        del node["type"]
        kinds = [kind for kind in kinds if kind != "null"]
        if len(kinds) == 1:
            node["type"] = kinds[0]
        elif set(kinds) == {"integer", "number"}:
            node["type"] = "number"
        elif kinds:
            node["anyOf"] = [*node.get("anyOf", []), *({"type": kind} for kind in kinds)]
    elif not kinds:
        node.pop("type", None)
        if any(key in node for key in ("properties", "additionalProperties")):
            node["type"] = "object"
        elif "items" in node:
            node["type"] = "array"
    if node.get("format") == "int-or-string":
        node[_INT_OR_STRING] = True
        del node["format"]
    return node


def _merged(node: dict[str, Any]) -> dict[str, Any]:
    """An allOf of one is the thing itself: OpenAPI v3 writes so what a description or a default is added to."""
    match node.get("allOf"):
        case [dict(only)] if not any(key in node for key in (*_STRUCTURE, *_ALTERNATIVES, "not")):
            return _typed(only | {key: value for key, value in node.items() if key != "allOf"})
    return node


def _either(node: dict[str, Any], losses: list[Loss]) -> dict[str, Any]:
    """Alternatives of nothing but types: int-or-string, or a type and null."""
    for key in _ALTERNATIVES:
        if key not in node:
            continue
        branches = [branch if branch == {"type": "null"} else _typed(branch) for branch in node[key]]
        if {"type": "null"} in branches:
            branches = [branch for branch in branches if branch != {"type": "null"}]
            node = node | {key: branches, "nullable": True}
        if node.get(_INT_OR_STRING):
            if key == "oneOf" and _types(branches) == {"integer", "string"}:
                node = _without(node, key)
        elif "type" not in node and _types(branches) in ({"integer", "string"}, {"number", "string"}):
            node = _int_or_string(node, key, branches, losses)
    return node


def _int_or_string(node: dict[str, Any], key: str, branches: list[Any], losses: list[Loss]) -> dict[str, Any]:
    if "number" in _types(branches):
        why = "A CRD can say that a field is an integer or a string, but not that it is any number or a string."
        losses.append(Loss("", "A fractional number is accepted only in quotes.", why))
    merged: dict[str, Any] = {}
    for branch in branches:
        known = _OF_STRINGS if branch["type"] == "string" else _OF_NUMBERS
        if set(branch) - known - {"format"}:
            losses.append(Loss("", f"The alternatives in {key} are not checked.", "They differ by type."))
            merged = {}
            break
        merged |= {name: value for name, value in branch.items() if name in known - {"type", "description", "title"}}
    return merged | _without(node, key) | {_INT_OR_STRING: True}


def _types(branches: list[Any]) -> set[str]:
    """The types of two branches of one type each; empty for anything else."""
    kinds = [branch.get("type") if isinstance(branch, dict) else None for branch in branches]
    return set(kinds) if len(kinds) == 2 and all(isinstance(kind, str) for kind in kinds) else set()  # type: ignore[arg-type]  # noqa: PLR2004 (int, or string)


def _without(node: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name != key}


def _lifted(node: dict[str, Any]) -> dict[str, Any]:
    """*node* with the types, properties and items that only its branches describe."""
    found: dict[str, Any] = {}
    for key in _LISTS:
        if key in node:
            bones = [_structure(branch) for branch in node[key]]
            # A type that an alternative leaves open is open.
            if key != "allOf" and not all("type" in bone for bone in bones):
                bones = [_without(bone, "type") for bone in bones]
            for bone in bones:
                found = _united(found, bone)
    return _grafted(node, found)


def _structure(branch: dict[str, Any]) -> dict[str, Any]:
    """What *branch* describes, without its restrictions."""
    branch = _lifted(_typed(branch))
    bone = {key: branch[key] for key in ("type", "description", "$ref", _INT_OR_STRING, _PRESERVE) if key in branch}
    if isinstance(branch.get("properties"), dict):
        bone["properties"] = {name: _structure(sub) for name, sub in branch["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(branch.get(key), dict):
            bone[key] = _structure(branch[key])
    bone.pop("description", None)
    return bone


def _united(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two branches describe; where they contradict each other, anything."""
    if "type" in one and "type" in other and one["type"] != other["type"]:
        kinds = {one["type"], other["type"]}
        return {_INT_OR_STRING: True} if kinds == {"integer", "string"} else {_PRESERVE: True}
    if one.get("$ref") != other.get("$ref") and one and other:
        return {_PRESERVE: True}
    result = one | other
    if "properties" in one and "properties" in other:
        names = one["properties"] | other["properties"]
        result["properties"] = {
            name: _united(one["properties"].get(name, {}), other["properties"].get(name, {})) for name in names
        }
    if "items" in one and "items" in other:
        result["items"] = _united(one["items"], other["items"])
    return result


def _grafted(node: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """*node* with what was found in its branches and it does not say itself."""
    result = dict(node)
    open_type = not any(key in node for key in ("type", _INT_OR_STRING, "$ref"))
    for key in ("type", _INT_OR_STRING, "$ref", "additionalProperties"):
        if key in found and open_type:
            result[key] = found[key]
    if found.get(_PRESERVE) and (open_type or result.get("type") == "object"):
        result[_PRESERVE] = True
    if result.get("type", "array") == "array" and "items" in found:
        result["items"] = _grafted(node["items"], found["items"]) if "items" in node else found["items"]
    if result.get("type", "object") == "object" and "properties" in found and "additionalProperties" not in result:
        own = node.get("properties", {})
        lifted = {name: _grafted(own.get(name, {}), sub) for name, sub in found["properties"].items()}
        result["properties"] = own | lifted
    return result


def _restrict(node: dict[str, Any], key: str, losses: list[Loss]) -> None:
    """Leave in one combinator what restricts; leave it out where that would say something else."""
    if key == "anyOf" and node.get(_INT_OR_STRING) and node[key] == _INTEGER_OR_STRING:
        return
    given = [node[key]] if key == "not" else node[key]
    branches = [_restrictions(branch, node) for branch in given]
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
    branch = _typed(branch)
    if outer.get(_INT_OR_STRING) and branch == {"anyOf": _INTEGER_OR_STRING}:
        return {**branch}
    result: dict[str, Any] = {}
    for key, value in branch.items():
        if key in _RESTRICTIONS:
            result[key] = value
        elif key in COMBINATORS or key in {"properties", "items"}:
            below = _nested(key, value, outer)
            if below is None:
                return None
            if below or key in {"not", "oneOf"}:
                result[key] = below
        elif _says_more(key, value, outer):
            return None
    return result


def _nested(key: str, value: Any, outer: dict[str, Any]) -> Any:
    """The restrictions in what is below a branch's *key*, of the same form as *value*."""
    if key == "properties":
        described = outer.get("properties", {})
        below = {
            name: _restrictions(sub, described[name]) if name in described else None for name, sub in value.items()
        }
        return None if None in below.values() else {name: sub for name, sub in below.items() if sub}
    if key == "items":
        items = outer.get("items")
        return _restrictions(value, items) if isinstance(items, dict) else None
    if key == "not":
        return _restrictions(value, outer)
    branches = [_restrictions(sub, outer) for sub in value]
    return None if None in branches else _telling(key, branches)


def _says_more(key: str, value: Any, outer: dict[str, Any]) -> bool:
    """Whether what is forbidden in a branch matters there, given what *outer* describes."""
    if key == "type":
        return bool(value != outer.get("type") and (value, outer.get("type")) != ("number", "integer"))
    if key == "$ref":
        return bool(outer.get("$ref") != value)
    if key == _INT_OR_STRING:
        return bool(value and not outer.get(_INT_OR_STRING))
    return key in _UNSAYABLE and value not in (True, {}, outer.get(key))
