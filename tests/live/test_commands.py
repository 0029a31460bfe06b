"""The commands that need a cluster, as a user types them, with no more rights than they hand out."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.clusters.crds import wait_until_established
from tests.sync.federation import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.clusters.fleet import Cluster, Fleet
    from tests.clusters.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

NAMESPACE = "kube-federation-system"
CORE = f"/apis/core.kubefed.io/v1beta1/namespaces/{NAMESPACE}"
FEDERATED = """
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {name: web, namespace: default}
spec: {template: {data: {a: "1"}}, placement: {clusterSelector: {matchLabels: {tier: prod}}}}
"""


@dataclass
class Place:
    """A host and a member of a test's own, and one kubeconfig for both."""

    host: Cluster
    member: Cluster
    folder: Path
    port: int

    def kfed(self, *arguments: str, code: int = 0) -> str:
        """Run kfed, and give what it printed."""
        env = {**os.environ, "KUBECONFIG": str(self.folder / "kubeconfig")}
        command = [sys.executable, "-m", "kfed", *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=self.folder)
        assert done.returncode == code, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def states(self) -> list[str]:
        """What `kfed get` says of every ConfigMap."""
        return [row["state"] for row in json.loads(self.kfed("get", "configmaps", "-o", "json"))]

    def write_kubeconfig(self) -> None:
        """One kubeconfig with a context for each."""
        merged: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "current-context": "host"}
        merged |= {"clusters": [], "users": [], "contexts": []}
        for name, cluster in (("host", self.host), ("m1", self.member)):
            with open(cluster.kubeconfig(), encoding="utf-8") as stream:
                config = yaml.safe_load(stream)
            merged["clusters"].append({"name": name, "cluster": config["clusters"][0]["cluster"]})
            merged["users"].append({"name": name, "user": config["users"][0]["user"]})
            merged["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
        (self.folder / "kubeconfig").write_text(yaml.safe_dump(merged))

    @contextlib.contextmanager
    def controller(self) -> Iterator[None]:
        """The controller, as the service account that `kfed install` makes."""
        path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/kfed-controller/token"
        status, answer = self.host.call("POST", path, {"spec": {}})
        assert status == 201, answer
        config = yaml.safe_load((self.folder / "kubeconfig").read_text())
        config["users"][0]["user"] = {"token": answer["status"]["token"]}
        (self.folder / "controller").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "kfed", "controller", "run", "--kubeconfig", str(self.folder / "controller")]
        command += ["--health-port", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(30) == 0


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def place(fleet: Fleet, unique: str, kubectl: Kubectl, tmp_path: Path) -> Place:
    """A host on which kfed is installed, and a cluster that is no member yet."""
    host, member = fleet.clusters(f"{unique}h", f"{unique}m")
    made = Place(host, member, tmp_path, free_port())
    made.write_kubeconfig()
    kubectl(host, "apply", "--server-side", "-f", "-", stdin=made.kfed("install"))
    wait_until_established(
        host, {f"{plural}.core.kubefed.io" for plural in ("kubefedclusters", "federatedtypeconfigs")}
    )
    return made


def test_a_fleet_is_enabled_joined_kept_and_left_with_no_more_rights_than_handed_out(
    place: Place, kubectl: Kubectl
) -> None:
    assert "federatedtypeconfig/kube-federation-system/configmaps created" in place.kfed("enable", "configmaps")
    rules = place.kfed("join", "m1", "--print-rbac")
    assert "configmaps" in rules
    assert "'*'" not in rules
    assert "kubefedcluster/kube-federation-system/m1 created" in place.kfed("join", "m1", "--label", "tier=prod")
    assert "kubefedcluster/kube-federation-system/m1" in place.kfed("join", "m1", "--label", "tier=prod")
    with place.controller():
        until(lambda: json.loads(place.kfed("clusters", "-o", "json"))[0]["ready"] == "True")
        kubectl(place.host, "apply", "-f", "-", stdin=FEDERATED)
        until(
            lambda: [row["state"] for row in json.loads(place.kfed("get", "configmaps", "-o", "json"))] == ["Current"]
        )
        assert place.member.call("GET", "/api/v1/namespaces/default/configmaps/web")[1]["data"] == {"a": "1"}
        assert place.kfed("controller", "probe", "--port", str(place.port)) == "ok\n"
        assert json.loads(place.kfed("types", "-o", "json"))[0]["controller"] == "Running"
        said = place.kfed("unjoin", "m1", "--objects", "delete")
        assert "configmaps/default/web deleted" in said
        assert place.kfed("clusters", "-o", "json").strip() == "[]"
        assert "deleted" in place.kfed("disable", "configmaps")
    assert "No controller answers" in place.kfed("controller", "probe", "--port", str(place.port), code=3)
    assert place.member.call("GET", "/api/v1/namespaces/default/configmaps/web")[0] == 404
    roles = place.member.call("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles")[1]["items"]
    assert not [role for role in roles if role["metadata"]["name"].startswith("kubefed")]
    assert "Forbidden" not in (place.folder / "log").read_text()


def test_a_join_that_fails_leaves_nothing_half_made(place: Place) -> None:
    place.kfed("enable", "configmaps")
    # alice may do nothing, so the first object that is made in the member is refused.
    config = yaml.safe_load((place.folder / "kubeconfig").read_text())
    config["users"][1]["user"] = {"token": place.member.tokens["alice"]}
    (place.folder / "kubeconfig").write_text(yaml.safe_dump(config))
    said = place.kfed("join", "m1", code=3)
    assert "forbidden" in said
    assert place.host.call("GET", f"{CORE}/kubefedclusters")[1]["items"] == []
    assert place.host.call("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets")[1]["items"] == []


def test_a_type_that_does_not_exist_is_told_with_the_nearest(place: Place) -> None:
    assert "configmaps" in place.kfed("enable", "configmapz", code=1)
    assert "none" in place.kfed("disable", "configmaps", code=1)
