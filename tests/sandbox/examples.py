"""Requests whose answers by a real kube-apiserver are recorded in ``tests/cases/sandbox`` (see ``record.py``)."""

from __future__ import annotations

from typing import Any

Manifest = dict[str, Any]

LABELS = {"app": "x"}
CONTAINER: Manifest = {"name": "c", "image": "nginx"}
TYPES = {
    "ConfigMap": ("v1", "configmaps"),
    "CronJob": ("batch/v1", "cronjobs"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "Deployment": ("apps/v1", "deployments"),
    "EndpointSlice": ("discovery.k8s.io/v1", "endpointslices"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "horizontalpodautoscalers"),
    "Job": ("batch/v1", "jobs"),
    "LimitRange": ("v1", "limitranges"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims"),
    "Pod": ("v1", "pods"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "Role": ("rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "rolebindings"),
    "Secret": ("v1", "secrets"),
    "Service": ("v1", "services"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "Widget": ("recorded.example.com/v1", "widgets"),
}


def manifest(kind: str, **fields: Any) -> Manifest:
    """An object with these fields beside its type and name."""
    return {"apiVersion": TYPES[kind][0], "kind": kind, "metadata": {"name": "one"}, **fields}


def template(*containers: Manifest, **spec: Any) -> Manifest:
    """A pod template."""
    return {"metadata": {"labels": LABELS}, "spec": {"containers": list(containers or (CONTAINER,)), **spec}}


def workload(kind: str = "Deployment", **spec: Any) -> Manifest:
    """A workload that is right but for what is given."""
    given = {"selector": {"matchLabels": LABELS}, "template": template()} | spec
    return manifest(kind, spec={name: value for name, value in given.items() if value is not ...})


def contained(**fields: Any) -> Manifest:
    """A Deployment whose container has these fields."""
    return workload(template=template(CONTAINER | fields))


def service(**spec: Any) -> Manifest:
    """A Service."""
    return manifest("Service", spec=spec)


CLAIM: Manifest = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
FULL_POD = template(
    CONTAINER
    | {
        "image": "nginx:1.2",
        "ports": [{"containerPort": 80}],
        "livenessProbe": {"httpGet": {"port": 80}},
        "readinessProbe": {"tcpSocket": {"port": 80}},
        "startupProbe": {"grpc": {"port": 80}},
        "lifecycle": {"preStop": {"httpGet": {"port": 80}}},
        "env": [
            {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        ],
        "resources": {"limits": {"cpu": "1"}},
    },
    hostNetwork=True,
    serviceAccountName="sa",
    volumes=[
        {"name": "nothing"},
        {"name": "secret", "secret": {"secretName": "x"}},
        {"name": "path", "hostPath": {"path": "/x"}},
        {"name": "projected", "projected": {"sources": [{"serviceAccountToken": {"path": "x"}}]}},
        {"name": "claim", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}},
    ],
)
# Forms of whole numbers, as resources of others than Kubernetes itself are to be.
QUANTITIES = (
    *("1000", "1024", "1024Ki", "1.5Gi", "1536Mi", "1e3", "12e4", "100000000", "100M", "1000Ki", "1023Mi"),
    *("0", "0Gi", "1000m", "2000000u", "1Pi", "1000T", "512Ki", "0.5Ki", "123456789"),
)
CREATED: dict[str, Manifest] = {
    "deployment": workload(),
    "deployment that is recreated": workload(strategy={"type": "Recreate"}),
    "deployment with empty lists and maps": contained(env=[], args=[], resources={"limits": {}}),
    "deployment with null": workload(replicas=None, template=template(nodeSelector=None)),
    "deployment of everything": workload(template=FULL_POD),
    "pod": manifest("Pod", spec=template()["spec"]),
    "pod of everything": manifest("Pod", spec=FULL_POD["spec"]),
    "daemon set": workload("DaemonSet"),
    "stateful set": workload(
        "StatefulSet", serviceName="s", volumeClaimTemplates=[{"metadata": {"name": "v"}, "spec": CLAIM}]
    ),
    "replica set": workload("ReplicaSet"),
    "job": manifest("Job", spec={"template": template(restartPolicy="Never")}),
    "job with parallelism": manifest("Job", spec={"parallelism": 2, "template": template(restartPolicy="OnFailure")}),
    "cron job": manifest(
        "CronJob",
        spec={"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template(restartPolicy="Never")}}},
    ),
    "autoscaler": manifest(
        "HorizontalPodAutoscaler",
        spec={"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}},
    ),
    "network policy": manifest(
        "NetworkPolicy", spec={"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}], "egress": [{}]}
    ),
    "claim": manifest("PersistentVolumeClaim", spec=CLAIM),
    "limit range": manifest("LimitRange", spec={"limits": [{"type": "Container", "max": {"cpu": "1"}}]}),
    "endpoint slice": manifest(
        "EndpointSlice", addressType="IPv4", endpoints=[{"addresses": ["1.2.3.4"]}], ports=[{"port": 80}]
    ),
    "role without rules": manifest("Role"),
    "role binding": manifest(
        "RoleBinding",
        roleRef={"kind": "Role", "name": "x"},
        subjects=[{"kind": "ServiceAccount", "name": "x"}, {"kind": "User", "name": "y"}],
    ),
    "secret with text": manifest("Secret", stringData={"a": "b"}, data={"a": "ZA==", "c": "ZA=="}),
    "quantities of memory": contained(
        resources={
            "limits": {
                **{f"example.com/{place}": text for place, text in enumerate(QUANTITIES)},
                "cpu": 0.5,
                "memory": 1073741824,
            }
        }
    ),
    "config map": manifest("ConfigMap", data={"a": "b"}, binaryData={}),
    "service": service(ports=[{"port": 80}]),
    "service with affinity": service(ports=[{"port": 80, "targetPort": "http"}], sessionAffinity="ClientIP"),
    "service on nodes": service(type="NodePort", ports=[{"port": 80}]),
    "service by balancer": service(type="LoadBalancer", ports=[{"port": 80}]),
    "service by name": service(type="ExternalName", externalName="a.b"),
    "service without address": service(clusterIP="None", ports=[{"port": 80}]),
    # What cannot be read.
    "text for a number": workload(replicas="x"),
    "fraction for a number": workload(replicas=1.5),
    "number that is too large": workload(replicas=3_000_000_000),
    "text for true or false": workload(paused="x"),
    "map for a list": contained(ports={}),
    "number for a map": contained(ports=[1]),
    "number for a text, below an unknown field": workload(foo=1, template=template(CONTAINER | {"name": 3})),
    "list for a struct": manifest("Deployment", spec=[]),
    "more requested than there may be": contained(resources={"limits": {"cpu": 1}, "requests": {"cpu": "1001m"}}),
    "negative limit": contained(resources={"limits": {"cpu": "-1"}}),
    "no quantity": contained(resources={"limits": {"cpu": "x"}}),
    "no base64": manifest("Secret", data={"a": "Z"}),
    # What is not valid.
    "negative replicas": workload(replicas=-1),
    "negative seconds": workload(minReadySeconds=-1),
    "port without a number": contained(ports=[{}]),
    "port that is too large": contained(ports=[{"containerPort": 99999}]),
    "container without an image": contained(image=""),
    "container with a name of capitals": contained(name="X_"),
    "two containers of one name": workload(template=template(CONTAINER, CONTAINER)),
    "no containers": workload(template={"metadata": {"labels": LABELS}, "spec": {"containers": []}}),
    "unknown pull policy": contained(imagePullPolicy="Foo"),
    "variable without a name": contained(env=[{"name": ""}]),
    "mount of no volume": contained(volumeMounts=[{"name": "zz", "mountPath": "/x"}]),
    "deployment that does not restart": workload(template=template(restartPolicy="Never")),
    "job that restarts": manifest("Job", spec={"template": template()}),
    "selector of others": workload(selector={"matchLabels": {"app": "y"}}),
    "no selector": workload(selector=...),
    "empty selector": workload(selector={}),
    "no template": workload(template=...),
    "no spec": manifest("Deployment"),
    "recreated and rolling": workload(strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
    "no percentage": workload(strategy={"rollingUpdate": {"maxSurge": "x"}}),
    "no time to be ready": workload(progressDeadlineSeconds=0),
    "unknown operator": workload(selector={"matchExpressions": [{"key": "a", "operator": "Foo"}]}),
    "bad label of a template": workload(template={**template(), "metadata": {"labels": {**LABELS, "-": "x"}}}),
    "service without ports": service(),
    "ports without names": service(ports=[{"port": 80}, {"port": 81}]),
    "ports of one name": service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]),
    "port nought": service(ports=[{"port": 0}]),
    "unknown protocol": service(ports=[{"port": 80, "protocol": "X"}]),
    "unknown type of service": service(type="Foo", ports=[{"port": 80}]),
    "no address": service(clusterIP="x", ports=[{"port": 80}]),
    "port of nodes that is not asked for": service(ports=[{"port": 80, "nodePort": 30000}]),
    "bad selector": service(ports=[{"port": 80}], selector={"-": "x"}),
    "external name without a name": service(type="ExternalName"),
    "bad key": manifest("ConfigMap", data={"a b": "c"}),
    "certificate without a key": manifest("Secret", type="kubernetes.io/tls"),
    "rule of nothing": manifest("Role", rules=[{}]),
}
# Requests that are strict about fields.
STRICT: dict[str, Manifest] = {
    "unknown fields": workload(foo=1, template=template(CONTAINER | {"bar": {"baz": 2}})),
    "unknown field at the top": manifest("ConfigMap", dat={"a": "b"}),
    "unknown field in metadata of a template": workload(template={**template(), "metadata": {"label": LABELS}}),
}
RULES = "x-kubernetes-validations"
CRD: Manifest = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.recorded.example.com"},
    "spec": {
        "group": "recorded.example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "required": ["spec"], "properties": {}}},
            }
        ],
    },
}
_PORT = {
    "type": "object",
    "required": ["port"],
    "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}},
}
_KEYED = {
    "type": "object",
    "required": ["k"],
    "properties": {
        "k": {"type": "string", "maxLength": 10},
        "v": {"type": "integer", RULES: [{"rule": "self >= oldSelf", "message": "only up"}]},
    },
}
_SPEC: Manifest = {
    "type": "object",
    "required": ["size"],
    RULES: [
        {"rule": "self.size != 13", "message": "unlucky"},
        {"rule": "!has(self.__namespace__) || self.__namespace__ != 'q'"},
    ],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 20},
        "color": {"type": "string", "enum": ["red", "green"]},
        "name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4},
        "namespace": {"type": "string", "maxLength": 5},
        "when": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "ports": {
            "type": "array",
            "maxItems": 3,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": _PORT,
        },
        "atom": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        "map": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "integer"}},
        "any": {"x-kubernetes-preserve-unknown-fields": True},
        "either": {"x-kubernetes-int-or-string": True},
        "positive": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "nullable": {"type": "string", "nullable": True},
        "default": {"type": "string", "default": "dd"},
        "deep": {"type": "object", "default": {}, "properties": {"x": {"type": "integer", "default": 5}}},
        "not": {"type": "integer", "not": {"enum": [7]}},
        "narrow": {"type": "integer", "format": "int32"},
        "embedded": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
        },
        "frozen": {"type": "string", "maxLength": 9, RULES: [{"rule": "self == oldSelf", "message": "frozen"}]},
        "worded": {
            "type": "integer",
            "maximum": 99,
            RULES: [{"rule": "self < 5", "messageExpression": "'more than ' + 'enough'"}],
        },
        "barred": {"type": "integer", RULES: [{"rule": "self < 5", "reason": "FieldValueForbidden", "message": "no"}]},
        "keyed": {
            "type": "array",
            "maxItems": 5,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["k"],
            "items": _KEYED,
        },
        "pair": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            RULES: [{"rule": "self.a < self.b", "fieldPath": ".a", "message": "a is to be less"}],
        },
        "path": {
            "type": "string",
            "maxLength": 99,
            RULES: [{"rule": "self != '/kind' && !self.startsWith('/kind/')", "message": "not the kind"}],
        },
        "once": {
            "type": "integer",
            RULES: [{"rule": "!oldSelf.hasValue() || self == oldSelf.value()", "optionalOldSelf": True}],
        },
    },
}
CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"] = {
    "spec": _SPEC,
    "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
}


def widget(**spec: Any) -> Manifest:
    """A custom resource."""
    return manifest("Widget", spec={"size": 3, **spec})


CUSTOM: dict[str, Manifest] = {
    "defaults": widget(),
    "defaults below a default": widget(deep={}, ports=[{"port": 1}]),
    "nulls": widget(nullable=None, default=None, deep=None, color=None, map={"a": None}),
    "whole fraction": widget(narrow=4.0, any={"x": [1, None]}),
    "unknown fields go": widget(
        foo=1, ports=[{"port": 1, "bar": 2}], embedded={"apiVersion": "v1", "kind": "Pod", "z": 1}
    ),
    "nothing": manifest("Widget"),
    "missing": manifest("Widget", spec={}),
    "null that is required": widget(size=None),
    "other type": widget(size="3"),
    "list for a map": manifest("Widget", spec=[1]),
    "map for a list": widget(ports={}),
    "null in a list": widget(atom=[None]),
    "true for either": widget(either=True),
    "too small": widget(size=0),
    "too large": widget(size=21),
    "not positive": widget(positive=0),
    "not in the enum": widget(color="blue"),
    "too short": widget(name="X"),
    "too long": widget(name="abcdef"),
    "unlike the pattern": widget(name="AB"),
    "no moment": widget(when="x"),
    "twice in a set": widget(tags=["a", "a"]),
    "twice in a list with keys": widget(ports=[{"port": 1}, {"port": 1, "protocol": "TCP"}]),
    "key left out": widget(ports=[{}]),
    "too many": widget(ports=[{"port": number} for number in range(4)]),
    "too few": widget(atom=[]),
    "too many fields": widget(map={"a": 1, "b": 2}),
    "value of a map": widget(map={"a": "x"}),
    "what may not be": widget(**{"not": 7}),
    "too large for the format": widget(narrow=3_000_000_000),
    "embedded without a kind": widget(embedded={}),
    "rule of an object": widget(size=13),
    "rule without a message": widget(namespace="q"),
    "rule with a computed message": widget(worded=9),
    "rule with a reason": widget(barred=9),
    "rule with a path": widget(pair={"a": 3, "b": 1}),
    "rule that finds no field": widget(pair={"a": 3}),
    "rule of a text": widget(path="/kind/x"),
    "rules wait for the schema": widget(size=13, color="blue"),
    "two mistakes": widget(name="AB", worded=9),
}
# What was there, and a merge patch.
BEFORE = widget(frozen="ok", keyed=[{"k": "a", "v": 3}], once=1)
CHANGED: dict[str, Manifest] = {
    "frozen": {"spec": {"frozen": "other"}},
    "frozen goes": {"spec": {"frozen": None}},
    "less than before": {"spec": {"keyed": [{"k": "a", "v": 2}]}},
    "less than before, elsewhere": {"spec": {"keyed": [{"k": "b", "v": 1}, {"k": "a", "v": 2}]}},
    "new beside": {"spec": {"keyed": [{"k": "b", "v": 1}, {"k": "a", "v": 3}]}},
    "once is enough": {"spec": {"once": 2}},
}
