"""Label selectors, as meta/v1 LabelSelector defines them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.finding import nearest
from kfed.core.mistake import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.pointer import Path

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One expression over one label."""

    key: str
    operator: str
    values: frozenset[str]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether *labels* satisfy it; ``NotIn`` and ``DoesNotExist`` hold for a label that is absent."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case _:
                return self.key not in labels


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements must hold; none at all selects everything."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether *labels* satisfy every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)


def parse_selector(manifest: Mapping[str, Any], at: Path) -> tuple[Selector, list[Mistake]]:
    """A LabelSelector as a value, and what is wrong with it; the selector is void when anything is.

    Args:
        manifest: ``{matchLabels, matchExpressions}``, both optional, as the API accepts them.
        at: where it stands in the federated object.
    """
    labels = manifest.get("matchLabels")
    labels = labels if isinstance(labels, dict) else {}
    requirements = [Requirement(key, "In", frozenset({str(value)})) for key, value in sorted(labels.items())]
    mistakes: list[Mistake] = []
    expressions = manifest.get("matchExpressions")
    for index, expression in enumerate(expressions if isinstance(expressions, list) else ()):
        if not isinstance(expression, dict):
            continue  # the schema check tells the user
        key, operator = str(expression.get("key", "")), str(expression.get("operator", ""))
        values = frozenset(map(str, expression.get("values") or ()))
        mistakes += _check_expression(key, operator, values, (*at, "matchExpressions", index))
        requirements.append(Requirement(key, operator, values))
    return Selector(tuple(requirements)), mistakes


def _check_expression(key: str, operator: str, values: frozenset[str], at: Path) -> list[Mistake]:
    if operator not in _OPERATORS:
        return [
            Mistake(
                "bad-selector",
                f"The operator {operator!r} is unknown; use one of {', '.join(_OPERATORS)}.",
                (*at, "operator"),
                expected=" or ".join(_OPERATORS),
                nearest=nearest(operator, _OPERATORS),
            ),
        ]
    if operator in ("In", "NotIn") and not values:
        message = f"The operator {operator} on the label {key} compares with nothing; give it values."
        return [Mistake("bad-selector", message, at, expected="a list of values that is not empty")]
    if operator in ("Exists", "DoesNotExist") and values:
        message = f"The operator {operator} on the label {key} takes no values; remove them, or use In or NotIn."
        return [Mistake("bad-selector", message, (*at, "values"), expected="no values")]
    return []
