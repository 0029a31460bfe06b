"""Label selectors are Kubernetes' own."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.selector import parse_selector

NORTH = {"region": "north", "tier": "gold"}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": [*values]} if values else {})}]}


@pytest.mark.parametrize(
    ("manifest", "matches"),
    [
        ({}, True),
        ({"matchLabels": {}}, True),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchLabels": {"region": "north"}}, True),
        ({"matchLabels": {"region": "north", "tier": "gold"}}, True),
        ({"matchLabels": {"region": "north", "tier": "tin"}}, False),
        ({"matchLabels": {"absent": ""}}, False),
        (expression("region", "In", "north", "south"), True),
        (expression("region", "In", "south"), False),
        (expression("absent", "In", "north"), False),
        (expression("region", "NotIn", "south"), True),
        (expression("region", "NotIn", "north"), False),
        (expression("absent", "NotIn", "north"), True),
        (expression("region", "Exists"), True),
        (expression("absent", "Exists"), False),
        (expression("region", "DoesNotExist"), False),
        (expression("absent", "DoesNotExist"), True),
        ({"matchLabels": {"region": "north"}, **expression("tier", "In", "tin")}, False),
        ({"matchLabels": {"region": "south"}, **expression("tier", "In", "gold")}, False),
    ],
)
def test_labels_and_all_expressions_must_hold(manifest: dict[str, Any], matches: bool) -> None:  # noqa: FBT001  a table
    selector, mistakes = parse_selector(manifest, ())
    assert not mistakes
    assert selector.matches(NORTH) is matches


@pytest.mark.parametrize(
    "manifest",
    [
        {"matchLabels": ["region"]},
        {"matchLabels": "region=north"},
        {"matchLabels": {"region": None}},
        {"matchLabels": {"region": 1}},
        {"matchExpressions": {"key": "region"}},
        {"matchExpressions": ["region"]},
        {"matchExpressions": [{"key": "region"}]},
        {"matchExpressions": [{"key": "region", "operator": "NotIn", "values": 5}]},
        {"matchExpressions": [{"key": "region", "operator": "NotIn", "values": [5]}]},
        {"matchExpressions": [{"key": ["region"], "operator": "DoesNotExist"}]},
    ],
)
def test_what_is_malformed_selects_nothing_rather_than_everything(manifest: dict[str, Any]) -> None:
    selector, _ = parse_selector(manifest, ())
    assert not selector.matches(NORTH)
    assert not selector.matches({})


@pytest.mark.parametrize(
    ("manifest", "place", "nearest"),
    [
        (expression("region", "in", "north"), ("operator",), "In"),
        (expression("region", "Equals", "north"), ("operator",), ""),
        (expression("region", "In"), (), ""),
        (expression("region", "NotIn"), (), ""),
        (expression("region", "Exists", "north"), ("values",), ""),
        (expression("region", "DoesNotExist", "north"), ("values",), ""),
    ],
)
def test_an_expression_that_kubernetes_refuses_is_a_mistake(
    manifest: dict[str, Any], place: tuple[str, ...], nearest: str
) -> None:
    _, [mistake] = parse_selector(manifest, ("spec",))
    assert mistake.rule == "bad-selector"
    assert mistake.at == ("spec", "matchExpressions", 0, *place)
    assert mistake.nearest == nearest


def test_every_bad_expression_is_told() -> None:
    bad = [{"key": "a", "operator": "Is"}, {"key": "b", "operator": "Exists"}, {"key": "c", "operator": "In"}]
    _, mistakes = parse_selector({"matchExpressions": bad}, ())
    assert [mistake.at[1] for mistake in mistakes] == [0, 2]
