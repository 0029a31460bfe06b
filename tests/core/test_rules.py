"""Rules: the type of their names and the sentences that explain them are of the same rules."""

from __future__ import annotations

from typing import get_args

from kfed.core.rules import RULES, Rule


def test_each_rule_has_a_sentence_that_explains_it() -> None:
    assert set(RULES) == set(get_args(Rule))
    assert all(sentence.endswith(".") for sentence in RULES.values())
