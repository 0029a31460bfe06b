"""Loss: what a structural schema could not say of what upstream said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True)
class Shaped:
    """A schema in structural form, and what that cost; the paths of the losses start at the schema.

    The schema is shared wherever the same definition is used, so it is never to be changed, only copied.
    """

    schema: dict[str, Any]
    losses: tuple[Loss, ...] = ()


def below(token: str, losses: Iterable[Loss]) -> list[Loss]:
    """The same losses, seen from one level higher: *token* is a property's name, ``[]`` or ``*``."""
    return [replace(loss, path=joined(token, loss.path)) for loss in losses]


def joined(token: str, path: str) -> str:
    """A path that starts with *token*, ``("spec", "ports[]")`` to ``spec.ports[]``."""
    if not path or path.startswith("[]"):
        return token + path
    return f"{token}.{path}"
