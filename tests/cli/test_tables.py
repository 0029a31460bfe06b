"""What a server says is shown as it is, and bids nobody do anything."""

from __future__ import annotations

import pytest

from kfed.live.table import Table
from tests.hostile import HOSTILE, is_harmless_text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_has_a_harmless_line_for_each_row_whatever_is_in_it(text: str) -> None:
    shown = Table(("NAME", "STATE"), (("a", text), ("b", "ready"))).text()
    assert is_harmless_text(shown)
    assert len(shown.splitlines()) == 3
    assert [line[0] for line in shown.splitlines()] == ["N", "a", "b"]
