"""A federation on real API servers: a control plane of its own for each test, on a host and members that tests share.

A test has a namespace for kfed's own objects, a group for its federated types, and a namespace for its objects, all
called by its unique name. So any number of controllers work side by side on one host.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.clusters.crds import wait_until_established

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.clusters.fleet import Cluster

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 30.0
MERGE = {"Content-Type": "application/merge-patch+json"}
KINDS = {
    "configmaps": ("", "v1", "ConfigMap"),
    "deployments": ("apps", "v1", "Deployment"),
    "services": ("", "v1", "Service"),
}


@dataclass
class Federation:
    """One control plane.

    Attributes:
        host: where federated objects live.
        members: by name, as KubeFedClusters call them.
        name: of the namespaces, and of the group of the federated types.
        folder: for logs.
    """

    host: Cluster
    members: Mapping[str, Cluster]
    name: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def set_up(self, types: Sequence[str] = ("configmaps",)) -> None:
        """Namespaces, types and clusters."""
        for cluster in (self.host, *self.members.values()):
            self.create(cluster, "/api/v1/namespaces", {"metadata": {"name": self.name}})
        for plural in types:
            self.enable(plural)
        for name, member in self.members.items():
            self.join(name, member)

    def enable(self, plural: str) -> None:
        """Federate a type, in the group of this test."""
        group, version, kind = KINDS[plural]
        crd = yaml.safe_load((ROOT / f"generated/crds/types.kubefed.io_federated{plural}.yaml").read_text())
        crd["metadata"]["name"] = f"federated{plural}.{self.group}"
        crd["spec"]["group"] = self.group
        crd["spec"]["names"].pop("shortNames", None)
        crd["spec"]["names"].pop("categories", None)
        self.create(self.host, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
        wait_until_established(self.host, {crd["metadata"]["name"]})
        target = {"group": group, "version": version, "kind": kind, "pluralName": plural, "scope": "Namespaced"}
        federated = {**target, "group": self.group, "version": "v1beta1"}
        federated |= {"kind": f"Federated{kind}", "pluralName": f"federated{plural}"}
        name = f"{plural}.{group}" if group else plural
        spec = {"propagation": "Enabled", "targetType": target, "federatedType": federated}
        self.create(self.host, self.core("federatedtypeconfigs"), {**_core("FederatedTypeConfig", name), "spec": spec})

    def join(self, name: str, member: Cluster, labels: Mapping[str, str] | None = None) -> None:
        """Register a member."""
        secret = {"metadata": {"name": name}, "stringData": {"token": member.tokens["admin"]}}
        self.create(self.host, f"/api/v1/namespaces/{self.name}/secrets", secret)
        authority = base64.b64encode(Path(member.ca).read_bytes()).decode()
        spec = {"apiEndpoint": member.url, "caBundle": authority, "secretRef": {"name": name}}
        cluster = {**_core("KubeFedCluster", name, labels or {"tier": "prod"}), "spec": spec}
        self.create(self.host, self.core("kubefedclusters"), cluster)

    @property
    def group(self) -> str:
        """Of the federated types."""
        return f"{self.name}.example.com"

    def core(self, plural: str, name: str = "") -> str:
        """The path of kfed's own objects."""
        return f"/apis/core.kubefed.io/v1beta1/namespaces/{self.name}/{plural}" + (f"/{name}" if name else "")

    def path(self, plural: str, name: str = "") -> str:
        """The path of federated objects."""
        return f"/apis/{self.group}/v1beta1/namespaces/{self.name}/federated{plural}" + (f"/{name}" if name else "")

    def target(self, plural: str, name: str = "") -> str:
        """The path of objects in a member."""
        group, version, _ = KINDS[plural]
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        return f"{root}/namespaces/{self.name}/{plural}" + (f"/{name}" if name else "")

    def create(self, cluster: Cluster, path: str, body: Mapping[str, Any]) -> Any:
        """Create an object, or leave the one that is there."""
        status, answer = cluster.call("POST", path, body)
        assert status in (201, 409), answer
        return answer

    def federate(self, plural: str, name: str, template: Mapping[str, Any], **spec: Any) -> Any:
        """Create a federated object, for every cluster unless *spec* says otherwise."""
        _, _, kind = KINDS[plural]
        body = {
            "apiVersion": f"{self.group}/v1beta1",
            "kind": f"Federated{kind}",
            "metadata": {"name": name, "namespace": self.name, **spec.pop("metadata", {})},
            "spec": {"template": template, "placement": {"clusterSelector": {}}, **spec},
        }
        return self.create(self.host, self.path(plural), body)

    def patch(self, cluster: Cluster, path: str, change: Mapping[str, Any]) -> Any:
        """Merge a change into an object."""
        status, answer = cluster.call("PATCH", path, change, headers=MERGE)
        assert status == 200, answer
        return answer

    def copies(self, plural: str, name: str) -> dict[str, Any]:
        """The object in each member that has it, by the member's name."""
        found = {}
        for member, cluster in self.members.items():
            status, answer = cluster.call("GET", self.target(plural, name))
            if status == 200:
                found[member] = answer
        return found

    def status(self, plural: str, name: str) -> dict[str, Any]:
        """The status of a federated object."""
        status, answer = self.host.call("GET", self.path(plural, name))
        assert status == 200, answer
        found: dict[str, Any] = answer.get("status") or {}
        return found

    def states(self, plural: str, name: str) -> dict[str, str]:
        """What the status says of each cluster."""
        return {entry["name"]: entry.get("status", "") for entry in self.status(plural, name).get("clusters", ())}

    def start(self) -> None:
        """Start the controller, as a user does."""
        command = [sys.executable, "-m", "kfed", "controller", "run", "--kubeconfig", self.host.kubeconfig()]
        command += ["--kubefed-namespace", self.name, "--no-leader-election", "--log-level", "DEBUG"]
        with (self.folder / "controller.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=dict(os.environ))

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop the controller; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(WITHIN)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The controller, for a while."""
        self.start()
        try:
            yield
        finally:
            if self.process is not None and self.process.poll() is None:
                self.stop()


def until(holds: Callable[[], Any], within: float = WITHIN) -> Any:
    """Wait until something holds, and give what it gave."""
    deadline = time.monotonic() + within
    while True:
        value = holds()
        if value:
            return value
        assert time.monotonic() < deadline, f"it does not hold within {within} s"
        time.sleep(0.02)


def _core(kind: str, name: str, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
    metadata = {"name": name, "labels": dict(labels)} if labels else {"name": name}
    return {"apiVersion": "core.kubefed.io/v1beta1", "kind": kind, "metadata": metadata}
