from __future__ import annotations

from typing import Any

import pytest

from kfed.sandbox.state.store import Store
from tests.sandbox.clusters import Bench, Manifest, config_map, refused
from tests.sandbox.crd import crd, version

CRDS = "customresourcedefinitions.apiextensions.k8s.io"


def widget(name: str, **metadata: Any) -> Manifest:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name, **metadata}}


def conditions(manifest: Manifest) -> dict[str, tuple[str, str]]:
    return {entry["type"]: (entry["status"], entry["reason"]) for entry in manifest["status"]["conditions"]}


def test_a_cluster_begins_with_the_namespaces_that_every_cluster_has() -> None:
    bench = Bench()
    assert bench.list("namespaces", None) == ["default", "kube-node-lease", "kube-public", "kube-system"]
    assert bench.list("serviceaccounts", None) == ["default"] * 4


def test_a_new_namespace_is_active_and_has_its_account_and_its_certificate() -> None:
    bench = Bench()
    made = bench.create("namespaces", {"metadata": {"name": "team"}, "status": {"phase": "Terminating"}}, "")
    assert made["status"] == {"phase": "Active"}
    assert made["spec"] == {"finalizers": ["kubernetes"]}
    assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": "team"}
    assert bench.list("serviceaccounts", "team") == ["default"]
    assert bench.get("configmaps", "kube-root-ca.crt", "team")["data"] == {"ca.crt": "PEM"}


def test_a_namespace_keeps_its_label_and_its_finalizers() -> None:
    bench = Bench()
    bench.create("namespaces", {"metadata": {"name": "team"}}, "")
    sent = {
        "metadata": {"name": "team", "labels": {"kubernetes.io/metadata.name": "other"}},
        "spec": {"finalizers": []},
    }
    stored = bench.update("namespaces", sent)
    assert stored["metadata"]["labels"] == {"kubernetes.io/metadata.name": "team"}
    assert stored["spec"] == {"finalizers": ["kubernetes"]}


def test_a_namespace_goes_with_all_that_is_in_it() -> None:
    bench = Bench()
    bench.create("namespaces", {"metadata": {"name": "team"}}, "")
    bench.create("configmaps", config_map("a"), "team")
    answer = bench.delete("namespaces", "team", "")
    assert answer["status"]["phase"] == "Terminating"
    assert "deletionGracePeriodSeconds" not in answer["metadata"]
    assert not bench.exists("namespaces", "team", "")
    assert bench.list("configmaps", "team") == bench.list("serviceaccounts", "team") == []


def test_a_namespace_waits_for_what_does_not_go_and_says_so() -> None:
    bench = Bench()
    bench.create("namespaces", {"metadata": {"name": "team"}}, "")
    bench.create("configmaps", config_map("a", finalizers=["example.com/wait"]), "team")
    bench.delete("namespaces", "team", "")
    waiting = bench.get("namespaces", "team", "")
    told = {entry["type"]: entry["message"] for entry in waiting["status"]["conditions"]}
    assert told["NamespaceContentRemaining"] == ("Some resources are remaining: configmaps. has 1 resource instances")
    assert told["NamespaceFinalizersRemaining"].endswith("example.com/wait in 1 resource instances")
    error = refused(lambda: bench.create("configmaps", config_map("b"), "team"))
    assert (error.code, error.details["causes"][0]["reason"]) == (403, "NamespaceTerminating")  # type: ignore[index]
    assert error.message == (
        'configmaps "b" is forbidden: unable to create new content in namespace team because it is being terminated'
    )
    bench.patch("configmaps", "a", {"metadata": {"finalizers": None}}, namespace="team")
    assert not bench.exists("namespaces", "team", "")


def test_a_namespace_waits_for_finalizers_of_its_own() -> None:
    bench = Bench()
    bench.create("namespaces", {"metadata": {"name": "team", "finalizers": ["example.com/wait"]}}, "")
    bench.delete("namespaces", "team", "")
    assert "finalizers" not in bench.get("namespaces", "team", "")["spec"]
    bench.patch("namespaces", "team", {"metadata": {"finalizers": None}}, namespace="")
    assert not bench.exists("namespaces", "team", "")


def test_a_namespace_can_be_finalized_by_hand() -> None:
    bench = Bench()
    bench.create("namespaces", {"metadata": {"name": "team"}, "spec": {"finalizers": ["example.com/own"]}}, "")
    bench.delete("namespaces", "team", "")
    waiting = bench.get("namespaces", "team", "")
    assert waiting["spec"] == {"finalizers": ["example.com/own"]}
    bench.update("namespaces", {**waiting, "spec": {}}, "finalize")
    assert not bench.exists("namespaces", "team", "")


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_the_namespaces_of_the_system_stay(name: str) -> None:
    bench = Bench()
    error = refused(lambda: bench.delete("namespaces", name, ""))
    assert (error.code, error.message) == (403, f'namespaces "{name}" is forbidden: this namespace may not be deleted')


def test_nothing_is_created_where_there_is_no_namespace() -> None:
    error = refused(lambda: Bench().create("configmaps", config_map("a"), "nowhere"))
    assert (error.code, error.message) == (404, 'namespaces "nowhere" not found')
    assert error.details == {"name": "nowhere", "kind": "namespaces"}


def test_a_type_is_served_as_soon_as_it_is_defined() -> None:
    bench = Bench()
    made = bench.create(CRDS, crd(), "")
    assert made["status"] == {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": ["v1"],
    }
    settled = bench.get(CRDS, "widgets.example.com", "")
    assert conditions(settled) == {
        "NamesAccepted": ("True", "NoConflicts"),
        "Established": ("True", "InitialNamesAccepted"),
    }
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    assert settled["spec"]["names"] == settled["status"]["acceptedNames"] == names
    assert bench.create("widgets.example.com", widget("a"))["metadata"]["generation"] == 1


def test_a_definition_that_changes_is_served_as_it_is_now() -> None:
    bench = Bench()
    made = bench.create(CRDS, crd(), "")
    made = bench.get(CRDS, "widgets.example.com", "")
    made["spec"]["versions"].append(version("v2"))
    bench.update(CRDS, made)
    assert bench.type("widgets.example.com/v2")
    made = bench.get(CRDS, "widgets.example.com", "")
    made["spec"]["versions"][1]["served"] = False
    bench.update(CRDS, made)
    assert bench.registry.find("example.com", "v2", "widgets") is None


def test_two_types_do_not_share_a_name() -> None:
    bench = Bench()
    bench.create(CRDS, crd(), "")
    second = crd()
    second["metadata"]["name"] = "gadgets.example.com"
    second["spec"]["names"] = {"plural": "gadgets", "kind": "Widget", "singular": "gadget"}
    bench.create(CRDS, second, "")
    told = conditions(bench.get(CRDS, "gadgets.example.com", ""))
    assert told == {"NamesAccepted": ("False", "ListKindConflict"), "Established": ("False", "NotAccepted")}
    assert bench.registry.find("example.com", "v1", "gadgets") is None


def test_a_type_goes_with_its_objects() -> None:
    bench = Bench()
    bench.create(CRDS, crd(), "")
    bench.create("widgets.example.com", widget("a"))
    answer = bench.delete(CRDS, "widgets.example.com", "")
    assert answer["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    assert not bench.exists(CRDS, "widgets.example.com", "")
    assert bench.registry.find("example.com", "v1", "widgets") is None
    assert bench.store.count("example.com", "widgets") == 0


def test_a_type_waits_for_objects_that_do_not_go() -> None:
    bench = Bench()
    bench.create(CRDS, crd(), "")
    bench.create("widgets.example.com", widget("a", finalizers=["example.com/wait"]))
    bench.delete(CRDS, "widgets.example.com", "")
    ending = bench.get(CRDS, "widgets.example.com", "")
    assert conditions(ending)["Terminating"] == ("True", "InstanceDeletionInProgress")
    error = refused(lambda: bench.create("widgets.example.com", widget("b")))
    assert (error.code, error.message) == (
        403,
        'widgets.example.com "b" is forbidden: create not allowed while custom resource definition is terminating',
    )
    bench.patch("widgets.example.com", "a", {"metadata": {"finalizers": None}})
    assert not bench.exists(CRDS, "widgets.example.com", "")


def test_a_definition_can_be_made_anew() -> None:
    bench = Bench()
    for _ in range(2):
        bench.create(CRDS, crd(), "")
        bench.create("widgets.example.com", widget("a"))
        bench.delete(CRDS, "widgets.example.com", "")
    assert bench.registry.find("example.com", "v1", "widgets") is None


def test_types_are_served_again_after_a_restart() -> None:
    bench = Bench()
    bench.create(CRDS, crd(), "")
    bench.create("widgets.example.com", widget("a", finalizers=["example.com/wait"]))
    bench.delete(CRDS, "widgets.example.com", "")
    again = Bench(store=_copied(bench.store))
    assert again.list("widgets.example.com") == ["a"]
    assert refused(lambda: again.create("widgets.example.com", widget("b"))).code == 403
    again.patch("widgets.example.com", "a", {"metadata": {"finalizers": None}})
    assert not again.exists(CRDS, "widgets.example.com", "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metadata": {"name": "x.example.com"}}, 'must be spec.names.plural+"."+spec.group'),
        ({"spec": {"versions": [version()]}}, "must have exactly one version marked as storage version"),
        ({"spec": {"versions": [version(storage=True, schema=None)]}}, "schema.openAPIV3Schema: Required value"),
    ],
)
def test_definitions_that_cannot_be_served_are_refused(change: Manifest, message: str) -> None:
    body = crd()
    body = {**body, **{part: {**body[part], **values} for part, values in change.items()}}
    error = refused(lambda: Bench().create(CRDS, body, ""))
    assert (error.code, message in error.message) == (422, True)


def test_what_a_type_is_at_heart_does_not_change() -> None:
    bench = Bench()
    bench.create(CRDS, crd(), "")
    body = bench.get(CRDS, "widgets.example.com", "")
    body["spec"]["scope"] = "Cluster"
    assert "spec.scope: Invalid value: " in refused(lambda: bench.update(CRDS, body)).message
    body = bench.get(CRDS, "widgets.example.com", "")
    body["spec"]["versions"] = [version("v2", storage=True)]
    error = refused(lambda: bench.update(CRDS, body))
    assert 'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions' in error.message


def test_groups_of_kubernetes_need_its_approval() -> None:
    body = crd(group="sig.k8s.io")
    error = refused(lambda: Bench().create(CRDS, body, ""))
    assert "protected groups must have approval annotation" in error.message
    body["metadata"]["annotations"] = {"api-approved.kubernetes.io": "unapproved, for a test"}
    assert Bench().create(CRDS, body, "")


def _copied(store: Store) -> Store:
    """A store as it is read again, with no history."""
    copy = Store()
    for group, plural in store.types():
        for record in store.list(group, plural):
            copy.put(record.key, record.manifest())
    return copy
