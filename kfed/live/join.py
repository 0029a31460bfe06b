"""Join: a cluster becomes a member, by a service account that may do what is needed, and its token."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kfed.core.key import Key
from kfed.core.typeconfig import parse_type_config
from kfed.errors import NotFoundError, UnavailableError
from kfed.kube.request import Selection
from kfed.live.access import PREFIX, binding, member_rules, role
from kfed.live.objects import CONFIGS, NAMESPACES, SERVICE_ACCOUNTS, TYPE_CONFIGS, Making

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.core.resource import Resource
    from kfed.kube.api import Api

TOKEN_LIFE = 30 * 24 * 3600  # s; kfed renews it when two thirds are over
ACCOUNT = "kfed.io/service-account"
EXPIRES = "kfed.io/token-expires"


@dataclass(frozen=True, slots=True)
class Joining:
    """What is to be joined.

    Attributes:
        name: of the cluster.
        host: what the host is called, for the name of the service account.
        namespace: of kfed's own objects, on the host and in the member.
        secret: the name of the Secret on the host.
        labels: of the KubeFedCluster, which placements select by.
        targets: the types that may be written in the member; ``None`` for all.
        kubeconfig_secret: the Secret with a kubeconfig that is there already; no service account is made then.
    """

    name: str
    host: str
    namespace: str
    secret: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[Resource, ...] | None = ()
    kubeconfig_secret: str = ""

    @property
    def account(self) -> str:
        """The name of the service account in the member, as KubeFed has it."""
        return f"{self.name}-{self.host}"


def member_manifests(joining: Joining) -> list[dict[str, Any]]:
    """What is made in the member, in order."""
    namespace, account = joining.namespace, joining.account
    name = f"{PREFIX}:{account}"
    renew = [
        {
            "apiGroups": [""],
            "resources": ["serviceaccounts/token"],
            "resourceNames": [account],
            "verbs": ["create"],
        }
    ]
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": namespace}},
        role("ClusterRole", name, member_rules(joining.targets)),
        binding("ClusterRoleBinding", name, account, namespace),
        role("Role", name, renew, namespace),
        binding("RoleBinding", name, account, namespace, namespace),
    ]


def secret_manifest(joining: Joining, token: str, expires: str) -> dict[str, Any]:
    """The Secret on the host that holds the token, and says whose it is and until when."""
    notes = {ACCOUNT: f"{joining.namespace}/{joining.account}", EXPIRES: expires}
    metadata = {"name": joining.secret or joining.name, "namespace": joining.namespace, "annotations": notes}
    data = {"token": base64.b64encode(token.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}


def cluster_manifest(joining: Joining, member: Api) -> dict[str, Any]:
    """The KubeFedCluster: where the member is, as the kubeconfig that joins it has it."""
    connection = member.session.connection
    spec: dict[str, Any] = {
        "apiEndpoint": connection.server,
        "secretRef": {"name": joining.kubeconfig_secret or joining.secret or joining.name},
    }
    if connection.trust.ca:
        spec["caBundle"] = base64.b64encode(connection.trust.ca).decode()
    if not connection.trust.verify:
        spec["disabledTLSValidations"] = ["*"]
    if connection.proxy:
        spec["proxyURL"] = connection.proxy
    metadata: dict[str, Any] = {"name": joining.name, "namespace": joining.namespace}
    if joining.labels:
        metadata["labels"] = dict(joining.labels)
    return {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": metadata, "spec": spec}


async def enabled_targets(host: Api, namespace: str) -> tuple[Resource, ...]:
    """The types that are federated on the host."""
    configs = [parse_type_config(one) for one in await host.list(TYPE_CONFIGS, Selection(namespace=namespace))]
    return tuple(config.target for config in configs if not isinstance(config, list))


async def join(joining: Joining, host: Api, member: Api) -> list[str]:
    """Make a cluster a member; whether it was one or not.

    Args:
        joining: what is to be joined.
        host: where the KubeFedCluster goes.
        member: the cluster itself, by whoever may make service accounts and roles there.

    Returns:
        What was done, an object a line.

    Raises:
        UnavailableError: something was not taken; what was made before has been taken back.
    """
    await _find_control_plane(host, joining.namespace)
    making = Making()
    try:
        if not joining.kubeconfig_secret:
            await making.apply_all(member, member_manifests(joining))
            token, expires = await make_token(member, joining.namespace, joining.account)
            await making.apply(host, secret_manifest(joining, token, expires))
        await making.apply(host, cluster_manifest(joining, member))
    except UnavailableError as error:
        left = await making.undo()
        rest = f" What could not be taken back: {', '.join(left)}." if left else " What had been made was taken back."
        raise JoinError(f"{error}{rest} Mend that, and join again.") from error
    return making.said


class JoinError(UnavailableError):
    """A join that was taken back."""


async def make_token(member: Api, namespace: str, account: str) -> tuple[str, str]:
    """A token of a service account, and when it expires (TokenRequest, authentication.k8s.io/v1)."""
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "metadata": {"name": account, "namespace": namespace},
        "spec": {"expirationSeconds": TOKEN_LIFE},
    }
    answer = await member.create(SERVICE_ACCOUNTS, request, subresource="token")
    return answer["status"]["token"], answer["status"]["expirationTimestamp"]


async def _find_control_plane(host: Api, namespace: str) -> None:
    """Make sure that kfed is installed, before anything is made.

    Raises:
        NotFoundError: it is not.
    """
    try:
        await host.get(NAMESPACES, Key("", namespace), metadata_only=True)
        await host.list(CONFIGS, Selection(namespace=namespace))
    except NotFoundError as error:
        raise JoinError(
            f"kfed is not installed on the host: {error} Install it with kfed install -o yaml | kubectl apply "
            "--server-side -f -, then join again."
        ) from error
