"""The nearest right name of one that is wrong.

Telling how near two names are takes tens of microseconds, and somebody may have written thousands of wrong names where
thousands are right. So a wrong name is compared with the sixteen likeliest, which an index of the right ones gives.
"""

from __future__ import annotations

import difflib
import heapq
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# No name of a field, a cluster or a label is longer than a label of a host; what is, is no slip of the pen.
_LONGEST = 63
_FEW = 64
_LIKELY = 16
_END = 3
_CUTOFF = 0.6
_SEPARATORS = dict.fromkeys(map(ord, "-_. "))


def nearest(name: str, names: Iterable[str]) -> str:
    """The name among *names* that *name* was most likely meant to be, or ``""`` when none is near.

    Case, dashes, dots and underscores are ignored in the comparison, because the wrong ones are the commonest mistake.
    Among more than 64 names, one that is wrong in more than one letter is found if it begins or ends with the same
    three letters, and not too many others do. Whoever asks often does well to hand over one and the same frozenset.
    """
    return _nearest(_bare(name), frozenset(names)) if len(name) <= _LONGEST else ""


@lru_cache(maxsize=1024)
def _nearest(name: str, names: frozenset[str]) -> str:
    by_name, by_clue = _index(names)
    candidates = by_name if len(by_name) <= _FEW else {one for clue in _clues(name) for one in by_clue.get(clue, ())}
    letters = set(name)
    likely = heapq.nsmallest(_LIKELY, candidates, key=lambda other: (len(letters ^ set(other)), other))
    match = difflib.get_close_matches(name, likely, n=1, cutoff=_CUTOFF)
    return by_name[match[0]] if match else ""


@lru_cache(maxsize=16)
def _index(names: frozenset[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The names by their letters and digits, and these by what two that are near have in common."""
    by_name = {_bare(name): name for name in sorted(names, reverse=True) if len(name) <= _LONGEST}
    by_clue: dict[str, list[str]] = defaultdict(list)
    if len(by_name) > _FEW:
        for name in by_name:
            for clue in _clues(name):
                if len(by_clue[clue]) < _LIKELY:
                    by_clue[clue].append(name)
    return by_name, by_clue


def _bare(name: str) -> str:
    return name.lower().translate(_SEPARATORS)


def _clues(name: str) -> Iterator[str]:
    """What is alike in two names of which one has a letter more, less or other: all letters but one. And its ends."""
    yield name
    yield f"{name[:_END]}*"
    yield f"*{name[-_END:]}"
    for place in range(len(name)):
        yield name[:place] + name[place + 1 :]
