"""The tree that ``kfed render`` writes is taken as it is, by the real kubectl, into a real API server."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clusters.fleet import Cluster
    from tests.clusters.kubectl import Kubectl
    from tests.conftest import Result

pytestmark = pytest.mark.cluster


def federated(kind: str, name: str, namespace: str, template: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": f"Federated{kind}",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": template, "placement": {"clusterSelector": {}}},
    }


@pytest.fixture
def run() -> str:
    """What tells the names of this test from others in the cluster."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def rendered(tmp_path: Path, run: str, kfed_here: Callable[..., Result]) -> Path:
    """The folder of one cluster: namespaces of all sorts, what is in them, and what is in none."""
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    objects: list[dict[str, Any]] = [
        {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": {"name": "member"}}
    ]
    for namespace in (f"shop-{run}", f"3scale-{run}", f"0-{run}"):
        objects += [
            federated("Namespace", namespace, namespace, {}),
            federated("ConfigMap", "settings", namespace, {"data": {"a": "b"}}),
            federated("Secret", "login", namespace, {"data": {"a": "Yg=="}}),
            federated("Deployment", "web", namespace, {"spec": {"selector": {"matchLabels": labels}, "template": pod}}),
        ]
    objects.append(
        federated(
            "ClusterRole",
            f"reader-{run}",
            "",
            {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
        )
    )
    del objects[-1]["metadata"]["namespace"]
    (tmp_path / "in.json").write_text("\n".join(map(json.dumps, objects)))
    result = kfed_here("render", "-f", "in.json", "-o", "out", "--with-secrets")
    assert result.code == 0, result.stderr
    return tmp_path / "out" / "member"


@pytest.mark.parametrize("way", [("-k",), ("-R", "-f")])
def test_kubectl_applies_the_folder_of_a_cluster_as_it_is(
    way: tuple[str, ...], rendered: Path, run: str, members: Callable[[int], list[Cluster]], kubectl: Kubectl
) -> None:
    (member,) = members(1)
    said = kubectl(member, "apply", *way, str(rendered)).splitlines()
    assert sorted(said) == sorted(
        [f"clusterrole.rbac.authorization.k8s.io/reader-{run} created"]
        + [
            f"{what} created"
            for namespace in (f"shop-{run}", f"3scale-{run}", f"0-{run}")
            for what in (f"namespace/{namespace}", "configmap/settings", "secret/login", "deployment.apps/web")
        ]
    )
    again = kubectl(member, "apply", *way, str(rendered)).splitlines()
    assert [line for line in again if not line.endswith(" unchanged")] == []
    assert len(again) == len(said)
    shown = json.loads(kubectl(member, "get", "configmap", "settings", "-n", f"3scale-{run}", "-o", "json"))
    assert shown["data"] == {"a": "b"}


def test_a_folder_of_nothing_prunes_with_kustomize(
    tmp_path: Path, members: Callable[[int], list[Cluster]], kubectl: Kubectl, kfed_here: Callable[..., Result]
) -> None:
    (member,) = members(1)
    objects = [
        {"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": {"name": name}}
        for name in ("member", "other")
    ]
    placed = federated("ConfigMap", "settings", "default", {"data": {"a": "b"}})
    placed["spec"]["placement"] = {"clusters": [{"name": "other"}]}
    (tmp_path / "in.json").write_text("\n".join(map(json.dumps, [*objects, placed])))
    assert kfed_here("render", "-f", "in.json", "-o", "out").code == 0
    assert kubectl(member, "kustomize", str(tmp_path / "out" / "member")) == ""
