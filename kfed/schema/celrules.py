"""Validation rules in CEL, and which of them survive the move from the root of an object to ``spec.template``.

At the root the API server lets a rule read apiVersion, kind, metadata.name and metadata.generateName always. In a
template they are fields like others, and seldom there: reading one would refuse every object. The status is not part
of a template at all.
"""

from __future__ import annotations

import re
from typing import Any

from kfed.schema.loss import Loss

_RULES = "x-kubernetes-validations"
# CEL's string literals, raw ones and triple quotes included: what looks like a field in them is none.
_LITERAL = re.compile(
    r"""[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""",
    re.DOTALL,
)
_GONE = re.compile(r"\b(?:self|oldSelf)\s*\.\s*(?:value\s*\(\s*\)\s*\.\s*)?\??(apiVersion|kind|metadata|status)\b")
_ANY_GONE = re.compile(r"\.\s*\??(apiVersion|kind|metadata|status)\b")
# The object as a whole, and not one of its fields: whatever becomes of it cannot be followed.
_WHOLE = re.compile(r"\b(?:self|oldSelf)\b(?!\s*\.)")


def movable(schema: dict[str, Any]) -> tuple[dict[str, Any], list[Loss]]:
    """*schema*, of a whole object, without the rules at its root that would not hold below ``spec.template``."""
    rules = schema.get(_RULES)
    if not isinstance(rules, list):
        return schema, []
    kept, losses = [], []
    for rule in rules:
        if field := _reads(str(rule.get("rule", ""))) or _points_at(str(rule.get("fieldPath", ""))):
            losses.append(_dropped(rule, field))
        elif _reads(str(rule.get("messageExpression", ""))):
            # The rule holds; its own message, or the rule itself, is shown in place of the computed one.
            kept.append({key: value for key, value in rule.items() if key != "messageExpression"})
        else:
            kept.append(rule)
    rest = {key: value for key, value in schema.items() if key != _RULES}
    return (rest | {_RULES: kept} if kept else rest), losses


def _reads(expression: str) -> str:
    """The field that is not there in a template and that *expression* reads; empty when there is none."""
    code = _LITERAL.sub("''", expression)
    found = _GONE.search(code) or (_WHOLE.search(code) and _ANY_GONE.search(code))
    return found[1] if found else ""


def _points_at(path: str) -> str:
    """A rule that reports at a field must find it in the schema."""
    return "status" if re.match(r"\.status\b|\['status'\]", path) else ""


def _dropped(rule: dict[str, Any], field: str) -> Loss:
    text = " ".join(str(rule.get("rule", "")).split())
    why = "A template has no status." if field == "status" else f"A template need not have the {field} it reads."
    return Loss("", f"The rule {text} is left out.", why)
