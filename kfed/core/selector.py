"""Label selectors: requirements that labels must meet, as meta/v1 LabelSelector writes them down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.names import LABEL_KEY, LABEL_VALUE
from kfed.core.nearest import nearest
from kfed.core.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.names import Form
    from kfed.core.pointer import Path


class Operator(StrEnum):
    """How a label relates to values."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GREATER = "Gt"
    LESS = "Lt"


# Gt and Lt are for text alone; a LabelSelector has not got them.
_STRUCTURED = (Operator.IN, Operator.NOT_IN, Operator.EXISTS, Operator.DOES_NOT_EXIST)
_NUMBER = re.compile(r"[0-9]{1,63}")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether *labels* satisfy it; ``NotIn`` and ``DoesNotExist`` hold for a label that is absent."""
        match self.operator:
            case Operator.IN:
                return labels.get(self.key) in self.values
            case Operator.NOT_IN:
                return labels.get(self.key) not in self.values
            case Operator.EXISTS:
                return self.key in labels
            case Operator.DOES_NOT_EXIST:
                return self.key not in labels
            case Operator.GREATER:
                return any(number > bound for number, bound in self._numbers(labels))
            case Operator.LESS:
                return any(number < bound for number, bound in self._numbers(labels))

    def _numbers(self, labels: Mapping[str, str]) -> Iterator[tuple[int, int]]:
        label = labels.get(self.key, "")
        if _NUMBER.fullmatch(label):
            yield from ((int(label), int(bound)) for bound in self.values)

    def __str__(self) -> str:
        values = sorted(self.values)
        match self.operator:
            case Operator.EXISTS:
                return self.key
            case Operator.DOES_NOT_EXIST:
                return f"!{self.key}"
            case Operator.GREATER | Operator.LESS:
                return f"{self.key}{'>' if self.operator is Operator.GREATER else '<'}{values[0]}"
        negated = self.operator is Operator.NOT_IN
        if len(values) == 1:
            return f"{self.key}{'!=' if negated else '='}{values[0]}"
        return f"{self.key} {'notin' if negated else 'in'} ({','.join(values)})"


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements must hold; none at all selects everything. As text it is what kubectl takes after ``-l``."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether *labels* satisfy every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))


NOTHING = Selector((Requirement("", Operator.IN),))
"""What a selector with a mistake in it comes to, so that a slip never selects everything."""


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


def check_key(key: str, at: Path, *, on_key: bool = False) -> list[Mistake]:
    """What is wrong with the key of a requirement."""
    return _check(key, LABEL_KEY, at, on_key=on_key)


def check_value(value: str, at: Path) -> list[Mistake]:
    """What is wrong with a value of a requirement."""
    return _check(value, LABEL_VALUE, at)


def _check(text: str, form: Form, at: Path, *, on_key: bool = False) -> list[Mistake]:
    if form.fits(text):
        return []
    hint = text.strip() if form.fits(text.strip()) else ""
    return [Mistake("bad-selector", form.refusal(text), at, on_key=on_key, expected=form.noun, nearest=hint)]


def _read_labels(value: Any, at: Path, reader: Reader) -> Iterator[Requirement]:
    for key, label in sorted(reader.map(value, at).items()):
        text = reader.element_text(label, (*at, key))
        reader.mistakes += [*check_key(key, (*at, key), on_key=True), *check_value(text, (*at, key))]
        yield Requirement(key, Operator.IN, frozenset({text}))


def _read_expressions(value: Any, at: Path, reader: Reader) -> Iterator[Requirement]:
    for place, expression in reader.maps(value, at):
        before = len(reader.mistakes)
        key, operator = reader.required(expression, "key", place), reader.required(expression, "operator", place)
        items = list(reader.items(expression.get("values"), (*place, "values")))
        values = [(reader.element_text(item, where), where) for where, item in items]
        if len(reader.mistakes) == before:
            reader.mistakes += _check_expression(key, operator, values, place)
        if len(reader.mistakes) == before:
            yield Requirement(key, Operator(operator), frozenset(text for text, _ in values))


def _check_expression(key: str, operator: str, values: list[tuple[str, Path]], at: Path) -> list[Mistake]:
    if operator not in _STRUCTURED:
        message = f"The operator {operator!r} is unknown; use one of {', '.join(_STRUCTURED)}."
        hint = nearest(operator, _STRUCTURED)
        place, expected = (*at, "operator"), " or ".join(_STRUCTURED)
        return [Mistake("bad-selector", message, place, expected=expected, nearest=hint)]
    mistakes = check_key(key, (*at, "key"))
    if operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST):
        if values:
            message = f"The operator {operator} on the label {key} takes no values; remove them, or use In or NotIn."
            mistakes.append(Mistake("bad-selector", message, (*at, "values"), expected="no values"))
        return mistakes
    if not values:
        message = f"The operator {operator} on the label {key} compares with nothing; give it values."
        mistakes.append(Mistake("bad-selector", message, at, expected="a list of values that is not empty"))
    return [*mistakes, *(mistake for text, where in values for mistake in check_value(text, where))]
