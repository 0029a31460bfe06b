"""Label selectors are Kubernetes' own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.mistake import Mistake
from kfed.core.selector import Operator, Requirement, Selector, parse_selector
from kfed.core.selectortext import parse_selector_text

from .apimachinery import answers

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


@pytest.mark.parametrize(
    ("manifest", "place", "nearest"),
    [
        ({"matchLabels": {"region ": "north"}}, ("matchLabels", "region "), "region"),
        ({"matchLabels": {"region": " north"}}, ("matchLabels", "region"), "north"),
        ({"matchLabels": {"a/b/c": "x"}}, ("matchLabels", "a/b/c"), ""),
        ({"matchLabels": {"": "x"}}, ("matchLabels", ""), ""),
        ({"matchLabels": {"region": "x" * 64}}, ("matchLabels", "region"), ""),
        (expression("region ", "NotIn", "x"), ("matchExpressions", 0, "key"), "region"),
        (expression("region ", "DoesNotExist"), ("matchExpressions", 0, "key"), "region"),
        (expression("-region", "Exists"), ("matchExpressions", 0, "key"), ""),
        (expression("region", "NotIn", "north", "so uth"), ("matchExpressions", 0, "values", 1), ""),
        (expression("region", "In", "north\n"), ("matchExpressions", 0, "values", 0), "north"),
    ],
)
def test_what_no_cluster_can_have_for_a_label_is_a_mistake_and_selects_nothing(
    manifest: dict[str, Any], place: tuple[Any, ...], nearest: str
) -> None:
    selector, [mistake] = parse_selector(manifest, ("spec",))
    assert (mistake.rule, mistake.at, mistake.nearest) == ("bad-selector", ("spec", *place), nearest)
    assert not selector.matches(NORTH)
    assert not selector.matches({})


# Selectors from text.

MEANINGS = {
    "=": Operator.IN,
    "==": Operator.IN,
    "in": Operator.IN,
    "!=": Operator.NOT_IN,
    "notin": Operator.NOT_IN,
    "exists": Operator.EXISTS,
    "!": Operator.DOES_NOT_EXIST,
    "gt": Operator.GREATER,
    "lt": Operator.LESS,
}


@pytest.mark.parametrize("text", answers("selectors"))
def test_a_text_is_the_selector_that_kubernetes_says_it_is(text: str) -> None:
    selector, answer = parse_selector_text(text), answers("selectors")[text]
    if isinstance(selector, Mistake):
        assert answer is None, selector
        assert (selector.rule, selector.message[-1]) == ("bad-selector", ".")
        return
    assert answer is not None
    expected = [Requirement(key, MEANINGS[operator], frozenset(values)) for key, operator, values in answer]
    assert sorted(map(str, selector.requirements)) == sorted(map(str, expected))


KEYS = st.sampled_from(["a", "in", "notin", "example.com/team", "b"])
VALUES = st.frozensets(st.sampled_from(["x", "in", "", "1", "A_b.c"]), min_size=1)
REQUIREMENTS = (
    st.builds(Requirement, KEYS, st.sampled_from([Operator.IN, Operator.NOT_IN]), VALUES)
    | st.builds(Requirement, KEYS, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST]))
    | st.builds(
        Requirement,
        KEYS,
        st.sampled_from([Operator.GREATER, Operator.LESS]),
        st.integers(0, 9).map(lambda number: frozenset({str(number)})),
    )
)


@given(st.lists(REQUIREMENTS, max_size=4))
def test_a_selector_survives_being_written_and_read(requirements: list[Requirement]) -> None:
    selector = Selector(tuple(requirements))
    assert parse_selector_text(str(selector)) == selector


@given(st.text(st.sampled_from("a1b!=<>(), in\nnotin\té-"), max_size=20))
def test_any_text_is_a_selector_or_a_mistake(text: str) -> None:
    assert isinstance(parse_selector_text(text), Selector | Mistake)


@pytest.mark.parametrize(
    ("text", "labels", "matches"),
    [
        ("size>3", {"size": "4"}, True),
        ("size>3", {"size": "3"}, False),
        ("size<3", {"size": "2"}, True),
        ("size<3", {"size": "many"}, False),
        ("size<3", {}, False),
        ("region in (north,south),!old", {"region": "north"}, True),
        ("region in (north,south),!old", {"region": "north", "old": ""}, False),
        ("region!=north", {}, True),
    ],
)
def test_a_selector_from_text_matches_as_any_other(text: str, labels: dict[str, str], matches: bool) -> None:  # noqa: FBT001  a table
    selector = parse_selector_text(text)
    assert isinstance(selector, Selector)
    assert selector.matches(labels) is matches
