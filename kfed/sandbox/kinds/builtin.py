"""The built-in types of the newest Kubernetes release that kfed can read, made once and shared by all clusters.

What the definitions do not tell, kube-apiserver's own discovery does; the tables here are from that of release 1.37.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from kfed.sandbox.kinds.autoscalers import AUTOSCALERS
from kfed.sandbox.kinds.eventforms import EVENTS
from kfed.sandbox.kinds.merging import MergeDefinitions
from kfed.sandbox.kinds.served import ALL_VERBS, ScalePaths, ServedType
from kfed.schema.upstream.release import read_release
from kfed.schema.upstream.types import Definition, served_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.schema.upstream.types import UpstreamType

# Reviews are answered, not stored. Of whatever else is no object, and of other servers, the sandbox knows nothing.
_REVIEW = "Review"
_LEFT_OUT = frozenset({"APIService.apiregistration.k8s.io/v1"})
_FORMS = {"Event.events.k8s.io/v1": EVENTS, "HorizontalPodAutoscaler.autoscaling/v1": AUTOSCALERS}
_VERBS = {"Namespace": tuple(verb for verb in ALL_VERBS if verb != "deletecollection")}
_SCALED = frozenset({"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"})
_SCALE = ScalePaths(".spec.replicas", ".status.replicas", ".spec.selector")
_SUBRESOURCES = {"ServiceAccount": ("token",), "Namespace": ("finalize",), "Pod": ("binding", "eviction")}
# A server counts generations only where its strategy for the type says so; this is what release 1.37 does.
_GENERATIONS = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet"}
    | {"EndpointSlice", "Ingress", "IngressClass", "NetworkPolicy", "PodDisruptionBudget", "PriorityClass"}
    | {"FlowSchema", "PriorityLevelConfiguration", "CustomResourceDefinition", "HorizontalPodAutoscaler", "PodTemplate"}
    | {"DeviceClass", "DeviceTaintRule", "ResourceSlice"}
    | {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy"}
    | {"ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"}
)


@cache
def builtin_types() -> Mapping[tuple[str, str, str], ServedType]:
    """Every built-in type that the sandbox serves, by group, version and plural, in the order of discovery."""
    merging = MergeDefinitions(builtin_definitions())
    types = [_served(upstream, merging) for upstream in _upstream() if _is_served(upstream)]
    types.sort(key=lambda served: (served.group, served.version, served.plural))
    return {(served.group, served.version, served.plural): served for served in types}


@cache
def builtin_definitions() -> Mapping[str, dict[str, Any]]:
    """The definitions of the release, as it ships them; they are not to change."""
    return next(upstream.raw.document.definitions for upstream in _upstream() if isinstance(upstream.raw, Definition))


@cache
def _upstream() -> tuple[UpstreamType, ...]:
    return tuple(read_release())


def _is_served(upstream: UpstreamType) -> bool:
    """As a server does by default: no alpha, no beta."""
    gvk = upstream.resource.gvk
    if upstream.missing or f"{gvk.kind}.{gvk.api_version}" in _LEFT_OUT or not gvk.version[1:].isdigit():
        return False
    return upstream.persisted or gvk.kind.endswith(_REVIEW)


def _served(upstream: UpstreamType, merging: MergeDefinitions) -> ServedType:
    gvk = upstream.resource.gvk
    kind, raw = gvk.kind, upstream.raw
    form = _FORMS.get(f"{kind}.{gvk.api_version}")
    if not isinstance(raw, Definition):
        raise TypeError(raw)  # a release has nothing else
    if not upstream.persisted:
        return ServedType(upstream.resource, ("create",), served_schema(upstream), generation=False)
    subresources = {*_SUBRESOURCES.get(kind, ()), *(["scale"] if kind in _SCALED else [])}
    if "status" in raw.document.definitions[raw.name].get("properties", {}):
        subresources.add("status")
    return ServedType(
        resource=upstream.resource,
        verbs=_VERBS.get(kind, ALL_VERBS),
        schema=served_schema(upstream),
        subresources=frozenset(subresources),
        scale=_SCALE if kind in _SCALED else None,
        generation=kind in _GENERATIONS,
        merge=merging.definition(raw.name),
        storage=form.version if form else gvk.version,
        form=form,
    )
