"""Overlay: what is applied, laid over what is there, as server-side apply does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.changes.typed import below, elements, is_list, is_map

if TYPE_CHECKING:
    from kfed.schema.check.node import Node


def overlay(node: Node, live: Any, applied: Any) -> Any:
    """*applied* over *live*: maps by their fields, lists by their keys, and all else replaced.

    Raises:
        UntypedError: a list cannot be read by its schema.
    """
    if not live:
        return applied
    # Null and empty set nothing, and so take nothing away from a map or a list that others set.
    sample = live if applied is None else applied
    if is_map(node, sample) and isinstance(live, dict):
        merged = dict(live)
        for name, item in (applied or {}).items():
            merged[name] = overlay(below(node, name), live[name], item) if name in live else item
        return merged
    if is_list(node, sample) and isinstance(live, list):
        return _lists(node, live, applied or [])
    return applied


def _lists(node: Node, live: list[Any], applied: list[Any]) -> list[Any]:
    """The elements of both lists, those of *applied* in its order, those of *live* where they stood among them."""
    old = list(elements(node, live, ()))
    new = dict(elements(node, applied, ()))
    mates: dict[str, Any] = {}
    for element, item in old:
        # One that is there twice cannot be merged with: what is applied takes the place of all.
        mates[element] = None if element in mates else item
    shared = [element for element in reversed(new) if element in mates]
    waiting = list(reversed(new))
    result: list[Any] = []

    def take_up_to(last: str | None) -> None:
        while waiting:
            element = waiting.pop()
            mate = mates.get(element)
            result.append(new[element] if mate is None else overlay(node.element, mate, new[element]))
            if element == last:
                shared.pop()
                return

    for element, item in old:
        if element not in new:
            result.append(item)
        elif shared and shared[-1] == element:
            take_up_to(element)
    take_up_to(None)
    return result
