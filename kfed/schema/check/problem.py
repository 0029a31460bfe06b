"""Problem: where a value does not fit its schema, and the words for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kfed.core import finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.pointer import Path

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w-]*")
_SHOWN_LENGTH = 60
_SHOWN_NAMES = 8
_KINDS = {
    dict: "a map",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where a value does not fit its schema.

    Attributes:
        path: where in the value; for a field that is missing, where it would be.
        rule: as in `kfed.core.rules.RULES`.
        message: a full sentence that says what to do.
        expected: what would have been right.
        nearest: the nearest right name.
    """

    path: Path
    rule: str
    message: str
    expected: str = ""
    nearest: str = ""


@dataclass(slots=True)
class Fault:
    """A problem on its way up: what is wrong is known, and where, only as far as it has come.

    Attributes:
        rule: as in `Problem`.
        predicate: the message without its subject, ``must be an integer.``
        expected: as in `Problem`.
        nearest: as in `Problem`.
        path: the keys and indices passed so far, the last one first.
    """

    rule: str
    predicate: str
    expected: str = ""
    nearest: str = ""
    path: list[str | int] = field(default_factory=list)


Faults = list[Fault] | None
Check = Callable[[Any], Faults]
Show = Callable[[Any], str]


def to_problems(faults: Iterable[Fault], whole: str) -> list[Problem]:
    """*faults* with their subjects, in the order of their paths; *whole* is what the value itself is called."""
    problems = []
    for fault in faults:
        path = tuple(reversed(fault.path))
        message = f"{subject(path) or whole} {fault.predicate}"
        problems.append(Problem(path, fault.rule, message, fault.expected, fault.nearest))
    return sorted(dict.fromkeys(problems), key=_order)


def subject(path: Path) -> str:
    """A place as one names it in a sentence: the last two names of its path, ``containers[0].image``."""
    names = [index for index, token in enumerate(path) if isinstance(token, str)]
    start = names[-2] if len(names) > 1 else 0
    text = ""
    for token in path[start:]:
        if isinstance(token, int):
            text += f"[{token}]"
        elif _PLAIN_KEY.fullmatch(token):
            text += f".{token}" if text else token
        else:
            text += f"[{json.dumps(token, ensure_ascii=False)}]" if text else token
    return text


def kind_of(value: Any) -> str:
    """What sort of value it is: ``a map``, ``an integer``."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def show(value: Any) -> str:
    """A value in a sentence: itself when it is a single one and short, otherwise what sort of value it is."""
    if value is None or isinstance(value, dict | list):
        return kind_of(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


def listed(names: Iterable[str], last: str = "or") -> str:
    """Names in a sentence: ``a, b or c``; of many, the first few."""
    every = list(names)
    if len(every) > _SHOWN_NAMES:
        return f"{', '.join(every[:_SHOWN_NAMES])} {last} {len(every) - _SHOWN_NAMES} more"
    return f" {last} ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


@lru_cache(maxsize=1024)
def nearest(name: str, names: tuple[str, ...]) -> str:
    """`kfed.core.finding.nearest`, remembered: one typo is often made many times."""
    return finding.nearest(name, names)


def suggestion(name: str) -> str:
    """The end of a sentence that a nearest name goes into, if there is one."""
    return f"; did you mean {name}?" if name else "."


def _order(problem: Problem) -> tuple[Any, ...]:
    # The position of an element counts as a number, and goes before any name.
    path = tuple((0, token, "") if isinstance(token, int) else (1, 0, str(token)) for token in problem.path)
    return path, problem.rule, problem.message
