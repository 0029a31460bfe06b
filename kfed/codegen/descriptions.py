"""Descriptions: as many as a size allows, those of the outer fields first."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Any

import orjson

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
    """The same schema with descriptions left out from the deepest level up until it has at most *budget* bytes.

    Args:
        schema: a structural schema; not changed.
        budget: bytes of compact JSON.

    Returns:
        The schema; larger than *budget* only when it is so without any description.
    """
    excess = len(orjson.dumps(schema)) - budget
    if excess <= 0:
        return schema
    sizes: Counter[int] = Counter()
    _measure(schema, 0, sizes)
    limit = 0
    for depth in sorted(sizes, reverse=True):
        excess -= sizes[depth]
        limit = depth
        if excess <= 0:
            break
    return keep(schema, limit)


def keep(schema: Schema, levels: int) -> Schema:
    """The same schema with the descriptions of its first *levels* levels; 0 keeps none."""
    result = {
        key: value for key, value in schema.items() if key != "description" or (levels > 0 and isinstance(value, str))
    }
    for key, children in _children(schema):
        match key:
            case "properties":
                result[key] = {name: keep(child, levels - 1) for name, child in children.items()}
            case _:
                result[key] = keep(children[""], levels - 1)
    return result


def _measure(schema: Schema, depth: int, sizes: Counter[int]) -> None:
    """Add the bytes that descriptions take to the count of their level."""
    if isinstance(schema.get("description"), str):
        sizes[depth] += _KEY + len(orjson.dumps(schema["description"]))
    for _, children in _children(schema):
        for child in children.values():
            _measure(child, depth + 1, sizes)


def _children(schema: Schema) -> list[tuple[str, dict[str, Schema]]]:
    """The schemas right below one; the combinators of a structural schema hold no descriptions."""
    found = []
    if "properties" in schema:
        found.append(("properties", schema["properties"]))
    found += [
        (key, {"": schema[key]}) for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)
    ]
    return found
