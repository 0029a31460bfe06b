"""What only the branches of a combinator describe, lifted out of it: types, properties, items.

A field that one alternative describes is taken to be of that type in all of them, which is what authors mean by it.
"""

from __future__ import annotations

from typing import Any

from kfed.schema.structural.jsontypes import INT_OR_STRING, PRESERVE, typed, without


def lifted(node: dict[str, Any]) -> dict[str, Any]:
    """*node* with the types, properties and items that only its branches describe."""
    found: dict[str, Any] = {}
    for key in ("allOf", "anyOf", "oneOf"):
        if key in node:
            bones = [_structure(branch) for branch in node[key]]
            # A type that an alternative leaves open is open.
            if key != "allOf" and not all("type" in bone for bone in bones):
                bones = [without(bone, "type") for bone in bones]
            for bone in bones:
                found = _united(found, bone)
    grafted: dict[str, Any] = _grafted(node, found)
    return grafted


def _structure(branch: dict[str, Any]) -> dict[str, Any]:
    """What *branch* describes, without its restrictions."""
    branch = lifted(typed(branch))
    bone = {key: branch[key] for key in ("type", "$ref", INT_OR_STRING, PRESERVE) if key in branch}
    if isinstance(branch.get("properties"), dict):
        bone["properties"] = {name: _structure(sub) for name, sub in branch["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(branch.get(key), dict):
            bone[key] = _structure(branch[key])
    return bone


def _united(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two branches describe; where they contradict each other, anything."""
    kinds = _kinds(one) | _kinds(other)
    if "any" in kinds or (one and other and one.get("$ref") != other.get("$ref")):
        return {PRESERVE: True}
    if len(kinds) > 1:
        return {INT_OR_STRING: True} if kinds == {"integer", "string"} else {PRESERVE: True}
    result = one | other
    if "properties" in one and "properties" in other:
        names = one["properties"] | other["properties"]
        result["properties"] = {
            name: _united(one["properties"].get(name, {}), other["properties"].get(name, {})) for name in names
        }
    if "items" in one and "items" in other:
        result["items"] = _united(one["items"], other["items"])
    return result


def _kinds(bone: dict[str, Any]) -> set[str]:
    """The types that a branch describes: one, two for int-or-string, ``any``, or none when it does not say."""
    if bone.get(INT_OR_STRING):
        return {"integer", "string"}
    if "type" in bone:
        return {bone["type"]}
    return {"any"} if bone.get(PRESERVE) else set()


def _grafted(node: Any, found: dict[str, Any]) -> Any:
    """*node* with what was found in its branches and it does not say itself."""
    if not isinstance(node, dict):
        return node  # no schema, as is told when it is read
    result = dict(node)
    open_type = not any(node.get(key) for key in ("type", INT_OR_STRING, PRESERVE, "$ref"))
    for key in ("type", INT_OR_STRING, "$ref", "additionalProperties"):
        if key in found and open_type:
            result[key] = found[key]
    if found.get(PRESERVE) and (open_type or result.get("type") == "object"):
        result[PRESERVE] = True
    if result.get("type") == "array" and "items" in found and not isinstance(node.get("items"), list):
        result["items"] = _grafted(node["items"], found["items"]) if "items" in node else found["items"]
    if result.get("type", "object") == "object" and "properties" in found and "additionalProperties" not in result:
        own = node.get("properties", {})
        lifted = {name: _grafted(own.get(name, {}), sub) for name, sub in found["properties"].items()}
        result["properties"] = own | lifted
    return result
