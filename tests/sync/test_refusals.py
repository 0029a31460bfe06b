"""What a member refuses, or cannot do, is told for it alone, with what to do; and it is done when somebody says so."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sync.federation import Federation, until

if TYPE_CHECKING:
    from tests.clusters.fleet import Cluster

pytestmark = pytest.mark.cluster

TEMPLATE = {"data": {"depth": "3"}}
ALL = {"m1": "", "m2": "", "m3": ""}


def state(federation: Federation, member: str, plural: str = "configmaps", name: str = "web") -> str | None:
    return federation.states(plural, name).get(member)


def message(federation: Federation, member: str, plural: str = "configmaps") -> str:
    entries = federation.status(plural, "web")["clusters"]
    return str(next(entry["message"] for entry in entries if entry["name"] == member))


def annotate(federation: Federation, plural: str, **annotations: str) -> None:
    names = {f"kfed.io/{name.replace('_', '-')}": value for name, value in annotations.items()}
    federation.patch(federation.host, federation.path(plural, "web"), {"metadata": {"annotations": names}})


def apply(cluster: Cluster, path: str, manifest: dict[str, Any], manager: str) -> None:
    headers = {"Content-Type": "application/apply-patch+yaml"}
    status, answer = cluster.call("PATCH", f"{path}?fieldManager={manager}", manifest, headers=headers)
    assert status == 200, answer


def test_a_field_of_another_manager_is_reported_with_its_name_and_taken_when_told(federation: Federation) -> None:
    member = federation.members["m1"]
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: federation.states("configmaps", "web") == ALL)
        theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"width": "9"}}
        apply(member, federation.target("configmaps", "web"), theirs, "surveyor")
        change = {"spec": {"template": {"data": {"width": "2"}}}}
        federation.patch(federation.host, federation.path("configmaps", "web"), change)
        until(lambda: federation.states("configmaps", "web") == {**ALL, "m1": "FieldConflict"})
        assert "surveyor" in message(federation, "m1")
        assert federation.copies("configmaps", "web")["m1"]["data"]["width"] == "9"
        annotate(federation, "configmaps", overwrite_conflicts="true")
        until(lambda: federation.copies("configmaps", "web")["m1"]["data"]["width"] == "2")


def test_a_field_that_cannot_be_changed_is_named_and_the_object_made_anew_when_told(federation: Federation) -> None:
    federation.enable("deployments")

    def template(app: str) -> dict[str, Any]:
        labels = {"app": app}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]}}
        return {"spec": {"selector": {"matchLabels": labels}, "template": pod}}

    with federation.running():
        federation.federate("deployments", "web", template("a"))
        until(lambda: federation.states("deployments", "web") == ALL)
        federation.patch(federation.host, federation.path("deployments", "web"), {"spec": {"template": template("b")}})
        until(lambda: set(federation.states("deployments", "web").values()) == {"ImmutableField"})
        assert "spec.selector" in message(federation, "m1", "deployments")
        annotate(federation, "deployments", recreate="true")
        until(lambda: federation.states("deployments", "web") == ALL)
        selectors = [
            copy["spec"]["selector"]["matchLabels"] for copy in federation.copies("deployments", "web").values()
        ]
        assert selectors == [{"app": "b"}] * 3


def test_what_is_there_is_left_alone_where_adopting_is_disabled(federation: Federation) -> None:
    config = {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedConfig", "metadata": {"name": "kubefed"}}
    spec = {"syncController": {"adoptResources": "Disabled"}}
    federation.create(federation.host, federation.core("kubefedconfigs"), {**config, "spec": spec})
    # It is the same in every field that the template has: nothing would conflict.
    body = {"metadata": {"name": "web"}, **TEMPLATE}
    federation.create(federation.members["m1"], federation.target("configmaps"), body)
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: federation.states("configmaps", "web") == {**ALL, "m1": "AlreadyExists"})
        assert not federation.copies("configmaps", "web")["m1"]["metadata"].get("labels")


def test_a_type_that_a_member_does_not_serve_is_its_status_and_nobody_elses(federation: Federation) -> None:
    name = "configmaps"
    config = federation.host.call("GET", federation.core("federatedtypeconfigs", name))[1]
    config["spec"]["targetType"]["version"] = "v9"
    status, answer = federation.host.call("PUT", federation.core("federatedtypeconfigs", name), config)
    assert status == 200, answer
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: set(federation.states("configmaps", "web").values()) == {"TypeNotServed"})
        assert "v1" in message(federation, "m1")


@pytest.fixture
def with_one_away(federation: Federation) -> Federation:
    """A fourth member, behind whose address nobody answers."""
    federation.join("m4", replace(federation.members["m1"], url="https://127.0.0.1:9"))
    return federation


def test_a_cluster_that_is_away_keeps_nobody_from_anything(with_one_away: Federation) -> None:
    with with_one_away.running():
        with_one_away.federate("configmaps", "web", TEMPLATE)
        until(lambda: with_one_away.states("configmaps", "web") == {**ALL, "m4": "ClusterNotReady"})


def test_a_cluster_that_is_away_and_was_never_meant_does_not_block_deletion(with_one_away: Federation) -> None:
    placement = {"clusters": [{"name": name} for name in ALL]}
    with with_one_away.running():
        with_one_away.federate("configmaps", "web", TEMPLATE, placement=placement)
        until(lambda: with_one_away.states("configmaps", "web") == ALL)
        with_one_away.host.call("DELETE", with_one_away.path("configmaps", "web"))
        until(lambda: with_one_away.host.call("GET", with_one_away.path("configmaps", "web"))[0] == 404)


def test_a_cluster_that_is_away_and_was_meant_is_waited_for_until_it_is_given_up(with_one_away: Federation) -> None:
    with with_one_away.running():
        with_one_away.federate("configmaps", "web", TEMPLATE)
        until(lambda: with_one_away.states("configmaps", "web") == {**ALL, "m4": "ClusterNotReady"})
        with_one_away.host.call("DELETE", with_one_away.path("configmaps", "web"))
        until(lambda: with_one_away.states("configmaps", "web") == {"m4": "ClusterNotReady"})
        assert with_one_away.copies("configmaps", "web") == {}
        annotate(with_one_away, "configmaps", abandon_clusters="m4")
        until(lambda: with_one_away.host.call("GET", with_one_away.path("configmaps", "web"))[0] == 404)


def test_a_cluster_may_be_reached_by_a_kubeconfig_in_its_secret(federation: Federation) -> None:
    config = Path(federation.members["m1"].kubeconfig()).read_bytes()
    secret = {"data": {"token": None, "kubeconfig": base64.b64encode(config).decode()}}
    federation.patch(federation.host, f"/api/v1/namespaces/{federation.name}/secrets/m1", secret)
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: federation.states("configmaps", "web") == ALL)


def test_a_cluster_whose_secret_comes_later_is_served_then(federation: Federation) -> None:
    path = f"/api/v1/namespaces/{federation.name}/secrets"
    federation.host.call("DELETE", f"{path}/m1")
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE)
        until(lambda: federation.states("configmaps", "web") == {**ALL, "m1": "ClusterNotReady"})
        assert "Secret" in message(federation, "m1")
        token = {"metadata": {"name": "m1"}, "stringData": {"token": federation.members["m1"].tokens["admin"]}}
        federation.create(federation.host, path, token)
        until(lambda: federation.states("configmaps", "web") == ALL)


def test_what_renders_to_nothing_anywhere_says_why(federation: Federation) -> None:
    with federation.running():
        federation.federate("configmaps", "web", TEMPLATE, placement={"clusters": [{"name": "m9"}]})
        until(lambda: federation.status("configmaps", "web").get("conditions"))
        (condition,) = federation.status("configmaps", "web")["conditions"]
        assert (condition["status"], condition["reason"]) == ("False", "ComputePlacementFailed")
        assert "m9" in condition["message"]
