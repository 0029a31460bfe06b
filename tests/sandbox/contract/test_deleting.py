"""Finalizers, propagation, owners, preconditions, and namespaces with their life cycle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import configmap, deployment, pod, secret
from tests.sandbox.contract.wire import JSON_PATCH

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

FINALIZER = "example.com/hold"


def test_object_with_a_finalizer_stays_until_it_is_removed(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", {"k": "v"}, finalizers=[FINALIZER]))
    answer = server.ask("DELETE", f"{configmaps}/a")
    assert answer.status == 200
    held = answer.json
    assert held["kind"] == "ConfigMap"
    assert held["metadata"]["deletionTimestamp"]
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    assert int(held["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
    assert server.get(f"{configmaps}/a") == held
    server.patch(f"{configmaps}/a", {"metadata": {"finalizers": None}})
    server.ask("GET", f"{configmaps}/a").refused(404, "NotFound")


def test_second_deletion_changes_nothing(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", finalizers=[FINALIZER]))
    held = server.delete(f"{configmaps}/a")
    assert server.delete(f"{configmaps}/a")["metadata"] == held["metadata"]
    server.patch(f"{configmaps}/a", {"metadata": {"finalizers": []}})


def test_watch_sees_the_deletion_begin_and_end(server: Server, configmaps: str) -> None:
    made = server.post(configmaps, configmap("a", finalizers=[FINALIZER]))
    with server.watch(configmaps, resourceVersion=made["metadata"]["resourceVersion"]) as watch:
        server.delete(f"{configmaps}/a")
        kind, held = watch.event()
        assert (kind, "deletionTimestamp" in held["metadata"]) == ("MODIFIED", True)
        server.patch(f"{configmaps}/a", {"metadata": {"finalizers": None}})
        assert watch.event()[0] == "DELETED"


def test_deletion_cannot_be_taken_back(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", finalizers=[FINALIZER]))
    held = server.delete(f"{configmaps}/a")
    kept = server.patch(f"{configmaps}/a", {"metadata": {"deletionTimestamp": None}})
    assert kept["metadata"]["deletionTimestamp"] == held["metadata"]["deletionTimestamp"]
    server.patch(f"{configmaps}/a", {"metadata": {"finalizers": None}})


def test_no_finalizer_is_added_to_what_is_being_deleted(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", finalizers=[FINALIZER]))
    server.delete(f"{configmaps}/a")
    patch = [{"op": "add", "path": "/metadata/finalizers/-", "value": "example.com/more"}]
    answer = server.ask("PATCH", f"{configmaps}/a", patch, content_type=JSON_PATCH)
    said = "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted"
    answer.invalid("ConfigMap", "a", f'{said}, found new finalizers []string{{"example.com/more"}}')
    server.patch(f"{configmaps}/a", {"metadata": {"finalizers": None}})


def test_spec_of_what_is_being_deleted_can_change(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a", finalizers=[FINALIZER]))
    held = server.delete(f"{widgets.path}/a")
    assert held["metadata"]["generation"] == 2
    assert server.patch(f"{widgets.path}/a", {"spec": {"size": "large"}})["spec"]["size"] == "large"
    server.patch(f"{widgets.path}/a", {"metadata": {"finalizers": None}})
    server.ask("GET", f"{widgets.path}/a").refused(404, "NotFound")


def test_object_is_created_again_only_when_it_is_gone(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", finalizers=[FINALIZER]))
    server.delete(f"{configmaps}/a")
    said = 'object is being deleted: configmaps "a" already exists'
    server.ask("POST", configmaps, configmap("a")).refused(409, "AlreadyExists", said, name="a", kind="configmaps")
    server.patch(f"{configmaps}/a", {"metadata": {"finalizers": None}})
    server.post(configmaps, configmap("a"))


def test_finalizer_names_are_checked(server: Server, configmaps: str) -> None:
    why = "name is neither a standard finalizer name nor is it fully qualified"
    answer = server.ask("POST", configmaps, configmap("a", finalizers=["hold"]))
    answer.invalid("ConfigMap", "a", f'metadata.finalizers[0]: Invalid value: "hold": {why}')


def test_deletion_may_ask_for_the_very_object(server: Server, secrets: str) -> None:
    made = server.post(secrets, secret("a"))
    uid = made["metadata"]["uid"]
    version = made["metadata"]["resourceVersion"]
    start = 'Operation cannot be fulfilled on Secret "a": the'
    said = f"{start} UID in the precondition (other) does not match the UID in record ({uid})"
    said += ". The object might have been deleted and then recreated"
    answer = server.ask("DELETE", f"{secrets}/a", {"preconditions": {"uid": "other"}})
    answer.refused(409, "Conflict", said, name="a", kind="Secret")
    said = f"{start} ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({version})"
    answer = server.ask("DELETE", f"{secrets}/a", {"preconditions": {"resourceVersion": "1"}})
    answer.refused(409, "Conflict", f"{said}. The object might have been modified", name="a", kind="Secret")
    preconditions = {"uid": uid, "resourceVersion": version}
    server.delete(f"{secrets}/a", {"preconditions": preconditions})
    assert server.names(secrets) == []


UNKNOWN_POLICY = (
    "DeleteOptions.meta.k8s.io",
    "",
    'propagationPolicy: Unsupported value: "Nope": supported values: "Foreground", "Background", "Orphan", "nil"',
)


def test_unknown_propagation_is_invalid(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    server.ask("DELETE", f"{configmaps}/a", {"propagationPolicy": "Nope"}).invalid(*UNKNOWN_POLICY)


def test_options_of_a_deletion_may_be_parameters(server: Server, secrets: str) -> None:
    server.post(secrets, secret("a"))
    server.ask("DELETE", f"{secrets}/a", query={"propagationPolicy": "Nope"}).invalid(*UNKNOWN_POLICY)
    server.delete(f"{secrets}/a", propagationPolicy="Background", gracePeriodSeconds=0)
    assert server.names(secrets) == []


def owned(server: Server, configmaps: str, name: str, owner: dict[str, Any], *, block: bool = False) -> Any:
    """Create a ConfigMap that another owns."""
    metadata = owner["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": metadata["name"], "uid": metadata["uid"]}
    if block:
        reference["blockOwnerDeletion"] = True
    return server.post(configmaps, configmap(name, ownerReferences=[reference]))


def test_what_nobody_owns_any_more_is_collected(working: Server, configmaps: str) -> None:
    owner = working.post(configmaps, configmap("owner"))
    child = owned(working, configmaps, "child", owner)
    assert child["metadata"]["ownerReferences"][0]["uid"] == owner["metadata"]["uid"]
    working.delete(f"{configmaps}/owner", {"propagationPolicy": "Background"})
    working.ask("GET", f"{configmaps}/owner").refused(404, "NotFound")
    working.wait_gone(f"{configmaps}/child")


def test_chain_of_owners_is_collected_to_its_end(working: Server, configmaps: str) -> None:
    owner = working.post(configmaps, configmap("one"))
    for name in ("two", "three"):
        owner = owned(working, configmaps, name, owner)
    working.delete(f"{configmaps}/one")
    for name in ("two", "three"):
        working.wait_gone(f"{configmaps}/{name}")


def test_orphans_stay_and_lose_their_owner(working: Server, configmaps: str) -> None:
    owner = working.post(configmaps, configmap("owner"))
    owned(working, configmaps, "child", owner)
    working.delete(f"{configmaps}/owner", {"propagationPolicy": "Orphan"})
    working.wait_gone(f"{configmaps}/owner")
    assert "ownerReferences" not in working.get(f"{configmaps}/child")["metadata"]


def test_owner_deleted_in_the_foreground_waits_for_what_it_owns(working: Server, configmaps: str) -> None:
    owner = working.post(configmaps, configmap("owner"))
    owned(working, configmaps, "child", owner, block=True)
    working.patch(f"{configmaps}/child", {"metadata": {"finalizers": [FINALIZER]}})
    held = working.delete(f"{configmaps}/owner", {"propagationPolicy": "Foreground"})
    assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
    working.wait(f"{configmaps}/child", lambda found: "deletionTimestamp" in found["metadata"])
    assert working.get(f"{configmaps}/owner")["metadata"]["deletionTimestamp"]
    working.patch(f"{configmaps}/child", {"metadata": {"finalizers": None}})
    working.wait_gone(f"{configmaps}/owner")


def test_object_of_two_owners_goes_with_the_last(working: Server, configmaps: str) -> None:
    owners = [working.post(configmaps, configmap(name))["metadata"] for name in ("one", "two")]
    references = [{"apiVersion": "v1", "kind": "ConfigMap", "name": o["name"], "uid": o["uid"]} for o in owners]
    working.post(configmaps, configmap("child", ownerReferences=references))
    working.delete(f"{configmaps}/one")
    working.wait(f"{configmaps}/child", lambda found: len(found["metadata"]["ownerReferences"]) == 1)
    working.delete(f"{configmaps}/two")
    working.wait_gone(f"{configmaps}/child")


def test_owner_that_is_not_there_is_no_owner(working: Server, configmaps: str) -> None:
    nobody = {"metadata": {"name": "nobody", "uid": "00000000-0000-4000-8000-000000000000"}}
    owned(working, configmaps, "child", nobody)
    working.wait_gone(f"{configmaps}/child")


def test_owner_references_are_checked(server: Server, configmaps: str) -> None:
    reference: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}
    answer = server.ask("POST", configmaps, configmap("b", ownerReferences=[reference]))
    answer.invalid("ConfigMap", "b", "metadata.ownerReferences[0].uid: Required value: must not be empty")
    two = [reference | {"uid": uid, "controller": True} for uid in ("u1", "u2")]
    shown = json.dumps(two, separators=(",", ":"))
    why = (
        'Only one reference can have Controller set to true. Found "true" in references for ConfigMap/a and ConfigMap/a'
    )
    answer = server.ask("POST", configmaps, configmap("b", ownerReferences=two))
    answer.invalid("ConfigMap", "b", f"metadata.ownerReferences: Invalid value: {shown}: {why}")


def test_bare_pod_is_gone_at_once_without_grace(server: Server, ns: str) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    server.delete(f"{ns}/pods/a", {"gracePeriodSeconds": 0})
    server.wait_gone(f"{ns}/pods/a")


NAMESPACES = "/api/v1/namespaces"


def test_new_namespace_is_active(server: Server, unique: str) -> None:
    made = server.post(NAMESPACES, {"metadata": {"name": unique}})
    assert made["spec"] == {"finalizers": ["kubernetes"]}
    assert made["status"] == {"phase": "Active"}
    assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": unique}


def test_namespaces_that_every_cluster_has_are_there(server: Server) -> None:
    server.wait(NAMESPACES, lambda found: {item["metadata"]["name"] for item in found["items"]} >= WANTED)


WANTED = {"default", "kube-system", "kube-public", "kube-node-lease"}


def test_name_of_a_namespace_is_a_label(server: Server) -> None:
    why = 'metadata.name: Invalid value: "not.ok": must not contain dots'
    server.ask("POST", NAMESPACES, {"metadata": {"name": "not.ok"}}).invalid("Namespace", "not.ok", why)


def test_nothing_is_created_in_a_namespace_that_is_not_there(server: Server, unique: str) -> None:
    answer = server.ask("POST", f"{NAMESPACES}/{unique}/configmaps", configmap("a"))
    answer.refused(404, "NotFound", f'namespaces "{unique}" not found', name=unique, kind="namespaces")


def test_default_namespace_cannot_be_deleted(server: Server) -> None:
    for name in ("default", "kube-system"):
        said = f'namespaces "{name}" is forbidden: this namespace may not be deleted'
        server.ask("DELETE", f"{NAMESPACES}/{name}").refused(403, "Forbidden", said, name=name, kind="namespaces")


def test_new_namespace_gets_a_service_account_and_the_authority(working: Server, ns: str) -> None:
    working.wait_answer(f"{ns}/serviceaccounts/default", lambda answer: answer.status == 200)
    working.wait_answer(f"{ns}/configmaps/kube-root-ca.crt", lambda answer: answer.status == 200)
    assert "BEGIN CERTIFICATE" in working.get(f"{ns}/configmaps/kube-root-ca.crt")["data"]["ca.crt"]


@pytest.mark.slow
def test_deleted_namespace_takes_all_it_holds_along(working: Server, ns: str, widgets: Widgets) -> None:
    working.post(f"{ns}/configmaps", configmap("a"))
    working.post(f"{ns}/configmaps", configmap("held", finalizers=[FINALIZER]))
    working.post(widgets.path, widgets.new("a"))
    answer = working.ask("DELETE", ns)
    assert answer.status == 200
    assert answer.json["status"]["phase"] == "Terminating"
    working.wait_gone(f"{ns}/configmaps/a")
    name = ns.rpartition("/")[2]
    why = f"unable to create new content in namespace {name} because it is being terminated"
    told = f"namespace {name} is being terminated"
    cause = {"reason": "NamespaceTerminating", "message": told, "field": "metadata.namespace"}
    said = f'configmaps "late" is forbidden: {why}'
    answer = working.ask("POST", f"{ns}/configmaps", configmap("late"))
    answer.refused(403, "Forbidden", said, name="late", kind="configmaps", causes=[cause])
    assert working.get(ns)["status"]["phase"] == "Terminating"
    working.patch(f"{ns}/configmaps/held", {"metadata": {"finalizers": None}})
    working.wait_gone(ns)
    assert working.names(widgets.path) == []


@pytest.mark.slow
def test_deployment_takes_its_pods_along(working: Server, deployments: str, ns: str) -> None:
    working.post(deployments, deployment("a", 2))
    working.wait(f"{ns}/pods", lambda found: len(found["items"]) == 2)
    working.delete(f"{deployments}/a", {"propagationPolicy": "Foreground"})
    working.wait_gone(f"{deployments}/a")
    assert working.names(f"{ns}/pods") == []
