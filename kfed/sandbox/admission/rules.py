"""Validation rules of custom resources, evaluated as kube-apiserver does it; `kfed.sandbox.kinds.rulebook` has them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.typed import UntypedError, elements, is_list, root
from kfed.sandbox.kinds.celprocess import Evaluation, evaluate
from kfed.sandbox.kinds.pruning import field_of
from kfed.sandbox.kinds.rulebook import has_rules_below, rules_of
from kfed.sandbox.values.causes import Cause, invalid_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.sandbox.kinds.celprocess import Outcome
    from kfed.sandbox.kinds.rulebook import Rule
    from kfed.sandbox.kinds.served import ServedType
    from kfed.schema.check.node import Node

_KEYWORDS = frozenset(
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"}
    | {"let", "loop", "package", "namespace", "return", "var", "void", "while"}
)
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_ESCAPED = re.compile(r"__|[./-]")
_MOMENTS = frozenset({"date-time", "date"})
# What a rule at the root of an object can see of its metadata.
_SEEN_METADATA = frozenset({"name", "generateName"})
_WORDS = {
    "FieldValueForbidden": "Forbidden",
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
}
_GONE: Any = object()


def has_rules(served: ServedType) -> bool:
    """Whether anything in the schema of a type has a rule."""
    return has_rules_below(root(served))


def rule_causes(served: ServedType, manifest: dict[str, Any], old: dict[str, Any] | None) -> list[Cause]:
    """The rules that do not hold for an object, which is to be valid by its schema otherwise."""
    was = _GONE if old is None else _rooted(old)
    due = list(_due(root(served), _rooted(manifest), was, ""))
    outcomes = evaluate([_evaluation(each) for each in due])
    causes = [cause for each, outcome in zip(due, outcomes, strict=False) for cause in _causes(each, outcome)]
    return causes if len(outcomes) == len(due) else [*causes, _too_costly(due[len(outcomes)])]


def _rooted(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = manifest.get("metadata") or {}
    return {**manifest, "metadata": {name: metadata[name] for name in _SEEN_METADATA if name in metadata}}


@dataclass(frozen=True, slots=True)
class _Due:
    """A rule that is to hold for a value, which was *old*, or was not there."""

    rule: Rule
    node: Node
    value: Any
    old: Any
    field: str


def _due(node: Node, value: Any, old: Any, field: str) -> Iterator[_Due]:
    if not has_rules_below(node) or value is None:
        return
    for rule in rules_of(node):
        if not rule.is_transition or old is not _GONE:
            yield _Due(rule, node, value, old, field)
    match value:
        case dict():
            for name, item in value.items():
                below = field_of(node, name)
                if below is not None:
                    was = old.get(name, _GONE) if isinstance(old, dict) else _GONE
                    yield from _due(below, item, was, _below(node, field, name))
        case list():
            before = _by_key(node, old)
            for index, item in enumerate(value):
                was = before.get(_key(node, item), _GONE) if before else _GONE
                yield from _due(node.element, item, was, f"{field}[{index}]")


def _evaluation(due: _Due) -> Evaluation:
    variables = {"self": _seen(due.node, due.value)}
    if due.old is not _GONE:
        variables["oldSelf"] = _seen(due.node, due.old)
    optional = ("oldSelf", due.old is not _GONE) if due.rule.is_optional else None
    return Evaluation(due.rule.text, due.rule.wording, variables, optional)


def _causes(due: _Due, outcome: Outcome) -> Iterator[Cause]:
    rule, field = due.rule, due.field
    if outcome.error:
        yield invalid_value(field, _type_shown(due.value), f"{outcome.error} evaluating rule: {rule.message}")
    elif not outcome.holds:
        message = outcome.message if outcome.message.strip() else rule.message
        yield _cause(rule, f"{field}{rule.path}".removeprefix("."), due.value, message)


def _too_costly(due: _Due) -> Cause:
    why = "no further validation rules will be run due to call cost exceeds limit for rule"
    said = f"'operation cancelled: actual cost limit exceeded': {why}: {due.rule.text}"
    return invalid_value(due.field, _type_shown(due.value), said)


def _cause(rule: Rule, field: str, value: Any, message: str) -> Cause:
    if rule.reason in _WORDS:
        return {"reason": rule.reason, "message": f"{_WORDS[rule.reason]}: {message}", "field": field}
    if isinstance(value, dict | list):
        return {"reason": rule.reason, "message": f"Invalid value: {message}", "field": field}
    return invalid_value(field, value, message, rule.reason)


def _seen(node: Node, value: Any) -> Any:
    """A value as a rule sees it: names that CEL could not read are escaped, and moments are moments."""
    match value:
        case dict():
            return {
                _escaped(name) if name in node.properties else name: _seen(field, item)
                for name, item in value.items()
                if item is not None and (field := field_of(node, name)) is not None
            }
        case list():
            return [_seen(node.element, item) for item in value]
        case str() if node.schema.get("format") in _MOMENTS:
            return _moment(value)
        case float() if node.type == "integer" and value.is_integer():
            return int(value)
        case int() if node.type == "number":
            return float(value)
        case _:
            return value


def _moment(text: str) -> Any:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _escaped(name: str) -> str:
    if name in _KEYWORDS:
        return f"__{name}__"
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], name)


def _by_key(node: Node, old: Any) -> dict[str, Any]:
    """The elements of a list as it was, by what tells them apart; none where nothing does."""
    if node.schema.get("x-kubernetes-list-type") != "map" or not is_list(node, old):
        return {}
    try:
        return dict(elements(node, old, ()))
    except UntypedError:
        return {}


def _key(node: Node, item: Any) -> str:
    try:
        return next(elements(node, [item], ()))[0]
    except UntypedError:
        return ""


def _below(node: Node, field: str, name: str) -> str:
    if name not in node.properties and node.values is not None:
        return f"{field}[{name}]"
    return f"{field}.{name}" if field else name


def _type_shown(value: Any) -> Any:
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else value
