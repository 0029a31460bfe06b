"""The life of one federated object: it arrives, differs, drifts and is put right, moves and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync.federation import until

if TYPE_CHECKING:
    from tests.sync.federation import Federation

pytestmark = pytest.mark.cluster

TEMPLATE = {"data": {"depth": "3"}}
DEPTH_IN_M2 = [{"clusterName": "m2", "clusterOverrides": [{"path": "/data/depth", "value": "1"}]}]
ALL = {"m1": "", "m2": "", "m3": ""}


def data(federation: Federation, name: str = "web") -> dict[str, str]:
    return {member: copy["data"]["depth"] for member, copy in federation.copies("configmaps", name).items()}


def arrived(federation: Federation, name: str = "web") -> bool:
    return federation.states("configmaps", name) == ALL


def change(federation: Federation, spec: dict[str, object]) -> None:
    federation.patch(federation.host, federation.path("configmaps", "web"), {"spec": spec})


def uid(federation: Federation) -> str:
    copy = federation.copies("configmaps", "web").get("m1")
    return copy["metadata"]["uid"] if copy else ""


def test_an_object_arrives_in_every_cluster_with_what_differs_there(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE, overrides=DEPTH_IN_M2)
        until(lambda: arrived(federation))
        assert data(federation) == {"m1": "3", "m2": "1", "m3": "3"}
        status = federation.status("configmaps", "web")
        assert (status["summary"], status["observedGeneration"]) == ("3/3", 1)
        assert [entry["observedGeneration"] for entry in status["clusters"]] == [1, 1, 1]


def test_a_change_of_the_template_reaches_every_cluster_and_what_it_drops_goes(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", {"data": {"depth": "3", "width": "2"}})
        until(lambda: arrived(federation))
        change(federation, {"template": {"data": {"depth": "4", "width": None}}})
        until(lambda: all(copy["data"] == {"depth": "4"} for copy in federation.copies("configmaps", "web").values()))


@pytest.mark.parametrize(
    "change",
    [{"data": {"depth": "9"}}, {"metadata": {"labels": {"kubefed.io/managed": None}}}, {"data": None}],
    ids=["an edit", "the label taken away", "all data removed"],
)
def test_drift_is_put_right(federation: Federation, change: dict[str, object]) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
        member = federation.members["m1"]
        federation.patch(member, federation.target("configmaps", "web"), change)

        def right() -> bool:
            copy = federation.copies("configmaps", "web")["m1"]
            return copy.get("data") == TEMPLATE["data"] and copy["metadata"].get("labels") == {
                "kubefed.io/managed": "true"
            }

        until(right)


def test_a_copy_that_is_deleted_comes_back(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
        before = uid(federation)
        federation.members["m1"].call("DELETE", federation.target("configmaps", "web"))
        until(
            lambda: (
                federation.copies("configmaps", "web").get("m1", {"metadata": {"uid": before}})["metadata"]["uid"]
                != before
            )
        )


def test_fields_of_others_stay(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
        member = federation.members["m1"]
        theirs = {"metadata": {"annotations": {"example.com/injected": "yes"}}, "data": {"extra": "1"}}
        federation.patch(member, federation.target("configmaps", "web"), theirs)
        federation.patch(
            federation.host, federation.path("configmaps", "web"), {"spec": {"template": {"data": {"depth": "4"}}}}
        )
        until(lambda: data(federation)["m1"] == "4")
        copy = federation.copies("configmaps", "web")["m1"]
        assert copy["data"] == {"depth": "4", "extra": "1"}
        assert copy["metadata"]["annotations"]["example.com/injected"] == "yes"


def test_a_cluster_that_is_taken_out_loses_the_object_and_the_others_keep_it(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
        placement = {"clusterSelector": None, "clusters": [{"name": "m1"}, {"name": "m3"}]}
        change(federation, {"placement": placement})
        until(lambda: federation.states("configmaps", "web") == {"m1": "", "m3": ""})
        assert set(federation.copies("configmaps", "web")) == {"m1", "m3"}


def test_a_federated_object_that_is_deleted_goes_everywhere_and_then_itself(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
        federation.host.call("DELETE", federation.path("configmaps", "web"))
        until(lambda: federation.host.call("GET", federation.path("configmaps", "web"))[0] == 404)
        assert federation.copies("configmaps", "web") == {}


def test_orphaned_copies_stay_and_lose_their_marks(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE, metadata={"annotations": {"kubefed.io/orphan": "true"}})
        until(lambda: arrived(federation))
        federation.host.call("DELETE", federation.path("configmaps", "web"))
        until(lambda: federation.host.call("GET", federation.path("configmaps", "web"))[0] == 404)
        copies = federation.copies("configmaps", "web")
        assert set(copies) == set(ALL)
        for copy in copies.values():
            assert not copy["metadata"].get("labels")
            assert not copy["metadata"].get("annotations")


def test_overrides_that_are_wrong_are_told_for_their_cluster_and_the_others_go_on(federation: Federation) -> None:
    wrong = [{"clusterName": "m2", "clusterOverrides": [{"path": "/data/nowhere/at/all", "value": "1"}]}]
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE, overrides=wrong)
        until(lambda: federation.states("configmaps", "web") == {"m1": "", "m2": "ApplyOverridesFailed", "m3": ""})
        assert set(federation.copies("configmaps", "web")) == {"m1", "m3"}
        entry = federation.status("configmaps", "web")["clusters"][1]
        assert "/data/nowhere/at/all" in entry["message"]


def test_what_is_there_already_is_adopted_and_outlives_the_federated_object(federation: Federation) -> None:
    member = federation.members["m1"]
    federation.create(member, federation.target("configmaps"), {"metadata": {"name": "web"}, "data": {"own": "1"}})
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
        assert federation.copies("configmaps", "web")["m1"]["data"] == {"own": "1", "depth": "3"}
        federation.host.call("DELETE", federation.path("configmaps", "web"))
        until(lambda: federation.host.call("GET", federation.path("configmaps", "web"))[0] == 404)
        assert set(federation.copies("configmaps", "web")) == {"m1"}


def test_an_object_that_opted_out_is_never_touched(federation: Federation) -> None:
    member = federation.members["m1"]
    body = {"metadata": {"name": "web", "labels": {"kubefed.io/managed": "false"}}, "data": {"own": "1"}}
    federation.create(member, federation.target("configmaps"), body)
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: federation.states("configmaps", "web") == {**ALL, "m1": "ManagedLabelFalse"})
        assert federation.copies("configmaps", "web")["m1"]["data"] == {"own": "1"}
        federation.host.call("DELETE", federation.path("configmaps", "web"))
        until(lambda: federation.host.call("GET", federation.path("configmaps", "web"))[0] == 404)
        assert federation.copies("configmaps", "web")["m1"]["data"] == {"own": "1"}


def test_nothing_is_deleted_by_options_that_cannot_be_read(federation: Federation) -> None:
    path = federation.path("configmaps", "web")
    with federation.running():
        federation.federate(
            "configmaps", "web", TEMPLATE, metadata={"annotations": {"kubefed.io/deleteoption": "Foreground"}}
        )
        until(lambda: arrived(federation))
        assert federation.host.call("DELETE", path)[0] == 200

        def told() -> bool:
            (condition,) = federation.status("configmaps", "web")["conditions"]
            return condition.get("reason") == "DeletionFailed" and "not JSON" in condition["message"]

        until(told)
        assert len(federation.copies("configmaps", "web")) == 3
        federation.patch(federation.host, path, {"metadata": {"annotations": {"kubefed.io/deleteoption": "{}"}}})
        until(lambda: not federation.copies("configmaps", "web"))


def deployment(replicas: int, image: str = "example.com/web:1") -> dict[str, object]:
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {"spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}}


def replicas(federation: Federation) -> dict[str, int]:
    return {member: copy["spec"]["replicas"] for member, copy in federation.copies("deployments", "web").items()}


def images(federation: Federation) -> set[str]:
    copies = federation.copies("deployments", "web").values()
    return {copy["spec"]["template"]["spec"]["containers"][0]["image"] for copy in copies}


@pytest.mark.parametrize("later", [False, True], ids=["from the beginning", "later"])
def test_replicas_that_are_left_to_the_member_stay_as_it_has_them(federation: Federation, *, later: bool) -> None:
    federation.enable("deployments")
    path = federation.path("deployments", "web")
    with federation.running():
        federation.federate("deployments", "web", deployment(3), retainReplicas=not later)
        until(lambda: federation.states("deployments", "web") == ALL)
        until(lambda: set(replicas(federation).values()) == {3})
        if later:
            federation.patch(federation.host, path, {"spec": {"retainReplicas": True}})
            until(lambda: federation.status("deployments", "web")["observedGeneration"] == 2)
            assert set(replicas(federation).values()) == {3}
        federation.patch(federation.members["m1"], federation.target("deployments", "web"), {"spec": {"replicas": 7}})
        federation.patch(federation.host, path, {"spec": {"template": deployment(3, "example.com/web:2")}})
        until(lambda: images(federation) == {"example.com/web:2"})
        assert replicas(federation) == {"m1": 7, "m2": 3, "m3": 3}


def test_a_placement_that_cannot_be_read_takes_nothing(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
        # The schema of the type takes it: only what the operator needs is missing.
        selector = {"matchExpressions": [{"key": "tier", "operator": "In"}]}
        change(federation, {"placement": {"clusterSelector": selector}})
        until(lambda: federation.status("configmaps", "web")["observedGeneration"] == 2)
        (condition,) = federation.status("configmaps", "web")["conditions"]
        assert condition["reason"] == "ComputePlacementFailed"
        assert set(federation.copies("configmaps", "web")) == set(ALL)


def test_a_copy_whose_label_was_taken_away_while_nobody_looked_is_released_and_not_deleted(
    federation: Federation,
) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: arrived(federation))
    unlabelled = {"metadata": {"labels": {"kubefed.io/managed": None}}}
    federation.patch(federation.members["m1"], federation.target("configmaps", "web"), unlabelled)
    federation.host.call("DELETE", federation.path("configmaps", "web"))
    with federation.running():
        until(lambda: federation.host.call("GET", federation.path("configmaps", "web"))[0] == 404)
        copies = federation.copies("configmaps", "web")
        assert list(copies) == ["m1"]
        assert not copies["m1"]["metadata"].get("annotations")
