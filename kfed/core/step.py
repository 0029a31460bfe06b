"""One step of an override's path: from a map or list to the key or index that a token means in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.overridepath import Match, as_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kfed.core.overridepath import Tokens
    from kfed.core.patch import Patch
    from kfed.core.pointer import Path
    from kfed.core.rules import Rule

    Key = str | int

# No list is near a billion elements; Python refuses to read a number of thousands of digits.
_INDEX = re.compile(r"-?[0-9]{1,9}")
_SHOWN = 8  # enough to choose from


class ListRule(Protocol):
    """What a schema knows of a list."""

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Values that the API server fills in for absent keys of an element, such as a port's protocol."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Why a patch does not fit an object; the attributes are those of a Mistake."""

    rule: Rule
    message: str
    expected: str
    nearest: str = ""

    def to_mistake(self, at: Path, cluster: str) -> Mistake:
        """The same as a mistake at *at*, in the object of *cluster*."""
        return Mistake(self.rule, self.message, at, cluster=cluster, expected=self.expected, nearest=self.nearest)


def find(
    container: Any, patch: Patch, depth: int, lists: Callable[[Tokens], ListRule | None] | None
) -> Key | Unmatched:
    """The key or index in *container* of what is there and what the token at *depth* of the patch's path means.

    Args:
        container: a map or list.
        patch: whose path it is.
        depth: how many tokens led to *container*.
        lists: what a schema knows of the list at a path.
    """
    token = patch.tokens[depth]
    if isinstance(container, dict):
        if isinstance(token, Match):
            return _not_a_list(patch, depth)
        return token if token in container else _missing_key(patch, depth, container)
    if isinstance(token, Match):
        rule = lists(patch.tokens[:depth]) if lists else None
        return _find_element(container, token, patch, depth, rule.defaults if rule else {})
    return _index(token, container, patch, depth)


def find_target(container: Any, patch: Patch, lists: Callable[[Tokens], ListRule | None] | None) -> Key | Unmatched:
    """The key or index in *container* at which a patch changes something: of what is there, or of what it sets anew.

    As for KubeFed, a key that a map lacks is set by ``replace`` as it is by ``add``.
    """
    token, depth = patch.tokens[-1], len(patch.tokens) - 1
    in_map = isinstance(container, dict)
    if isinstance(token, Match) or patch.op == "remove" or (patch.op == "replace" and not in_map):
        return find(container, patch, depth, lists)
    return token if in_map else _insertion_index(token, container, patch)


def not_a_container(patch: Patch, depth: int, value: Any) -> Unmatched:
    """Why a path cannot go on at *depth*, where *value* is neither a map nor a list."""
    here = to_text(patch.tokens[:depth])
    what = "null" if value is None else "a single value"
    return Unmatched("wrong-path", f"{here} is {what}, so {patch.path} leads nowhere.", "a map or a list")


def _find_element(
    elements: list[Any], match: Match, patch: Patch, depth: int, defaults: Mapping[str, Any]
) -> int | Unmatched:
    indices = [index for index, element in enumerate(elements) if _fits(element, match, defaults)]
    if len(indices) == 1:
        return indices[0]
    here = to_text(patch.tokens[:depth])
    if indices:
        message = f"{match} fits {len(indices)} elements of {here} (at {_listed(indices)}); name more of their keys."
        return Unmatched("ambiguous-element", message, "a match of one element")
    field, value = match.fields[0]
    values = (element.get(field) for element in elements if isinstance(element, dict))
    there = [as_text(value) for value in values if _is_scalar(value)]
    appending = patch.op == "add" and depth == len(patch.tokens) - 1
    hint = f" To append an element, add to {here}/-." if appending else ""
    message = f"No element of {here} fits {match}" + (f"; there are {_listed(there)}." if there else ".") + hint
    return Unmatched("nothing-matched", message, "the key of an element that is there", nearest(value, there))


def _fits(element: Any, match: Match, defaults: Mapping[str, Any]) -> bool:
    if not isinstance(element, dict):
        return False
    for key, text in match.fields:
        value = element.get(key)
        value = defaults.get(key) if value is None else value
        if not _is_scalar(value) or as_text(value) != text:
            return False
    return True


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _index(token: str, elements: list[Any], patch: Patch, depth: int) -> int | Unmatched:
    """An index of an element that is there; a negative one counts from the end, as KubeFed's library has it."""
    if token == "-":
        message = (
            f"{patch.path}: - stands for the end of a list, where there is no element to {patch.op}; use an index."
        )
        return Unmatched("nothing-matched", message, "an index")
    if not _INDEX.fullmatch(token):
        return _not_an_index(token, patch, depth)
    index = int(token)
    actual = index + len(elements) if index < 0 else index
    if 0 <= actual < len(elements):
        return actual
    here = to_text(patch.tokens[:depth])
    message = f"{here} has {len(elements)} elements, so there is none at {index}."
    return Unmatched("nothing-matched", message, _range(len(elements)))


def _insertion_index(token: str, elements: list[Any], patch: Patch) -> int | Unmatched:
    if token == "-":
        return len(elements)
    if not _INDEX.fullmatch(token):
        return _not_an_index(token, patch, len(patch.tokens) - 1)
    index = int(token)
    actual = index + len(elements) + 1 if index < 0 else index
    if 0 <= actual <= len(elements):
        return actual
    here = to_text(patch.tokens[:-1])
    message = f"{here} has {len(elements)} elements, so nothing can be inserted at {index}; use - to append."
    return Unmatched("nothing-matched", message, _range(len(elements) + 1))


def _not_an_index(token: str, patch: Patch, depth: int) -> Unmatched:
    here = to_text(patch.tokens[:depth])
    message = (
        f"{here} is a list, so {token!r} cannot name anything in it; give an index, or a key as in [name={token}]."
    )
    return Unmatched("wrong-path", message, "an index, or a key in brackets")


def _range(count: int) -> str:
    return f"an index from 0 to {count - 1}" if count else "a list that is not empty"


def _missing_key(patch: Patch, depth: int, container: Mapping[str, Any]) -> Unmatched:
    here, key = to_text(patch.tokens[:depth]) or "the object", str(patch.tokens[depth])
    last = depth == len(patch.tokens) - 1
    hint = "there is nothing to remove" if last else f"add {to_text(patch.tokens[: depth + 1])} first"
    message = f"{patch.path} matches nothing: {here} has no {key}; {hint}."
    rule: Rule = "nothing-matched" if last else "missing-parent"
    return Unmatched(rule, message, "a path to what is there", nearest(key, container))


def _not_a_list(patch: Patch, depth: int) -> Unmatched:
    here = to_text(patch.tokens[:depth]) or "the object"
    message = f"{here} is not a list, so {patch.tokens[depth]} cannot select from it; give the name of a field."
    return Unmatched("wrong-path", message, "the name of a field")


def _listed(names: list[Any]) -> str:
    shown = ", ".join(map(str, names[:_SHOWN]))
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
