"""Overrides: what differs in one cluster, and which rule said so.

Operations are JSON Patch's add, remove and replace (RFC 6902), applied in order. Nothing is changed in place: the
containers along a path are copied once and everything else stays the template's own, so that whoever checks or writes
the results can tell by identity what it has seen before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kfed.core.finding import nearest
from kfed.core.mistake import Mistake
from kfed.core.overridepath import Match, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kfed.core.federated import Patch
    from kfed.core.overridepath import Token, Tokens
    from kfed.core.pointer import Path

# No list is near a billion elements; Python refuses to read a number of thousands of digits.
_INDEX = re.compile(r"-?[0-9]{1,9}")


class ListRule(Protocol):
    """What a schema knows of a list."""

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Values that the API server fills in for absent keys of an element, such as a port's protocol."""


class Absent:
    """The value of what is not there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Origin:
    """One change to an object, and the rule that made it.

    Attributes:
        op: ``add``, ``remove`` or ``replace``, as JSON Patch has them.
        path: where, with list elements by index as they stood at the time.
        value: what was set; `ABSENT` for ``remove``.
        before: what was there; `ABSENT` when nothing was, or when a list element was inserted.
        at: where in the federated object the rule stands; ``None`` when the rule is kfed's own.
        rule: the rule in words.
    """

    op: str
    path: Path
    value: Any
    before: Any
    at: Path | None
    rule: str


class Unmatched(Exception):  # noqa: N818  it never leaves this module: a reason, not an error
    """Why a patch does not fit the object."""

    def __init__(self, rule: str, message: str, *, expected: str = "", nearest: str = "") -> None:
        super().__init__(message)
        self.rule, self.expected, self.nearest = rule, expected, nearest


class Draft:
    """An object being changed: it shares every container with its original until one is changed."""

    def __init__(self, original: Mapping[str, Any], lists: Callable[[Tokens], ListRule | None] | None = None) -> None:
        """Start from *original*, which is never changed; *lists* tells what a schema knows of the list at a path."""
        self.manifest: dict[str, Any] = dict(original)
        self.origins: list[Origin] = []
        self._own: dict[int, Any] = {id(self.manifest): self.manifest}
        self._lists = lists

    def apply(self, patches: Iterable[Patch], rule: str, cluster: str) -> list[Mistake]:
        """Apply *patches* in order, and tell which of them do not fit.

        Args:
            patches: the operations.
            rule: where they come from, in words.
            cluster: whose object this is, for the mistakes.
        """
        mistakes = []
        for patch in patches:
            if patch.mistake is not None:
                mistakes.append(patch.mistake)
                continue
            try:
                self._apply(patch, rule)
            except Unmatched as reason:
                mistakes.append(
                    Mistake(
                        reason.rule,
                        str(reason),
                        (*patch.at, "path"),
                        cluster=cluster,
                        expected=reason.expected,
                        nearest=reason.nearest,
                    )
                )
        return mistakes

    def set(self, path: tuple[str, ...], value: Any, rule: str) -> None:
        """Set a field of kfed's own; missing maps on the way are made, and nothing happens if it is so already."""
        if value_at(self.manifest, path) == value:
            return
        container = self.manifest
        for depth, key in enumerate(path[:-1]):
            if container.get(key) is None:  # null stands for absent, as for an API server
                self._record("add", path[: depth + 1], {}, container.get(key, ABSENT), (None, rule))
                container[key] = {}
                self._own[id(container[key])] = container[key]
            elif not isinstance(container[key], dict):
                return  # the schema check tells the user
            container = self._owned(container, key)
        self._record("add", path, value, container.get(path[-1], ABSENT), (None, rule))
        container[path[-1]] = value

    def remove(self, path: tuple[str, ...], rule: str) -> None:
        """Remove a field that is there."""
        container = self.manifest
        for key in path[:-1]:
            container = self._owned(container, key)
        self._record("remove", path, ABSENT, container.pop(path[-1]), (None, rule))

    def _apply(self, patch: Patch, rule: str) -> None:
        container: Any = self.manifest
        resolved: list[str | int] = []
        for depth, token in enumerate(patch.tokens[:-1]):
            key = self._find(container, token, patch, depth)
            child = container[key]
            if not isinstance(child, dict | list):
                raise _not_a_container(patch, depth + 1, child)
            resolved.append(key)
            container = self._owned(container, key)
        last = patch.tokens[-1]
        where = (patch.at, rule)
        if patch.op == "add":
            self._add(container, last, patch, resolved, where)
            return
        key = self._find(container, last, patch, len(patch.tokens) - 1)
        before = container[key]
        if patch.op == "remove":
            del container[key]
            self._record("remove", (*resolved, key), ABSENT, before, where)
        else:
            container[key] = patch.value
            self._record("replace", (*resolved, key), patch.value, before, where)

    def _add(self, container: Any, last: Token, patch: Patch, resolved: list[str | int], where: Any) -> None:
        if isinstance(container, dict):
            if isinstance(last, Match):
                raise _not_a_list(patch, len(patch.tokens) - 1)
            before = container.get(last, ABSENT)
            container[last] = patch.value
            self._record("add", (*resolved, last), patch.value, before, where)
            return
        if isinstance(last, Match):
            key = self._find(container, last, patch, len(patch.tokens) - 1)
            before = container[key]
            container[key] = patch.value
            self._record("replace", (*resolved, key), patch.value, before, where)
            return
        index = _insertion_index(last, container, patch)
        container.insert(index, patch.value)
        self._record("add", (*resolved, index), patch.value, ABSENT, where)

    def _find(self, container: Any, token: Token, patch: Patch, depth: int) -> Any:
        """The key or index in *container* that *token* means."""
        if isinstance(container, dict):
            if isinstance(token, Match):
                raise _not_a_list(patch, depth)
            if token not in container:
                raise _missing_key(patch, depth, container)
            return token
        if isinstance(token, Match):
            return self._find_element(container, token, patch, depth)
        return _index(token, container, patch, depth)

    def _find_element(self, elements: list[Any], match: Match, patch: Patch, depth: int) -> int:
        rule = self._lists(patch.tokens[:depth]) if self._lists else None
        defaults = rule.defaults if rule else {}
        found = [index for index, element in enumerate(elements) if _fits(element, match, defaults)]
        if len(found) == 1:
            return found[0]
        here = to_text(patch.tokens[:depth])
        if found:
            places = ", ".join(str(index) for index in found)
            message = f"{match} fits {len(found)} elements of {here} (at {places}); name more of their keys."
            raise Unmatched("ambiguous-element", message, expected="a match of one element")
        field, value = match.fields[0]
        values = (element.get(field) for element in elements if isinstance(element, dict))
        there = [as_text(value) for value in values if _is_scalar(value)]
        appending = patch.op == "add" and depth == len(patch.tokens) - 1
        hint = f" To append an element, add to {here}/-." if appending else ""
        raise Unmatched(
            "nothing-matched",
            f"No element of {here} fits {match}" + (f"; there are {_listed(there)}." if there else ".") + hint,
            expected="the key of an element that is there",
            nearest=nearest(value, there),
        )

    def _owned(self, container: Any, key: Any) -> Any:
        """The container at *key*, copied when it is still the original's."""
        child = container[key]
        if id(child) not in self._own:
            child = child.copy()
            container[key] = child
            self._own[id(child)] = child
        return child

    def _record(self, op: str, path: Path, value: Any, before: Any, where: tuple[Path | None, str]) -> None:
        at, rule = where
        self.origins.append(Origin(op, tuple(path), value, before, at, rule))


def value_at(manifest: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at *path*, by way of maps; `ABSENT` when nothing does."""
    value: Any = manifest
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return ABSENT
        value = value[key]
    return value


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


def as_text(value: Any) -> str:
    """A scalar as one writes it in a path: ``true`` and ``false`` for booleans."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _index(token: str, elements: list[Any], patch: Patch, depth: int) -> int:
    """An index of an element that is there; a negative one counts from the end, as KubeFed's library has it."""
    if token == "-":
        message = (
            f"{patch.path}: - stands for the end of a list, where there is no element to {patch.op}; use an index."
        )
        raise Unmatched("nothing-matched", message, expected="an index")
    index = _number(token, patch, depth)
    actual = index + len(elements) if index < 0 else index
    if 0 <= actual < len(elements):
        return actual
    here = to_text(patch.tokens[:depth])
    message = f"{here} has {len(elements)} elements, so there is none at {index}."
    raise Unmatched("nothing-matched", message, expected=_range(len(elements)))


def _insertion_index(token: str, elements: list[Any], patch: Patch) -> int:
    if token == "-":
        return len(elements)
    index = _number(token, patch, len(patch.tokens) - 1)
    actual = index + len(elements) + 1 if index < 0 else index
    if 0 <= actual <= len(elements):
        return actual
    here = to_text(patch.tokens[:-1])
    message = f"{here} has {len(elements)} elements, so nothing can be inserted at {index}; use - to append."
    raise Unmatched("nothing-matched", message, expected=_range(len(elements) + 1))


def _number(token: str, patch: Patch, depth: int) -> int:
    if _INDEX.fullmatch(token):
        return int(token)
    here = to_text(patch.tokens[:depth])
    message = (
        f"{here} is a list, so {token!r} cannot name anything in it; give an index, or a key as in [name={token}]."
    )
    raise Unmatched("wrong-path", message, expected="an index, or a key in brackets")


def _range(count: int) -> str:
    return f"an index from 0 to {count - 1}" if count else "a list that is not empty"


def _missing_key(patch: Patch, depth: int, container: Mapping[str, Any]) -> Unmatched:
    here, key = to_text(patch.tokens[:depth]) or "the object", str(patch.tokens[depth])
    last = depth == len(patch.tokens) - 1
    if last:
        hint = "use op: add to set it" if patch.op == "replace" else "there is nothing to remove"
    else:
        hint = f"add {to_text(patch.tokens[: depth + 1])} first"
    message = f"{patch.path} matches nothing: {here} has no {key}; {hint}."
    rule = "nothing-matched" if last else "missing-parent"
    return Unmatched(rule, message, expected="a path to what is there", nearest=nearest(key, container))


def _not_a_list(patch: Patch, depth: int) -> Unmatched:
    here = to_text(patch.tokens[:depth]) or "the object"
    message = f"{here} is not a list, so {patch.tokens[depth]} cannot select from it; give the name of a field."
    return Unmatched("wrong-path", message, expected="the name of a field")


def _not_a_container(patch: Patch, depth: int, value: Any) -> Unmatched:
    here = to_text(patch.tokens[:depth])
    what = "null" if value is None else "a single value"
    return Unmatched("wrong-path", f"{here} is {what}, so {patch.path} leads nowhere.", expected="a map or a list")


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"  # noqa: PLR2004  enough to choose from
