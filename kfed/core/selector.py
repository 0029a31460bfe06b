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


NEVER = Requirement("", "In", frozenset())


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements must hold; none at all selects everything."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether *labels* satisfy every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)


def parse_selector(manifest: Mapping[str, Any], at: Path) -> tuple[Selector, list[Mistake]]:
    """A LabelSelector as a value, and what is wrong with it; the selector is void when anything is.

    What has not the shape of a LabelSelector matches nothing, so that a slip never selects everything; the schema check
    tells the user.

    Args:
        manifest: ``{matchLabels, matchExpressions}``, both optional, as the API accepts them.
        at: where it stands in the federated object.
    """
    requirements = _parse_labels(manifest.get("matchLabels"))
    mistakes: list[Mistake] = []
    expressions = manifest.get("matchExpressions")
    if not isinstance(expressions, list | None):
        requirements.append(NEVER)
        expressions = None
    for index, expression in enumerate(expressions or ()):
        requirement = _parse_expression(expression)
        requirements.append(requirement)
        if requirement is not NEVER:
            mistakes += _check_expression(requirement, (*at, "matchExpressions", index))
    return Selector(tuple(requirements)), mistakes


def _parse_labels(labels: Any) -> list[Requirement]:
    if labels is None:
        return []
    if not isinstance(labels, dict):
        return [NEVER]
    return [
        Requirement(key, "In", frozenset({value})) if isinstance(value, str) else NEVER
        for key, value in sorted(labels.items())
    ]


def _parse_expression(expression: Any) -> Requirement:
    match expression:
        case {"key": str(key), "operator": str(operator)}:
            values = expression.get("values")
            if values is None:
                return Requirement(key, operator, frozenset())
            if isinstance(values, list) and all(isinstance(value, str) for value in values):
                return Requirement(key, operator, frozenset(values))
    return NEVER


def _check_expression(requirement: Requirement, at: Path) -> list[Mistake]:
    key, operator, values = requirement.key, requirement.operator, requirement.values
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
