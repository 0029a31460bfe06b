"""Objects of kfed's own on a cluster: made together, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.core.key import key_of
from kfed.core.resource import CORE_GROUP, Gvk, Resource, Scope
from kfed.errors import UnavailableError
from kfed.kube.request import Writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kfed.kube.api import Api

MANAGER = "kfed-cli"
_RBAC = "rbac.authorization.k8s.io"


def _resource(group: str, version: str, kind: str, plural: str, scope: Scope = Scope.NAMESPACED) -> Resource:
    return Resource(Gvk(group, version, kind), plural, scope)


CLUSTERS = _resource(CORE_GROUP, "v1beta1", "KubeFedCluster", "kubefedclusters")
CONFIGS = _resource(CORE_GROUP, "v1beta1", "KubeFedConfig", "kubefedconfigs")
TYPE_CONFIGS = _resource(CORE_GROUP, "v1beta1", "FederatedTypeConfig", "federatedtypeconfigs")
CRDS = _resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", Scope.CLUSTER)
NAMESPACES = _resource("", "v1", "Namespace", "namespaces", Scope.CLUSTER)
SECRETS = _resource("", "v1", "Secret", "secrets")
SERVICE_ACCOUNTS = _resource("", "v1", "ServiceAccount", "serviceaccounts")
CLUSTER_ROLES = _resource(_RBAC, "v1", "ClusterRole", "clusterroles", Scope.CLUSTER)
CLUSTER_ROLE_BINDINGS = _resource(_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", Scope.CLUSTER)
ROLES = _resource(_RBAC, "v1", "Role", "roles")
ROLE_BINDINGS = _resource(_RBAC, "v1", "RoleBinding", "rolebindings")
DEPLOYMENTS = _resource("apps", "v1", "Deployment", "deployments")

_KNOWN = {
    resource.gvk: resource
    for resource in (
        *(CLUSTERS, CONFIGS, TYPE_CONFIGS, CRDS, NAMESPACES, SECRETS, SERVICE_ACCOUNTS),
        *(CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS, ROLES, ROLE_BINDINGS, DEPLOYMENTS),
    )
}


def resource_of(manifest: Mapping[str, Any]) -> Resource:
    """The type of an object of kfed's own."""
    return _KNOWN[Gvk.parse(manifest["apiVersion"], manifest["kind"])]


def name_of(manifest: Mapping[str, Any]) -> str:
    """As kubectl prints it: ``secret/kube-federation-system/osaka``."""
    return f"{manifest['kind'].lower()}/{key_of(manifest)}"


@dataclass(slots=True)
class Making:
    """Objects that are applied one after the other, and taken back when one of them fails.

    What was there before stays, as it was changed: only what was made is taken back.

    Attributes:
        said: what was done, an object a line, as kubectl says it.
    """

    said: list[str] = field(default_factory=list)
    _made: list[tuple[Api, Mapping[str, Any]]] = field(default_factory=list)

    async def apply(self, api: Api, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Apply an object.

        Raises:
            UnavailableError: it was not taken.
        """
        resource = resource_of(manifest)
        there = await api.find(resource, key_of(manifest), metadata_only=True)
        answer = await api.apply(resource, manifest, Writing(manager=MANAGER, force=True))
        if there is None:
            self._made.append((api, manifest))
        version = answer["metadata"].get("resourceVersion")
        same = there is not None and there["metadata"].get("resourceVersion") == version
        self.said.append(f"{name_of(manifest)} {'created' if there is None else 'unchanged' if same else 'configured'}")
        return answer

    async def apply_all(self, api: Api, manifests: Iterable[Mapping[str, Any]]) -> None:
        """Apply objects in their order."""
        for manifest in manifests:
            await self.apply(api, manifest)

    async def undo(self) -> list[str]:
        """Take back what was made, the last first; what could not be taken back."""
        left = []
        for api, manifest in reversed(self._made):
            try:
                await api.delete(resource_of(manifest), key_of(manifest))
            except UnavailableError:
                left.append(name_of(manifest))
        self._made = []
        return left
