"""The check of links in the documentation finds those that lead nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.build.links import broken_links

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("link", "right"),
    [
        ("[x](other.md)", True),
        ("[x](other.md#what-is-typed-and-how)", True),
        ("[x](#here)", True),
        ("[x](sub)", True),
        ("[x](https://example.com/nowhere)", True),
        ("`[x](nowhere.md)`", True),
        ("```\n[x](nowhere.md)\n```", True),
        ("[x](nowhere.md)", False),
        ("[x](other.md#nowhere)", False),
        ("[x](#nowhere)", False),
        ("[x]: nowhere.md", False),
        ("![x](nowhere.png)", False),
    ],
)
def test_a_link_is_right_when_it_leads_somewhere(link: str, *, right: bool, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "other.md").write_text("## What is typed, and how\n")
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n\n{link}\n")
    assert (list(broken_links(page)) == []) is right
