"""The schema of a federated type: a template of the target's own shape, a placement, overrides, and a status.

The fields are KubeFed's. Where its schema left a thing open that it then refused at run time, this one refuses it at
once; what is new here (``selectorOverrides``, keys in brackets, the status that can be printed) is beside its fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.patch import FORBIDDEN_PATHS

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

# A CEL rule is charged for every element that could be there, and an API server refuses a CRD in which that comes to
# too much: so the lists that hold paths have a bound. It is far above what an object of 1.5 MB could use.
MAX_CLUSTERS = 1000
MAX_SELECTORS = 200
MAX_PATCHES = 250
MAX_PATH = 1024

# A JSON pointer whose tokens may also be matches in brackets: see kfed.core.overridepath.
PATH_PATTERN = r'^(/(\[([^\]"]|"([^"\\]|\\.)*")*\]|([^/~]|~[01])*))+$'

_RULES = "x-kubernetes-validations"
_ANY: Schema = {"x-kubernetes-preserve-unknown-fields": True}


def wrapper_schema(template: Schema, *, retain_replicas: bool, kind: str = "object") -> Schema:
    """The structural schema of a whole federated object.

    Args:
        template: the structural schema of the target without its status; shared with the result.
        retain_replicas: the target has replicas that the member cluster may be left to decide.
        kind: the target's kind, for the descriptions.
    """
    return {
        "type": "object",
        "description": f"Federated{kind} is a {kind} for member clusters: a template, where it goes, what differs.",
        "required": ["spec"],
        "properties": {
            "apiVersion": _text("The version of this schema."),
            "kind": _text("The kind of this object."),
            "metadata": {"type": "object"},
            "spec": _spec(template, kind, retain_replicas=retain_replicas),
            "status": _status(),
        },
    }


def has_replicas(schema: Mapping[str, Any]) -> bool:
    """Whether a type has ``spec.replicas`` as an int32, which is what KubeFed asks of types with retainReplicas."""
    spec = schema.get("properties", {}).get("spec", {})
    replicas = spec.get("properties", {}).get("replicas", {})
    return bool(replicas.get("type") == "integer" and replicas.get("format") == "int32")


def without_required(schema: Schema) -> Schema:
    """The same schema in which nothing is required but what tells the elements of a list apart.

    Rules (CEL) go as well: one may read a field that is no longer sure to be there, and then it refuses the object.
    """
    return _relaxed(schema, frozenset())


def has_rules(schema: Any) -> bool:
    """Whether there is a rule (CEL) anywhere in a schema."""
    match schema:
        case dict():
            return _RULES in schema or any(map(has_rules, schema.values()))
        case list():
            return any(map(has_rules, schema))
    return False


def _relaxed(schema: Schema, keys: frozenset[str]) -> Schema:
    result = dict(schema)
    kept = [name for name in schema.get("required", ()) if name in keys]
    result.pop("required", None)
    result.pop(_RULES, None)
    if kept:
        result["required"] = kept
    if "properties" in schema:
        result["properties"] = {name: _relaxed(one, frozenset()) for name, one in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = _relaxed(schema["additionalProperties"], frozenset())
    if "items" in schema:
        result["items"] = _relaxed(schema["items"], frozenset(schema.get("x-kubernetes-list-map-keys", ())))
    for combinator in ("allOf", "anyOf", "oneOf"):
        if combinator in schema:
            result[combinator] = [_relaxed(one, frozenset()) for one in schema[combinator]]
    return result


def _spec(template: Schema, kind: str, *, retain_replicas: bool) -> Schema:
    properties: Schema = {
        "template": {
            **template,
            "description": (
                f"The {kind} that every cluster of the placement gets, before overrides. Name and namespace are this "
                "object's own."
            ),
        },
        "placement": _placement(),
        "overrides": _overrides(),
        "selectorOverrides": _selector_overrides(),
    }
    if retain_replicas:
        properties["retainReplicas"] = {
            "type": "boolean",
            "description": (
                "Leave spec.replicas to each member cluster, for an autoscaler there; what this object says is used "
                "only when the cluster's object is made."
            ),
        }
    return {
        "type": "object",
        "description": "What goes where, and what differs there.",
        "properties": properties,
    }


def _placement() -> Schema:
    names = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": _text("The name of a KubeFedCluster.")},
    }
    return {
        "type": "object",
        "description": "Which clusters get the object. Without a placement, none does.",
        "properties": {
            "clusters": {
                **_list_map(names, "name", MAX_CLUSTERS),
                "description": "Clusters by name. When this is there, even empty, clusterSelector is not looked at.",
            },
            "clusterSelector": _selector(
                "Clusters by the labels of their KubeFedCluster. An empty selector is every cluster, none is none."
            ),
        },
    }


def _overrides() -> Schema:
    entry = {
        "type": "object",
        "required": ["clusterName"],
        "properties": {
            "clusterName": _text("The name of a KubeFedCluster."),
            "clusterOverrides": _patches(),
        },
    }
    return {
        **_list_map(entry, "clusterName", MAX_CLUSTERS),
        "description": "What differs in one cluster, applied after selectorOverrides.",
    }


def _selector_overrides() -> Schema:
    entry = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": _text("A name for these overrides, to tell them apart and to say where a value came from."),
            "clusterSelector": _selector(
                "The clusters that these are for, by the labels of their KubeFedCluster. An empty selector is every "
                "cluster, none is none."
            ),
            "clusterOverrides": _patches(),
        },
    }
    return {
        **_list_map(entry, "name", MAX_SELECTORS),
        "description": "What differs in clusters with certain labels, applied in the order of the list; the last wins.",
    }


def _patches() -> Schema:
    return {
        "type": "array",
        "description": "Changes, applied in this order.",
        "maxItems": MAX_PATCHES,
        "x-kubernetes-list-type": "atomic",
        "items": {
            "type": "object",
            "required": ["path"],
            "properties": {
                "op": {
                    "type": "string",
                    "description": "What to do at the path: add, remove, or replace, which is also what no op means.",
                    "enum": ["", "add", "remove", "replace"],
                },
                "path": {
                    "type": "string",
                    "description": (
                        "Where: a JSON pointer into the template, such as /spec/replicas. An element of a list goes "
                        "by its key, as in /spec/template/spec/containers/[name=web]/image, or by its index."
                    ),
                    "maxLength": MAX_PATH,
                    "pattern": PATH_PATTERN,
                    _RULES: [_identity_rule()],
                },
                "value": {**_ANY, "description": "What to set, for add and replace."},
            },
        },
    }


def _identity_rule() -> Schema:
    """The paths that `kfed.core.patch` refuses: what holds the object's identity, and what lies in it."""
    parents = sorted({path[:depth] for path in FORBIDDEN_PATHS for depth in range(1, len(path))})
    whole = [f"self != '/{'/'.join(path)}'" for path in (*parents, *FORBIDDEN_PATHS)]
    inside = [f"!self.startsWith('/{'/'.join(path)}/')" for path in FORBIDDEN_PATHS]
    return {
        "rule": " && ".join((*whole, *inside)),
        "message": (
            "this path holds the object's identity (kind, metadata.name, metadata.namespace, metadata.generateName), "
            "which cannot be overridden; address the fields below it that should differ"
        ),
    }


def _selector(description: str) -> Schema:
    operators = ["In", "NotIn", "Exists", "DoesNotExist"]
    return {
        "type": "object",
        "description": description,
        "properties": {
            "matchLabels": {
                "type": "object",
                "description": "Labels that a cluster must have, with these values.",
                "additionalProperties": {"type": "string"},
            },
            "matchExpressions": {
                "type": "array",
                "description": "Conditions on labels, all of which must hold.",
                "x-kubernetes-list-type": "atomic",
                "items": {
                    "type": "object",
                    "required": ["key", "operator"],
                    "properties": {
                        "key": _text("The label."),
                        "operator": {
                            "type": "string",
                            "description": "How the label's value relates to the values.",
                            "enum": operators,
                        },
                        "values": {
                            "type": "array",
                            "description": "Values for In and NotIn; none for Exists and DoesNotExist.",
                            "x-kubernetes-list-type": "atomic",
                            "items": {"type": "string"},
                        },
                    },
                },
            },
        },
    }


def _status() -> Schema:
    condition = {
        "type": "object",
        "required": ["type", "status"],
        "properties": {
            "type": _text("What it is about; Propagation is about all clusters together."),
            "status": _text("True, False or Unknown."),
            "reason": _text("Why, in one word."),
            "message": _text("Why, in a sentence."),
            "lastUpdateTime": {**_text("When this was last looked at."), "format": "date-time"},
            "lastTransitionTime": {**_text("When the status last changed."), "format": "date-time"},
        },
    }
    cluster = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": _text("The name of the KubeFedCluster."),
            "status": _text("What became of the object there; empty when it is as it should be."),
            "message": _text("Why, in a sentence."),
            "remoteStatus": {
                "type": "object",
                "description": "The status of the object in that cluster, as found there.",
                **_ANY,
            },
        },
    }
    return {
        "type": "object",
        "description": "What became of the object.",
        "properties": {
            "observedGeneration": {
                "type": "integer",
                "format": "int64",
                "description": "The generation of this object that the status is about.",
            },
            "summary": _text("In how many clusters the object is as it should be, of how many, such as 2/3."),
            "placed": _count("How many clusters are to have the object."),
            "current": _count("In how many of them it is as it should be."),
            "behind": _text("The clusters in which it is not, by name, as many as fit a line."),
            "conditions": {**_list_map(condition, "type"), "description": "What holds for the object as a whole."},
            "clusters": {**_list_map(cluster, "name"), "description": "What became of it in each cluster."},
        },
    }


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _count(description: str) -> Schema:
    return {"type": "integer", "format": "int32", "description": description}


def _list_map(items: Schema, key: str, most: int | None = None) -> Schema:
    schema: Schema = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [key],
        "items": items,
    }
    return schema if most is None else {**schema, "maxItems": most}
