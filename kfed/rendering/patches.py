"""Patches: each operation of an override for itself, before any cluster is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.overridepath import to_text
from kfed.core.patch import parse_patches
from kfed.rendering.mistakes import by_key, name_elements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.core.federated import Federated
    from kfed.core.overridepath import Token, Tokens
    from kfed.core.patch import Patch
    from kfed.core.pointer import Path
    from kfed.rendering.types import FederatedKind


_UNKNOWN_KEY = "…"


def patch_mistakes(federated: Federated, kind: FederatedKind) -> Iterator[tuple[Path, Mistake]]:
    """Each patch for itself, before any cluster: does the path fit the type, and the value the path?

    Yields:
        Where the patch stands, and what is wrong with it.
    """
    for entry in federated.selector_overrides:
        yield from _list_mistakes(entry.patches, federated, kind)
    for named in federated.overrides:
        for at, mistake in _list_mistakes(named.patches, federated, kind):
            yield at, replace(mistake, cluster=named.cluster)


def _list_mistakes(
    patches: Iterable[Patch], federated: Federated, kind: FederatedKind
) -> Iterator[tuple[Path, Mistake]]:
    written: dict[str, Patch] = {}
    for patch in patches:
        if patch.mistake is not None:
            yield patch.at, _translated(patch.mistake, patch, federated, kind)
            continue
        for mistake in kind.target.paths.check_patch(patch.op, patch.tokens, patch.value, has_value=patch.has_value):
            if mistake.rule == "index-into-keyed-list" and not kind.secret:
                mistake = name_elements(mistake, patch.tokens, federated.template, kind.target.paths.list_rule)  # noqa: PLW2901  the same one, in better words
            yield patch.at, _translated(_in_patch(mistake, patch), patch, federated, kind)
        if not patch.has_value and patch.op != "remove":
            yield patch.at, _without_value(patch)
        before = written.get(patch.path)
        if before is not None and before.op == patch.op == "replace":
            yield patch.at, _repeated(patch, before)
        written[patch.path] = patch


def _translated(mistake: Mistake, patch: Patch, federated: Federated, kind: FederatedKind) -> Mistake:
    """A mistake in a path as other tools write it, with the path that is meant; the same one if there is none."""
    tokens = kind.target.paths.translated(patch.path) if mistake.rule in ("bad-path", "wrong-path") else None
    if tokens is None or tokens == patch.tokens:
        return mistake
    path = to_text(tokens)
    if not kind.secret and _UNKNOWN_KEY not in (named := to_text(tuple(_by_key(tokens, federated, kind)))):
        path = named
    (meant,) = parse_patches([{"op": patch.op, "path": path}], ())
    wrong = kind.target.paths.check_patch(patch.op, meant.tokens, None, has_value=False)
    if meant.mistake is not None or any(one.severity is Severity.ERROR for one in wrong):
        return mistake
    message = f"{patch.path} is not how a path is written; write {path}."
    return replace(mistake, message=message, expected="a JSON pointer", nearest=path)


def _by_key(tokens: Tokens, federated: Federated, kind: FederatedKind) -> Iterator[Token]:
    return by_key(tokens, federated.template, kind.target.paths.list_rule)


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
