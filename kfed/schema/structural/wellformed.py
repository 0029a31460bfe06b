"""Whether what claims to be a schema is one: each keyword that is read has a value of the right form."""

from __future__ import annotations

import math
from typing import Any

from kfed.errors import SchemaError
from kfed.schema.structural.loss import joined

_MAPPING = (dict, "a mapping of names to schemas")
_LIST = (list, "a list")
_TEXT = (str, "a string")
_FLAG = (bool, "true or false")
_SCHEMA = ((dict, bool), "a schema")
_NUMBER = ((int, float), "a number")
_FORMS: dict[str, tuple[Any, str]] = {
    "type": ((str, list), "a string"),
    "properties": _MAPPING,
    "patternProperties": _MAPPING,
    "additionalProperties": _SCHEMA,
    "items": ((dict, bool, list), "a schema"),
    "not": (dict, "a schema"),
    **dict.fromkeys(("required", "enum", "allOf", "anyOf", "oneOf"), _LIST),
    **dict.fromkeys(("x-kubernetes-validations", "x-kubernetes-list-map-keys"), _LIST),
    **dict.fromkeys(("description", "title", "format", "pattern"), _TEXT),
    **dict.fromkeys(("x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-patch-merge-key"), _TEXT),
    **dict.fromkeys(("nullable", "uniqueItems", "x-kubernetes-preserve-unknown-fields"), _FLAG),
    **dict.fromkeys(("x-kubernetes-int-or-string", "x-kubernetes-embedded-resource"), _FLAG),
    **dict.fromkeys(("maximum", "minimum", "multipleOf"), _NUMBER),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), _NUMBER),
}
_TOO_LARGE = " in a schema holds a number that JSON has not, or of more than 64 bits; give another one."
_STRINGS = ("required", "x-kubernetes-list-map-keys")
_RULES = "x-kubernetes-validations"


class MalformedError(SchemaError):
    """A schema is none; *where* grows while the error passes what the schema stands in."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where

    def below(self, token: str) -> MalformedError:
        """The same error, seen from one level higher."""
        return MalformedError(self.message, joined(token, self.where))

    def __str__(self) -> str:
        return f"{self.message[:-1]}, at {self.where}." if self.where else self.message


def well_formed(node: Any) -> dict[str, Any]:
    """*node* without keywords that are null, those that are left and those of its combinators being of the right form.

    Combinators are looked at as a whole; what is below *node* otherwise, is not.

    Raises:
        MalformedError: one of them is not.
    """
    if not isinstance(node, dict):
        raise MalformedError(f"A schema is to be a mapping, not {node!r:.60}.")
    # A null is what an absent keyword is; as a default, it is a value.
    result = {key: value for key, value in node.items() if value is not None or key not in _FORMS}
    for key, value in result.items():
        if key in _FORMS:
            _check(key, value)
    if not _is_json(result.get("default")):
        raise MalformedError(f"default{_TOO_LARGE}")
    for key in ("allOf", "anyOf", "oneOf"):
        if key in result:
            result[key] = [_branch(branch) for branch in result[key]]
    if "not" in result:
        result["not"] = _branch(result["not"])
    return result


def is_well_formed(node: Any) -> bool:
    """Whether *node* is a mapping whose keywords are of the right form; what is below is not looked at."""
    try:
        well_formed(node)
    except MalformedError:
        return False
    return True


def _check(key: str, value: Any) -> None:
    form, expected = _FORMS[key]
    if not isinstance(value, form) or (form == _NUMBER[0] and (isinstance(value, bool) or not _is_json(value))):
        raise MalformedError(f"{key} in a schema is to be {expected}, not {value!r:.60}.")
    if key in _STRINGS and not all(isinstance(name, str) for name in value):
        raise MalformedError(f"{key} in a schema is to be a list of strings, not {value!r:.60}.")
    if key == _RULES and not all(_is_rule(rule) for rule in value):
        raise MalformedError(f"{key} in a schema is to be a list of rules, not {value!r:.60}.")
    if key == "enum" and not _is_json(value):
        raise MalformedError(f"enum{_TOO_LARGE}")
    if key == "type" and isinstance(value, list) and not all(isinstance(kind, str) for kind in value):
        raise MalformedError(f"type in a schema is to be a string, not {value!r:.60}.")


def _is_rule(rule: Any) -> bool:
    return isinstance(rule, dict) and all(isinstance(value, str | bool | None) for value in rule.values())


def _is_json(value: Any) -> bool:
    """Whether every number in *value* is one that everybody reads: finite, and a whole one of 64 bits at most."""
    match value:
        case dict():
            return all(map(_is_json, value.values()))
        case list():
            return all(map(_is_json, value))
        case int():
            return -(2**63) <= value < 2**64
        case float():
            return math.isfinite(value)
    return True


def _branch(branch: Any) -> dict[str, Any]:
    """A branch of a combinator, well-formed with all that is below: it is read as a whole."""
    result = well_formed(branch)
    if "properties" in result:
        result["properties"] = {name: _branch(node) for name, node in result["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(result.get(key), dict):
            result[key] = _branch(result[key])
    return result
