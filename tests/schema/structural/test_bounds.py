"""A small document may stand for a large schema: how large one may become is bounded, and told."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.errors import SchemaError
from kfed.schema.structural.schema import Document, from_crd, inline

UNSAYABLE = {"type": "object", "properties": {"x": {"type": "string", "pattern": "(?=a)"}}}


def doubling(times: int, leaf: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Definitions each of which has the next one twice: 100 bytes each, and twice as large as the next."""
    definitions: dict[str, dict[str, Any]] = {
        f"D{number}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/definitions/D{number + 1}"} for name in "ab"},
        }
        for number in range(times)
    }
    return definitions | {f"D{times}": leaf}


def test_what_refers_to_the_same_twice_is_counted_twice() -> None:
    with pytest.raises(SchemaError, match="more than 100,000 fields, once what it refers to is written out"):
        inline(Document(doubling(30, {"type": "string"})), "D0")
    assert inline(Document(doubling(10, {"type": "string"})), "D0").losses == ()


def test_what_contains_itself_in_many_ways_is_not_followed_in_all_of_them() -> None:
    names = [f"D{number}" for number in range(20)]
    properties = {name.lower(): {"$ref": f"#/definitions/{name}"} for name in names}
    definitions = {name: {"type": "object", "properties": properties} for name in names}
    with pytest.raises(SchemaError, match="contains itself in too many ways"):
        inline(Document(definitions), "D0")
    inline(Document({name: definitions[name] | {"properties": {"d0": properties["d0"]}} for name in names}), "D0")


def test_of_very_many_losses_the_first_are_told_and_that_there_are_more() -> None:
    losses = inline(Document(doubling(12, UNSAYABLE)), "D0").losses
    assert len(losses) == 1001
    assert losses[0].what == "There is more of it than is told here."


def test_a_long_name_is_not_told_in_full_for_each_loss_below_it() -> None:
    [loss] = from_crd({"type": "object", "properties": {"x" * 10_000: UNSAYABLE}}).losses
    assert loss.path == f"{'x' * 100}….x"


@pytest.mark.parametrize("levels", [90, 120, 250, 2000])
@pytest.mark.parametrize("below", ["properties", "items", "anyOf", "not", "default"])
def test_what_is_nested_too_deeply_is_told(levels: int, below: str) -> None:
    node: Any = {"type": "string"} if below in {"properties", "items"} else {"minimum": 1} if below != "default" else 1
    for _ in range(levels):
        node = {
            "properties": {"type": "object", "properties": {"x": node}},
            "items": {"type": "array", "items": node},
            "anyOf": {"anyOf": [node]},
            "not": {"not": node},
            "default": [node],
        }[below]
    if below == "default":
        node = {"x-kubernetes-preserve-unknown-fields": True, "default": node}
    elif below in {"anyOf", "not"}:
        node = {"type": "integer", **node}
    try:
        from_crd({"type": "object", "properties": {"spec": node}})
    except SchemaError as error:
        assert levels > 90
        assert "nested too deeply" in str(error)  # noqa: PT017  (it may pass as well)
    else:
        assert levels < 250
