"""Unjoin: a member is one no more; what was propagated to it stays, is released, or goes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from kfed.core.key import Key, key_of
from kfed.core.observed import ADOPTED, DIGEST, MANAGED_LABEL
from kfed.errors import NotFoundError
from kfed.kube.request import Selection
from kfed.live.access import PREFIX
from kfed.live.join import ACCOUNT, enabled_targets
from kfed.live.objects import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    CLUSTERS,
    ROLE_BINDINGS,
    ROLES,
    SECRETS,
    SERVICE_ACCOUNTS,
)

if TYPE_CHECKING:
    from kfed.core.resource import Resource
    from kfed.kube.api import Api


class Objects(StrEnum):
    """What becomes of the objects in the cluster."""

    LEAVE = "leave"
    ORPHAN = "orphan"
    DELETE = "delete"


async def unjoin(name: str, namespace: str, host: Api, member: Api | None, objects: Objects) -> list[str]:
    """Take a cluster out of the federation.

    Args:
        name: of the KubeFedCluster.
        namespace: of kfed's own objects.
        host: where it is.
        member: the cluster; ``None`` to leave there what is there.
        objects: what becomes of what was propagated.

    Returns:
        What was done, an object a line.

    Raises:
        UnavailableError: there is no such cluster, or the member could not be cleaned.
    """
    if member is not None:
        await member.read("/readyz")  # before anything is taken away that is needed to try again
    cluster = await host.get(CLUSTERS, Key(namespace, name))
    secret_name = (cluster.get("spec") or {}).get("secretRef", {}).get("name", "")
    secret = await host.find(SECRETS, Key(namespace, secret_name))
    targets = await enabled_targets(host, namespace)
    # First: or the controller would put back what is taken away.
    said = [f"kubefedcluster/{namespace}/{name} deleted"]
    await host.delete(CLUSTERS, Key(namespace, name))
    account = ((secret or {}).get("metadata", {}).get("annotations") or {}).get(ACCOUNT, "").rpartition("/")[2]
    if member is not None:
        said += await _clear(member, targets, objects)
        said += await _revoke(member, namespace, account) if account else []
    if secret is not None and account and await host.delete(SECRETS, Key(namespace, secret_name)):
        said.append(f"secret/{namespace}/{secret_name} deleted")
    return said


async def _clear(member: Api, targets: tuple[Resource, ...], objects: Objects) -> list[str]:
    """Release or delete what kfed made; what it adopted is never deleted."""
    if objects is Objects.LEAVE:
        return []
    said = []
    selection = Selection(labels=f"{MANAGED_LABEL}=true", metadata_only=True)
    for target in targets:
        try:
            manifests = await member.list(target, selection)
        except NotFoundError:
            continue  # a type that the member does not serve
        for manifest in manifests:
            key, metadata = key_of(manifest), manifest["metadata"]
            if objects is Objects.DELETE and ADOPTED not in (metadata.get("annotations") or {}):
                await member.delete(target, key, uid=metadata["uid"])
                said.append(f"{target.full_name}/{key} deleted")
            else:
                marks = {"labels": {MANAGED_LABEL: None}, "annotations": {DIGEST: None, ADOPTED: None}}
                await member.patch(target, key, {"metadata": {**marks, "uid": metadata["uid"]}})
                said.append(f"{target.full_name}/{key} released")
    return said


async def _revoke(member: Api, namespace: str, account: str) -> list[str]:
    """Take away what join made; the namespace stays, for others may use it."""
    name = f"{PREFIX}:{account}"
    doomed = [
        (CLUSTER_ROLE_BINDINGS, Key("", name)),
        (CLUSTER_ROLES, Key("", name)),
        (ROLE_BINDINGS, Key(namespace, name)),
        (ROLES, Key(namespace, name)),
        (SERVICE_ACCOUNTS, Key(namespace, account)),
    ]
    return [
        f"{resource.full_name}/{key} deleted in the member"
        for resource, key in doomed
        if await member.delete(resource, key)
    ]
