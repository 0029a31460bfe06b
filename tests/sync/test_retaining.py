"""Replicas that are left to the members: the template's when an object is made, and theirs from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sync.federation import until

if TYPE_CHECKING:
    from tests.sync.federation import Federation

pytestmark = pytest.mark.cluster


def template(replicas: int, image: str = "example/web:1") -> dict[str, Any]:
    labels = {"app": "web"}
    containers = [{"name": "web", "image": image}]
    return {
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        }
    }


def seen(federation: Federation) -> dict[str, tuple[int, str]]:
    """The replicas and the image of each copy."""
    return {
        member: (copy["spec"]["replicas"], copy["spec"]["template"]["spec"]["containers"][0]["image"])
        for member, copy in federation.copies("deployments", "web").items()
    }


def arrived(federation: Federation) -> bool:
    return federation.states("deployments", "web") == {"m1": "", "m2": "", "m3": ""}


def change(federation: Federation, **spec: Any) -> None:
    federation.patch(federation.host, federation.path("deployments", "web"), {"spec": spec})


def scale(federation: Federation, member: str, replicas: int) -> None:
    path = f"{federation.target('deployments', 'web')}/scale?fieldManager=autoscaler"
    federation.patch(federation.members[member], path, {"spec": {"replicas": replicas}})


def test_replicas_are_the_templates_at_first_and_then_the_members(federation: Federation) -> None:
    federation.enable("deployments")
    with federation.running():
        only = [{"clusterName": "m2", "clusterOverrides": [{"path": "/spec/replicas", "value": 2}]}]
        federation.federate("deployments", "web", template(3), retainReplicas=True, overrides=only)
        until(lambda: arrived(federation))
        assert {name: replicas for name, (replicas, _) in seen(federation).items()} == {"m1": 3, "m2": 2, "m3": 3}
        scale(federation, "m1", 7)
        change(federation, template=template(5, "example/web:2"))
        expected = {"m1": (7, "example/web:2"), "m2": (2, "example/web:2"), "m3": (3, "example/web:2")}
        until(lambda: seen(federation) == expected)
        change(federation, template=template(5, "example/web:3"))
        expected = {name: (replicas, "example/web:3") for name, (replicas, _) in expected.items()}
        until(lambda: seen(federation) == expected)


def test_replicas_stay_when_they_are_left_to_the_members_later_and_follow_when_they_no_longer_are(
    federation: Federation,
) -> None:
    federation.enable("deployments")
    with federation.running():
        federation.federate("deployments", "web", template(3))
        until(lambda: arrived(federation))
        change(federation, retainReplicas=True, template=template(3, "example/web:2"))
        until(lambda: set(seen(federation).values()) == {(3, "example/web:2")})
        change(federation, retainReplicas=None, template=template(4, "example/web:2"))
        until(lambda: set(seen(federation).values()) == {(4, "example/web:2")})
