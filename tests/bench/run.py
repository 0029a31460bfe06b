"""Measure kfed, as ratios of things measured side by side in one run: ``make bench``.

Each figure is of whole processes, as a user starts them: start-up, reading, checking and writing to disk count in.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BUILD = Path(__file__).resolve().parents[2] / "build"
KFED = str(Path(sys.executable).parent / "kfed")
DEPLOYMENTS, CLUSTERS = 500, 20
OVERLAYS = 2  # overlays that kustomize builds: it takes seconds for each, and what counts is the time per object


@dataclass(frozen=True)
class Run:
    """One run of a process: seconds on the clock, seconds of processor, and peak memory in MB."""

    seconds: float
    cpu: float
    megabytes: float


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is measured")
    parser.add_argument("--quick", action="store_true", help="a tenth of the objects, to see that it works")
    options = parser.parse_args()
    scale = 10 if options.quick else 1
    # Beside the working copy, as a user's output is, and not where the system keeps what is to be forgotten.
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as scratch:
        start_up(options.rounds)
        generate(Path(scratch), options.rounds)
        render(Path(scratch), options.rounds, DEPLOYMENTS // scale)
        memory(Path(scratch), scale)
        fleets(Path(scratch) / "fleets", scale)


def start_up(rounds: int) -> None:
    """What every command pays before it does anything."""
    python = best([sys.executable, "-c", "pass"], rounds * 3)
    click = best([sys.executable, "-c", "import click"], rounds * 3)
    shown = best([KFED, "--help"], rounds * 3)
    line("start-up: kfed --help", f"{shown.seconds * 1000:.0f} ms", f"{shown.seconds / python.seconds:.1f} x python")
    line("", "", f"{shown.seconds / click.seconds:.1f} x python that imports click")


def generate(scratch: Path, rounds: int) -> None:
    """Every type of the newest release, written; and one type."""
    everything = best([KFED, "generate", "--all", "-o", str(scratch / "generated")], rounds)
    one = best([KFED, "generate", "deployments", "-o", str(scratch / "one")], rounds)
    count = len(list((scratch / "generated" / "crds").iterdir()))
    line(f"generate --all: {count} types", f"{everything.seconds:.2f} s", f"{everything.megabytes:.0f} MB")
    line("generate deployments", f"{one.seconds:.2f} s", f"1/{everything.seconds / one.seconds:.0f} of all")


def render(scratch: Path, rounds: int, deployments: int) -> None:
    """Deployments for clusters with three overrides each, written to disk and checked, against kustomize."""
    source = federated_input(scratch / "render", deployments, CLUSTERS)
    kubectl = find_kubectl()
    overlays = kustomize_input(scratch / "kustomize", deployments) if kubectl else []
    ours: list[Run] = []
    again: list[Run] = []
    theirs: list[Run] = []
    for number in range(rounds):
        # A folder of its own each time: some filesystems are slow to make files where as many were just removed.
        command = [KFED, "render", "-f", str(source), "-o", str(scratch / f"out-{number}")]
        ours.append(measure(command))
        again.append(measure(command))
        theirs += [
            measure([str(kubectl), "kustomize", str(overlay), "-o", str(scratch / "kustomized.yaml")])
            for overlay in overlays
        ]
    objects = deployments * CLUSTERS
    mine = statistics.median(run.seconds for run in ours) / objects
    line(
        f"render: {deployments} Deployments x {CLUSTERS} clusters",
        f"{1 / mine:,.0f} objects/s",
        f"{mine * 1e3:.3f} ms each",
    )
    second = statistics.median(run.seconds for run in again) / objects
    line("render again, nothing changed", f"{1 / second:,.0f} objects/s", f"{second / mine:.2f} of the first time")
    if not theirs:
        line("kubectl kustomize", "not run", "there is no kubectl")
        return
    other = statistics.median(run.seconds for run in theirs) / deployments
    line("kubectl kustomize, an overlay per cluster", f"{1 / other:,.0f} objects/s", f"{other * 1e3:.3f} ms each")
    processor = (
        statistics.median(run.cpu for run in theirs)
        / deployments
        / (statistics.median(run.cpu for run in ours) / objects)
    )
    line("render is faster than kustomize", f"{other / mine:.1f} x", f"{processor:.1f} x by processor time")


def memory(scratch: Path, scale: int) -> None:
    """Peak memory for ten times as many objects."""
    peaks = []
    for objects in (5_000 // scale, 50_000 // scale):
        source = federated_input(scratch / f"memory-{objects}", objects // CLUSTERS, CLUSTERS)
        run = measure([KFED, "render", "-f", str(source), "-o", str(scratch / f"memory-out-{objects}")])
        line(f"peak memory of render, {objects:,} objects", f"{run.megabytes:.0f} MB", f"{run.seconds:.1f} s")
        peaks.append(run.megabytes)
    line("", "", f"{peaks[1] / peaks[0]:.2f} x for 10 x the objects")


def fleets(scratch: Path, scale: int) -> None:
    """The sandbox beside a real API server."""
    try:
        from fleets import measure_fleets  # noqa: PLC0415  # needs the sandbox's libraries; the rest does not
    except ImportError as error:
        line("sandbox", "not run", f"{error.name} is not installed")
        return
    measure_fleets(scratch, line, scale)


def best(command: Sequence[str], rounds: int) -> Run:
    """The fastest of several runs."""
    return min((measure(command) for _ in range(rounds)), key=lambda run: run.seconds)


def measure(command: Sequence[str]) -> Run:
    """Run a process to its end; it must succeed."""
    start = time.perf_counter()
    with open(os.devnull, "wb") as nowhere:
        pid = os.posix_spawnp(
            command[0],
            list(command),
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1), (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 2)],
        )
        _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}.")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def line(what: str, figure: str, remark: str) -> None:
    """Print one figure."""
    print(f"{what:<48} {figure:>18}   {remark}", flush=True)


def find_kubectl() -> str | None:
    """The kubectl on the PATH, or among the programs for the tests."""
    assets = os.environ.get("KUBEBUILDER_ASSETS", "")
    return shutil.which("kubectl", path=os.pathsep.join(filter(None, (assets, os.environ.get("PATH", "")))))


def federated_input(folder: Path, deployments: int, clusters: int) -> Path:
    """Federated Deployments with three overrides for every cluster."""
    folder.mkdir(parents=True)
    names = [f"cluster-{number:03}" for number in range(clusters)]
    (folder / "clusters.yaml").write_text("---\n".join(CLUSTER.format(name=name) for name in names))
    for start in range(0, deployments, 100):
        documents = [federated(number, names) for number in range(start, min(start + 100, deployments))]
        (folder / f"deployments-{start:06}.yaml").write_text("---\n".join(documents))
    return folder


def federated(number: int, clusters: Sequence[str]) -> str:
    """One federated Deployment."""
    template = indented(DEPLOYMENT.format(name=f"web-{number:05}"), 4)
    overrides = "".join(
        OVERRIDE.format(cluster=cluster, replicas=index % 7 + 2) for index, cluster in enumerate(clusters)
    )
    return FEDERATED.format(name=f"web-{number:05}", template=template, overrides=overrides)


def kustomize_input(folder: Path, deployments: int) -> list[Path]:
    """The same Deployments as a base, and overlays with the same three changes to each."""
    base = folder / "base"
    base.mkdir(parents=True)
    names = [f"web-{number:05}" for number in range(deployments)]
    (base / "all.yaml").write_text(
        "---\n".join(PLAIN.format(name=name, body=DEPLOYMENT.format(name=name)) for name in names)
    )
    (base / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    overlays = []
    for index in range(OVERLAYS):
        overlay = folder / f"cluster-{index:03}"
        overlay.mkdir()
        patches = "".join(PATCH.format(name=name, replicas=index % 7 + 2, cluster=overlay.name) for name in names)
        (overlay / "kustomization.yaml").write_text(f"resources: [../base]\npatches:\n{patches}")
        overlays.append(overlay)
    return overlays


def indented(text: str, width: int) -> str:
    """The text, each line further in."""
    return "".join(f"{' ' * width}{one}\n" for one in text.splitlines())


CLUSTER = """\
apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {{name: {name}, namespace: kube-federation-system}}
spec: {{apiEndpoint: "https://{name}.example:6443", secretRef: {{name: {name}}}}}
"""
DEPLOYMENT = """\
metadata:
  name: {name}
  namespace: shop
  labels: {{app: {name}, team: storefront}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {name}}}}}
  strategy: {{type: RollingUpdate, rollingUpdate: {{maxSurge: 25%, maxUnavailable: 0}}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: registry.example/web:1.0.0
          args: [--listen, ":8080", --log, json]
          ports:
            - {{name: http, containerPort: 8080}}
          env:
            - {{name: LEVEL, value: info}}
            - {{name: POD, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
          readinessProbe:
            httpGet: {{path: /ready, port: http}}
            periodSeconds: 5
          volumeMounts:
            - {{name: config, mountPath: /etc/web}}
      volumes:
        - name: config
          configMap: {{name: web}}
"""
PLAIN = """\
apiVersion: apps/v1
kind: Deployment
{body}"""
FEDERATED = """\
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {{name: {name}, namespace: shop}}
spec:
  template:
{template}  placement: {{clusterSelector: {{}}}}
  overrides:
{overrides}"""
OVERRIDE = """\
    - clusterName: {cluster}
      clusterOverrides:
        - path: /spec/replicas
          value: {replicas}
        - path: /spec/template/spec/containers/[name=web]/image
          value: registry.example/{cluster}/web:1.0.0
        - path: /metadata/labels/cluster
          op: add
          value: {cluster}
"""
PATCH = """\
- target: {{kind: Deployment, name: {name}}}
  patch: |-
    - {{op: replace, path: /spec/replicas, value: {replicas}}}
    - {{op: replace, path: /spec/template/spec/containers/0/image, value: registry.example/{cluster}/web:1.0.0}}
    - {{op: add, path: /metadata/labels/cluster, value: {cluster}}}
"""

if __name__ == "__main__":
    main()
