"""Validation rules in CEL, and which of them survive the move from the root of an object to ``spec.template``.

At the root the API server lets a rule read apiVersion, kind, metadata.name and metadata.generateName always. In a
template they are fields like others, and seldom there: reading one would refuse every object. The status is not part
of a template at all.
"""

from __future__ import annotations

import re
from typing import Any

from kfed.schema.structural.loss import Loss

_RULES = "x-kubernetes-validations"
# CEL's string literals, raw ones and triple quotes included: what looks like a field in them is none.
_LITERAL = re.compile(
    r"""[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""",
    re.DOTALL,
)
_GONE = re.compile(r"\b(?:self|oldSelf)\s*\.\s*(?:value\s*\(\s*\)\s*\.\s*)?\??(apiVersion|kind|metadata|status)\b")
_AT_STATUS = re.compile(r"\.status\b|\['status'\]")
# The object as a whole, and not one of its fields.
_WHOLE = re.compile(r"\b(?:self|oldSelf)\b(?!\s*\.)|\boldSelf\s*\.\s*(?:opt|orValue|value\s*\(\s*\)(?!\s*\.))")


def movable(schema: dict[str, Any]) -> tuple[dict[str, Any], list[Loss]]:
    """*schema*, of a whole object, without the rules at its root that would not hold below ``spec.template``."""
    kept, losses = [], []
    for rule in schema.get(_RULES, ()):
        if why := _why_not(rule.get("rule", ""), rule.get("fieldPath", "")):
            text = " ".join(str(rule.get("rule", "")).split())
            losses.append(Loss("", f"The rule {text} is left out.", why))
        elif _reads(rule.get("messageExpression", "")):
            # The rule holds; its other message, or the rule itself, is shown in place of the computed one.
            kept.append({key: value for key, value in rule.items() if key != "messageExpression"})
        else:
            kept.append(rule)
    rest = {key: value for key, value in schema.items() if key != _RULES}
    return (rest | {_RULES: kept} if kept else rest), losses


def _why_not(rule: Any, path: Any) -> str:
    """Why a rule cannot move; empty when it can. Where it reports is to be in the schema, too."""
    field = _reads(rule) or ("status" if _AT_STATUS.match(str(path)) else "")
    if field == "status":
        return "A template has no status."
    if field == "self":
        return "It reads the object as a whole, of which a rule sees more in a template."
    return f"A template need not have the {field} that it reads." if field else ""


def _reads(expression: Any) -> str:
    """What *expression* reads and finds different in a template: a field, or ``self``; empty when there is nothing."""
    code = _LITERAL.sub("''", str(expression))
    if found := _GONE.search(code):
        return found[1]
    return "self" if _WHOLE.search(code) else ""
