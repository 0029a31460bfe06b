"""Install: everything that the host needs, as manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from kfed.codegen.templates import folder
from kfed.core.resource import TYPES_GROUP
from kfed.live.access import binding, host_rules, own_rules, role

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "kfed-controller"
_HEALTH_PORT = 8080  # of loopback
_USER = 65532  # nobody's, as distroless images have it


def core_definitions() -> Iterator[dict[str, Any]]:
    """The CustomResourceDefinitions of kfed's own types."""
    for path in sorted((folder() / "core").glob("*.yaml")):
        yield yaml.safe_load(path.read_text(encoding="utf-8"))


def host_manifests(namespace: str, image: str, *, group: str = TYPES_GROUP, replicas: int = 2) -> list[dict[str, Any]]:
    """Namespace, types, roles and the Deployment of the controller, in the order to apply them.

    Args:
        namespace: of kfed's own objects.
        image: of the controller.
        group: of the federated types that it keeps.
        replicas: of the controller; one works, the others wait.
    """
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": namespace}}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        *core_definitions(),
        account,
        role("ClusterRole", NAME, host_rules(group)),
        binding("ClusterRoleBinding", NAME, NAME, namespace),
        role("Role", NAME, own_rules(), namespace),
        binding("RoleBinding", NAME, NAME, namespace, namespace),
        _deployment(namespace, image, replicas),
    ]


def _deployment(namespace: str, image: str, replicas: int) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": NAME}
    probe = {"exec": {"command": ["kfed", "controller", "probe", "--port", str(_HEALTH_PORT)]}}
    container = {
        "name": "controller",
        "image": image,
        "args": [
            *("controller", "run", "--kubefed-namespace", namespace),
            *("--log-format", "json", "--health-port", str(_HEALTH_PORT)),
        ],
        "livenessProbe": {**probe, "periodSeconds": 20, "timeoutSeconds": 5},
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "serviceAccountName": NAME,
        "containers": [container],
        "securityContext": {"runAsNonRoot": True, "runAsUser": _USER, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
