"""Defaults of built-in types, as far as users notice them; each was seen on kube-apiserver 1.37.

The definitions of a release do not tell them: they are Go code (k8s.io/kubernetes, ``pkg/apis/*/*/defaults.go``).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from kfed.sandbox.admission.autoscalerchecks import fill_autoscaler
from kfed.sandbox.admission.poddefaults import fill_pod, fill_template
from kfed.sandbox.admission.servicedefaults import fill_service
from kfed.sandbox.admission.tidying import tidied, tidied_schema
from kfed.sandbox.changes.typed import root
from kfed.sandbox.values.filling import fill, maps, part

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.kinds.served import ServedType
    from kfed.sandbox.values.filling import Manifest

_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_ROLLING: Manifest = {"type": "RollingUpdate"}
_VOLUME: Manifest = {"volumeMode": "Filesystem"}
_JOB_LABELS = (("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"), ("controller-uid", "job-name"))
_COUNT = "deprecated.daemonset.template.generation"
_CPU: Manifest = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
_WEBHOOK: Manifest = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "timeoutSeconds": 10,
}
# By type: what is filled in whatever else the object says.
_FLAT: dict[str, Manifest] = {
    "cronjobs.batch": {
        "spec": {
            "concurrencyPolicy": "Allow",
            "suspend": False,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {"metadata": {}, "spec": {"template": {}}},
        }
    },
    "daemonsets.apps": {
        "spec": {"template": {}, "revisionHistoryLimit": 10, "updateStrategy": _ROLLING},
    },
    "deployments.apps": {
        "spec": {
            "replicas": 1,
            "template": {},
            "strategy": _ROLLING,
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        }
    },
    "events": {
        "involvedObject": {},
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    },
    "horizontalpodautoscalers.autoscaling": {
        "spec": {"minReplicas": 1, "metrics": [{"type": "Resource", "resource": _CPU}]}
    },
    "jobs.batch": {
        "spec": {
            "backoffLimit": 6,
            "completionMode": "NonIndexed",
            "suspend": False,
            "manualSelector": False,
            "template": {},
            "podReplacementPolicy": "TerminatingOrFailed",
        }
    },
    "persistentvolumeclaims": {"spec": {"resources": {}, **_VOLUME}},
    "persistentvolumes": {"spec": {"persistentVolumeReclaimPolicy": "Retain", **_VOLUME}},
    "priorityclasses.scheduling.k8s.io": {"preemptionPolicy": "PreemptLowerPriority"},
    "replicasets.apps": {"spec": {"replicas": 1, "template": {}}},
    "replicationcontrollers": {"spec": {"replicas": 1}},
    "secrets": {"type": "Opaque"},
    "statefulsets.apps": {
        "spec": {
            "replicas": 1,
            "template": {},
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": _ROLLING,
            "revisionHistoryLimit": 10,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        }
    },
    "storageclasses.storage.k8s.io": {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
    f"roles.{_RBAC}": {"rules": None},
    f"clusterroles.{_RBAC}": {"rules": None},
    f"rolebindings.{_RBAC}": {"roleRef": {"apiGroup": _RBAC}},
    f"clusterrolebindings.{_RBAC}": {"roleRef": {"apiGroup": _RBAC}},
}
# By type: what a rolling update is filled in with, where it is one.
_UPDATES: dict[str, tuple[str, Manifest]] = {
    "daemonsets.apps": ("updateStrategy", {"maxUnavailable": 1, "maxSurge": 0}),
    "deployments.apps": ("strategy", {"maxUnavailable": "25%", "maxSurge": "25%"}),
    "statefulsets.apps": ("updateStrategy", {"partition": 0, "maxUnavailable": 1}),
}
_TEMPLATES: dict[str, tuple[str, ...]] = {
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
    "podtemplates": ("template",),
    **dict.fromkeys(
        ("daemonsets.apps", "deployments.apps", "jobs.batch", "replicasets.apps", "statefulsets.apps"),
        ("spec", "template"),
    ),
    "replicationcontrollers": ("spec", "template"),
}


def builtin_defaulted(served: ServedType, manifest: Manifest, old: Manifest | None) -> Manifest:
    """The object with the defaults of its type.

    Args:
        served: a built-in type.
        manifest: any object of it, pruned; it stays as it is.
        old: the object as it is stored; ``None`` when this one is new.
    """
    result: Manifest = tidied(root(served), manifest)
    name = served.resource.full_name
    if "spec" in _FLAT.get(name, ()) and result.get("spec") is None:
        result["spec"] = {}
    _before(name, result)
    fill(result, _FLAT.get(name, {}))
    if name in _UPDATES:
        field, rolling = _UPDATES[name]
        strategy = part(result, "spec", field)
        if strategy.get("type") == "RollingUpdate":
            fill(strategy, {"rollingUpdate": rolling})
    if name in _TEMPLATES and (template := part(result, *_TEMPLATES[name])) is not None:
        fill_template(template)
    if name == "services":
        fill_service(result, old)
    elif name == "daemonsets.apps":
        _count_templates(result, old)
    elif name in _SPECIAL:
        _SPECIAL[name](result)
    return result


def _before(name: str, manifest: Manifest) -> None:
    """What depends on what was not given, and so comes before anything is filled in."""
    spec = part(manifest, "spec")
    if name == "jobs.batch":
        if "completions" not in spec and "parallelism" not in spec:
            spec["completions"] = 1
        fill(spec, {"parallelism": 1})
        if "podFailurePolicy" in spec:
            fill(spec, {"podReplacementPolicy": "Failed"})
    elif name == "secrets" and "stringData" in manifest:
        texts = manifest.pop("stringData")
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        manifest["data"] = {**manifest.get("data", {}), **data}


def _count_templates(daemons: Manifest, old: Manifest | None) -> None:
    """A DaemonSet counts its templates in an annotation, which nobody else can write."""
    annotations = daemons["metadata"].setdefault("annotations", {})
    before = part(old, "metadata", "annotations").get(_COUNT, "0" if old is None else "1")
    is_new = part(old, "spec", "template") != part(daemons, "spec", "template")
    annotations[_COUNT] = str(int(before) + is_new) if str(before).isdecimal() else "1"


def _job(job: Manifest) -> None:
    """A Job selects its pods by its uid, unless somebody else sees to that."""
    uid, name = part(job, "metadata").get("uid"), part(job, "metadata").get("name", "")
    spec = part(job, "spec")
    if not uid or spec["manualSelector"] or "selector" in spec:
        return
    labels = {key: value for pair in _JOB_LABELS for key, value in zip(pair, (uid, name), strict=True)}
    spec["selector"] = {"matchLabels": {_JOB_LABELS[0][0]: uid}}
    metadata = part(spec, "template", "metadata")
    fill(metadata, {"labels": labels})
    fill(part(job, "metadata"), {"labels": metadata["labels"]})


def _statefulset(stateful: Manifest) -> None:
    for claim in maps(part(stateful, "spec"), "volumeClaimTemplates"):
        fill(claim, {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {}, "spec": {}})
        fill(claim["spec"], {"resources": {}, **_VOLUME})
        claim["status"] = {"phase": "Pending"}


def _replication_controller(controller: Manifest) -> None:
    labels = part(controller, "spec", "template", "metadata", "labels")
    if labels:
        fill(part(controller, "spec"), {"selector": labels})
        fill(part(controller, "metadata"), {"labels": labels})


def _network_policy(policy: Manifest) -> None:
    spec = part(policy, "spec")
    for rule in (*maps(spec, "ingress"), *maps(spec, "egress")):
        for port in maps(rule, "ports"):
            fill(port, {"protocol": "TCP"})
    fill(spec, {"podSelector": {}, "policyTypes": ["Ingress", *(["Egress"] if "egress" in spec else [])]})


def _persistent_volume(volume: Manifest) -> None:
    if "hostPath" in part(volume, "spec"):
        fill(part(volume, "spec", "hostPath"), {"type": ""})


def _endpoints(endpoints: Manifest) -> None:
    for subset in maps(endpoints, "subsets"):
        for port in maps(subset, "ports"):
            fill(port, {"protocol": "TCP"})


def _endpoint_slice(endpoints: Manifest) -> None:
    for endpoint in maps(endpoints, "endpoints"):
        fill(endpoint, {"conditions": {}})
    for port in maps(endpoints, "ports"):
        fill(port, {"name": "", "protocol": "TCP"})


def _binding(binding: Manifest) -> None:
    for subject in maps(binding, "subjects"):
        if subject.get("kind") in {"User", "Group"}:
            fill(subject, {"apiGroup": _RBAC})


def _limit_range(limits: Manifest) -> None:
    """For containers: what is at most is what there is by default, and that is what is requested."""
    for limit in maps(part(limits, "spec"), "limits"):
        if limit.get("type") != "Container":
            continue
        default = {**part(limit, "max"), **part(limit, "default")}
        request = {**part(limit, "min"), **default, **part(limit, "defaultRequest")}
        limit |= {key: value for key, value in (("default", default), ("defaultRequest", request)) if value}


def _webhooks(configuration: Manifest) -> None:
    further: Manifest = {"reinvocationPolicy": "Never"} if configuration.get("kind", "").startswith("Mutating") else {}
    for webhook in maps(configuration, "webhooks"):
        fill(webhook, _WEBHOOK | further)
        for rule in maps(webhook, "rules"):
            fill(rule, {"scope": "*"})
        if "service" in part(webhook, "clientConfig"):
            fill(part(webhook, "clientConfig", "service"), {"port": 443})


def _custom_resource_definition(definition: Manifest) -> None:
    for version in maps(part(definition, "spec"), "versions"):
        if (schema := part(version, "schema").get("openAPIV3Schema")) is not None:
            version["schema"]["openAPIV3Schema"] = tidied_schema(schema)
    names = part(definition, "spec", "names")
    fill(part(definition, "spec"), {"conversion": {"strategy": "None"}})
    if kind := names.get("kind"):
        names |= {"singular": names.get("singular") or kind.lower(), "listKind": names.get("listKind") or f"{kind}List"}


_SPECIAL: dict[str, Callable[[Manifest], Any]] = {
    "customresourcedefinitions.apiextensions.k8s.io": _custom_resource_definition,
    "endpoints": _endpoints,
    "endpointslices.discovery.k8s.io": _endpoint_slice,
    "horizontalpodautoscalers.autoscaling": fill_autoscaler,
    "jobs.batch": _job,
    "limitranges": _limit_range,
    "networkpolicies.networking.k8s.io": _network_policy,
    "persistentvolumes": _persistent_volume,
    "pods": fill_pod,
    "replicationcontrollers": _replication_controller,
    "statefulsets.apps": _statefulset,
    f"clusterrolebindings.{_RBAC}": _binding,
    f"rolebindings.{_RBAC}": _binding,
    f"mutatingwebhookconfigurations.{_ADMISSION}": _webhooks,
    f"validatingwebhookconfigurations.{_ADMISSION}": _webhooks,
}
