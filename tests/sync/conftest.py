"""Fixtures: a federation on the servers that tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clusters.crds import wait_until_established
from tests.sync.federation import Federation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clusters.fleet import Cluster

CORE = {
    "KubeFedCluster": "kubefedclusters",
    "FederatedTypeConfig": "federatedtypeconfigs",
    "KubeFedConfig": "kubefedconfigs",
}


def _crd(kind: str, plural: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1beta1", "served": True, "storage": True, "subresources": {"status": {}}}
    names = {"kind": kind, "plural": plural}
    spec = {"group": "core.kubefed.io", "scope": "Namespaced", "names": names}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.core.kubefed.io"},
        "spec": {**spec, "versions": [{**version, "schema": {"openAPIV3Schema": schema}}]},
    }


@pytest.fixture
def federation(
    cluster_host: Cluster, members: Callable[[int], list[Cluster]], unique: str, tmp_path: Path
) -> Federation:
    """A control plane with three members, and federated ConfigMaps; `running` starts the controller."""
    for kind, plural in CORE.items():
        status, answer = cluster_host.call(
            "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _crd(kind, plural)
        )
        assert status in (201, 409), answer
        wait_until_established(cluster_host, {f"{plural}.core.kubefed.io"})
    made = Federation(cluster_host, {f"m{n}": member for n, member in enumerate(members(3), 1)}, unique, tmp_path)
    made.set_up()
    return made
