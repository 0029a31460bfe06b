"""The guard stops what would take too much, says so, and goes on when somebody agrees to the number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clusters.kubectl import Kubectl  # noqa: TC001  (a fixture's type)
from tests.sync.federation import until

if TYPE_CHECKING:
    from tests.sync.federation import Federation

pytestmark = pytest.mark.cluster

COUNT = 12
NAMES = [f"web-{number}" for number in range(COUNT)]
ACKNOWLEDGE = "kfed.io/acknowledge-deletions"


@pytest.fixture
def filled(federation: Federation) -> Federation:
    """Twelve federated ConfigMaps, for the clusters whose tier is prod."""
    placement = {"clusterSelector": {"matchLabels": {"tier": "prod"}}}
    for name in NAMES:
        federation.federate("configmaps", name, {"data": {"a": "1"}}, placement=placement)
    return federation


def copies(federation: Federation, member: str) -> list[dict[str, Any]]:
    selector = "labelSelector=kubefed.io/managed%3Dtrue"
    answer = federation.members[member].call("GET", f"{federation.target('configmaps')}?{selector}")[1]
    found: list[dict[str, Any]] = answer["items"]
    return found


def counts(federation: Federation) -> dict[str, int]:
    return {member: len(copies(federation, member)) for member in federation.members}


def is_full(federation: Federation) -> bool:
    return counts(federation) == dict.fromkeys(federation.members, COUNT)


def guarded(federation: Federation) -> list[str]:
    """The messages of clusters in which something is held back."""
    items = federation.host.call("GET", federation.path("configmaps"))[1]["items"]
    entries = [entry for item in items for entry in (item.get("status") or {}).get("clusters", ())]
    return [entry["message"] for entry in entries if entry.get("status") == "DeletionGuarded"]


def cluster(federation: Federation, member: str) -> dict[str, Any]:
    found: dict[str, Any] = federation.host.call("GET", federation.core("kubefedclusters", member))[1]
    return found


def relabel(federation: Federation, member: str, labels: dict[str, Any]) -> None:
    federation.patch(federation.host, federation.core("kubefedclusters", member), {"metadata": {"labels": labels}})


def test_a_cluster_that_loses_its_label_loses_nothing_until_somebody_agrees(filled: Federation) -> None:
    with filled.running():
        until(lambda: is_full(filled))
        relabel(filled, "m1", {"tier": None})
        until(lambda: len(guarded(filled)) == COUNT)
        assert is_full(filled)
        message = guarded(filled)[0]
        assert f"{COUNT} of {COUNT} objects in the cluster m1" in message
        agreed = {"metadata": {"annotations": {ACKNOWLEDGE: str(COUNT)}}}
        filled.patch(filled.host, filled.core("kubefedclusters", "m1"), agreed)
        until(lambda: counts(filled) == {"m1": 0, "m2": COUNT, "m3": COUNT})
        until(lambda: not cluster(filled, "m1")["metadata"].get("annotations"))


def test_all_labels_taken_away_take_nothing(filled: Federation) -> None:
    with filled.running():
        until(lambda: is_full(filled))
        for member in filled.members:
            relabel(filled, member, {"tier": None})
        until(lambda: guarded(filled))
        assert min(counts(filled).values()) == COUNT


def test_an_emptied_registry_takes_nothing(filled: Federation) -> None:
    with filled.running():
        until(lambda: is_full(filled))
        for member in filled.members:
            filled.host.call("DELETE", filled.core("kubefedclusters", member))
        until(lambda: filled.status("configmaps", NAMES[0]).get("summary") == "0/0")
        assert is_full(filled)
        for name, member in filled.members.items():
            filled.join(name, member)
        until(lambda: filled.status("configmaps", NAMES[-1]).get("summary") == "3/3")
        assert is_full(filled)


def test_a_definition_that_is_deleted_takes_nothing(filled: Federation, kubectl: Kubectl) -> None:
    with filled.running():
        until(lambda: is_full(filled))
        name = f"federatedconfigmaps.{filled.group}"
        kubectl(filled.host, "delete", "crd", name, "--wait=false")
        until(lambda: "deletionTimestamp" in str(filled.host.call("GET", filled.path("configmaps", NAMES[0]))[1]))
        until(lambda: guarded(filled))
        assert is_full(filled)


def test_placements_emptied_one_by_one_are_stopped_half_way(filled: Federation) -> None:
    with filled.running():
        until(lambda: is_full(filled))
        for name in NAMES:
            nowhere = {"spec": {"placement": {"clusterSelector": None, "clusters": []}}}
            filled.patch(filled.host, filled.path("configmaps", name), nowhere)
        until(lambda: guarded(filled))
        assert min(counts(filled).values()) >= COUNT // 2 - 1


def test_normal_work_is_let_through(filled: Federation) -> None:
    with filled.running():
        until(lambda: is_full(filled))
        for name in NAMES[:3]:
            filled.host.call("DELETE", filled.path("configmaps", name))
        until(lambda: counts(filled) == dict.fromkeys(filled.members, COUNT - 3))
        assert guarded(filled) == []
