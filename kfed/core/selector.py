"""Label selectors, as meta/v1 LabelSelector defines them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.finding import nearest
from kfed.core.mistake import Mistake
from kfed.core.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


NOTHING = Selector((Requirement("", "In", frozenset()),))


def parse_selector(manifest: Any, at: Path) -> tuple[Selector, list[Mistake]]:
    """A LabelSelector as a value, and what is wrong with it; one with a mistake in it matches nothing.

    Args:
        manifest: ``{matchLabels, matchExpressions}``, both optional, as the API accepts them, or any JSON.
        at: where it stands in the federated object.
    """
    reader = Reader()
    whole = reader.map(manifest, at)
    requirements = [
        *_read_labels(whole.get("matchLabels"), (*at, "matchLabels"), reader),
        *_read_expressions(whole.get("matchExpressions"), (*at, "matchExpressions"), reader),
    ]
    return NOTHING if reader.mistakes else Selector(tuple(requirements)), reader.mistakes


def _read_labels(value: Any, at: Path, reader: Reader) -> Iterator[Requirement]:
    for key, label in sorted(reader.map(value, at).items()):
        yield Requirement(key, "In", frozenset({reader.element_text(label, (*at, key))}))


def _read_expressions(value: Any, at: Path, reader: Reader) -> Iterator[Requirement]:
    for place, expression in reader.maps(value, at):
        before = len(reader.mistakes)
        key, operator = reader.required(expression, "key", place), reader.required(expression, "operator", place)
        values = reader.items(expression.get("values"), (*place, "values"))
        requirement = Requirement(key, operator, frozenset(reader.element_text(one, where) for where, one in values))
        if len(reader.mistakes) == before:
            reader.mistakes += _check_expression(requirement, place)
        yield requirement


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
