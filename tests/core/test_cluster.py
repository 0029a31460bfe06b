"""Clusters are read as KubeFed writes them, and with what Karmada's have besides."""

from __future__ import annotations

from typing import Any

import pytest

from kfed.core.cluster import Cluster, Effect, Readiness, Taint, parse_cluster
from kfed.core.quantity import Quantity, parse_quantity


def quantity(text: str) -> Quantity:
    value = parse_quantity(text)
    assert value is not None
    return value


def parsed(**fields: Any) -> Cluster:
    metadata = {"name": "a", **fields.pop("metadata", {})}
    cluster, mistakes = parse_cluster({"metadata": metadata, **fields})
    assert mistakes == []
    assert cluster is not None
    return cluster


def condition(kind: str, status: str) -> dict[str, str]:
    return {"type": kind, "status": status, "lastProbeTime": "2026-01-31T12:00:00Z", "reason": "x"}


def test_a_cluster_is_its_name_when_nothing_else_is_known() -> None:
    assert parsed() == Cluster("a", {}, Readiness.UNKNOWN, (), "", "", (), {})


def test_labels_are_those_of_the_object() -> None:
    assert parsed(metadata={"labels": {"tier": "prod", "edge": ""}}).labels == {"tier": "prod", "edge": ""}
    assert parsed(metadata={"labels": None}).labels == {}


@pytest.mark.parametrize(
    ("conditions", "readiness"),
    [
        (None, Readiness.UNKNOWN),
        ([], Readiness.UNKNOWN),
        ([condition("Ready", "True")], Readiness.READY),
        ([condition("Ready", "False"), condition("Offline", "False")], Readiness.NOT_READY),
        ([condition("Offline", "True")], Readiness.OFFLINE),
        ([condition("Ready", "Unknown")], Readiness.UNKNOWN),
        ([condition("Ready", "True"), condition("Offline", "True")], Readiness.OFFLINE),
        ([condition("Synced", "True")], Readiness.UNKNOWN),
    ],
)
def test_readiness_is_what_the_conditions_say(conditions: Any, readiness: Readiness) -> None:
    assert parsed(status={"conditions": conditions}).readiness is readiness


def test_taints_are_karmadas() -> None:
    taints = [
        {"key": "maintenance", "effect": "NoSchedule"},
        {"key": "example.com/gone", "value": "x", "effect": "NoExecute", "timeAdded": "2026-01-31T12:00:00Z"},
    ]
    assert parsed(spec={"taints": taints}).taints == (
        Taint("maintenance", "", Effect.NO_SCHEDULE),
        Taint("example.com/gone", "x", Effect.NO_EXECUTE, "2026-01-31T12:00:00Z"),
    )


LABELS = {"labels": {"topology.kubernetes.io/region": "label", "topology.kubernetes.io/zone": "label-a"}}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, ("", "", ())),
        ({"metadata": LABELS}, ("", "label", ("label-a",))),
        ({"metadata": LABELS, "status": {"region": "seen", "zones": ["b", "c"]}}, ("", "seen", ("b", "c"))),
        (
            {
                "metadata": LABELS,
                "status": {"region": "seen", "zones": ["b"]},
                "spec": {"provider": "own", "region": "said", "zones": ["d"]},
            },
            ("own", "said", ("d",)),
        ),
    ],
)
def test_what_a_person_wrote_of_a_place_goes_before_what_was_seen_and_that_before_labels(
    fields: dict[str, Any], place: tuple[Any, ...]
) -> None:
    cluster = parsed(**fields)
    assert (cluster.provider, cluster.region, cluster.zones) == place


def test_capacity_is_the_statuss_and_the_annotation_goes_before_it() -> None:
    assert parsed(
        metadata={"annotations": {"kubefed.io/capacity": '{"memory": "1Gi", "pods": 10}'}},
        status={"capacity": {"cpu": "64", "memory": "256Gi"}},
    ).capacity == {"cpu": quantity("64"), "memory": quantity("1024Mi"), "pods": quantity("10")}


@pytest.mark.parametrize(
    ("fields", "rule", "at"),
    [
        ({"metadata": []}, "wrong-type", ("metadata",)),
        ({"metadata": {"name": "A"}}, "bad-name", ("metadata", "name")),
        ({"metadata": {"labels": {"tier ": "x"}}}, "wrong-format", ("metadata", "labels", "tier ")),
        ({"metadata": {"labels": {"tier": "x y"}}}, "wrong-format", ("metadata", "labels", "tier")),
        ({"metadata": {"labels": {"tier": 5}}}, "wrong-type", ("metadata", "labels", "tier")),
        ({"spec": {"taints": [{"effect": "NoSchedule"}]}}, "missing-required", ("spec", "taints", 0, "key")),
        ({"spec": {"taints": [{"key": "a", "effect": "Never"}]}}, "not-in-enum", ("spec", "taints", 0, "effect")),
        (
            {"spec": {"taints": [{"key": "a b", "effect": "NoExecute"}]}},
            "wrong-format",
            ("spec", "taints", 0, "key"),
        ),
        ({"spec": {"zones": "a"}}, "wrong-type", ("spec", "zones")),
        ({"status": {"zones": ["a", None]}}, "wrong-type", ("status", "zones", 1)),
        ({"status": {"conditions": ["Ready"]}}, "wrong-type", ("status", "conditions", 0)),
        ({"status": {"capacity": {"cpu": "many"}}}, "wrong-format", ("status", "capacity", "cpu")),
        ({"status": {"capacity": {"cpu": "-1"}}}, "wrong-format", ("status", "capacity", "cpu")),
        (
            {"metadata": {"annotations": {"kubefed.io/capacity": "cpu=5"}}},
            "wrong-type",
            ("metadata", "annotations", "kubefed.io/capacity"),
        ),
        (
            {"metadata": {"annotations": {"kubefed.io/capacity": "[" * 100_000}}},
            "wrong-type",
            ("metadata", "annotations", "kubefed.io/capacity"),
        ),
    ],
)
def test_what_cannot_be_read_is_told_where_it_stands_and_left_out(
    fields: dict[str, Any], rule: str, at: tuple[Any, ...]
) -> None:
    metadata = fields.get("metadata", {})
    named = {**fields, "metadata": {"name": "a", **metadata} if isinstance(metadata, dict) else metadata}
    _, mistakes = parse_cluster(named)
    assert [(mistake.rule, mistake.at) for mistake in mistakes] == [(rule, at)]
