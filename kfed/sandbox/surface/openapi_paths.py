"""The paths of an OpenAPI document: which operations there are on a type, and which query parameters they take.

kubectl looks here for whether a server knows ``dryRun`` and ``fieldValidation``; kfed itself reads plural and scope.
The operations are written as v3 has them; v2 is the same in other words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.surface.openapi_schemas import GVK, META

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.surface.openapi_schemas import Dialect

SCALE = "io.k8s.api.autoscaling.v1.Scale"
CREATED = {
    "binding": ("io.k8s.api.core.v1.Binding", "", "v1", "Binding"),
    "eviction": ("io.k8s.api.policy.v1.Eviction", "policy", "v1", "Eviction"),
    "token": ("io.k8s.api.authentication.v1.TokenRequest", "authentication.k8s.io", "v1", "TokenRequest"),
}
"""Subresources that are created and nothing else: their schemas, and the group, version and kind of what is sent."""
_STRING, _BOOLEAN, _INTEGER = "string", "boolean", "integer"
_WRITING = {"dryRun": _STRING, "fieldManager": _STRING, "fieldValidation": _STRING}
_LISTING = {
    "allowWatchBookmarks": _BOOLEAN,
    "continue": _STRING,
    "fieldSelector": _STRING,
    "labelSelector": _STRING,
    "limit": _INTEGER,
    "resourceVersion": _STRING,
    "resourceVersionMatch": _STRING,
    "sendInitialEvents": _BOOLEAN,
    "timeoutSeconds": _INTEGER,
    "watch": _BOOLEAN,
}
_DELETING = {
    "dryRun": _STRING,
    "gracePeriodSeconds": _INTEGER,
    "orphanDependents": _BOOLEAN,
    "propagationPolicy": _STRING,
}
# Of each verb: method, action, parameters, and what is done, as descriptions put it.
_VERBS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "list": ("get", "list", _LISTING, "list or watch objects of kind"),
    "create": ("post", "post", _WRITING, "create"),
    "deletecollection": ("delete", "deletecollection", _DELETING | _LISTING, "delete collection of"),
    "get": ("get", "get", {}, "read the specified"),
    "update": ("put", "put", _WRITING, "replace the specified"),
    "delete": ("delete", "delete", _DELETING, "delete"),
    "patch": ("patch", "patch", _WRITING | {"force": _BOOLEAN}, "partially update the specified"),
}
_OF_COLLECTION, _OF_OBJECT = ("list", "create", "deletecollection"), ("get", "update", "delete", "patch")
_PATCHES = ("application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml")
_STRATEGIC = "application/strategic-merge-patch+json"


def paths(served: ServedType, schema: str, dialect: Dialect) -> dict[str, Any]:
    """The paths of a type.

    Args:
        served: the type.
        schema: the name of its schema; its list's is the same and ``List``.
        dialect: of the references.
    """
    gvk = served.resource.gvk
    prefix = f"/apis/{gvk.group}/{gvk.version}" if gvk.group else f"/api/{gvk.version}"
    inside = f"{prefix}/namespaces/{{namespace}}" if served.is_namespaced else prefix
    writer = _Writer(served, schema, dialect)
    collection, one = f"{inside}/{served.plural}", f"{inside}/{served.plural}/{{name}}"
    found = {collection: writer.item(_OF_COLLECTION, collection), one: writer.item(_OF_OBJECT, one)}
    if served.is_namespaced and "list" in served.verbs:
        everywhere = f"{prefix}/{served.plural}"
        found[everywhere] = writer.item(("list",), everywhere)
    for name in sorted(served.subresources):
        below = f"{one}/{name}"
        found[below] = writer.subresource(name, below)
    return {path: item for path, item in sorted(found.items()) if item}


class _Writer:
    """Writes the operations on one type."""

    def __init__(self, served: ServedType, schema: str, dialect: Dialect) -> None:
        self._served = served
        self._schema = schema
        self._dialect = dialect
        gvk = served.resource.gvk
        self._gvk = {"group": gvk.group, "version": gvk.version, "kind": gvk.kind}

    def item(self, verbs: tuple[str, ...], path: str) -> dict[str, Any]:
        """The operations under one path, those that the type has."""
        return self._item([verb for verb in verbs if verb in self._served.verbs], path, self._schema, self._gvk)

    def subresource(self, name: str, path: str) -> dict[str, Any]:
        """The operations on a subresource."""
        if name == "scale":
            scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
            gvk = self._gvk if self._served.crd else scale  # as kube-apiserver has it
            return self._item(["get", "update", "patch"], path, SCALE, gvk)
        if name in CREATED:
            schema, group, version, kind = CREATED[name]
            return self._item(["create"], path, schema, {"group": group, "version": version, "kind": kind})
        verbs = ["update"] if name == "finalize" else ["get", "update", "patch"]
        return self._item(verbs, path, self._schema, self._gvk)

    def _item(self, verbs: list[str], path: str, schema: str, gvk: dict[str, str]) -> dict[str, Any]:
        if not verbs:
            return {}
        item: dict[str, Any] = {_VERBS[verb][0]: self._operation(verb, schema, gvk) for verb in verbs}
        placed = [_parameter(name, "path", _STRING) for name in ("name", "namespace") if f"{{{name}}}" in path]
        return item | ({"parameters": placed} if placed else {})

    def _operation(self, verb: str, schema: str, gvk: dict[str, str]) -> dict[str, Any]:
        _, action, parameters, what = _VERBS[verb]
        operation: dict[str, Any] = {"description": f"{what} {gvk['kind']}"}
        if parameters:
            operation["parameters"] = [_parameter(name, "query", kind) for name, kind in sorted(parameters.items())]
        if verb in {"create", "update"}:
            operation["requestBody"] = {"content": {"*/*": self._content(schema)}, "required": True}
        elif verb == "patch":
            types = _PATCHES if self._served.crd else (*_PATCHES, _STRATEGIC)
            operation["requestBody"] = {"content": {kind: self._content(f"{META}Patch") for kind in types}}
            operation["requestBody"]["required"] = True
        elif verb in {"delete", "deletecollection"}:
            operation["requestBody"] = {"content": {"*/*": self._content(f"{META}DeleteOptions")}}
        answer = {"list": f"{schema}List", "delete": f"{META}Status", "deletecollection": f"{META}Status"}
        content = {"application/json": self._content(answer.get(verb, schema))}
        operation["responses"] = {"200": {"description": "OK", "content": content}}
        return operation | {"x-kubernetes-action": action, GVK: gvk}

    def _content(self, schema: str) -> dict[str, Any]:
        return {"schema": self._dialect.reference(schema)}


def as_v2(item: dict[str, Any]) -> dict[str, Any]:
    """A path of v3 in the words of v2: bodies are parameters, and media types are said apart."""
    result = {key: _operation_v2(value) for key, value in item.items() if key != "parameters"}
    placed = [_parameter_v2(entry) for entry in item.get("parameters", ())]
    return result | ({"parameters": placed} if placed else {})


def _operation_v2(operation: dict[str, Any]) -> dict[str, Any]:
    result = {key: value for key, value in operation.items() if key not in {"parameters", "requestBody", "responses"}}
    parameters = [_parameter_v2(entry) for entry in operation.get("parameters", ())]
    consumes = ["*/*"]
    if body := operation.get("requestBody"):
        consumes = list(body["content"])
        required = {"required": True} if body.get("required") else {}
        parameters.insert(0, {"name": "body", "in": "body", **required, **body["content"][consumes[0]]})
    answer = operation["responses"]["200"]
    responses = {"200": {"description": answer["description"], **answer["content"]["application/json"]}}
    kinds = {"consumes": consumes, "produces": ["application/json", "application/yaml"]}
    return result | kinds | {"parameters": parameters, "responses": responses}


def _parameter(name: str, where: str, kind: str) -> dict[str, Any]:
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, **required, "schema": {"type": kind, "uniqueItems": True}}


def _parameter_v2(parameter: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = parameter["schema"]
    return {key: value for key, value in parameter.items() if key != "schema"} | schema
