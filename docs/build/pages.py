"""Pages of docs/ that are made from the code: write one, or check that it is current."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent


def write_or_check(name: str, text: str) -> None:
    """Write ``docs/NAME``; with ``--check`` among the arguments compare, and end with exit code 1 where it differs."""
    page = DOCS / name
    current = page.read_text(encoding="utf-8") if page.exists() else ""
    if "--check" not in sys.argv[1:]:
        page.write_text(text, encoding="utf-8")
    elif current != text:
        sys.exit(f"docs/{name} is not what the code says; run: make docs")
