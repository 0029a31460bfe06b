"""Descriptions: as many as a size allows, those of the outer fields first."""

from __future__ import annotations

from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Schema = dict[str, Any]

# The annotation in which plain kubectl apply keeps the whole object holds at most 262,144 bytes
# (k8s.io/apimachinery, TotalAnnotationSizeLimitB); what is left is for labels and annotations of the user's own.
BUDGET = 250_000

_KEY = len('"description":,')


class Descriptions(StrEnum):
    """Which descriptions a schema keeps."""

    FIT = "fit"
    FULL = "full"
    NONE = "none"


def fit(schema: Schema, budget: int) -> Schema:
    """The same schema with the descriptions that fit into *budget* bytes: outer fields first, of one level short ones.

    Args:
        schema: a structural schema; not changed.
        budget: bytes of compact JSON.

    Returns:
        The schema; larger than *budget* only when it is so without any description.
    """
    size = len(orjson.dumps(schema))
    if size <= budget:
        return schema
    costs = list(_costs(schema, 0))
    room = budget - size + sum(bytes_ for _, bytes_ in costs)
    kept = set()
    for place in sorted(range(len(costs)), key=lambda place: (costs[place], place)):
        _, bytes_ = costs[place]
        if bytes_ <= room:
            kept.add(place)
            room -= bytes_
    places = count()
    return _described(schema, lambda: next(places) in kept)


def without_descriptions(schema: Schema) -> Schema:
    """The same schema without any description."""
    return _described(schema, lambda: False)


def _costs(schema: Schema, depth: int) -> Iterator[tuple[int, int]]:
    """Depth and bytes of each description."""
    if "description" in schema:
        yield depth, _KEY + len(orjson.dumps(schema["description"]))
    for children in _children(schema).values():
        for child in children.values():
            yield from _costs(child, depth + 1)


def _described(schema: Schema, keeps: Callable[[], bool]) -> Schema:
    """The same schema; *keeps* is asked of one description after the other, in the order of `_costs`."""
    result = dict(schema)
    if "description" in schema and not keeps():
        del result["description"]
    for key, children in _children(schema).items():
        described = {name: _described(child, keeps) for name, child in children.items()}
        result[key] = described if key == "properties" else described[""]
    return result


def _children(schema: Schema) -> dict[str, dict[str, Schema]]:
    """The schemas right below one; the combinators of a structural schema hold no descriptions."""
    single = {key: {"": schema[key]} for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)}
    return {"properties": schema["properties"], **single} if "properties" in schema else single
