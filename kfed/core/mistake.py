"""Mistake: what is wrong in one federated object, told by the place in that object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.core.finding import Severity

if TYPE_CHECKING:
    from kfed.core.pointer import Path
    from kfed.core.rules import Rule


@dataclass(frozen=True, slots=True)
class Mistake:
    """A finding whose place is not yet looked up.

    Attributes:
        rule: as in `kfed.core.finding.Finding`, like the rest.
        message: a full sentence.
        at: where in the federated object the mistake was made.
        on_key: the key at *at* is to blame, not its value.
        severity: a warning does not stop the object from being rendered.
        cluster: the only cluster concerned, or empty.
        expected: what would have been right.
        nearest: the nearest right name.
    """

    rule: Rule
    message: str
    at: Path
    on_key: bool = False
    severity: Severity = Severity.ERROR
    cluster: str = ""
    expected: str = ""
    nearest: str = ""
