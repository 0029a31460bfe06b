"""Findings: nearest names, order, and the list of rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kfed
from kfed.core.finding import Finding, Source, nearest
from kfed.core.rules import RULES

RULE = re.compile(r"""(?:Mistake|Unmatched|Finding|Unplaced)\(\s*(?:rule=)?"([a-z-]+)\"""")


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


def test_findings_are_ordered_by_place() -> None:
    nowhere = Finding("no-clusters", "m")
    first = Finding("bad-path", "m", source=Source("a.yaml", 2, 1))
    second = Finding("bad-path", "m", source=Source("a.yaml", 10, 1))
    other = Finding("bad-path", "m", source=Source("b.yaml", 1, 1))
    assert sorted([other, second, nowhere, first], key=Finding.sort_key) == [nowhere, first, second, other]


def test_a_source_is_written_as_compilers_write_it() -> None:
    assert str(Source("a.yaml", 3, 7)) == "a.yaml:3:7"


def test_every_rule_that_the_code_names_is_explained() -> None:
    root = Path(kfed.__file__).parent
    named = {rule for path in root.rglob("*.py") for rule in RULE.findall(path.read_text())}
    assert {"forbidden-path", "nothing-matched", "bad-selector", "not-a-manifest"} <= named
    assert named <= set(RULES)


def test_rules_are_kebab_case_and_sentences() -> None:
    for rule, sentence in RULES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule)
        assert sentence[0].isupper()
        assert sentence.endswith(".")
