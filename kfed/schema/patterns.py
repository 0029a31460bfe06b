"""Patterns of a schema: looked for by RE2, as an API server does, in time linear in the text.

What RE2 refuses, such as a look ahead, an API server refuses in a CustomResourceDefinition. What it takes may still be
large: ``(.{1,30}){1,30}`` stands for thousands of steps. So a pattern has a `size`, and none is larger than what fits
in two megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from kfed.schema.formats.own import OWN_PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MEMORY = 2 << 20


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that can be looked for.

    Attributes:
        size: how many steps one byte of a text may take; most take one.
    """

    size: int
    _occurrences: Callable[[bytes], Iterator[Any]]

    def matches(self, text: str) -> bool:
        """Whether the pattern is somewhere in *text*."""
        return next(self._occurrences(_encoded(text)), None) is not None

    def find_all(self, text: str) -> Iterator[str]:
        """Every part of *text* that the pattern is, from left to right, none overlapping another."""
        return (occurrence.group().decode(errors="replace") for occurrence in self._occurrences(_encoded(text)))

    def steps(self, text: str) -> int:
        """How many steps it may take to look for the pattern in *text*."""
        return self.size * len(text)


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern | None:
    """A pattern to look for; ``None`` when RE2 refuses it, or it is too large."""
    re2, options = _engine()
    try:
        compiled = re2.compile(_encoded(pattern), options)
    except re2.error:
        return None
    return Pattern(compiled.programsize, compiled.finditer)


def is_re2(pattern: str) -> bool:
    """Whether an API server takes *pattern*, however large it is."""
    if pattern in OWN_PATTERNS:
        return True  # those of built-in types, which then need no engine
    re2, options = _engine()
    try:
        re2.Set.SearchSet(options).Add(_encoded(pattern))
    except re2.error:
        return False
    return True


@cache
def _engine() -> tuple[Any, Any]:
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415  ten milliseconds, and only for those who have patterns

    options = re2.Options()
    options.max_mem = _MEMORY
    options.never_capture = True
    options.log_errors = False
    return re2, options


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is no character: U+FFFD stands for it, as in Go.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
