"""Patches: each operation of an override for itself, before any cluster is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.rendering.mistakes import name_elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.core.federated import Federated
    from kfed.core.patch import Patch
    from kfed.core.pointer import Path
    from kfed.rendering.types import FederatedKind


def patch_mistakes(federated: Federated, kind: FederatedKind) -> Iterator[tuple[Path, Mistake]]:
    """Each patch for itself, before any cluster: does the path fit the type, and the value the path?

    Yields:
        Where the patch stands, and what is wrong with it.
    """
    lists = [entry.patches for entry in federated.selector_overrides]
    lists += [entry.patches for entry in federated.overrides]
    for patches in lists:
        written: dict[str, Patch] = {}
        for patch in patches:
            if patch.mistake is not None:
                yield patch.at, patch.mistake
                continue
            for mistake in kind.target.paths.check_patch(
                patch.op, patch.tokens, patch.value, has_value=patch.has_value
            ):
                if mistake.rule == "index-into-keyed-list" and not kind.secret:
                    mistake = name_elements(mistake, patch.tokens, federated.template, kind.target.paths.list_rule)  # noqa: PLW2901  the same one, in better words
                yield patch.at, _in_patch(mistake, patch)
            if not patch.has_value and patch.op != "remove":
                yield patch.at, _without_value(patch)
            before = written.get(patch.path)
            if before is not None and before.op == patch.op == "replace":
                yield patch.at, _repeated(patch, before)
            written[patch.path] = patch


def _without_value(patch: Patch) -> Mistake:
    message = f"The {patch.op} of {patch.path} gives no value, which sets null; give a value, or use op: remove."
    return Mistake("missing-value", message, patch.at, severity=Severity.WARNING, expected="a value")


def _repeated(patch: Patch, before: Patch) -> Mistake:
    message = (
        f"{patch.path} is replaced twice; the value of the entry at index {before.at[-1]} is never seen. Keep one."
    )
    return Mistake("repeated-path", message, (*patch.at, "path"), severity=Severity.WARNING, expected="each path once")


def _in_patch(mistake: Mistake, patch: Patch) -> Mistake:
    """A mistake within an operation as one of the object that the operation stands in."""
    in_value = mistake.at[0] == "value"
    message = f"{patch.path}: {mistake.message}" if in_value else mistake.message
    return replace(mistake, at=(*patch.at, *mistake.at), message=message)
