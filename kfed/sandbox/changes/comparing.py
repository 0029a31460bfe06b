"""Difference: which fields of an object were added, removed and modified, as owners of fields see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.fields import name_element
from kfed.sandbox.changes.typed import below, elements, is_list, is_map

if TYPE_CHECKING:
    from kfed.sandbox.changes.fields import FieldPath
    from kfed.schema.check.node import Node

ABSENT: Any = object()


@dataclass(slots=True)
class Difference:
    """What has to be done to one value to get another.

    Attributes:
        added: fields that only the new one has, and all that is below them.
        removed: fields that only the old one has, and all that is below them.
        modified: leaves that both have, and differently.
    """

    added: set[FieldPath] = field(default_factory=set)
    removed: set[FieldPath] = field(default_factory=set)
    modified: set[FieldPath] = field(default_factory=set)


def compare(node: Node, old: Any, new: Any) -> Difference:
    """What is different in *new*.

    Null counts as a value: a field that was null and is a list now is not added, only what is in it.

    Raises:
        UntypedError: a list cannot be read by its schema.
    """
    difference = Difference()
    _compare(node, old, new, (), difference)
    return difference


def _compare(node: Node, old: Any, new: Any, path: FieldPath, found: Difference) -> None:
    if old is not ABSENT and old == new:
        return
    sample = old if new is ABSENT or new is None else new
    if _empty(old) and _empty(new):
        _leaf(old, new, path, found)
    elif is_map(node, sample) and _fits(old, dict) and _fits(new, dict):
        _maps(node, old, new, path, found)
    elif is_list(node, sample) and _fits(old, list) and _fits(new, list):
        _lists(node, old, new, path, found)
    else:
        _leaf(old, new, path, found)


def _maps(node: Node, old: Any, new: Any, path: FieldPath, found: Difference) -> None:
    before, after = _contents(old, {}), _contents(new, {})
    for name in before | after:
        was, now = before.get(name, ABSENT), after.get(name, ABSENT)
        if was is not now:
            _compare(below(node, name), was, now, (*path, name_element(name)), found)
    _whole(old, new, path, found)


def _lists(node: Node, old: Any, new: Any, path: FieldPath, found: Difference) -> None:
    before, after = _grouped(node, _contents(old, []), path), _grouped(node, _contents(new, []), path)
    for element in before | after:
        _elements(node.element, before.get(element, []), after.get(element, []), (*path, element), found)
    _whole(old, new, path, found)


def _elements(node: Node, old: list[Any], new: list[Any], path: FieldPath, found: Difference) -> None:
    """The elements with the same keys: one at most, unless somebody has written duplicates."""
    if len(old) <= 1 and len(new) <= 1:
        _compare(node, old[0] if old else ABSENT, new[0] if new else ABSENT, path, found)
    elif len(old) > 1 and len(new) > 1:
        if old != new:
            found.modified.add(path)
    elif len(old) > 1:
        if new:
            _compare(node, ABSENT, new[0], path, found)
        found.removed.add(path)
    else:
        if old:
            _compare(node, old[0], ABSENT, path, found)
        found.added.add(path)


def _grouped(node: Node, values: list[Any], path: FieldPath) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for element, value in elements(node, values, path):
        groups.setdefault(element, []).append(value)
    return groups


def _leaf(old: Any, new: Any, path: FieldPath, found: Difference) -> None:
    if old is ABSENT or new is ABSENT:
        _whole(old, new, path, found)
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        found.modified.add(path)


def _whole(old: Any, new: Any, path: FieldPath, found: Difference) -> None:
    if old is ABSENT:
        found.added.add(path)
    elif new is ABSENT:
        found.removed.add(path)


def _empty(value: Any) -> bool:
    return value is ABSENT or value is None or value in ({}, [])


def _fits(value: Any, type_: type) -> bool:
    return value is ABSENT or value is None or isinstance(value, type_)


def _contents(value: Any, nothing: Any) -> Any:
    return nothing if value is ABSENT or value is None else value
