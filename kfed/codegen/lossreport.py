"""Losses, in words: one sentence for each thing that happened, however many fields it happened to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.schema.structural.schema import Loss

_SHOWN = 3


def loss_sentences(losses: Iterable[Loss]) -> list[str]:
    """What was loosened or left out, and why, in the order in which it was met.

    Example:
        ``spec.a, spec.b: Anything is accepted in place of a nested Node. The type contains itself …``
    """
    paths: dict[tuple[str, str], list[str]] = {}
    for loss in losses:
        paths.setdefault((loss.what, loss.why), []).append(loss.path)
    return [f"{_where(found)}{what} {why}" for (what, why), found in paths.items()]


def _where(paths: list[str]) -> str:
    named = [path for path in paths if path]
    if not named:
        return ""
    shown = ", ".join(named[:_SHOWN])
    more = len(named) - _SHOWN
    return f"{shown} and {more} more: " if more > 0 else f"{shown}: "
