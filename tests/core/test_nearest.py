"""The nearest name is the one that was meant, however many there are."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfed.core.nearest import nearest

FLEET = [f"cluster-{region}-{number}" for region in ("ap", "eu", "us") for number in range(1000)]


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("replica", ["replicas", "selector"], "replicas"),
        ("Replicas", ["replicas", "selector"], "replicas"),
        ("IMAGE", ["image", "imagePullPolicy"], "image"),
        ("cluster-1", ["cluster1", "cluster2"], "cluster1"),
        ("zzz", ["replicas", "selector"], ""),
        ("x", [], ""),
        ("", ["a"], ""),
        ("NAME", ["Name", "name"], "Name"),
    ],
)
def test_the_nearest_name_is_the_one_that_was_meant(name: str, names: list[str], expected: str) -> None:
    assert nearest(name, names) == expected


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=6), st.lists(st.text(max_size=6), max_size=6))
def test_the_nearest_name_is_one_of_those_given_in_whatever_order(name: str, names: list[str]) -> None:
    found = nearest(name, names)
    assert found in {*names, ""}
    assert nearest(name, reversed(names)) == found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cluster-eu-7", "cluster-eu-7"),
        ("Cluster_EU_7", "cluster-eu-7"),
        ("clustr-us-123", "cluster-us-123"),
        ("lcuster-ap-999", "cluster-ap-999"),
        ("something-else", ""),
    ],
)
def test_the_nearest_of_thousands_is_the_one_that_was_meant(name: str, expected: str) -> None:
    assert nearest(name, FLEET) == expected


def test_a_name_is_compared_with_no_more_than_sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    close = difflib.get_close_matches

    def counting(name: str, candidates: Any, **rest: Any) -> list[str]:
        compared.append(len(candidates))
        return close(name, candidates, **rest)

    monkeypatch.setattr(difflib, "get_close_matches", counting)
    for number in range(100):
        nearest(f"clusterx{number}", FLEET[:60])
        nearest(f"clusterx{number}", FLEET)
        nearest("x" * 1000 + str(number), FLEET)
    assert len(compared) == 200
    assert max(compared) <= 16


def test_a_very_long_name_is_near_to_none() -> None:
    assert nearest("a" * 100, ["a" * 101]) == ""
