"""Label selectors from text, as kubectl takes it after ``-l`` and k8s.io/apimachinery, ``labels.Parse``, reads it."""

from __future__ import annotations

import re

from kfed.core.mistake import Mistake
from kfed.core.selector import Operator, Requirement, Selector, check_key, check_value

_SPACE, _WORD = r"[ \t\r\n]", r"[^ \t\r\n=!<>(),]"
_REQUIREMENT = re.compile(
    rf"""{_SPACE}*(?P<absent>!)?{_SPACE}*(?P<key>{_WORD}+)
    (?:{_SPACE}+(?P<word>notin|in){_SPACE}*\((?P<values>[^=!<>()]*)\)
      |{_SPACE}*(?P<symbol>==|=|!=|>|<){_SPACE}*(?P<value>{_WORD}*))?
    {_SPACE}*(?:(?P<comma>,)|\Z)""",
    re.VERBOSE,
)
_OPERATORS = {
    "in": Operator.IN,
    "notin": Operator.NOT_IN,
    "=": Operator.IN,
    "==": Operator.IN,
    "!=": Operator.NOT_IN,
    ">": Operator.GREATER,
    "<": Operator.LESS,
}
_NUMBER = re.compile(r"[0-9]{1,63}")
_FORMS = "a=b, a!=b, a in (b,c), a notin (b), a, !a, a>1 or a<1"


def parse_selector_text(text: str) -> Selector | Mistake:
    """The selector that a text stands for, or the first thing that is wrong with it.

    Args:
        text: requirements with commas between; nothing at all selects everything.
    """
    requirements: list[Requirement] = []
    position, more = 0, bool(text.strip(" \t\r\n"))
    while more:
        parts = _REQUIREMENT.match(text, position)
        if parts is None:
            return _unread(text[position:])
        requirement = _requirement(parts)
        if isinstance(requirement, Mistake):
            return requirement
        requirements.append(requirement)
        position, more = parts.end(), parts["comma"] is not None
    return Selector(tuple(requirements))


def _requirement(parts: re.Match[str]) -> Requirement | Mistake:
    key, symbol = parts["key"], parts["word"] or parts["symbol"]
    if symbol is None:
        mistakes = check_key(key, ())
        return (
            mistakes[0]
            if mistakes
            else Requirement(key, Operator.DOES_NOT_EXIST if parts["absent"] else Operator.EXISTS)
        )
    if parts["absent"]:
        return _unread(parts[0])
    operator = _OPERATORS[symbol]
    listed = [parts["value"]] if parts["values"] is None else parts["values"].split(",")
    values = [value.strip(" \t\r\n") for value in listed]
    mistakes = [*check_key(key, ()), *(mistake for value in values for mistake in check_value(value, ()))]
    if mistakes:
        return mistakes[0]
    if operator in (Operator.GREATER, Operator.LESS) and not _is_number(values[0]):
        message = f"{key}{symbol}{values[0]} compares with no whole number; give one."
        return Mistake("bad-selector", message, (), expected="a whole number")
    return Requirement(key, operator, frozenset(values))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and int(text) < 2**63


def _unread(rest: str) -> Mistake:
    message = (
        f"The selector cannot be read from {rest.strip()!r} on; write requirements as {_FORMS}, with commas between."
    )
    return Mistake("bad-selector", message, (), expected="a label selector")
