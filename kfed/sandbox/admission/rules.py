"""Validation rules of custom resources, evaluated as kube-apiserver does it; `kfed.sandbox.kinds.rulebook` has them."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.typed import UntypedError, elements, is_list, root
from kfed.sandbox.kinds.celfunctions import FUNCTIONS
from kfed.sandbox.kinds.pruning import field_of
from kfed.sandbox.kinds.rulebook import has_rules_below, rules_of
from kfed.sandbox.values.causes import Cause, invalid_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    import cel

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
    return list(_causes(root(served), _rooted(manifest), was, ""))


def _rooted(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = manifest.get("metadata") or {}
    return {**manifest, "metadata": {name: metadata[name] for name in _SEEN_METADATA if name in metadata}}


def _causes(node: Node, value: Any, old: Any, field: str) -> Iterator[Cause]:
    if not has_rules_below(node) or value is None:
        return
    for rule in rules_of(node):
        yield from _evaluated(rule, node, value, old, field)
    match value:
        case dict():
            for name, item in value.items():
                below = field_of(node, name)
                if below is not None:
                    was = old.get(name, _GONE) if isinstance(old, dict) else _GONE
                    yield from _causes(below, item, was, _below(node, field, name))
        case list():
            before = _by_key(node, old)
            for index, item in enumerate(value):
                was = before.get(_key(node, item), _GONE) if before else _GONE
                yield from _causes(node.element, item, was, f"{field}[{index}]")


def _evaluated(rule: Rule, node: Node, value: Any, old: Any, field: str) -> Iterator[Cause]:
    import cel  # noqa: PLC0415  slow, and only for those who have rules

    if rule.is_transition and old is _GONE:
        return
    context = cel.Context({"self": _seen(node, value)}, FUNCTIONS)
    if rule.is_optional:
        before = cel.OptionalValue.none() if old is _GONE else cel.OptionalValue.of(_seen(node, old))
        context.add_variable("oldSelf", before)
    elif old is not _GONE:
        context.add_variable("oldSelf", _seen(node, old))
    where = field + rule.path
    try:
        if rule.program.execute(context) is True:
            return
        message = _message(rule, context)
    except (KeyError, TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        yield invalid_value(field, _type_shown(value), f"{_words(error)} evaluating rule: {rule.message}")
        return
    yield _cause(rule, where.removeprefix("."), value, message)


def _message(rule: Rule, context: cel.Context) -> str:
    if rule.wording is None:
        return rule.message
    try:
        computed = rule.wording.execute(context)
    except (KeyError, TypeError, ValueError, RuntimeError, ArithmeticError):
        return rule.message
    return computed if isinstance(computed, str) and computed.strip() and "\n" not in computed else rule.message


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


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no such key: {error.args[0]}"
    return str(error).partition("\n")[0].partition(":")[0]


def _type_shown(value: Any) -> Any:
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else value
