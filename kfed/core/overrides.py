"""Overrides: what differs in one cluster, and which rule said so.

Operations are JSON Patch's add, remove and replace (RFC 6902), applied in order. Nothing is changed in place: the
containers along a path are copied once and everything else stays the template's own, so that whoever checks or writes
the results can tell by identity what it has seen before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.core.discarded import tell_discarded
from kfed.core.federated import TEMPLATE
from kfed.core.overridepath import Match
from kfed.core.reader import wrong_type
from kfed.core.step import Unmatched, find, find_target, not_a_container

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kfed.core.mistake import Mistake
    from kfed.core.overridepath import Tokens
    from kfed.core.patch import Patch
    from kfed.core.pointer import Path
    from kfed.core.step import ListRule


class Absent:
    """The value of what is not there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()
_CONTAINERS = (dict, list)


@dataclass(frozen=True, slots=True)
class Origin:
    """One change to an object, and the rule that made it.

    Attributes:
        op: ``add``, ``remove`` or ``replace``, as JSON Patch has them.
        path: where, with list elements by index as they stood at the time.
        value: what was set; `ABSENT` for ``remove``.
        before: what was there; `ABSENT` when nothing was, or when a list element was inserted.
        at: where in the federated object the rule stands; ``None`` when the rule is kfed's own.
        rule: the rule in words.
    """

    op: str
    path: Path
    value: Any
    before: Any
    at: Path | None
    rule: str


class Draft:
    """An object being changed: it shares every container with its original until one is changed."""

    def __init__(self, original: Mapping[str, Any], lists: Callable[[Tokens], ListRule | None] | None = None) -> None:
        """Start from *original*, which is never changed; *lists* tells what a schema knows of the list at a path."""
        self.manifest: dict[str, Any] = dict(original)
        self.origins: list[Origin] = []
        self._own: dict[int, Any] = {id(self.manifest): self.manifest}
        self._lists = lists

    def apply(self, patches: Iterable[Patch], rule: str, cluster: str) -> list[Mistake]:
        """Apply *patches* in order, and tell which of them do not fit, or throw away more than they name.

        Args:
            patches: the operations.
            rule: where they come from, in words.
            cluster: whose object this is, for the mistakes.
        """
        mistakes = []
        for patch in patches:
            if patch.mistake is not None:
                mistakes.append(patch.mistake)
                continue
            change = self._apply(patch, rule)
            if isinstance(change, Unmatched):
                mistakes.append(change.to_mistake((*patch.at, "path"), cluster))
            else:
                mistakes += tell_discarded(patch, change, self.origins, cluster)
        return mistakes

    def set(self, path: tuple[str, ...], value: Any, rule: str) -> Mistake | None:
        """Set a field of kfed's own; missing maps on the way are made, and nothing happens if it is so already.

        Returns:
            What keeps the field from being set: something on the way that is no map, told where it was given.
        """
        if value_at(self.manifest, path) == value:
            return None
        container = self.manifest
        for depth, key in enumerate(path[:-1], 1):
            if container.get(key) is None:  # null stands for absent, as for an API server
                self._record("add", path[:depth], {}, container.get(key, ABSENT), (None, rule))
                container[key] = {}
                self._own[id(container[key])] = container[key]
            elif not isinstance(container[key], dict):
                return wrong_type(container[key], self.place(path[:depth]), "a map")
            container = self._owned(container, key)
        self._record("add", path, value, container.get(path[-1], ABSENT), (None, rule))
        container[path[-1]] = value
        return None

    def remove(self, path: tuple[str, ...], rule: str) -> None:
        """Remove a field that is there."""
        container = self.manifest
        for key in path[:-1]:
            container = self._owned(container, key)
        self._record("remove", path, ABSENT, container.pop(path[-1]), (None, rule))

    def place(self, path: Path) -> Path:
        """Where in the federated object the value at *path* was given: by the last patch that set it, or template."""
        for origin in reversed(self.origins):
            if origin.at is not None and origin.path == path[: len(origin.path)]:
                return (*origin.at, "value", *path[len(origin.path) :])
        return (*TEMPLATE, *path)

    def _apply(self, patch: Patch, rule: str) -> Origin | Unmatched:
        container: Any = self.manifest
        resolved: list[str | int] = []
        for depth in range(len(patch.tokens) - 1):
            key = find(container, patch, depth, self._lists)
            if isinstance(key, Unmatched):
                return key
            if not isinstance(container[key], _CONTAINERS):
                return not_a_container(patch, depth + 1, container[key])
            resolved.append(key)
            container = self._owned(container, key)
        last = find_target(container, patch, self._lists)
        if isinstance(last, Unmatched):
            return last
        return self._change(container, (*resolved, last), patch, rule)

    def _change(self, container: Any, path: Path, patch: Patch, rule: str) -> Origin:
        key, where = path[-1], (patch.at, rule)
        in_list, by_key = isinstance(container, list), isinstance(patch.tokens[-1], Match)
        if patch.op == "remove":
            return self._record("remove", path, ABSENT, container.pop(key), where)
        if patch.op == "add" and in_list and not by_key:
            container.insert(key, patch.value)
            return self._record("add", path, patch.value, ABSENT, where)
        before = container[key] if in_list else container.get(key, ABSENT)
        container[key] = patch.value
        op = "replace" if in_list else "add" if before is ABSENT else patch.op
        return self._record(op, path, patch.value, before, where)

    def _owned(self, container: Any, key: Any) -> Any:
        """The container at *key*, copied when it is still the original's."""
        child = container[key]
        if id(child) not in self._own:
            child = child.copy()
            container[key] = child
            self._own[id(child)] = child
        return child

    def _record(self, op: str, path: Path, value: Any, before: Any, where: tuple[Path | None, str]) -> Origin:
        at, rule = where
        self.origins.append(Origin(op, tuple(path), value, before, at, rule))
        return self.origins[-1]


def value_at(manifest: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at *path*, by way of maps; `ABSENT` when nothing does."""
    value: Any = manifest
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return ABSENT
        value = value[key]
    return value
