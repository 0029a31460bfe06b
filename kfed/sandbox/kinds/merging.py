"""What the definitions of built-in types say of strategic merge patches, with every reference resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = ("x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key")


class MergeDefinitions:
    """Resolves definitions, each once: one that contains itself is found again below itself."""

    def __init__(self, definitions: Mapping[str, dict[str, Any]]) -> None:
        """*definitions* are those of one release."""
        self._definitions = definitions
        self._known: dict[str, dict[str, Any]] = {}
        self._unfinished: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def definition(self, name: str) -> dict[str, Any]:
        """The definition *name*: ``type``, ``properties``, ``items``, ``additionalProperties`` and how to patch it."""
        resolved = self._resolve(name)
        # What stands beside a reference was waiting for what is referred to, which may have been around it.
        for node, target in self._unfinished:
            node.update({key: value for key, value in target.items() if key not in node})
        self._unfinished.clear()
        return resolved

    def _resolve(self, name: str) -> dict[str, Any]:
        if name not in self._known:
            self._known[name] = {}
            self._known[name].update(self._node(self._definitions[name]))
        return self._known[name]

    def _node(self, raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            return {}
        node: dict[str, Any] = {key: raw[key] for key in _KEPT if key in raw}
        if "$ref" in raw:
            target = self._resolve(raw["$ref"].rpartition("/")[2])
            if not node:
                return target
            self._unfinished.append((node, target))
            return node
        kind = raw.get("type")
        if kind is not None:
            node["type"] = kind if isinstance(kind, str) else next(name for name in kind if name != "null")
        if "properties" in raw:
            node["properties"] = {name: self._node(below) for name, below in raw["properties"].items()}
        for key in ("items", "additionalProperties"):
            if key in raw:
                node[key] = self._node(raw[key])
        return node
