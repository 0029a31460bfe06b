"""Fixtures: a federation on the servers that tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kfed.live.install import core_definitions
from tests.clusters.crds import wait_until_established
from tests.sync.federation import Federation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clusters.fleet import Cluster


@pytest.fixture
def core_types(cluster_host: Cluster) -> None:
    """Kfed's own types on the host that tests share."""
    definitions = list(core_definitions())
    for definition in definitions:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        status, answer = cluster_host.call("POST", path, definition)
        assert status in (201, 409), answer
    wait_until_established(cluster_host, {definition["metadata"]["name"] for definition in definitions})


@pytest.fixture
def federation(
    core_types: None,  # noqa: ARG001  (they are to be there)
    cluster_host: Cluster,
    members: Callable[[int], list[Cluster]],
    unique: str,
    tmp_path: Path,
) -> Federation:
    """A control plane with three members, and federated ConfigMaps; `running` starts the controller."""
    made = Federation(cluster_host, {f"m{n}": member for n, member in enumerate(members(3), 1)}, unique, tmp_path)
    made.set_up()
    return made
