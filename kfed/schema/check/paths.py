"""PathChecker: the path of an override against a type, before any object is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.overridepath import Match, to_text
from kfed.schema.check.compile import Compiler
from kfed.schema.check.mismatch import expected_type
from kfed.schema.check.mistakes import placed
from kfed.schema.check.node import ANY, ANYTHING, Node
from kfed.schema.check.notations import translated
from kfed.schema.check.words import listed, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.overridepath import Token, Tokens
    from kfed.core.pointer import Path
    from kfed.core.rules import Rule

_PATH: Path = ("path",)
_REMEMBERED = 4096
_APPEND = "-"


@dataclass(frozen=True, slots=True)
class ListRule:
    """What a schema knows of a list.

    Attributes:
        keys: the fields that tell one element from another.
        defaults: what the API server fills in for absent keys of an element, such as a port's ``protocol``.
    """

    keys: tuple[str, ...]
    defaults: Mapping[str, Any]


class PathChecker:
    """Checks the paths and values of overrides of one type; it remembers the lists it was asked for."""

    def __init__(self, root: Node, *, redact: bool) -> None:
        """Make one for objects of the type *root*; with *redact*, no message holds a value."""
        self._root = root
        self._compiler = Compiler(redact=redact)
        self._list_rule = lru_cache(maxsize=_REMEMBERED)(self._find_list_rule)

    def check_patch(self, op: str, tokens: Tokens, value: Any, *, has_value: bool) -> list[Mistake]:
        """What is wrong with one operation, whatever the object.

        That a required field is removed, or that there is nothing at the path, only an object can tell.

        Args:
            op: ``add``, ``remove`` or ``replace``.
            tokens: the path.
            value: what to set.
            has_value: a value was given; otherwise it is not looked at.

        Returns:
            Mistakes within the operation. Those of the path are at ``path``, with the rules ``wrong-path``,
            ``not-a-list-key`` and ``index-into-keyed-list``, which is a warning. If the path leads somewhere, there are
            those of the value, at ``value`` and below.
        """
        mistakes: list[Mistake] = []
        node = self._root
        for depth in range(len(tokens)):
            child = _step(node, op, tokens, depth, mistakes)
            if child is None:
                return mistakes
            node = child
        if has_value and op != "remove":
            mistakes += self._check_value(node, tokens, value)
        return mistakes

    def translated(self, text: str) -> Tokens | None:
        """The path that *text* means when it is written as another tool has it, if the type has that path."""
        return translated(self._root, text)

    def list_rule(self, tokens: Tokens) -> ListRule | None:
        """What is known of the list at a path; ``None`` when there is none, or its elements have no keys."""
        return self._list_rule(tokens)

    def _check_value(self, node: Node, tokens: Tokens, value: Any) -> list[Mistake]:
        if value is None and tokens and node is not ANY and not node.is_nullable and not self._is_element(tokens):
            return [_null()]  # where that is wrong, the result shows it
        with self._compiler.remembering():
            mistakes = placed(self._compiler.compile(node)(value) or [], "the value")
        return [replace(mistake, at=("value", *mistake.at)) for mistake in mistakes]

    def _is_element(self, tokens: Tokens) -> bool:
        parent = self._find(tokens[:-1])
        return parent is not None and parent.type == "array"

    def _find_list_rule(self, tokens: Tokens) -> ListRule | None:
        node = self._find(tokens)
        if node is None or node.type != "array" or not node.list_keys:
            return None
        return ListRule(node.list_keys, node.key_defaults)

    def _find(self, tokens: Tokens) -> Node | None:
        node: Node | None = self._root
        for token in tokens:
            if node is None:
                return None
            node = _child(node, token)
        return node


def _child(node: Node, token: Token) -> Node | None:
    """What a path leads to that is known to fit, or ``None``."""
    match node.type:
        case "array":
            return node.element
        case "object":
            return None if isinstance(token, Match) else node.field(token)
        case _:
            return _field_of_anything(node, token)


def _field_of_anything(node: Node, token: Token) -> Node | None:
    """A node whose type is open may still say what a field of it, or an element, is."""
    if node.type != ANYTHING:
        return None
    return node.element if isinstance(token, Match) or token == _APPEND else node.field(token)


def _step(node: Node, op: str, tokens: Tokens, depth: int, mistakes: list[Mistake]) -> Node | None:
    """The node that the token at *depth* leads to; ``None`` after a mistake that lets the path end here."""
    token = tokens[depth]
    mistake: Mistake | None = None
    if node.type == "array":
        mistake = _check_element(node, op, tokens, depth)
    elif node.type == "object" and isinstance(token, Match):
        mistake = _wrong(
            f"{_here(tokens, depth)} is a map, so {token} cannot select from it; give the name of a field.",
            "the name of a field",
        )
    child = None if mistake and mistake.rule != "index-into-keyed-list" else _child(node, token)
    if mistake is None and child is None:
        mistake = _no_field(node, tokens, depth)
    if mistake is not None:
        mistakes.append(mistake)
    return child


def _check_element(node: Node, op: str, tokens: Tokens, depth: int) -> Mistake | None:
    token, is_last = tokens[depth], depth == len(tokens) - 1
    if isinstance(token, Match):
        return _check_match(node, tokens, depth)
    if token == _APPEND:
        if op == "add" and is_last:
            return None
        message = (
            f"{to_text(tokens)}: - stands for the end of {_here(tokens, depth)}, where there is nothing to "
            f"{op if is_last else 'go into'}; give {_element_words(node)}."
        )
        return _wrong(message, _element_words(node))
    if not _is_index(token):
        example = _element_words(node, token)
        message = f"{_here(tokens, depth)} is a list, so {token} cannot name anything in it; give {example}."
        return _wrong(message, example)
    if node.list_keys and not (op == "add" and is_last):
        return _by_position(node, tokens, depth)
    return None


def _check_match(node: Node, tokens: Tokens, depth: int) -> Mistake | None:
    match = tokens[depth]
    assert isinstance(match, Match)  # noqa: S101  the caller saw it
    if node.element.type not in ("object", ANYTHING):
        message = (
            f"The elements of {_here(tokens, depth)} are no maps, so {match} cannot select one; give an index, "
            "or replace the whole list."
        )
        return _wrong(message, "an index")
    keys = node.list_keys
    for field, _ in match.fields:
        if keys and field not in keys:
            near = keys[0] if len(keys) == 1 else nearest(field, keys)
            message = (
                f"{field} is no key of {_here(tokens, depth)}, whose elements are told apart by {listed(keys, 'and')}; "
                f"write {_pattern(keys)}."
            )
            return _wrong(message, _pattern(keys), near, "not-a-list-key")
        if not keys and node.element.field(field) is None:
            names = sorted(node.element.names)
            near = nearest(field, node.element.names)
            message = f"The elements of {_here(tokens, depth)} have no field {field}{_or_list(near, names)}"
            return _wrong(message, f"one of {listed(names)}", near, "not-a-list-key")
    return None


def _by_position(node: Node, tokens: Tokens, depth: int) -> Mistake:
    better = to_text(tokens[:depth]) + "/" + _pattern(node.list_keys) + to_text(tokens[depth + 1 :])
    message = (
        f"{to_text(tokens[: depth + 1])} goes by position into a list whose elements are told apart by "
        f"{listed(node.list_keys, 'and')}, so it means another element when their order changes; write {better}."
    )
    return Mistake("index-into-keyed-list", message, _PATH, severity=Severity.WARNING, expected=better)


def _no_field(node: Node, tokens: Tokens, depth: int) -> Mistake:
    token, here = str(tokens[depth]), _here(tokens, depth)
    if node.type != "object":
        message = f"{here} is {expected_type(node)}, so there is no {token} in it; end the path there."
        return _wrong(message, f"a path that ends at {here}")
    if depth == 0 and token == "status":
        message = "The status is not propagated: each cluster writes its own; remove this override."
        return _wrong(message, "a path outside of /status")
    names = sorted(node.names)
    near = nearest(token, node.names) if "[" not in token else ""
    expected = f"one of {listed(names)}" if names else "no field"
    return _wrong(f"{here} has no field {token}{_or_list(near, names)}", expected, near)


def _or_list(near: str, names: list[str]) -> str:
    return suggestion(near) if near or not names else f"; it has {listed(names, 'and')}."


def _wrong(message: str, expected: str, near: str = "", rule: Rule = "wrong-path") -> Mistake:
    return Mistake(rule, message, _PATH, expected=expected, nearest=near)


def _null() -> Mistake:
    message = "null there is what an API server takes for a field that was left out; use op: remove, or give a value."
    return Mistake("ignored-null", message, ("value",), severity=Severity.WARNING, expected="a value")


def _here(tokens: Tokens, depth: int) -> str:
    return to_text(tokens[:depth]) or "The object"


def _pattern(keys: tuple[str, ...], value: str = "") -> str:
    """A match with these keys; their values, unless there is one key and *value*, are left to the reader."""
    shown = value if len(keys) == 1 and value else "…"
    return str(Match(tuple((key, shown) for key in keys)))


def _element_words(node: Node, value: str = "") -> str:
    """How one addresses an element of the list *node*, maybe the one of which *value* is the key."""
    if node.list_keys:
        return f"a key as in {_pattern(node.list_keys, value)}"
    return "an index or a field as in [name=…]" if node.element.type in ("object", ANYTHING) else "an index"


def _is_index(token: str) -> bool:
    digits = token.removeprefix("-")
    return digits.isascii() and digits.isdigit()
