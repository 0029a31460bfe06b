"""Expressions are evaluated where they can do no harm."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from kfed.sandbox.kinds.celprocess import Evaluation, Outcome, Program, evaluate, read

if TYPE_CHECKING:
    from pathlib import Path

HOLDS = Outcome(holds=True)
NUMBERS = {"self": list(range(3000))}


def condition(text: str, wording: str = "", **variables: Any) -> Evaluation:
    return Evaluation(text, wording, variables)


def test_expression_is_read() -> None:
    assert read("self.a > size(oldSelf)") == Program(frozenset({"self", "oldSelf"}), ("_>_", "size"))
    assert read("self.?a == 1") == "<input>:1:5: unsupported syntax '.?'"


def test_outcomes_come_in_order() -> None:
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    asked = [
        condition("self > 1", self=2),
        condition("self > 1", self=1),
        condition("self > 1", "'not ' + string(self)", self=1),
        condition("self.a > 1", self={}),
        condition("self < timestamp('2026-01-02T00:00:00Z')", self=day),
    ]
    failed = Outcome(holds=False)
    missing = Outcome(holds=False, error="no such key: a")
    assert evaluate(asked) == [HOLDS, failed, Outcome(holds=False, message="not 1"), missing, HOLDS]


@pytest.mark.parametrize(
    "costly",
    [
        "self.all(a, self.all(b, self.all(c, a + b + c >= 0)))",
        "size(self.map(a, self)) > 0",
        "size(self.map(a, self.map(b, self.map(c, self)))) > 0",
        f"self{'.a' * 100_000} == 1",
    ],
    ids=["time", "copies", "memory", "depth"],
)
def test_what_costs_too_much_is_given_up_and_hurts_nobody_else(costly: str) -> None:
    cheap = condition("size(self) == 3000", **NUMBERS)
    assert evaluate([cheap, condition(costly, **NUMBERS), cheap]) == [HOLDS]
    assert evaluate([cheap, cheap]) == [HOLDS, HOLDS]


def test_time_to_import_the_library_is_no_expressions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = f"""
import importlib, sys, time
while time.process_time() < 1: pass
sys.path.remove({str(tmp_path)!r})
del sys.modules["cel"]
importlib.import_module("cel")
"""
    (tmp_path / "cel.py").write_text(slow)
    monkeypatch.syspath_prepend(tmp_path)
    assert evaluate([condition("size(self.map(a, self)) > 0", **NUMBERS)]) == []  # so that the next has a new process
    assert evaluate([condition("self == 1", self=1)]) == [HOLDS]


def test_expression_that_cannot_even_be_read_hurts_nobody_else() -> None:
    assert isinstance(read(f"self{'.a' * 1_000_000}"), str)
    assert evaluate([condition("self == 1", self=1)]) == [HOLDS]
