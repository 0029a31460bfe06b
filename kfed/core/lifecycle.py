"""Life cycle: what a federated object says of its own end, by KubeFed's annotations and finalizer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.reader import Reader, wrong_type

if TYPE_CHECKING:
    from kfed.core.pointer import Path

ORPHAN = "kubefed.io/orphan"
DELETE_OPTION = "kubefed.io/deleteoption"
FINALIZER = "kubefed.io/sync-controller"
_METADATA: Path = ("metadata",)
_OPTION: Path = (*_METADATA, "annotations", DELETE_OPTION)
_POLICIES = ("Orphan", "Background", "Foreground")


class Phase(StrEnum):
    """Where a federated object is in its life."""

    LIVE = "Live"
    DELETING = "Deleting"
    """It is to go, and its copies with it."""
    ORPHANING = "Orphaning"
    """It is to go, and its copies stay, as nobody's."""


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How copies are deleted.

    Attributes:
        grace: how many seconds they get to end; ``None`` for what is usual for their type.
        propagation: what becomes of what they own; empty for what is usual.
    """

    grace: int | None = None
    propagation: str = ""


USUAL = DeleteOptions()


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a federated object says of its own end.

    Attributes:
        phase: where it is in its life.
        finalized: kfed's finalizer is on it, so that it cannot go before kfed lets it.
        delete_options: for its copies; ``None`` when they cannot be read.
    """

    phase: Phase = Phase.LIVE
    finalized: bool = False
    delete_options: DeleteOptions | None = USUAL


def parse_lifecycle(manifest: Any) -> tuple[Lifecycle, list[Mistake]]:
    """What any JSON, as a federated object, says of its own end, and what is wrong with that.

    With a mistake nothing should be deleted: whoever wrote options that cannot be read did not mean the usual ones.
    """
    reader = Reader()
    metadata = reader.map(reader.map(manifest, ()).get("metadata"), _METADATA)
    annotations = reader.map(metadata.get("annotations"), _OPTION[:-1])
    finalizers = [item for _, item in reader.items(metadata.get("finalizers"), (*_METADATA, "finalizers"))]
    orphan = reader.text(annotations.get(ORPHAN), (*_OPTION[:-1], ORPHAN))
    options = _read_options(reader.text(annotations.get(DELETE_OPTION), _OPTION), reader)
    phase = Phase.LIVE
    if metadata.get("deletionTimestamp") is not None:
        phase = Phase.ORPHANING if orphan == "true" else Phase.DELETING
    return Lifecycle(phase, FINALIZER in finalizers, options), reader.mistakes


def _read_options(text: str, reader: Reader) -> DeleteOptions | None:
    """meta/v1 DeleteOptions; preconditions are passed over, for a copy is deleted by its own uid anyway."""
    if not text:
        return USUAL
    before = len(reader.mistakes)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        message = 'The options are not JSON; write them as in {"propagationPolicy": "Foreground"}.'
        reader.mistakes.append(Mistake("wrong-format", message, _OPTION, expected="DeleteOptions as JSON"))
        return None
    options = reader.map(value, _OPTION)
    seconds, policy = options.get("gracePeriodSeconds"), reader.text(options.get("propagationPolicy"), _OPTION)
    if isinstance(seconds, bool) or not isinstance(seconds, int | None) or (seconds or 0) < 0:
        reader.mistakes.append(wrong_type(seconds, _OPTION, "a number of seconds, or nothing"))
    if policy not in ("", *_POLICIES):
        message = f"The propagationPolicy {policy!r} is unknown; use one of {', '.join(_POLICIES)}."
        hint = nearest(policy, _POLICIES)
        expected = " or ".join(_POLICIES)
        reader.mistakes.append(Mistake("not-in-enum", message, _OPTION, expected=expected, nearest=hint))
    return DeleteOptions(seconds, policy) if len(reader.mistakes) == before else None
