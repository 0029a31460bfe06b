"""Check that every relative link in the repository's Markdown leads to a file, and to a heading where it names one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


def main() -> None:
    """Print every link that leads nowhere, and end with exit code 1 where there is one."""
    broken = [line for page in _pages() for line in broken_links(page)]
    if broken:
        sys.exit("\n".join(broken))


def broken_links(page: Path) -> Iterator[str]:
    """A sentence for each relative link of *page* that leads nowhere."""
    for target in _links(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = page.parent / name if name else page
        if not file.exists():
            yield f"{page}: {target} leads to no file."
        elif anchor and file.suffix == ".md" and anchor not in _anchors(file):
            yield f"{page}: {target} leads to no heading."


def _pages() -> Iterator[Path]:
    """Every Markdown file that is, or is about to be, in the repository."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout  # noqa: S603
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            yield ROOT / name


def _links(text: str) -> Iterator[str]:
    for match in _LINK.finditer(_CODE.sub("", text)):
        yield match[1] or match[2]


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub and GitLab give to headings."""
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


if __name__ == "__main__":
    main()
