"""Discarded: what an override throws away that it may not have meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.digest import canonical
from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.overridepath import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.core.overrides import Origin
    from kfed.core.patch import Patch
    from kfed.core.pointer import Path

_SHOWN = 4
_DEEPEST = 32  # levels, below which nobody would look


def tell_discarded(patch: Patch, change: Origin, origins: list[Origin], cluster: str) -> list[Mistake]:
    """The doubt about a change that throws away members of a map, or elements of a list, without naming them.

    To add a map where there is one reads as if the two were merged, so whatever is lost is told. To replace says what
    it does, so only what another override had set is told; and to remove says it all.

    Args:
        patch: what was asked for.
        change: what came of it.
        origins: it and all changes before.
        cluster: whose object it is.
    """
    if patch.op == "remove" or not isinstance(change.before, dict | list):
        return []
    lost = list(_lost(change.before, change.value, _DEEPEST))
    if patch.op == "replace":
        lost = [path for path in lost if _set_by_another((*change.path, *path), change, origins)]
    if not lost:
        return []
    message = (
        f"This {patch.op} throws away what is in {patch.path} and not in the new value: {_listed(lost)}. To keep that, "
        f"{_way_out(patch)}."
    )
    return [Mistake("lost-members", message, (*patch.at, "path"), severity=Severity.WARNING, cluster=cluster)]


def _lost(before: Any, value: Any, levels: int) -> Iterator[Path]:
    """The members of *before*, and of what is in it for some *levels*, that *value*, of the same sort, has not."""
    match before, value:
        case _ if not levels:
            return
        case dict(), dict():
            for key, member in before.items():
                if key in value:
                    yield from ((key, *path) for path in _lost(member, value[key], levels - 1))
                else:
                    yield (key,)
        case list(), list():
            yield from _lost_elements(before, value, levels - 1)


def _lost_elements(before: list[Any], value: list[Any], levels: int) -> Iterator[Path]:
    """Elements are the same when their names are, or when they have none and are equal."""
    named = {name: element for element in value if (name := _name(element))}
    unnamed = {canonical(element) for element in value}
    for index, element in enumerate(before):
        name = _name(element)
        if name in named:
            yield from ((name, *path) for path in _lost(element, named[name], levels))
        elif name or canonical(element) not in unnamed:
            yield (name or index,)


def _name(element: Any) -> str:
    name = element.get("name") if isinstance(element, dict) else None
    return name if isinstance(name, str) else ""


def _set_by_another(path: Path, change: Origin, origins: list[Origin]) -> bool:
    """Whether another override set what stands at *path*.

    One that replaced the same place, in the same list of overrides, is not meant: that is told as a repeated path.
    """
    return any(
        origin.at is not None
        and origin.op != "remove"
        and _overlap(origin.path, path)
        and not (origin.path == change.path and origin.at[:-1] == (change.at or ())[:-1])
        for origin in origins
    )


def _overlap(one: Path, other: Path) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _listed(lost: list[Path]) -> str:
    names = [_place(path) for path in lost]
    if len(names) > _SHOWN:
        return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _place(path: Path) -> str:
    """``strategy.rollingUpdate``, ``containers[0]``."""
    return "".join(f"[{token}]" if isinstance(token, int) else f".{token}" for token in path).removeprefix(".")


def _way_out(patch: Patch) -> str:
    replacing = "" if patch.op == "replace" else "; op: replace says that all of it is to go"
    match patch.value:
        case dict() as members if members:
            return f"name the member, as in {to_text((*patch.tokens, next(iter(members))))}{replacing}"
        case list() as elements if elements:
            return f"add to {to_text((*patch.tokens, '-'))} what is to be appended{replacing}"
    return f"leave this override out{replacing}"
