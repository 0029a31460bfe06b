"""Workloads are played: they get ready after a moment, without anybody having to wait for it here."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from kfed.sandbox.play.play import Player
from kfed.sandbox.state.cluster import Cluster
from kfed.sandbox.state.store import Store
from kfed.sandbox.surface.registry import Registry
from kfed.sandbox.values.options import DeleteOptions, ListQuery, Options

if TYPE_CHECKING:
    from collections.abc import Callable

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KINDS = {
    "Deployment": ("apps", "deployments"),
    "ReplicaSet": ("apps", "replicasets"),
    "StatefulSet": ("apps", "statefulsets"),
    "DaemonSet": ("apps", "daemonsets"),
    "ControllerRevision": ("apps", "controllerrevisions"),
    "Job": ("batch", "jobs"),
    "Pod": ("", "pods"),
    "Node": ("", "nodes"),
}


@dataclass(eq=False)
class Timer:
    """A call that is to come."""

    call: Callable[[], None] | None

    def cancel(self) -> None:
        """Let it not come."""
        self.call = None


class Theatre:
    """A cluster that is played, with a time that only this test moves, and a clock that it may set."""

    def __init__(self) -> None:
        self.now = START
        self.clock_error = dt.timedelta()
        self.limit: int | None = None
        self.timers: list[tuple[dt.datetime, int, Timer]] = []
        self.order = itertools.count()
        self.cluster = Cluster("member", Registry(), Store(), self.clock)
        self.player = Player(self.cluster, lambda: self.limit, moment=1, clock=self.clock, later=self.later)

    def clock(self) -> dt.datetime:
        """What the clock says."""
        return self.now + self.clock_error

    def later(self, seconds: float, what: Callable[[], None]) -> Any:
        """Call *what* when so much time has passed."""
        timer = Timer(what)
        heapq.heappush(self.timers, (self.now + dt.timedelta(seconds=seconds), next(self.order), timer))
        return timer

    def pass_time(self, seconds: float = 30) -> None:
        """Let time pass, with all that happens in it."""
        end = self.now + dt.timedelta(seconds=seconds)
        while self.timers and self.timers[0][0] <= end:
            due, _, timer = heapq.heappop(self.timers)
            self.now = max(self.now, due)
            if timer.call is not None:
                timer.call()
        self.now = end

    def served(self, kind: str) -> Any:
        """The type of a kind."""
        group, plural = KINDS[kind]
        return self.cluster.registry.find(group, "v1", plural)

    def create(self, kind: str, name: str = "web", **spec: Any) -> None:
        """Create a workload."""
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}
        if kind == "Job":
            template["spec"]["restartPolicy"] = "Never"
        else:
            spec["selector"] = {"matchLabels": {"app": name}}
        if kind == "StatefulSet":
            spec["serviceName"] = name
        body = {"metadata": {"name": name}, "spec": {"template": template, **spec}}
        self.cluster.create(self.served(kind), "default", body, Options())

    def change(self, kind: str, patch: bytes, name: str = "web") -> None:
        """Merge a patch into a workload."""
        merge = "application/merge-patch+json"
        self.cluster.patch(self.served(kind), "default", name, patch, merge, Options())

    def image(self, kind: str, image: str) -> None:
        """Give a workload's pods another image."""
        body = b'{"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "%b"}]}}}}' % image.encode()
        self.change(kind, body)

    def get(self, kind: str, name: str = "web") -> dict[str, Any]:
        """One object."""
        namespace = "" if kind == "Node" else "default"
        return self.cluster.get(self.served(kind), namespace, name).manifest()

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        return [record.manifest() for record in self.cluster.list(self.served(kind), None, ListQuery()).items]

    def delete(self, kind: str, name: str = "web", propagation: str = "Background") -> None:
        """Delete an object."""
        wish = DeleteOptions(propagation=propagation)
        self.cluster.delete(self.served(kind), "default", name, wish, Options())

    def images(self) -> list[str]:
        """The images of all pods."""
        return sorted(pod["spec"]["containers"][0]["image"] for pod in self.all("Pod"))


@pytest.fixture
def theatre() -> Theatre:
    return Theatre()


def conditions(manifest: dict[str, Any]) -> dict[str, tuple[str, str]]:
    found = manifest["status"].get("conditions") or []
    return {each["type"]: (each["status"], each.get("reason", "")) for each in found}


def test_deployment_gets_pods_and_is_available_after_a_moment(theatre: Theatre) -> None:
    theatre.create("Deployment", replicas=3)
    theatre.pass_time(0)
    assert len(theatre.all("Pod")) == 3
    assert theatre.get("Deployment")["status"].get("availableReplicas", 0) == 0
    theatre.pass_time(2)
    deployment = theatre.get("Deployment")
    counts = {name: deployment["status"][name] for name in ("replicas", "readyReplicas", "updatedReplicas")}
    assert counts == dict.fromkeys(counts, 3)
    assert deployment["status"]["availableReplicas"] == 3
    assert "unavailableReplicas" not in deployment["status"]
    assert deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"] == 1
    assert conditions(deployment) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }
    assert deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"


def test_pods_and_replica_sets_are_named_and_owned_as_real_ones(theatre: Theatre) -> None:
    theatre.create("Deployment")
    theatre.pass_time()
    (replica_set,), (pod,) = theatre.all("ReplicaSet"), theatre.all("Pod")
    print_ = replica_set["metadata"]["labels"]["pod-template-hash"]
    assert replica_set["metadata"]["name"] == f"web-{print_}"
    assert pod["metadata"]["name"].startswith(f"web-{print_}-")
    assert pod["metadata"]["labels"] == {"app": "web", "pod-template-hash": print_}
    assert pod["metadata"]["ownerReferences"][0]["uid"] == replica_set["metadata"]["uid"]
    assert pod["spec"]["nodeName"] == "node"
    assert pod["status"]["phase"] == "Running"
    assert conditions(pod)["Ready"][0] == "True"
    assert pod["status"]["containerStatuses"][0]["ready"] is True


def test_what_has_come_to_rest_is_left_alone(theatre: Theatre) -> None:
    for kind, name in (("Deployment", "a"), ("StatefulSet", "b"), ("DaemonSet", "c"), ("Job", "d")):
        theatre.create(kind, name)
    theatre.pass_time()
    revision = theatre.cluster.store.revision
    theatre.pass_time(3600)
    assert theatre.cluster.store.revision == revision


def test_timers_do_not_pile_up(theatre: Theatre) -> None:
    theatre.limit = 0
    theatre.create("Deployment", replicas=5)
    for number in range(50):
        theatre.change("Deployment", b'{"metadata": {"labels": {"n": "%d"}}}' % number)
        theatre.pass_time(1)
    assert sum(timer.call is not None for _, _, timer in theatre.timers) < 5


def test_new_template_is_rolled_out_with_enough_pods_at_any_time(theatre: Theatre) -> None:
    theatre.create("Deployment", replicas=4)
    theatre.pass_time()
    theatre.image("Deployment", "i:2")
    least, most = 4, 4
    for _ in range(100):
        theatre.pass_time(0.1)
        ready = sum(conditions(pod).get("Ready", ("False", ""))[0] == "True" for pod in theatre.all("Pod"))
        least, most = min(least, ready), max(most, len(theatre.all("Pod")))
    assert theatre.images() == ["i:2"] * 4
    assert (least, most) == (3, 5)  # a quarter may be missing, a quarter may be too many
    sizes = {found["spec"]["replicas"] for found in theatre.all("ReplicaSet")}
    assert sizes == {0, 4}
    assert theatre.get("Deployment")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


def test_recreate_ends_the_old_pods_before_the_new_ones_start(theatre: Theatre) -> None:
    theatre.create("Deployment", replicas=2, strategy={"type": "Recreate"})
    theatre.pass_time()
    theatre.image("Deployment", "i:2")
    seen = set()
    for _ in range(60):
        theatre.pass_time(0.1)
        seen.add(tuple(sorted(set(theatre.images()))))
    assert ("i:1", "i:2") not in seen
    assert theatre.images() == ["i:2"] * 2


def test_going_back_uses_the_old_replica_set_with_a_new_revision(theatre: Theatre) -> None:
    theatre.create("Deployment")
    theatre.pass_time()
    for image in ("i:2", "i:1"):
        theatre.image("Deployment", image)
        theatre.pass_time()
    assert len(theatre.all("ReplicaSet")) == 2
    assert theatre.images() == ["i:1"]
    assert theatre.get("Deployment")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


def test_history_is_as_long_as_it_is_to_be(theatre: Theatre) -> None:
    theatre.create("Deployment", revisionHistoryLimit=1)
    for number in range(1, 5):
        theatre.image("Deployment", f"i:{number}")
        theatre.pass_time()
    assert len(theatre.all("ReplicaSet")) == 2  # the one that is used, and one before it


def test_paused_deployment_keeps_its_old_pods(theatre: Theatre) -> None:
    theatre.create("Deployment")
    theatre.pass_time()
    theatre.change("Deployment", b'{"spec": {"paused": true}}')
    theatre.image("Deployment", "i:2")
    theatre.pass_time()
    assert theatre.images() == ["i:1"]
    theatre.change("Deployment", b'{"spec": {"paused": false}}')
    theatre.pass_time()
    assert theatre.images() == ["i:2"]


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet"])
def test_scaling_makes_and_removes_pods(theatre: Theatre, kind: str) -> None:
    theatre.create(kind, replicas=2)
    for number in (5, 1, 0, 3):
        theatre.change(kind, b'{"spec": {"replicas": %d}}' % number)
        theatre.pass_time()
        assert len(theatre.all("Pod")) == number
        assert theatre.get(kind)["status"].get("readyReplicas", 0) == number


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"])
def test_pod_that_is_deleted_is_made_anew(theatre: Theatre, kind: str) -> None:
    theatre.create(kind)
    theatre.pass_time()
    (before,) = theatre.all("Pod")
    theatre.delete("Pod", before["metadata"]["name"])
    theatre.pass_time()
    (after,) = theatre.all("Pod")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert after["status"]["phase"] == "Running"


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"])
def test_deleting_a_workload_leaves_nothing(theatre: Theatre, kind: str) -> None:
    theatre.create(kind)
    theatre.pass_time()
    theatre.delete(kind)
    theatre.pass_time()
    for left in ("ReplicaSet", "ControllerRevision", "Pod"):
        assert theatre.all(left) == []


def test_pods_beyond_the_limit_are_unschedulable_in_the_scheduler_s_words(theatre: Theatre) -> None:
    theatre.limit = 2
    theatre.create("Deployment", replicas=3)
    theatre.pass_time()
    pending = [pod for pod in theatre.all("Pod") if pod["status"]["phase"] == "Pending"]
    (said,) = [each for each in pending[0]["status"]["conditions"] if each["type"] == "PodScheduled"]
    assert len(pending) == 1
    assert (said["status"], said["reason"]) == ("False", "Unschedulable")
    assert said["message"] == (
        "0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found "
        "for incoming pod."
    )
    deployment = theatre.get("Deployment")
    assert deployment["status"]["unavailableReplicas"] == 1
    assert conditions(deployment)["Progressing"] == ("True", "ReplicaSetUpdated")


def test_rollout_without_room_exceeds_its_deadline(theatre: Theatre) -> None:
    theatre.limit = 0
    theatre.create("Deployment", progressDeadlineSeconds=60)
    theatre.pass_time(59)
    assert conditions(theatre.get("Deployment"))["Progressing"] == ("True", "ReplicaSetUpdated")
    theatre.pass_time(10)
    assert conditions(theatre.get("Deployment"))["Progressing"] == ("False", "ProgressDeadlineExceeded")


def test_room_that_comes_is_given_to_those_that_wait(theatre: Theatre) -> None:
    theatre.limit = 1
    theatre.create("Deployment", replicas=4)
    theatre.pass_time()
    assert theatre.get("Deployment")["status"]["readyReplicas"] == 1
    theatre.limit = 3
    theatre.player.room_changed()
    theatre.pass_time()
    assert theatre.get("Deployment")["status"]["readyReplicas"] == 3
    assert theatre.get("Node", "node")["status"]["allocatable"]["pods"] == "3"
    theatre.limit = None
    theatre.player.room_changed()
    theatre.pass_time()
    assert theatre.get("Deployment")["status"]["readyReplicas"] == 4


def test_room_that_a_pod_leaves_is_taken_by_the_next(theatre: Theatre) -> None:
    theatre.limit = 2
    theatre.create("Deployment", "first", replicas=2)
    theatre.pass_time()
    theatre.create("Deployment", "second", replicas=2)
    theatre.pass_time()
    theatre.delete("Deployment", "first")
    theatre.pass_time()
    assert theatre.get("Deployment", "second")["status"]["readyReplicas"] == 2


def test_lower_limit_lets_running_pods_be(theatre: Theatre) -> None:
    theatre.create("Deployment", replicas=3)
    theatre.pass_time()
    theatre.limit = 1
    theatre.player.room_changed()
    theatre.pass_time()
    assert theatre.get("Deployment")["status"]["readyReplicas"] == 3


def test_stateful_set_starts_its_pods_one_after_the_other(theatre: Theatre) -> None:
    theatre.create("StatefulSet", replicas=3)
    theatre.pass_time(0.5)
    assert [pod["metadata"]["name"] for pod in theatre.all("Pod")] == ["web-0"]
    theatre.pass_time()
    pods = theatre.all("Pod")
    assert [pod["metadata"]["name"] for pod in pods] == ["web-0", "web-1", "web-2"]
    assert pods[1]["spec"]["hostname"] == "web-1"
    assert pods[1]["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "1"


def test_stateful_set_is_updated_from_its_last_pod_on_down_to_the_partition(theatre: Theatre) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    theatre.create("StatefulSet", replicas=3, updateStrategy=strategy)
    theatre.pass_time()
    theatre.image("StatefulSet", "i:2")
    theatre.pass_time(0.5)
    assert theatre.images() == ["i:1", "i:1", "i:2"]
    theatre.pass_time()
    images = {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in theatre.all("Pod")}
    assert images == {"web-0": "i:1", "web-1": "i:2", "web-2": "i:2"}
    status = theatre.get("StatefulSet")["status"]
    assert status["updatedReplicas"] == 2
    assert status["currentRevision"] != status["updateRevision"]


def test_stateful_set_that_is_updated_has_one_revision_left_in_use(theatre: Theatre) -> None:
    theatre.create("StatefulSet", replicas=2)
    theatre.pass_time()
    theatre.image("StatefulSet", "i:2")
    theatre.pass_time()
    status = theatre.get("StatefulSet")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert status["currentReplicas"] == status["updatedReplicas"] == 2
    assert sorted(found["revision"] for found in theatre.all("ControllerRevision")) == [1, 2]


def test_daemon_set_has_a_pod_on_each_node(theatre: Theatre) -> None:
    theatre.create("DaemonSet")
    theatre.pass_time()
    assert theatre.get("DaemonSet")["status"]["numberReady"] == 1
    theatre.cluster.create(theatre.served("Node"), "", {"metadata": {"name": "other"}}, Options())
    theatre.pass_time()
    status = theatre.get("DaemonSet")["status"]
    assert (status["desiredNumberScheduled"], status["numberReady"]) == (2, 2)
    assert sorted(pod["spec"]["nodeName"] for pod in theatre.all("Pod")) == ["node", "other"]


def test_daemon_set_gets_its_new_template(theatre: Theatre) -> None:
    theatre.create("DaemonSet")
    theatre.pass_time()
    theatre.image("DaemonSet", "i:2")
    theatre.pass_time()
    assert theatre.images() == ["i:2"]
    assert theatre.get("DaemonSet")["status"]["updatedNumberScheduled"] == 1


def test_job_is_complete_when_its_pods_have_ended(theatre: Theatre) -> None:
    theatre.create("Job", completions=3, parallelism=2)
    theatre.pass_time(0.5)
    assert theatre.get("Job")["status"]["active"] == 2
    theatre.pass_time()
    job = theatre.get("Job")
    assert job["status"]["succeeded"] == 3
    assert conditions(job)["Complete"] == ("True", "CompletionsReached")
    assert {pod["status"]["phase"] for pod in theatre.all("Pod")} == {"Succeeded"}


def test_job_without_completions_is_done_when_one_pod_is(theatre: Theatre) -> None:
    theatre.create("Job", parallelism=2)
    theatre.pass_time()
    assert conditions(theatre.get("Job"))["Complete"][0] == "True"


def test_indexed_job_gives_each_pod_its_number(theatre: Theatre) -> None:
    theatre.create("Job", completions=3, parallelism=3, completionMode="Indexed")
    theatre.pass_time()
    numbers = {pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] for pod in theatre.all("Pod")}
    assert numbers == {"0", "1", "2"}
    assert theatre.get("Job")["status"]["completedIndexes"] == "0-2"


def test_suspended_job_has_no_pods_until_it_goes_on(theatre: Theatre) -> None:
    theatre.create("Job", suspend=True)
    theatre.pass_time()
    assert theatre.all("Pod") == []
    assert conditions(theatre.get("Job"))["Suspended"][0] == "True"
    theatre.change("Job", b'{"spec": {"suspend": false}}')
    theatre.pass_time()
    assert conditions(theatre.get("Job"))["Complete"][0] == "True"


def test_job_goes_when_its_time_is_over(theatre: Theatre) -> None:
    theatre.create("Job", ttlSecondsAfterFinished=60)
    theatre.pass_time()
    assert len(theatre.all("Job")) == 1
    theatre.pass_time(60)
    assert theatre.all("Job") == theatre.all("Pod") == []


def test_pods_count_as_available_only_after_their_time(theatre: Theatre) -> None:
    theatre.create("Deployment", minReadySeconds=10)
    theatre.pass_time(5)
    status = theatre.get("Deployment")["status"]
    assert (status["readyReplicas"], status.get("availableReplicas", 0)) == (1, 0)
    theatre.pass_time(10)
    assert theatre.get("Deployment")["status"]["availableReplicas"] == 1


def test_pod_with_a_finalizer_stays_until_it_is_taken_away(theatre: Theatre) -> None:
    body = {
        "metadata": {"name": "p", "finalizers": ["example.com/f"]},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    theatre.cluster.create(theatre.served("Pod"), "default", body, Options())
    theatre.pass_time()
    theatre.delete("Pod", "p")
    theatre.pass_time()
    assert len(theatre.all("Pod")) == 1
    theatre.change("Pod", b'{"metadata": {"finalizers": null}}', "p")
    theatre.pass_time()
    assert theatre.all("Pod") == []


def test_player_that_is_closed_does_nothing_and_the_next_takes_up_what_it_finds(theatre: Theatre) -> None:
    theatre.create("Deployment", replicas=2)
    theatre.player.close()
    theatre.pass_time()
    assert theatre.all("Pod") == []
    Player(theatre.cluster, lambda: None, moment=1, clock=theatre.clock, later=theatre.later)
    theatre.pass_time()
    assert theatre.get("Deployment")["status"]["readyReplicas"] == 2


def test_pod_that_wants_more_than_a_node_has_is_unschedulable(theatre: Theatre) -> None:
    theatre.create("Deployment")
    huge = b'[{"name": "c", "image": "i", "resources": {"requests": {"cpu": "100000", "memory": "1Ti"}}}]'
    theatre.change("Deployment", b'{"spec": {"template": {"spec": {"containers": %b}}}}' % huge)
    theatre.pass_time()
    (pending,) = [pod for pod in theatre.all("Pod") if pod["status"]["phase"] == "Pending"]
    (said,) = pending["status"]["conditions"]
    assert said["message"] == (
        "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. preemption: 0/1 nodes are available: 1 "
        "Preemption is not helpful for scheduling."
    )
    assert said["reason"] == "Unschedulable"


@pytest.mark.parametrize("hours", [3, -3])
def test_pods_get_ready_after_the_clock_has_jumped(theatre: Theatre, hours: int) -> None:
    theatre.create("Deployment", "early")  # it is to be looked at again in ten minutes, by the clock of now
    theatre.pass_time()
    theatre.create("Deployment", "late")
    theatre.clock_error += dt.timedelta(hours=hours)
    theatre.pass_time(5)
    assert [theatre.get("Deployment", name)["status"]["readyReplicas"] for name in ("early", "late")] == [1, 1]
