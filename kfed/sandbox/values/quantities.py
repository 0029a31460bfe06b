"""Quantities such as ``500m`` and ``2Gi``, of whatever a client may send for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.quantity import parse_quantity

if TYPE_CHECKING:
    from fractions import Fraction


def value_of(quantity: Any) -> Fraction | None:
    """The value of a quantity; ``None`` for what is none."""
    parsed = parse_quantity(quantity)
    return None if parsed is None else parsed.value


def canonical(quantity: Any) -> Any:
    """A quantity in the form in which a server writes it; what is none stays as it is."""
    parsed = parse_quantity(quantity)
    return quantity if parsed is None else str(parsed)
