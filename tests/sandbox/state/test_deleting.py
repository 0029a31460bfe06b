from __future__ import annotations

import pytest

from tests.sandbox.clusters import Bench, Manifest, config_map, deployment, pod, refused

DEPLOYMENTS = "deployments.apps"


def owned(name: str, owner: Manifest, *, blocking: bool = False, **metadata: object) -> Manifest:
    """A ConfigMap that another object owns."""
    reference = {name: owner[name] for name in ("apiVersion", "kind")}
    reference |= {name: owner["metadata"][name] for name in ("name", "uid")}
    return config_map(name, ownerReferences=[{**reference, "blockOwnerDeletion": blocking}], **metadata)


def test_what_nothing_holds_goes_at_once() -> None:
    bench = Bench()
    uid = bench.create("configmaps", config_map("a"))["metadata"]["uid"]
    answer = bench.delete("configmaps", "a")
    assert answer == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "kind": "configmaps", "uid": uid},
    }
    assert refused(lambda: bench.delete("configmaps", "a")).code == 404


def test_some_types_are_answered_with_the_object() -> None:
    bench = Bench()
    bench.create("serviceaccounts", {"metadata": {"name": "robot"}})
    assert bench.delete("serviceaccounts", "robot")["kind"] == "ServiceAccount"
    assert not bench.exists("serviceaccounts", "robot")


def test_an_object_waits_for_its_finalizers() -> None:
    bench = Bench()
    bench.create(DEPLOYMENTS, deployment("web", finalizers=["example.com/a", "example.com/b"]))
    marked = bench.delete(DEPLOYMENTS, "web")["metadata"]
    assert marked["deletionTimestamp"] == "2026-01-02T03:04:05Z"
    assert (marked["deletionGracePeriodSeconds"], marked["generation"]) == (0, 2)
    bench.clock.forward(10)
    assert bench.delete(DEPLOYMENTS, "web")["metadata"] == marked  # once more changes nothing
    bench.patch(DEPLOYMENTS, "web", {"metadata": {"finalizers": ["example.com/b"]}})
    last = bench.patch(DEPLOYMENTS, "web", {"metadata": {"finalizers": None}})
    assert "finalizers" not in last["metadata"]
    assert not bench.exists(DEPLOYMENTS, "web")


def test_what_is_being_deleted_gets_no_new_finalizers() -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a", finalizers=["example.com/a"]))
    bench.delete("configmaps", "a")
    patch = {"metadata": {"finalizers": ["example.com/a", "example.com/b"]}}
    error = refused(lambda: bench.patch("configmaps", "a", patch))
    assert error.code == 422
    assert error.message.endswith('found new finalizers []string{"example.com/b"}')


@pytest.mark.parametrize("field", ["deletionTimestamp", "deletionGracePeriodSeconds"])
def test_nobody_but_the_server_marks_an_object_as_deleted(field: str) -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a"))
    value = 5 if field.endswith("Seconds") else "2026-01-01T00:00:00Z"
    error = refused(lambda: bench.patch("configmaps", "a", {"metadata": {field: value}}))
    assert (error.code, error.message.endswith("field is immutable")) == (422, True)


def test_only_the_object_that_is_meant_is_deleted() -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a"))
    error = refused(lambda: bench.delete("configmaps", "a", uid="other"))
    assert error.code == 409
    assert error.message.startswith(
        'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other)'
    )
    error = refused(lambda: bench.delete("configmaps", "a", resource_version="1"))
    assert "the ResourceVersion in the precondition (1) does not match" in error.message


def test_a_pod_that_runs_gets_time_to_end() -> None:
    bench = Bench()
    bench.create("pods", pod("p", node="n"))
    marked = bench.delete("pods", "p")["metadata"]
    assert (marked["deletionTimestamp"], marked["deletionGracePeriodSeconds"]) == ("2026-01-02T03:04:35Z", 30)
    hurried = bench.delete("pods", "p", grace=5)["metadata"]
    assert (hurried["deletionTimestamp"], hurried["deletionGracePeriodSeconds"]) == ("2026-01-02T03:04:10Z", 5)
    assert bench.delete("pods", "p", grace=50)["metadata"] == hurried  # it may only be hurried
    assert bench.exists("pods", "p")
    assert bench.delete("pods", "p", grace=0)["metadata"]["deletionGracePeriodSeconds"] == 0
    assert not bench.exists("pods", "p")


@pytest.mark.parametrize(("node", "phase"), [("", ""), ("n", "Succeeded"), ("n", "Failed")])
def test_a_pod_that_does_not_run_goes_at_once(node: str, phase: str) -> None:
    bench = Bench()
    bench.create("pods", pod("p", node=node))
    if phase:
        bench.patch("pods", "p", {"status": {"phase": phase}}, subresource="status")
    assert bench.delete("pods", "p")["kind"] == "Pod"
    assert not bench.exists("pods", "p")


def test_a_pod_with_a_finalizer_waits_for_it_when_its_time_is_over() -> None:
    bench = Bench()
    bench.create("pods", pod("p", node="n", finalizers=["example.com/a"]))
    bench.delete("pods", "p", grace=0)
    assert bench.exists("pods", "p")
    bench.patch("pods", "p", {"metadata": {"finalizers": None}})
    assert not bench.exists("pods", "p")


def test_what_is_owned_goes_after_its_owner() -> None:
    bench = Bench()
    owner = bench.create(DEPLOYMENTS, deployment("web"))
    child = bench.create("configmaps", owned("child", owner))
    bench.create("configmaps", owned("grandchild", {**child, "apiVersion": "v1", "kind": "ConfigMap"}))
    bench.create("configmaps", config_map("stranger"))
    bench.delete(DEPLOYMENTS, "web")
    assert bench.list("configmaps") == ["kube-root-ca.crt", "stranger"]


def test_what_is_owned_goes_before_its_owner_when_deleted_in_the_foreground() -> None:
    bench = Bench()
    owner = bench.create(DEPLOYMENTS, deployment("web"))
    bench.create("configmaps", owned("child", owner, blocking=True, finalizers=["example.com/wait"]))
    marked = bench.delete(DEPLOYMENTS, "web", propagation="Foreground")
    assert marked["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert "deletionTimestamp" in bench.get("configmaps", "child")["metadata"]
    assert bench.exists(DEPLOYMENTS, "web")
    bench.patch("configmaps", "child", {"metadata": {"finalizers": None}})
    assert not bench.exists(DEPLOYMENTS, "web")


def test_an_owner_does_not_wait_for_what_does_not_block_it() -> None:
    bench = Bench()
    owner = bench.create(DEPLOYMENTS, deployment("web"))
    bench.create("configmaps", owned("child", owner, finalizers=["example.com/wait"]))
    bench.delete(DEPLOYMENTS, "web", propagation="Foreground")
    assert not bench.exists(DEPLOYMENTS, "web")
    assert "deletionTimestamp" in bench.get("configmaps", "child")["metadata"]


def test_orphans_stay_and_have_no_owner() -> None:
    bench = Bench()
    owner = bench.create(DEPLOYMENTS, deployment("web"))
    bench.create("configmaps", owned("child", owner))
    assert bench.delete(DEPLOYMENTS, "web", propagation="Orphan")["metadata"]["finalizers"] == ["orphan"]
    assert not bench.exists(DEPLOYMENTS, "web")
    assert "ownerReferences" not in bench.get("configmaps", "child")["metadata"]


def test_jobs_leave_orphans_by_themselves() -> None:
    bench = Bench()
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    job = bench.create("jobs.batch", {"metadata": {"name": "j"}, "spec": {"template": template}})
    bench.create("configmaps", owned("child", job))
    assert bench.delete("jobs.batch", "j")["metadata"]["finalizers"] == ["orphan"]
    assert not bench.exists("jobs.batch", "j")
    assert bench.exists("configmaps", "child")


def test_one_owner_that_stays_is_enough() -> None:
    bench = Bench()
    first, second = bench.create(DEPLOYMENTS, deployment("a")), bench.create(DEPLOYMENTS, deployment("b"))
    both = owned("child", first)
    both["metadata"]["ownerReferences"] += owned("child", second)["metadata"]["ownerReferences"]
    bench.create("configmaps", both)
    bench.delete(DEPLOYMENTS, "a")
    owners = bench.get("configmaps", "child")["metadata"]["ownerReferences"]
    assert [owner["name"] for owner in owners] == ["b"]
    bench.delete(DEPLOYMENTS, "b")
    assert not bench.exists("configmaps", "child")


def test_what_claims_an_owner_that_is_not_there_goes() -> None:
    bench = Bench()
    owner = bench.create(DEPLOYMENTS, deployment("web"))
    bench.delete(DEPLOYMENTS, "web")
    bench.create(DEPLOYMENTS, deployment("web"))  # of the same name, and another
    bench.create("configmaps", owned("child", owner))
    assert not bench.exists("configmaps", "child")


def test_an_owner_of_a_type_that_nobody_knows_is_left_alone() -> None:
    bench = Bench()
    owner = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "uid": "u"}}
    bench.create("configmaps", owned("child", owner))
    assert bench.exists("configmaps", "child")


def test_a_tree_of_many_levels_goes_whole() -> None:
    bench = Bench()
    above = bench.create("configmaps", config_map("level-0"))
    for level in range(1, 2000):
        above = bench.create("configmaps", owned(f"level-{level}", above))
    bench.delete("configmaps", "level-0")
    assert bench.list("configmaps") == ["kube-root-ca.crt"]


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
def test_a_circle_of_owners_goes_whole(propagation: str) -> None:
    bench = Bench()
    first = bench.create("configmaps", config_map("first"))
    second = bench.create("configmaps", owned("second", first, blocking=True))
    references = owned("first", second, blocking=True)["metadata"]["ownerReferences"]
    bench.patch("configmaps", "first", {"metadata": {"ownerReferences": references}})
    bench.delete("configmaps", "first", propagation=propagation)
    assert bench.list("configmaps") == ["kube-root-ca.crt"]


def test_an_owner_does_not_wait_for_what_is_not_its_own_any_more() -> None:
    bench = Bench()
    owner = bench.create(DEPLOYMENTS, deployment("web"))
    bench.create("configmaps", owned("child", owner, blocking=True, finalizers=["example.com/wait"]))
    bench.delete(DEPLOYMENTS, "web", propagation="Foreground")
    bench.patch("configmaps", "child", {"metadata": {"ownerReferences": None}})
    assert not bench.exists(DEPLOYMENTS, "web")
