"""The fleet that users' tests get, for the tests of the sandbox itself; all of them are marked ``sandbox``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.testing import kfed_fleet, kfed_members, kfed_sandbox

if TYPE_CHECKING:
    import pytest

__all__ = ["kfed_fleet", "kfed_members", "kfed_sandbox"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Pytest asks this of what is found below this folder, and of nothing else."""
    item.add_marker("sandbox")
