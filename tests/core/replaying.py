"""Replaying: what origins say was done to a template, done once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.core.overrides import Origin


def replay(template: Mapping[str, Any], origins: Iterable[Origin]) -> dict[str, Any]:
    """The template with *origins* done to it, in order; the template is not changed."""
    draft = _deep(dict(template))
    for origin in origins:
        container: Any = draft
        for key in origin.path[:-1]:
            container = container[key]
        last: Any = origin.path[-1]
        if origin.op == "remove":
            del container[last]
        elif origin.op == "add" and isinstance(container, list):
            container.insert(last, _deep(origin.value))
        else:
            container[last] = _deep(origin.value)
    return draft


def _deep(value: Any) -> Any:
    """A copy in which nothing is shared, as one container in two places of a template is."""
    match value:
        case dict():
            return {key: _deep(item) for key, item in value.items()}
        case list():
            return [_deep(item) for item in value]
        case _:
            return value
