"""Rulebook: the validation rules of a schema (``x-kubernetes-validations``), read and compiled, or why they cannot be.

The language is CEL, that of the package common-expression-language, with the functions that Kubernetes adds for texts
and lists. A rule that needs more, such as quantities, URLs or optional field selection, is not enforced, and whoever
makes the CustomResourceDefinition is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kfed.sandbox.kinds import celprocess
from kfed.sandbox.kinds.celfunctions import FUNCTIONS, OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.schema.check.node import Node

_RULES = "x-kubernetes-validations"
_MANY = 8192


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be evaluated.

    Attributes:
        text: the expression.
        message: what is said when it does not hold.
        wording: the expression that makes the message, where it is computed.
        reason: of the cause.
        path: where the cause is, below the value of the rule.
        is_transition: it compares with the value as it was, and says nothing where there was none.
        is_optional: it compares with the value as it was, if there was one.
    """

    text: str
    message: str
    wording: str
    reason: str
    path: str
    is_transition: bool
    is_optional: bool


def rule_warnings(definition: Mapping[str, Any]) -> list[str]:
    """What whoever makes a CustomResourceDefinition is to be told: each rule of it that is not enforced."""
    found: dict[str, None] = {}
    versions = (definition.get("spec") or {}).get("versions")
    for version in versions if isinstance(versions, list) else ():
        schema = version.get("schema") if isinstance(version, dict) else None
        for why in unenforced((schema or {}).get("openAPIV3Schema") or {}):
            found[f"the sandbox does not enforce the validation rule {why}"] = None
    return list(found)


def unenforced(schema: Mapping[str, Any]) -> list[str]:
    """Every rule of a schema that cannot be evaluated here, each as its expression and why, in the schema's order."""
    return [why for given in _given(schema) if isinstance(why := _read(given), str)]


@lru_cache(maxsize=_MANY)
def has_rules_below(node: Node) -> bool:
    """Whether a schema, or anything in it, has a rule."""
    return any(True for _ in _given(node.schema))


@lru_cache(maxsize=_MANY)
def rules_of(node: Node) -> tuple[Rule, ...]:
    """The rules at one place of a schema that can be evaluated."""
    read = (_read(given) for given in node.schema.get(_RULES, ()))
    return tuple(rule for rule in read if isinstance(rule, Rule))


def _given(schema: Any) -> Iterator[dict[str, Any]]:
    """The rules of a schema, and of all that is in it."""
    if not isinstance(schema, dict):
        return
    yield from (rule for rule in schema.get(_RULES) or () if isinstance(rule, dict))
    for key in ("items", "additionalProperties"):
        yield from _given(schema.get(key))
    properties = schema.get("properties")
    for below in properties.values() if isinstance(properties, dict) else ():
        yield from _given(below)


def _read(given: Mapping[str, Any]) -> Rule | str:
    """A rule, or why it cannot be evaluated."""
    text = str(given.get("rule", ""))
    program = _compiled(text)
    if isinstance(program, str):
        return f"{' '.join(text.split())}: {program}"
    message = str(given.get("message") or "") or f"failed rule: {text.strip()}"
    wording = str(given.get("messageExpression") or "")
    uses_old = "oldSelf" in program.variables
    is_optional = given.get("optionalOldSelf") is True
    return Rule(
        text=text,
        message=message.strip(),
        wording=wording if not isinstance(_compiled(wording), str) else "",
        reason=str(given.get("reason") or "FieldValueInvalid"),
        path=str(given.get("fieldPath") or ""),
        is_transition=uses_old and not is_optional,
        is_optional=is_optional,
    )


@lru_cache(maxsize=_MANY)
def _compiled(text: str) -> celprocess.Program | str:
    program = celprocess.read(text)
    if isinstance(program, str):
        return program
    unknown = [name for name in program.functions if name not in FUNCTIONS and name not in OPERATORS]
    return f"there is no function {unknown[0]}" if unknown else program
