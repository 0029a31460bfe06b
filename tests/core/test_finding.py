"""Findings: nearest names, order, and the list of rules."""

from __future__ import annotations

import re
from pathlib import Path

import kfed
from kfed.core.finding import Finding, Source
from kfed.core.rules import RULES

RULE = re.compile(r"""(?:Mistake|Unmatched|Finding|Unplaced)\(\s*(?:rule=)?"([a-z-]+)\"""")


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
