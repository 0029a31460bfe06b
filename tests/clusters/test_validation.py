"""What kfed says that an API server refuses, an API server refuses; and it takes what kfed says nothing of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rendering.validation.examples import Wrong, right, wrong

if TYPE_CHECKING:
    from tests.clusters.fleet import Cluster

pytestmark = pytest.mark.cluster

PLURALS = {"Ingress": "ingresses"}


def dry_run(cluster: Cluster, manifest: dict[str, Any], kind: str) -> tuple[int, Any]:
    group = "api" if "/" not in manifest["apiVersion"] else "apis"
    plural = PLURALS.get(kind, f"{kind.lower()}s")
    path = f"/{group}/{manifest['apiVersion']}/namespaces/default/{plural}?dryRun=All"
    return cluster.call("POST", path, manifest)


@pytest.mark.parametrize("kind", right())
def test_a_server_takes_what_is_right(kind: str, cluster_host: Cluster) -> None:
    status, answer = dry_run(cluster_host, right()[kind], kind)
    assert status == 201, answer


@pytest.mark.parametrize("case", wrong(), ids=lambda case: case.name)
def test_a_server_refuses_what_is_wrong(case: Wrong, cluster_host: Cluster) -> None:
    status, answer = dry_run(cluster_host, case.manifest, case.manifest["kind"])
    assert status == 422, answer
