"""CRDs of a cluster, and when they can be used."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.clusters.fleet import Cluster

_WITHIN = 60.0


def crds(cluster: Cluster) -> dict[str, Any]:
    """Every CRD that is there, by name."""
    items = cluster.call("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")[1]["items"]
    return {item["metadata"]["name"]: item for item in items}


def wait_until_established(cluster: Cluster, names: Collection[str]) -> None:
    """Wait until objects of these CRDs can be made; ``kubectl wait`` fails on a CRD that has no conditions yet."""
    deadline = time.monotonic() + _WITHIN
    while waiting := set(names) - {name for name, crd in crds(cluster).items() if _condition(crd, "Established")}:
        assert time.monotonic() < deadline, f"not established: {', '.join(sorted(waiting))}"
        time.sleep(0.1)


def _condition(crd: dict[str, Any], name: str) -> bool:
    """Whether a condition is there, and true."""
    conditions = crd.get("status", {}).get("conditions") or ()
    return any(one["type"] == name and one["status"] == "True" for one in conditions)
