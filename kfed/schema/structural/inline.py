"""Definitions that refer to one another, made into schemas without references."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kfed.core.pointer import unescape
from kfed.errors import SchemaError
from kfed.schema.structural.builtin import adapted, is_bare_object, is_empty_struct, map_keys, with_key_defaults
from kfed.schema.structural.conversion import shape
from kfed.schema.structural.fold import COMBINATORS
from kfed.schema.structural.jsontypes import PRESERVE
from kfed.schema.structural.loss import Loss, Shaped
from kfed.schema.structural.wellformed import MalformedError, is_well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

# Definitions in a circle are read as often as there are ways to them. Of Kubernetes' own types, none reads 200.
_MOST_READ = 1000
_BESIDE = ("description", "default", "nullable", "x-kubernetes-map-type")


@dataclass(slots=True, eq=False)
class Document:
    """The definitions of one document, each of which gets its structural form once, however often it is referred to.

    A definition that contains itself is cut where it does. What it looks like then depends on where one came from, so
    that a definition in a circle is remembered only when no cut in it belongs to a definition around it.

    Attributes:
        definitions: by name, as they stand there; they are not to change.
    """

    definitions: Mapping[str, dict[str, Any]]
    _known: dict[str, Shaped] = field(default_factory=dict)
    _around: list[str] = field(default_factory=list)
    _cut: set[str] = field(default_factory=set)
    _read: int = 0

    def definition(self, name: str) -> Shaped:
        """The structural form of the definition *name*.

        Raises:
            SchemaError: the document has no such definition, or what it refers to.
        """
        if name in self._known:
            return self._known[name]
        if name in self._around:
            self._cut.add(name)
            return self._cut_off(name)
        if name not in self.definitions:
            referrer = f"{self._around[-1]} refers to" if self._around else "There is no definition"
            missing = f"{name}, which the document does not define" if self._around else f"{name} in the document"
            raise SchemaError(f"{referrer} {missing}; give the document that has it as well.")
        outer_cuts, self._cut = self._cut, set()
        self._read = self._read if self._around else 0
        self._around.append(name)
        try:
            shaped = self._whole(name)
        finally:
            self._around.pop()
            self._cut.discard(name)
            inner_cuts, self._cut = self._cut, self._cut | outer_cuts
        if not inner_cuts:
            self._known[name] = shaped
        return shaped

    def _whole(self, name: str) -> Shaped:
        self._read += 1
        if self._read > _MOST_READ:
            raise MalformedError("The schema contains itself in too many ways to be written out; simplify it.")
        node = adapted(self.definitions, name)
        return shape(node, self._node) if is_empty_struct(name, node) else self._node(node)

    def _node(self, node: Any) -> Shaped:
        if not isinstance(node, dict):
            return shape(node, self._node)
        if (reference := _reference(node)) is not None:
            return _beside(self.definition(_name(reference)), node)
        if any(key in node for key in COMBINATORS):
            node = {key: self._branches(value) if key in COMBINATORS else value for key, value in node.items()}
        if keys := map_keys(node):
            return shape(node, lambda items: self._elements(items, keys))
        if is_bare_object(node):
            node = node | {PRESERVE: True}
        return shape(node, self._node)

    def _elements(self, items: Any, keys: list[str]) -> Shaped:
        shaped = self._node(items)
        return replace(shaped, schema=with_key_defaults(shaped.schema, keys))

    def _cut_off(self, name: str) -> Shaped:
        """A definition within itself: its plain fields, among which are keys of lists, and whatever else there is."""
        node = adapted(self.definitions, name)
        fields = {field: sub for field, sub in node.get("properties", {}).items() if _is_scalar(sub)}
        required = [field for field in node.get("required", ()) if field in fields]
        shaped = shape({"type": "object", PRESERVE: True, "properties": fields, "required": required}, self._node)
        kind = name.rpartition(".")[2]
        what = f"Of {kind} within {kind}, only the plain fields are checked."
        loss = Loss("", what, "The type contains itself, and a CRD has no references.")
        return replace(shaped, losses=(loss,))

    def _branches(self, value: Any) -> Any:
        """The branches of a combinator with what they refer to in place of the reference."""
        if isinstance(value, list):
            return [self._branches(branch) for branch in value]
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            name = _name(value["$ref"])
            rest = {key: sub for key, sub in value.items() if key != "$ref"}
            return adapted(self.definitions, name) | rest if name in self.definitions else rest
        return value


def _reference(node: dict[str, Any]) -> str | None:
    """What the node refers to, bare or as OpenAPI v3 does it, in an allOf of one; a property's name is no reference."""
    match node:
        case {"$ref": str(reference)}:
            return reference
        case {"allOf": [{"$ref": str(reference)}]} if not any(key in node for key in ("type", "properties", "anyOf")):
            return reference
    return None


def _name(reference: str) -> str:
    """``#/definitions/a.b.C``, ``#/components/schemas/a.b.C`` and ``_definitions.json#/$defs/a.b.C`` to ``a.b.C``."""
    return unescape(reference.rpartition("/")[2])


def _beside(shaped: Shaped, node: dict[str, Any]) -> Shaped:
    """What is said beside a reference; a default of ``{}`` there is a Go struct's zero, and no default."""
    beside = {key: node[key] for key in _BESIDE if key in node and node[key] not in ({}, None)}
    return replace(shaped, schema=shaped.schema | beside) if beside else shaped


def _is_scalar(node: Any) -> bool:
    kinds = node.get("type") if is_well_formed(node) else None
    names = {kinds} if isinstance(kinds, str) else set(kinds or ())
    return bool(names) and names <= {"string", "integer", "number", "boolean", "null"}
