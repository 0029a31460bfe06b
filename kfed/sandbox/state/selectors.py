"""Selectors: which objects a list or a watch is to show, and what a change looks like to who sees only those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.sandbox.state.fieldselectors import has_fields, parse_fields
from kfed.sandbox.state.labelselectors import parse_labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.state.records import Event, Record

    Matches = Callable[[Record], bool]


def everything(record: Record) -> bool:
    """Match any object."""
    return record is not None


def compile_selectors(served: ServedType, label_selector: str, field_selector: str) -> Matches:
    """Whether an object matches both selectors, as a function.

    Raises:
        ApiError: 400, one of them cannot be read, or the type has no such field.
    """
    requirements = parse_labels(label_selector)
    terms = parse_fields(served, field_selector)
    if not requirements and not terms:
        return everything

    def matches(record: Record) -> bool:
        return all(requirement.matches(record.labels) for requirement in requirements) and has_fields(record, terms)

    return matches


def visible(event: Event, matches: Matches) -> str:
    """What a watcher is told of a change when it only sees what *matches*: a type of event, or ``""`` for nothing.

    What begins to match is ``ADDED`` to its eyes, and what no longer does is ``DELETED``.
    """
    before = event.previous is not None and matches(event.previous)
    after = event.type != "DELETED" and matches(event.record)
    if before and after:
        return "MODIFIED"
    if after:
        return "ADDED"
    return "DELETED" if before else ""
