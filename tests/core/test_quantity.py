"""Quantities are Kubernetes' own: what is one, its value, its canonical form, sums and order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfed.core.quantity import Quantity, Suffix, parse_quantity

from .apimachinery import answers

QUANTITIES = st.builds(
    lambda number, suffix: parse_quantity(f"{number}{suffix}"),
    st.decimals(-(10**6), 10**6, places=3),
    st.sampled_from(["", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "e-3"]),
)
# From a million million million on Kubernetes has no suffix, and writes the number without its noughts.
_BEYOND = Fraction(10**21)


def parsed(value: Any) -> Quantity:
    quantity = parse_quantity(value)
    assert quantity is not None, value
    return quantity


@pytest.mark.parametrize("text", answers("quantities"))
def test_a_text_is_the_quantity_that_kubernetes_says_it_is(text: str) -> None:
    quantity, answer = parse_quantity(text), answers("quantities")[text]
    if quantity is None:
        assert answer is None or not any(map(str.isdigit, text.partition("e")[0]))
        return
    canonical, value, twice = answer
    assert quantity.value == Fraction(value)
    if abs(quantity.value) < _BEYOND / 2 or quantity.suffix is Suffix.EXPONENT:
        assert (str(quantity), str(quantity + quantity)) == (canonical, twice)


@given(QUANTITIES)
def test_the_canonical_form_is_of_the_same_quantity_and_its_own(quantity: Quantity) -> None:
    again = parsed(str(quantity))
    assert again == quantity
    assert str(again) == str(quantity)


@given(QUANTITIES, QUANTITIES)
def test_quantities_are_compared_and_added_by_value(one: Quantity, other: Quantity) -> None:
    assert (one < other, one <= other, one == other) == (
        one.value < other.value,
        one.value <= other.value,
        one.value == other.value,
    )
    assert (one + other).value == one.value + other.value
    assert one != other or hash(one) == hash(other)


@pytest.mark.parametrize(("one", "other"), [("1Gi", "1024Mi"), ("1", 1), ("0.5", 0.5), ("1e3", "1k"), (2.0, "2")])
def test_one_quantity_may_be_written_in_several_ways(one: Any, other: Any) -> None:
    assert parsed(one) == parsed(other)


def test_a_sum_is_written_as_its_first_part_unless_that_is_nothing() -> None:
    assert str(sum(map(parsed, ["1Gi", "512Mi", "1k"]), parsed("0"))) == "1610613736"
    assert str(sum(map(parsed, ["1Gi", "512Mi"]), parsed("0"))) == "1536Mi"
    assert str(parsed("500m") + parsed("1Gi")) == "1073741824500m"


@pytest.mark.parametrize(
    "value",
    [None, True, False, [], {}, "1e101", "1e-101", "9" * 101, float("inf"), float("nan"), b"1"],
)
def test_what_is_none_is_none(value: Any) -> None:
    assert parse_quantity(value) is None


def test_a_number_that_would_take_long_to_write_is_none() -> None:
    assert parse_quantity(10**101) is None
    assert parse_quantity(10**5000) is None
