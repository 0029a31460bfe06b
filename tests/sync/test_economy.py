"""What is written, counted by the servers: members and one status for a change, nothing for what is as it should be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.sync.federation import Federation, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clusters.fleet import Cluster, Fleet

pytestmark = pytest.mark.cluster

COUNT = 5
WRITES = ("POST", "PUT", "PATCH", "APPLY", "DELETE")
_LINE = re.compile(r"apiserver_request_total\{([^}]*)\} ([0-9.e+]+)")


@pytest.fixture
def alone(fleet: Fleet, unique: str, tmp_path: Path, core_types: None) -> Federation:  # noqa: ARG001
    """A federation with members of its own, so that nobody else's writes are counted."""
    host, one, two = fleet.clusters("host", f"{unique}a", f"{unique}b")
    made = Federation(host, {"m1": one, "m2": two}, unique, tmp_path)
    made.set_up()
    return made


def writes(cluster: Cluster, resource: str, group: str) -> int:
    """How many writes a server has answered for a type."""
    text = cluster.call("GET", "/metrics")[1]
    total = 0
    for labels, value in _LINE.findall(text):
        of = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if (of.get("resource"), of.get("group")) == (resource, group) and of.get("verb") in WRITES:
            total += int(float(value))
    return total


def counted(federation: Federation) -> tuple[int, int]:
    """Writes to federated objects on the host, the test's own included, and to ConfigMaps in the members."""
    host = writes(federation.host, "federatedconfigmaps", federation.group)
    return host, sum(writes(member, "configmaps", "") for member in federation.members.values())


def all_current(federation: Federation, generation: int) -> bool:
    items = federation.host.call("GET", federation.path("configmaps"))[1]["items"]
    statuses = [item.get("status") or {} for item in items]
    return len(items) == COUNT and all(
        (status.get("summary"), status.get("observedGeneration")) == ("2/2", generation) for status in statuses
    )


def test_each_change_costs_a_write_a_member_and_one_status(alone: Federation) -> None:
    with alone.running():
        before = counted(alone)
        for number in range(COUNT):
            alone.federate("configmaps", f"web-{number}", {"data": {"a": "1"}})
        until(lambda: all_current(alone, 1))
        created = counted(alone)
        # The test's own create, the finalizer, and one status.
        assert (created[0] - before[0], created[1] - before[1]) == (3 * COUNT, 2 * COUNT)
        for number in range(COUNT):
            change = {"spec": {"template": {"data": {"a": "2"}}}}
            alone.patch(alone.host, alone.path("configmaps", f"web-{number}"), change)
        until(lambda: all_current(alone, 2))
        changed = counted(alone)
        assert (changed[0] - created[0], changed[1] - created[1]) == (2 * COUNT, 2 * COUNT)


def test_a_restart_over_what_is_as_it_should_be_writes_nothing(alone: Federation) -> None:
    with alone.running():
        for number in range(COUNT):
            alone.federate("configmaps", f"web-{number}", {"data": {"a": "1"}})
        until(lambda: all_current(alone, 1))
    before = counted(alone)
    with alone.running():
        # What comes after the restart is done after what was there has been looked at.
        alone.federate("configmaps", "last", {"data": {"a": "1"}})
        until(lambda: alone.status("configmaps", "last").get("summary") == "2/2")
    after = counted(alone)
    assert (after[0] - before[0], after[1] - before[1]) == (3, 2)
