"""Combinations: the anyOf, oneOf, allOf and not of a schema, and how to say them in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.schema.check.mistakes import Unplaced
from kfed.schema.check.node import INT_OR_STRING
from kfed.schema.check.words import listed, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kfed.schema.check.mistakes import Check, Mistakes
    from kfed.schema.check.node import Node

_TYPES = {
    "object": "a map",
    "array": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
}
_NUMBERS = (
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("multipleOf", "a multiple of"),
)
_SIZES = (
    ("minLength", "at least", "characters"),
    ("maxLength", "at most", "characters"),
    ("minItems", "at least", "elements"),
    ("maxItems", "at most", "elements"),
    ("minProperties", "at least", "fields"),
    ("maxProperties", "at most", "fields"),
)
_DEEP_ENOUGH = 4
_SHOWN_LENGTH = 600


def combination_checks(node: Node, compile_: Callable[[Node], Check]) -> Iterator[Check]:
    """What a node's combinations ask of a value, whatever its type.

    The alternatives of an ``allOf``, and the only one of an ``anyOf`` or ``oneOf``, hold as if they stood in the node
    itself, so each of their problems is told for itself.
    """

    def compiled(schemas: list[dict[str, Any]]) -> list[Check]:
        return [compile_(node.alternative(schema)) for schema in schemas]

    schema = node.schema
    yield from compiled(schema.get("allOf") or [])
    any_of, one_of = schema.get("anyOf") or [], schema.get("oneOf") or []
    if any_of and not (node.type == INT_OR_STRING and _is_int_or_string(any_of)):
        yield _any_of(compiled(any_of), _in_words(any_of)) if len(any_of) > 1 else compiled(any_of)[0]
    if one_of:
        yield _one_of(compiled(one_of), _in_words(one_of)) if len(one_of) > 1 else compiled(one_of)[0]
    if isinstance(schema.get("not"), dict):
        yield _not(compile_(node.alternative(schema["not"])), _in_words([schema["not"]]))


def describe(schema: dict[str, Any], subject: str = "it", depth: int = 0) -> str:
    """What a schema asks for, as a clause: ``a and b are set``, ``type is one of A or B``."""
    if depth > _DEEP_ENOUGH:
        return f"{subject} fits"
    clauses = [*_own_clauses(schema, subject)]
    for name, field in (schema.get("properties") or {}).items():
        if isinstance(field, dict) and field:
            clauses.append(describe(field, name if subject == "it" else f"{subject}.{name}", depth + 1))
    if isinstance(schema.get("items"), dict) and schema["items"]:
        clauses.append(describe(schema["items"], f"every element of {subject}", depth + 1))
    clauses += [describe(part, subject, depth + 1) for part in schema.get("allOf") or []]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            parts = " or ".join(describe(part, subject, depth + 1) for part in schema[key])
            clauses.append(f"({parts})")
    if isinstance(schema.get("not"), dict):
        clauses.append(f"not ({describe(schema['not'], subject, depth + 1)})")
    return " and ".join(clauses) or f"{subject} is anything"


def _own_clauses(schema: dict[str, Any], subject: str) -> Iterator[str]:
    prefix = "" if subject == "it" else f"{subject}."
    required = [f"{prefix}{name}" for name in schema.get("required") or []]
    if required:
        yield f"{listed(required, 'and')} {'is' if len(required) == 1 else 'are'} set"
    if schema.get("enum"):
        values = [value if isinstance(value, str) and value else json.dumps(value) for value in schema["enum"]]
        yield f"{subject} is {'one of ' if len(values) > 1 else ''}{listed(values)}"
    elif schema.get("type") in _TYPES and not (required or schema.get("properties")):
        yield f"{subject} is {_TYPES[schema['type']]}"
    if schema.get("pattern"):
        yield f"{subject} matches {schema['pattern']}"
    if schema.get("format"):
        yield f"{subject} has the format {schema['format']}"
    for key, words in _NUMBERS:
        if schema.get(key) is not None:
            yield f"{subject} is {words} {schema[key]}"
    for key, words, unit in _SIZES:
        if schema.get(key) is not None:
            yield f"{subject} has {words} {schema[key]} {unit}"


def _in_words(schemas: list[dict[str, Any]]) -> str:
    return shortened("; ".join(dict.fromkeys(describe(schema) for schema in schemas)), _SHOWN_LENGTH)


def _any_of(checks: list[Check], words: str) -> Check:
    def check(value: Any) -> Mistakes:
        outcomes: list[list[Unplaced]] = []
        for alternative in checks:
            outcome = alternative(value)
            if not outcome:
                return None
            outcomes.append(outcome)
        mistake = _unfit(f"fits none of these, and must fit at least one: {words}.", f"at least one of: {words}")
        return _doubts(outcomes) or [mistake]

    return check


def _one_of(checks: list[Check], words: str) -> Check:
    def check(value: Any) -> Mistakes:
        outcomes = [alternative(value) or [] for alternative in checks]
        fitting = outcomes.count([])
        doubts = _doubts(outcomes)
        if fitting <= 1 and (fitting or doubts):
            return doubts
        how_many = f"{fitting}" if fitting else "none"
        return [_unfit(f"fits {how_many} of these, and must fit exactly one: {words}.", f"exactly one of: {words}")]

    return check


def _not(check_it: Check, words: str) -> Check:
    def check(value: Any) -> Mistakes:
        outcome = check_it(value)
        if outcome:
            return _doubts([outcome])
        return [_unfit(f"must not be so: {words}.", f"not so: {words}")]

    return check


def _doubts(outcomes: Iterable[list[Unplaced]]) -> list[Unplaced]:
    """The warnings of an alternative that fits as far as anybody has looked, if there is one."""
    for outcome in outcomes:
        if outcome and all(mistake.severity is Severity.WARNING for mistake in outcome):
            return outcome
    return []


def _unfit(predicate: str, expected: str) -> Unplaced:
    return Unplaced("schema-combination", predicate, expected)


def _is_int_or_string(schemas: list[dict[str, Any]]) -> bool:
    """The alternatives say again what ``x-kubernetes-int-or-string`` says."""
    return sorted(str(schema.get("type")) for schema in schemas) == ["integer", "string"] and all(
        len(schema) == 1 for schema in schemas
    )
