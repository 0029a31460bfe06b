"""The schemas of an OpenAPI document: definitions of built-in types, and those of custom types made to look alike.

Two dialects: v3 says ``allOf: [{$ref}]`` where something stands beside a reference, v2 says it beside. kubectl reads
v3: ``explain`` the descriptions and enums, ``apply`` the ``x-kubernetes-patch-*`` and list extensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.sandbox.kinds.served import ServedType

GVK = "x-kubernetes-group-version-kind"
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_BELOW = ("items", "additionalProperties", "not")
_BRANCHES = ("allOf", "anyOf", "oneOf")
_FLAG = "x-kubernetes-int-or-string"
_ALTERNATIVES = [{"type": "integer"}, {"type": "string"}]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a version of OpenAPI refers to schemas.

    Attributes:
        prefix: what stands before a schema's name in a reference.
        wraps: a reference with something beside it is wrapped into ``allOf``.
    """

    prefix: str
    wraps: bool

    def reference(self, name: str) -> dict[str, Any]:
        """A bare reference to a schema."""
        return {"$ref": self.prefix + name}


V2 = Dialect("#/definitions/", wraps=False)
V3 = Dialect("#/components/schemas/", wraps=True)


def schema_name(served: ServedType) -> str:
    """What a custom type's schema is called: the group's domain backwards, version, kind."""
    return ".".join([*reversed(served.group.split(".")), served.version, served.kind])


def builtin_names(definitions: Mapping[str, dict[str, Any]]) -> dict[tuple[str, str, str], str]:
    """Group, version and kind to the name of the definition; kinds that many groups share have no entry."""
    found: dict[tuple[str, str, str], str] = {}
    for name, definition in definitions.items():
        if len(gvks := definition.get(GVK, ())) == 1:
            found[gvks[0]["group"], gvks[0]["version"], gvks[0]["kind"]] = name
    return found


def closure(definitions: Mapping[str, dict[str, Any]], names: Iterable[str], dialect: Dialect) -> dict[str, Any]:
    """The definitions *names* in a dialect, with all that they refer to, by name."""
    found: dict[str, Any] = {}
    waiting = sorted(names, reverse=True)
    while waiting:
        name = waiting.pop()
        if name in found or name not in definitions:
            continue
        referred: list[str] = []
        found[name] = _definition(name, definitions[name], dialect, referred)
        waiting += referred
    return dict(sorted(found.items()))


def custom_schemas(served: ServedType, definitions: Mapping[str, dict[str, Any]], dialect: Dialect) -> dict[str, Any]:
    """The schemas of a custom type and of its list, by name.

    Args:
        served: the type.
        definitions: those of built-in types, whose words for what all types have are taken.
        dialect: of the document.
    """
    gvk = served.resource.gvk
    own = {"group": gvk.group, "version": gvk.version}
    name = schema_name(served)
    common = _common(definitions, dialect)
    schema = _custom(served.schema or {"type": "object"}, common, dialect)
    schema["properties"] = {**schema.get("properties", {}), **common}
    items = {
        "type": "array",
        "items": dialect.reference(name),
        "description": f"List of {served.plural}.",
    }
    metadata = _beside(dialect.reference(f"{META}ListMeta"), {"description": "Standard list metadata."}, dialect)
    listed = {
        "description": f"{gvk.kind}List is a list of {gvk.kind}",
        "type": "object",
        "required": ["items"],
        "properties": {**common, "items": items, "metadata": metadata},
        GVK: [own | {"kind": f"{gvk.kind}List"}],
    }
    return {name: schema | {GVK: [own | {"kind": gvk.kind}]}, f"{name}List": listed}


def _common(definitions: Mapping[str, dict[str, Any]], dialect: Dialect) -> dict[str, Any]:
    """The fields that every object has, in the words of built-in types, as a server describes them for custom ones."""
    given = definitions["io.k8s.api.core.v1.ConfigMap"]["properties"]
    texts = {name: {"description": given[name]["description"]} for name in ("apiVersion", "kind", "metadata")}
    metadata = _beside(dialect.reference(f"{META}ObjectMeta"), texts.pop("metadata"), dialect)
    return {name: text | {"type": "string"} for name, text in texts.items()} | {"metadata": metadata}


def _beside(reference: dict[str, Any], rest: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    if not rest:
        return reference
    return rest | ({"allOf": [reference]} if dialect.wraps else reference)


def _definition(name: str, given: dict[str, Any], dialect: Dialect, referred: list[str]) -> dict[str, Any]:
    node: dict[str, Any] = _node(given, dialect, referred)
    if name == _INT_OR_STRING:
        kind = {"oneOf": _ALTERNATIVES} if dialect.wraps else {"type": "string"}
        return kind | {"format": "int-or-string"}
    if GVK in given:
        for field in {"apiVersion", "kind"} & node.get("properties", {}).keys():
            node["properties"][field].pop("enum", None)
    if not dialect.wraps and "oneOf" in node:
        return {"type": "string"}  # v2 has no alternatives; a server says the same of Quantity
    return node


def _node(given: Any, dialect: Dialect, referred: list[str]) -> Any:
    """One schema: ``null`` is no type in OpenAPI, and references lead elsewhere than in JSON Schema."""
    if not isinstance(given, dict):
        return given
    node = {key: value for key, value in given.items() if key != "$ref"}
    if isinstance(node.get("type"), list):
        node["type"] = next(kind for kind in node["type"] if kind != "null")
    if "properties" in node:
        node["properties"] = {name: _node(sub, dialect, referred) for name, sub in node["properties"].items()}
    for key in _BELOW:
        if key in node:
            node[key] = _node(node[key], dialect, referred)
    for key in _BRANCHES:
        if key in node:
            node[key] = [_node(branch, dialect, referred) for branch in node[key]]
    if "$ref" not in given:
        return node
    name = given["$ref"].rpartition("/")[2]
    referred.append(name)
    return _beside(dialect.reference(name), node, dialect)


def _custom(given: Any, common: dict[str, Any], dialect: Dialect) -> Any:
    """One node of a custom type's schema: what OpenAPI does not know is said in its words, too."""
    if not isinstance(given, dict):
        return given
    node = dict(given)
    if "properties" in node:
        node["properties"] = {name: _custom(sub, common, dialect) for name, sub in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in node:
            node[key] = _custom(node[key], common, dialect)
    if node.get("x-kubernetes-embedded-resource"):
        node["properties"] = {**node.get("properties", {}), **common}
        node["required"] = [*dict.fromkeys([*node.get("required", ()), "kind", "apiVersion"])]
    if not dialect.wraps:
        return {key: value for key, value in node.items() if key not in {*_BRANCHES, "not", "nullable"}}
    if node.get(_FLAG):
        node.setdefault("anyOf", _ALTERNATIVES)
    return node
