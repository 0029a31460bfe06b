"""Whether what claims to be a schema is one: each keyword that is read has a value of the right form."""

from __future__ import annotations

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
    """*node* itself, its keywords and those of its combinators being of the right form; what is below is not looked at.

    Raises:
        MalformedError: one of them is not.
    """
    if not isinstance(node, dict):
        raise MalformedError(f"A schema is to be a mapping, not {node!r:.60}.")
    for key, value in node.items():
        # A null is what an absent keyword is.
        if key in _FORMS and value is not None:
            _check(key, value)
    if any(value is None for key, value in node.items() if key in _FORMS):
        return {key: value for key, value in node.items() if value is not None or key not in _FORMS}
    return node


def _check(key: str, value: Any) -> None:
    form, expected = _FORMS[key]
    if not isinstance(value, form) or (isinstance(value, bool) and form == _NUMBER[0]):
        raise MalformedError(f"{key} in a schema is to be {expected}, not {value!r:.60}.")
    if key in _STRINGS and not all(isinstance(name, str) for name in value):
        raise MalformedError(f"{key} in a schema is to be a list of strings, not {value!r:.60}.")
    if key == _RULES and not all(isinstance(rule, dict) for rule in value):
        raise MalformedError(f"{key} in a schema is to be a list of rules, not {value!r:.60}.")
    if key == "type" and isinstance(value, list) and not all(isinstance(kind, str) for kind in value):
        raise SchemaError(f"type in a schema is to be a string, not {value!r:.60}.")
    if key in {"allOf", "anyOf", "oneOf"}:
        for branch in value:
            _check_branch(branch)
    elif key == "not":
        _check_branch(value)


def _check_branch(branch: Any) -> None:
    """A branch of a combinator, with all that is below: it is read as a whole."""
    well_formed(branch)
    below = [branch[key] for key in ("items", "additionalProperties") if isinstance(branch.get(key), dict)]
    for node in [*(branch.get("properties") or {}).values(), *below]:
        _check_branch(node)
