"""Label selectors in their text form, as k8s.io/apimachinery ``labels.Parse`` reads them, and in its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kfed.core.selector import Operator, Requirement
from kfed.sandbox.errors import bad_request, quoted
from kfed.sandbox.values.naming import is_label_value, label_key_problem, label_value_problem

if TYPE_CHECKING:
    from kfed.sandbox.errors import ApiError

_TOKEN = re.compile(r"[=!<>]+|[(),]|[^=!<>(),\s]+")
_OPERATORS = {
    "in": Operator.IN,
    "notin": Operator.NOT_IN,
    "=": Operator.IN,
    "==": Operator.IN,
    "!=": Operator.NOT_IN,
    ">": Operator.GREATER,
    "<": Operator.LESS,
}
_SYMBOLS = frozenset({"!", "=", "==", "!=", ">", "<", "(", ")", ","})
_END = ""


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """A label selector's requirements, all of which must hold.

    Raises:
        ApiError: 400, it cannot be read.
    """
    return _LabelParser(text).parse()


class _LabelParser:
    """Walks through the tokens of a label selector, as ``labels.Parser`` does."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._place = 0

    def parse(self) -> tuple[Requirement, ...]:
        requirements: list[Requirement] = []
        while self._peek() != _END:
            token = self._peek()
            if token != "!" and token in _SYMBOLS:
                raise bad_request(f"found '{token}', expected: !, identifier, or 'end of string'")
            requirements.append(self._requirement())
            token = self._take()
            if token not in {_END, ","}:
                raise bad_request(f"found '{token}', expected: ',' or 'end of string'")
            following = self._peek()
            if token == "," and (following == _END or (following != "!" and following in _SYMBOLS)):
                raise bad_request(f"found '{following}', expected: identifier after ','")
        return tuple(requirements)

    def _requirement(self) -> Requirement:
        absent = self._peek() == "!"
        if absent:
            self._take()
        key = self._take()
        if key in _SYMBOLS or key == _END:
            raise _unparsed(f"found '{key}', expected: identifier")
        if problem := label_key_problem(key):
            raise _unparsed(f"<nil>: Invalid value: {quoted(key)}: {problem}")
        if absent or self._peek() in {_END, ","}:
            return Requirement(key, Operator.DOES_NOT_EXIST if absent else Operator.EXISTS)
        return self._comparison(key)

    def _comparison(self, key: str) -> Requirement:
        token = self._take()
        operator = _OPERATORS.get(token)
        if operator is None:
            raise _unparsed(f"found '{token}', expected: in, notin, =, ==, !=, gt, lt")
        values = self._values() if token in {"in", "notin"} else frozenset({self._value()})
        if token in {">", "<"} and not _is_integer(next(iter(values))):
            given = quoted(next(iter(values)))
            raise _unparsed(
                f"values[0]: Invalid value: {given}: for 'Gt', 'Lt' operators, the value must be an integer"
            )
        for place, value in enumerate(sorted(values)):
            if not is_label_value(value):
                problem = label_value_problem(value)
                raise _unparsed(f"values[{place}][{key}]: Invalid value: {quoted(value)}: {problem}")
        return Requirement(key, operator, values)

    def _value(self) -> str:
        token = self._peek()
        if token in {_END, ","}:
            return ""
        if token in _SYMBOLS:
            raise _unparsed(f"found '{token}', expected: identifier")
        return self._take()

    def _values(self) -> frozenset[str]:
        token = self._take()
        if token != "(":
            raise _unparsed(f"found '{token}' expected: '('")
        values: set[str] = set()
        while (token := self._take()) != ")":
            if token == ",":
                values.add("")
                continue
            if token in _SYMBOLS or token == _END:
                raise _unparsed(f"found '{token}', expected: ',', ')' or identifier")
            values.add(token)
            if self._peek() not in {",", ")"}:
                raise _unparsed(f"found '{self._peek()}', expected: ',' or ')'")
            if self._peek() == ",":
                self._take()
                if self._peek() == ")":
                    values.add("")
        return frozenset(values or {""})

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else _END

    def _take(self) -> str:
        token = self._peek()
        self._place += 1
        return token


def _tokens(text: str) -> list[str]:
    """Identifiers and symbols; ``labels.Lexer`` reads as long a symbol as there is."""
    tokens: list[str] = []
    for found in _TOKEN.findall(text):
        if found[0] not in "=!<>":
            tokens.append(found)
            continue
        rest = found
        while rest:
            symbol = rest[:2] if rest[:2] in _SYMBOLS else rest[:1]
            tokens.append(symbol)
            rest = rest[len(symbol) :]
    return tokens


def _unparsed(why: str) -> ApiError:
    return bad_request(f"unable to parse requirement: {why}")


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+", text) is not None
