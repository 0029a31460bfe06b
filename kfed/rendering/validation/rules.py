"""Which rules hold for the objects of which type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.rendering.validation.networking import ingress_mistakes, service_mistakes
from kfed.rendering.validation.parts import part
from kfed.rendering.validation.pods import pod_mistakes
from kfed.rendering.validation.storage import claim_mistakes, config_map_mistakes, secret_mistakes
from kfed.rendering.validation.workloads import (
    autoscaler_mistakes,
    budget_mistakes,
    cron_job_mistakes,
    job_mistakes,
    workload_mistakes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kfed.core.mistake import Mistake
    from kfed.core.resource import Gvk


def _pod(manifest: Mapping[str, Any]) -> Iterator[Mistake]:
    return pod_mistakes(part(manifest, "spec"), ("spec",))


_RULES: dict[tuple[str, str], Callable[[Mapping[str, Any]], Iterator[Mistake]]] = {
    ("", "ConfigMap"): config_map_mistakes,
    ("", "PersistentVolumeClaim"): claim_mistakes,
    ("", "Pod"): _pod,
    ("", "Secret"): secret_mistakes,
    ("", "Service"): service_mistakes,
    ("apps", "DaemonSet"): workload_mistakes,
    ("apps", "Deployment"): workload_mistakes,
    ("apps", "ReplicaSet"): workload_mistakes,
    ("apps", "StatefulSet"): workload_mistakes,
    ("autoscaling", "HorizontalPodAutoscaler"): autoscaler_mistakes,
    ("batch", "CronJob"): cron_job_mistakes,
    ("batch", "Job"): job_mistakes,
    ("networking.k8s.io", "Ingress"): ingress_mistakes,
    ("policy", "PodDisruptionBudget"): budget_mistakes,
}


def server_mistakes(gvk: Gvk, manifest: Mapping[str, Any]) -> Iterable[Mistake]:
    """What an API server would refuse of an object that fits its schema.

    Args:
        gvk: its type; nothing is known of types that are not built in.
        manifest: the object, as it would be sent; any JSON.

    Returns:
        Mistakes at paths of the object.
    """
    rule = _RULES.get((gvk.group, gvk.kind))
    return rule(manifest) if rule is not None else ()
