"""What the tests of the engine stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.runtime.faketime import run_in_fake_time

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def run() -> Callable[..., Any]:
    """Run a coroutine to its end in made-up time."""
    return run_in_fake_time
