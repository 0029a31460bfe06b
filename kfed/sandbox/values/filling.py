"""Fill: the fields of a manifest that are absent, set in place; it is for manifests that nobody else holds."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Manifest = dict[str, Any]


def fill(target: Manifest, defaults: Manifest) -> None:
    """Set the fields that *target* lacks; of a map that both have, those that it lacks."""
    for name, value in defaults.items():
        if name not in target:
            target[name] = copy.deepcopy(value)
        elif isinstance(value, dict) and isinstance(target[name], dict):
            fill(target[name], value)


def part(target: Any, *names: str) -> Manifest:
    """The map that these fields lead to; an empty one of nobody's when there is none."""
    for name in names:
        target = target.get(name) if isinstance(target, dict) else None
    return target if isinstance(target, dict) else {}


def maps(target: Manifest, name: str) -> Iterator[Manifest]:
    """The maps in the list of a field."""
    values = target.get(name)
    return (value for value in (values if isinstance(values, list) else ()) if isinstance(value, dict))
