r"""What leaves kfed in words, escaped for where it goes.

Messages quote names and values from files that anybody may have written. Without this an escape sequence in a name
could rewrite what a screen shows, a line feed could forge a line, and the systems that run kfed could take a word for a
command: GitHub's runner heeds lines that begin with ``::``, and it, Azure's and TeamCity's heed ``##[…]``, ``##vso[…]``
and ``##teamcity[…]`` wherever they stand in a line.
"""

from __future__ import annotations

import json
import re

# The second of two: it can be spelled out in every form, and then there is no mark left.
_MARK = re.compile("(?<=#)#")


def printable(text: str) -> str:
    r"""*text* within a line, harmless to terminals and readers of logs: what is not is spelled out, as ``\x1b``."""
    if text.isprintable() and "##" not in text:
        return text
    spelled = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return _MARK.sub(r"\\x23", spelled)


def printable_line(text: str) -> str:
    """*text* as a line of its own, likewise."""
    line = printable(text)
    return line.replace(":", r"\x3a", 1) if line.lstrip().startswith("::") else line


def printable_json(text: str) -> str:
    r"""JSON, on one line or many, likewise: it means the same, with some characters spelled ``\u009b``."""
    if not text.replace("\n", "").isprintable():
        text = "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)
    return _MARK.sub(r"\\u0023", text)


def encodable(text: str) -> str:
    r"""*text* without lone surrogates, which have no UTF-8 form: a file's name that is no UTF-8 holds them."""
    return text.encode("utf-8", "backslashreplace").decode()
