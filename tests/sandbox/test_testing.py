"""The plugin for tests of one's own manifests, used as its page says, in a run of pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = """
import pytest
pytest_plugins = ["kfed.testing"]

@pytest.fixture(scope="session")
def kfed_members():
    return ("berlin", "osaka")
"""
TESTS = """
import pytest
from kfed.testing import RefusedError

CONFIG = '''
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {colour: blue}
'''
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    },
}

def test_members_have_their_names(kfed_fleet):
    assert list(kfed_fleet.members) == ["berlin", "osaka"]

@pytest.mark.parametrize("time", [1, 2])
def test_fleet_is_empty_when_a_test_begins(kfed_fleet, time):
    with pytest.raises(RefusedError, match='namespaces "shop" not found'):
        kfed_fleet.host.get("v1", "Namespace", "shop")
    kfed_fleet.host.apply(CONFIG)
    assert kfed_fleet.host.get("v1", "ConfigMap", "settings", "shop")["data"]["colour"] == "blue"

def test_workloads_are_played(kfed_fleet):
    berlin = kfed_fleet.members["berlin"]
    kfed_fleet.limit("berlin", 1)
    berlin.apply(DEPLOYMENT)
    found = berlin.wait_for("apps/v1", "Deployment", "web", "default", lambda d: d["status"].get("readyReplicas") == 1)
    assert found["status"]["unavailableReplicas"] == 1
    kfed_fleet.limit("berlin", None)
    berlin.wait_for("apps/v1", "Deployment", "web", "default", lambda d: d["status"].get("readyReplicas") == 2)

def test_refusal_says_why(kfed_fleet):
    with pytest.raises(RefusedError, match="spec.replicas"):
        kfed_fleet.host.apply({**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], "replicas": "two"}})
    with pytest.raises(RefusedError, match="serves no Widget of v1"):
        kfed_fleet.host.get("v1", "Widget", "w")

def test_cluster_can_be_unreachable(kfed_fleet):
    kfed_fleet.stop("osaka")
    with pytest.raises(OSError):
        kfed_fleet.members["osaka"].get("v1", "Namespace", "default")
    kfed_fleet.start("osaka")
    assert kfed_fleet.members["osaka"].get("v1", "Namespace", "default")
"""


@pytest.mark.slow
def test_plugin_does_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "6 passed" in done.stdout, done.stdout + done.stderr
