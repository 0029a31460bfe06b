"""Retain: what of an object is the member cluster's once the object is there.

Guarantees: what `created` returns is what is to be sent when an object is made, with what only the making says; what
`applied` returns says nothing of what is the member's, and everything else as it was.

Assumes: server-side apply, in which a field that an apply leaves out stays with those who set it. So nothing is copied
from the member, as KubeFed has to, whose updates replace the whole object: annotations, finalizers, node ports and the
like stay because nobody mentions them. But what a manager set itself, and then leaves out, goes away. So the replicas
that the making of an object said are said on, as many as there are (`with_replicas_of`), until somebody else sets them;
and `applied` is for objects that another manager made.

Does not: keep what a template does say from being applied, but where to say it again can only be refused, or fight with
who fills it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.core.overrides import ABSENT, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kfed.core.overrides import Origin
    from kfed.core.resource import Gvk

Field = tuple[str, ...]
ANY = "*"
"""Stands in the path of a field for each element of a list."""
REPLICAS: Field = ("spec", "replicas")
ONLY_REPLICAS = {"spec": {"replicas": 0}}
RETAINED = "retainReplicas, which leaves it to the cluster"

_JOB_LABELS = ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name")
# What nobody may change once the object is there. KubeFed went by kinds alone; a kind of that name in another group is
# another type.
_FIXED: dict[tuple[str, str], tuple[Field, ...]] = {
    ("", "Service"): (("spec", "clusterIP"), ("spec", "clusterIPs"), ("spec", "healthCheckNodePort")),
    ("", "PersistentVolumeClaim"): (("spec", "volumeName"),),
    ("batch", "Job"): (
        ("spec", "selector"),
        *(("spec", "template", "metadata", "labels", label) for label in _JOB_LABELS),
    ),
}
# What the server or a controller of the member fills in where a template holds a place for it.
_CA_BUNDLE: tuple[Field, ...] = (("webhooks", ANY, "clientConfig", "caBundle"),)
_FILLED: dict[tuple[str, str], tuple[Field, ...]] = {
    ("", "Service"): (("spec", "ports", ANY, "nodePort"),),
    ("", "ServiceAccount"): (("secrets",),),
    ("", "PersistentVolume"): (("spec", "claimRef"),),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _CA_BUNDLE,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _CA_BUNDLE,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        ("spec", "conversion", "webhook", "clientConfig", "caBundle"),
    ),
    ("apiregistration.k8s.io", "APIService"): (("spec", "caBundle"),),
}
_NEWLINE = "Cg=="  # base64, which generators of webhooks write for want of a certificate


def applied(manifest: Mapping[str, Any], target: Gvk) -> Mapping[str, Any]:
    """What is to be applied to an object of the type *target* that is there; it shares what it leaves as it was."""
    key, result = (target.group, target.kind), manifest
    for field in _FIXED.get(key, ()):
        result = _without(result, field, lambda _: True)
    for field in _FILLED.get(key, ()):
        result = _without(result, field, _is_placeholder)
    return result


def created(manifest: Mapping[str, Any], origins: Iterable[Origin]) -> Mapping[str, Any]:
    """What is to be sent when the object of a rendering is made: with the replicas that later are the member's."""
    for origin in origins:
        if origin.rule == RETAINED:
            return {**manifest, "spec": {**manifest["spec"], "replicas": origin.before}}
    return manifest


def with_replicas_of(manifest: Mapping[str, Any], there: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is to be applied to the object *there* while its replicas are still kfed's, and would go if left out."""
    replicas = value_at(there, REPLICAS)
    return manifest if replicas is ABSENT else {**manifest, "spec": {**manifest["spec"], "replicas": replicas}}


def _is_placeholder(value: Any) -> bool:
    return not value or value == _NEWLINE


def _without(value: Any, field: Field, goes: Callable[[Any], bool]) -> Any:
    """*value* without the field where it goes; the same one where it is not there or stays."""
    token, *rest = field
    match value:
        case list() if token == ANY:
            elements = [_without(element, tuple(rest), goes) for element in value]
            same = all(new is old for new, old in zip(elements, value, strict=True))
            return value if same else elements
        case dict() if token in value and not rest:
            return {key: member for key, member in value.items() if key != token} if goes(value[token]) else value
        case dict() if token in value:
            member = _without(value[token], tuple(rest), goes)
            return value if member is value[token] else {**value, token: member}
    return value
