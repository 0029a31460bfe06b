"""Parts: what is below a field, whatever was written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kfed.core.pointer import Path

_NOTHING: Mapping[str, Any] = {}


def part(value: Any, *keys: str) -> Mapping[str, Any]:
    """The map below *keys*; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else _NOTHING


def elements(value: Mapping[str, Any], key: str, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The maps in the list at *key*, each with its path."""
    items = value.get(key)
    if isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict):
                yield (*path, key, index), item


def texts(value: Mapping[str, Any], key: str) -> list[str]:
    """The texts in the list at *key*."""
    items = value.get(key)
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


def number(value: Any) -> int | None:
    """A whole number, or nothing."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def repeated(
    value: Mapping[str, Any], key: str, path: Path, field: str = "name", what: str = "name"
) -> Iterator[Mistake]:
    """A text that two elements of a list have, though each needs its own."""
    seen: set[str] = set()
    for at, item in elements(value, key, path):
        name = item.get(field)
        if isinstance(name, str) and name:
            if name in seen:
                message = f"Two {key} have the {what} {name!r}; give each its own."
                yield Mistake("duplicate-list-item", message, (*at, field), expected=f"each {what} once")
            seen.add(name)
