"""Loss: what a structural schema could not say of what upstream said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

_LONGEST_NAME = 100
_MOST = 1000

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """One thing that was loosened or left out.

    Attributes:
        path: where, as ``spec.containers[].resources.limits.*``: ``[]`` is any element of a list, ``*`` any value of a
            map; empty for the whole object.
        what: what is different now, a sentence.
        why: the reason, a sentence.
    """

    path: str
    what: str
    why: str


_MORE = Loss("", "There is more of it than is told here.", f"Of one part of the schema, {_MOST:,} losses are told.")


@dataclass(frozen=True, slots=True)
class Shaped:
    """A schema in structural form, and what that cost; the paths of the losses start at the schema.

    The schema is shared wherever the same definition is used, so it is never to be changed, only copied.

    Attributes:
        schema: in structural form.
        losses: what it could not say.
        fields: how many schemas it is made of, itself included: one that is shared counts wherever it stands.
    """

    schema: dict[str, Any]
    losses: tuple[Loss, ...] = ()
    fields: int = 1


def below(token: str, losses: Iterable[Loss]) -> list[Loss]:
    """The same losses, seen from one level higher: *token* is a property's name, ``[]`` or ``*``."""
    shown = token if len(token) <= _LONGEST_NAME else f"{token[:_LONGEST_NAME]}…"
    return [replace(loss, path=joined(shown, loss.path)) for loss in losses]


def limited(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """The first of many losses, and that there are more."""
    every = tuple(losses)
    return every if len(every) <= _MOST else (*every[:_MOST], _MORE)


def joined(token: str, path: str) -> str:
    """A path that starts with *token*, ``("spec", "ports[]")`` to ``spec.ports[]``."""
    if not path or path.startswith("[]"):
        return token + path
    return f"{token}.{path}"
