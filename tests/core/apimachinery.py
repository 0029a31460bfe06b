"""What the libraries of Kubernetes themselves answered; ``tests/facts/answers.go`` asks them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).parents[1] / "cases" / "apimachinery"


def answers(name: str) -> dict[str, Any]:
    """Each text of a table, and what it comes to."""
    table: dict[str, Any] = json.loads((ANSWERS / f"{name}.json").read_text())
    return table
