"""Ask a real kube-apiserver what it answers to the examples: ``python -m tests.sandbox.record``.

KUBEBUILDER_ASSETS is to name the folder of the programs, which ``make assets`` builds.

Written down is what the functions under test decide: no time, no uid, no status.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.clusters.fleet import open_fleet
from tests.sandbox import examples
from tests.sandbox.changes import patch_examples
from tests.sandbox.changes.scenarios import SCENARIOS

if TYPE_CHECKING:
    from tests.clusters.fleet import Cluster

CASES = Path(__file__).resolve().parents[1] / "cases" / "sandbox"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_OF_A_PATCH = ' "" is invalid: patch: Invalid value: '
_UNSTABLE = ("uid", "creationTimestamp", "generation", "resourceVersion", "selfLink", "namespace", "finalizers")


def stable(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is different each time, nor what others decide."""
    if answer.get("kind") == "Status":
        return _error(answer)
    metadata = {key: value for key, value in answer["metadata"].items() if key not in _UNSTABLE}
    metadata.pop("managedFields", None)
    rest = {key: value for key, value in answer.items() if key != "status"}
    text = json.dumps({**rest, "metadata": metadata}).replace(answer["metadata"].get("uid") or "no uid", "UID")
    # A server hands these out as it likes.
    text = re.sub(r'"10(\.\d+){3}"', '"10.0.0.1"', text)
    found: dict[str, Any] = json.loads(re.sub(r'"nodePort": \d+', '"nodePort": 30000', text))
    return found


def _error(answer: dict[str, Any]) -> dict[str, Any]:
    """An error, its causes in an order of their own: that of a server is often none."""
    causes = (answer.get("details") or {}).get("causes") or ()
    message = answer["message"]
    if message.startswith(_OF_A_PATCH):
        # Between, the whole object is quoted.
        return {"code": answer["code"], "message": _OF_A_PATCH + message.rpartition('": ')[2]}
    if len(causes) > 1:
        message = message.partition(": ")[0]
    ordered = sorted(causes, key=lambda cause: (cause["field"], cause["message"]))
    return {"code": answer["code"], "message": message, "reason": answer.get("reason", ""), "causes": ordered}


def path_of(kind: str, name: str = "", query: str = "") -> str:
    """Where objects of a type are, or one of them."""
    version, plural = examples.TYPES[kind]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/default/{plural}" + (f"/{name}" if name else "") + (f"?{query}" if query else "")


def record(cluster: Cluster) -> None:
    """Record everything."""
    cluster.call("POST", _CRDS, examples.CRD)
    while cluster.call("GET", path_of("Widget"))[0] != 200:
        time.sleep(0.1)
    time.sleep(1)  # the schema follows a moment after the path
    _write("created", {name: _create(cluster, body) for name, body in examples.CREATED.items()})
    strict = {name: _create(cluster, body, "&fieldValidation=Strict") for name, body in examples.STRICT.items()}
    _write("strict", strict)
    _write("custom", {name: _create(cluster, body) for name, body in examples.CUSTOM.items()})
    _write(
        "changed", {name: _patch(cluster, examples.BEFORE, patch, MERGE) for name, patch in examples.CHANGED.items()}
    )
    _write("patches", {name: _patch(cluster, *patch) for name, patch in patch_examples.PATCHES.items()})
    _write("scenarios", {name: _play(cluster, steps) for name, steps in SCENARIOS.items()})


def _create(cluster: Cluster, body: dict[str, Any], query: str = "") -> dict[str, Any]:
    return stable(cluster.call("POST", path_of(body["kind"], query=f"dryRun=All{query}"), body)[1])


def _patch(cluster: Cluster, before: dict[str, Any], patch: Any, content_type: str) -> dict[str, Any]:
    _clear(cluster, before["kind"])
    status, live = cluster.call("POST", path_of(before["kind"]), before)
    assert status == 201, live
    answer = cluster.call("PATCH", path_of(before["kind"], "one"), patch, headers={"Content-Type": content_type})[1]
    return {"before": stable(live), "after": stable(answer)}


def _play(cluster: Cluster, steps: list[Any]) -> list[Any]:
    """The answers to a scenario; the objects among them in full, as the next step begins with one."""
    answers = []
    _clear(cluster, steps[0].body["kind"])
    time.sleep(1 - time.time() % 1)  # all within one second: owners are listed by the seconds of their times
    for step in steps:
        query = f"fieldManager={step.manager}"
        name = f"one/{step.subresource}".rstrip("/")
        kind = step.body["kind"]
        if step.verb == "create":
            answer = cluster.call("POST", path_of(kind, query=query), step.body)[1]
        elif step.verb == "apply":
            query += f"&force={str(step.force).lower()}"
            headers = {"Content-Type": APPLY}
            answer = cluster.call("PATCH", path_of(kind, name, query), step.body, headers=headers)[1]
        else:
            headers = {"Content-Type": MERGE}
            answer = cluster.call("PATCH", path_of(kind, name, query), step.body, headers=headers)[1]
        answers.append(_timeless(answer))
    return answers


def _timeless(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("kind") == "Status":
        return stable(answer)
    metadata = answer["metadata"] | {name: name for name in ("uid", "resourceVersion", "creationTimestamp")}
    if "managedFields" in metadata:
        entries = metadata["managedFields"]
        metadata["managedFields"] = [{**entry, "time": "then"} if "time" in entry else entry for entry in entries]
    return {**answer, "metadata": metadata}


def _clear(cluster: Cluster, kind: str) -> None:
    headers = {"Content-Type": MERGE}
    cluster.call("PATCH", path_of(kind, "one"), {"metadata": {"finalizers": None}}, headers=headers)
    cluster.call("DELETE", path_of(kind, "one", "propagationPolicy=Background&gracePeriodSeconds=0"))


def _write(name: str, answers: Any) -> None:
    CASES.mkdir(parents=True, exist_ok=True)
    (CASES / f"{name}.json").write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        open_fleet(Path(os.environ["KUBEBUILDER_ASSETS"]), Path(folder)) as fleet,
    ):
        record(fleet.clusters("recorded")[0])
    sys.stdout.write(f"Written to {CASES}.\n")
