"""Rendering from documents in memory, for tests of the whole that look at values and not at files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kfed.offline.run import Output, Report, Request, render_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


def cluster(name: str, **labels: str) -> dict[str, Any]:
    """A KubeFedCluster."""
    return {
        "apiVersion": "core.kubefed.io/v1beta1",
        "kind": "KubeFedCluster",
        "metadata": {"name": name, "labels": labels},
    }


def federated(kind: str, name: str = "web", **spec: Any) -> dict[str, Any]:
    """A federated object in the namespace shop."""
    return {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": f"Federated{kind}",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
    }


def patch(path: str, value: Any = None, op: str = "replace") -> dict[str, Any]:
    """One entry of clusterOverrides."""
    return {"path": path, "op": op} | ({} if op == "remove" else {"value": value})


def write(folder: Path, files: Mapping[str, Sequence[Any]]) -> list[str]:
    """Files of these documents, as JSON: their paths."""
    for name, found in files.items():
        (folder / name).write_text("\n---\n".join(json.dumps(one, indent=1) for one in found))
    return [str(folder / name) for name in files]


def run(paths: Sequence[str], visit: Callable[[Output], Any] = lambda _: None, **options: Any) -> Report:
    """Render *paths*; *visit* sees every object while it is good."""
    report = Report()
    for outputs in render_all(Request(paths, **options), report):
        for output in outputs:
            visit(output)
    return report


def rendered(paths: Sequence[str], **options: Any) -> tuple[dict[str, Any], Report]:
    """The manifest of each object by cluster, kind and name, and the report."""
    found: dict[str, Any] = {}

    def visit(output: Output) -> None:
        manifest = json.loads(json.dumps(output.rendered.manifest))
        found[f"{output.cluster} {manifest['kind']} {manifest['metadata']['name']}"] = manifest

    report = run(paths, visit, **options)
    return found, report
