"""Texts that somebody would put into a name to make kfed, or who reads what it says, do something else."""

from __future__ import annotations

HOSTILE = [
    "a\nb",
    "a\r\nb",
    "\n::error::forged",
    "::error file=x::forged",
    "  ::add-mask::x",
    "%0A::error::forged",
    "%25",
    "##[error]forged",
    "x ##vso[task.setvariable variable=PATH]/tmp",
    "###teamcity[x]",
    "\x1b[2J\x1b[1;1H",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\u202egnp.exe",
    "\u2028\u2029\x85\x0b\x0c",
    "\ufeff\u200b\u00ad",
    "\U000e0001",
    "\x00",
    "\x7f",
    "\ud800",
    "\udcff",
    "\uffff",
    "]]><x/>&amp;<!--",
    "[click](https://example.com)",
    'a"b\\c',
    "\\",
    "::1",
]


def is_harmless(text: str) -> bool:
    """Whether a line only shows something, and bids nobody do anything."""
    return text.isprintable() and "##" not in text


def is_harmless_text(text: str) -> bool:
    """Whether every line of a text is, and none is a command to GitHub's runner."""
    return all(is_harmless(line) and not line.lstrip().startswith("::") for line in text.split("\n"))
