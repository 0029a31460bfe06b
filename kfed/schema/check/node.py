"""Node: one place in a structural schema, read when it is first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from kfed.schema.formats.own import QUANTITY_PATTERN
from kfed.schema.structural.jsontypes import NUMBER_OR_STRING_SCHEMA

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping

INT_OR_STRING = "int-or-string"
NUMBER_OR_STRING = "number-or-string"
QUANTITY = "quantity"
ANYTHING = ""

# "x-kubernetes-embedded-resource: apiVersion, kind and metadata are implicitly specified and validated" (Kubernetes
# documentation, "Specifying a structural schema").
_EMBEDDED: dict[str, Any] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}

# The keywords that say something of a scalar, and those that say something of any value.
_LIMITING = frozenset(
    {"enum", "pattern", "format", "minimum", "maximum", "multipleOf", "minLength", "maxLength"}
    | {"allOf", "anyOf", "oneOf", "not"}
)
_SPEAKING = _LIMITING | {
    *("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    *("items", "minItems", "maxItems", "uniqueItems", "x-kubernetes-list-type", "x-kubernetes-embedded-resource"),
}
_PLAIN_TYPES: dict[str, type] = {"string": str, "boolean": bool}


class Node:
    """One place in a structural schema.

    Nothing of a schema is read before it is asked for, and a sub-schema that stands in several places is one node. The
    schema must not be changed once a node is made of it.

    Attributes:
        schema: the schema at this place; whatever it holds that is none of the keywords of a structural schema is
            passed over.
        loose: this is an alternative in an ``anyOf``, ``oneOf``, ``allOf`` or ``not``: it says nothing about fields
            that it does not mention, nor about types that it does not name.
    """

    def __init__(
        self, schema: dict[str, Any], *, loose: bool = False, known: dict[tuple[int, bool], Node] | None = None
    ) -> None:
        """*known* are the nodes of the same schema, by the identity of their part of it."""
        self.schema = schema
        self.loose = loose
        self._known: dict[tuple[int, bool], Node] = {} if known is None else known
        self._known[id(schema), loose] = self

    def __repr__(self) -> str:
        return f"Node({self.type or 'anything'})"

    @cached_property
    def type(self) -> str:
        """``object``, ``array``, ``string``, ``integer``, ``number``, ``boolean``, or one of the words above."""
        if self.schema.get("x-kubernetes-int-or-string") or self.schema.get("format") == INT_OR_STRING:
            return INT_OR_STRING
        stated = self.schema.get("type")
        if isinstance(stated, str):
            return stated
        if NUMBER_OR_STRING_SCHEMA.items() <= self.schema.items():
            return QUANTITY if self.schema.get("pattern") == QUANTITY_PATTERN else NUMBER_OR_STRING
        if self.loose or self.is_preserving:
            return ANYTHING
        if "properties" in self.schema or "additionalProperties" in self.schema:
            return "object"
        return "array" if "items" in self.schema else ANYTHING

    @cached_property
    def is_preserving(self) -> bool:
        """Fields that the schema does not know are kept."""
        return bool(self.schema.get("x-kubernetes-preserve-unknown-fields"))

    @cached_property
    def is_open(self) -> bool:
        """A field of any name is allowed, with any value unless `values` says otherwise."""
        free = self.loose or self.is_preserving or self.type == ANYTHING
        return free or bool(self._additional) or self._additional == {}

    @cached_property
    def is_nullable(self) -> bool:
        """Null is a value of its own here, and not the same as nothing."""
        return bool(self.schema.get("nullable"))

    @property
    def is_silent(self) -> bool:
        """The schema says nothing of its values."""
        return self.type == ANYTHING and not _SPEAKING & self.schema.keys()

    @property
    def plain_type(self) -> builtins.type | None:
        """The Python type that is all there is to say of a value; ``None`` when there is more."""
        return None if _LIMITING & self.schema.keys() else _PLAIN_TYPES.get(self.type)

    @cached_property
    def properties(self) -> Mapping[str, dict[str, Any]]:
        """The schemas of the fields that have a name."""
        stated = self.schema.get("properties") or {}
        return {**_EMBEDDED, **stated} if self._is_embedded else stated

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of those fields."""
        return frozenset(self.properties)

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that must be there; one that has a default is filled in before anybody looks."""
        stated = set(self.schema.get("required") or ())
        if self._is_embedded:
            stated |= {"apiVersion", "kind"}
        return frozenset(name for name in stated if self.properties.get(name, {}).get("default") is None)

    @cached_property
    def values(self) -> Node | None:
        """What the values of a map are, when the schema says so."""
        additional = self._additional
        return self._node(additional) if isinstance(additional, dict) else None

    @cached_property
    def element(self) -> Node:
        """What the elements of a list are."""
        items = self.schema.get("items")
        return self._node(items) if isinstance(items, dict) else ANY

    @cached_property
    def list_keys(self) -> tuple[str, ...]:
        """The fields that tell one element of a list from another; none when the schema does not say."""
        keys = self.schema.get("x-kubernetes-list-map-keys")
        if keys:
            return tuple(keys)
        merge_key = self.schema.get("x-kubernetes-patch-merge-key")
        return (merge_key,) if merge_key and merge_key in self.element.properties else ()

    @cached_property
    def key_defaults(self) -> Mapping[str, Any]:
        """What the API server fills in for absent keys of an element, such as a port's ``protocol``."""
        fields = self.element.properties
        stated = {key: fields.get(key, {}).get("default") for key in self.list_keys}
        return {key: default for key, default in stated.items() if default is not None}

    @property
    def default(self) -> Any:
        """What comes in the place of nothing; ``None`` when nothing does."""
        return self.schema.get("default")

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The fields that have a default, which are there if the map is."""
        stated = ((name, schema.get("default")) for name, schema in self.properties.items())
        return {name: default for name, default in stated if default is not None}

    def described(self, name: str) -> Node | None:
        """What the schema says of the field *name*; ``None`` when it says nothing."""
        stated = self.properties.get(name)
        return self.values if stated is None else self._node(stated)

    def field(self, name: str) -> Node | None:
        """What the field *name* is; ``None`` when there can be none."""
        described = self.described(name)
        return ANY if described is None and self.is_open else described

    def alternative(self, schema: dict[str, Any]) -> Node:
        """A schema of this node's ``anyOf``, ``oneOf``, ``allOf`` or ``not``."""
        return self._node(schema, loose=True)

    @property
    def _additional(self) -> Any:
        return self.schema.get("additionalProperties")

    @cached_property
    def _is_embedded(self) -> bool:
        return bool(self.schema.get("x-kubernetes-embedded-resource"))

    def _node(self, schema: dict[str, Any], *, loose: bool = False) -> Node:
        loose = loose or self.loose
        found = self._known.get((id(schema), loose))
        return found or Node(schema, loose=loose, known=self._known)


ANY = Node({})
