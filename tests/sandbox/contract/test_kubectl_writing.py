"""kubectl, the real program, writing: apply, diff, edit, patch, scale, label, annotate, delete."""

# ruff: noqa: ARG001  # naming a fixture is what makes the object or chooses the server

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import configmap, deployment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.contract.conftest import Run, Widgets
    from tests.sandbox.contract.wire import Server

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def send(kubectl: Run, manifest: dict[str, Any], *arguments: str) -> str:
    """Give a manifest to kubectl on standard input."""
    return kubectl(*arguments, "-f", "-", stdin=json.dumps(manifest))


def test_create_and_create_again(kubectl: Run, server: Server) -> None:
    manifest = configmap("a", {"k": "v"})
    assert send(kubectl, manifest, "create") == "configmap/a created\n"
    refusal = kubectl.refusal("create", "-f", "-", stdin=json.dumps(manifest))
    assert refusal.startswith("Error from server (AlreadyExists): error when creating")
    assert refusal.endswith('configmaps "a" already exists\n')


def test_create_from_arguments(kubectl: Run, server: Server, ns: str, deployments: str) -> None:
    kubectl("create", "configmap", "a", "--from-literal=k=v")
    kubectl("create", "secret", "generic", "s", "--from-literal=k=v")
    kubectl("create", "deployment", "d", "--image=nginx:1", "--replicas=0")
    kubectl("create", "serviceaccount", "sa")
    kubectl("create", "service", "clusterip", "svc", "--tcp=80:8080")
    assert server.get(f"{ns}/configmaps/a")["data"] == {"k": "v"}
    assert server.get(f"{ns}/secrets/s")["data"] == {"k": "dg=="}
    assert server.get(f"{deployments}/d")["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1"
    assert server.get(f"{ns}/services/svc")["spec"]["ports"][0]["targetPort"] == 8080


def test_create_token(kubectl: Run, server: Server, ns: str) -> None:
    kubectl("create", "serviceaccount", "robot")
    token = kubectl("create", "token", "robot", "--duration=1h").strip()
    assert server.ask("GET", ns, token=token).status in {200, 403}
    assert token.count(".") == 2


def test_create_and_delete_a_namespace(kubectl: Run, working: Server, unique: str) -> None:
    name = f"{unique}-more"
    assert kubectl("create", "namespace", name) == f"namespace/{name} created\n"
    assert kubectl("delete", "namespace", name, "--wait=false") == f'namespace "{name}" deleted\n'
    working.wait_gone(f"/api/v1/namespaces/{name}")


def test_run_makes_a_pod(kubectl: Run, server: Server, ns: str) -> None:
    assert kubectl("run", "p", "--image=nginx:1", "--restart=Never") == "pod/p created\n"
    assert server.get(f"{ns}/pods/p")["spec"]["containers"][0]["image"] == "nginx:1"


def test_apply_creates_changes_and_leaves(kubectl: Run, server: Server, deployments: str) -> None:
    manifest = deployment("web", 0)
    assert send(kubectl, manifest, "apply") == "deployment.apps/web created\n"
    assert send(kubectl, manifest, "apply") == "deployment.apps/web unchanged\n"
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    manifest["metadata"]["labels"] = {"x": "y"}
    assert send(kubectl, manifest, "apply") == "deployment.apps/web configured\n"
    found = server.get(f"{deployments}/web")
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:2"
    assert found["metadata"]["labels"] == {"x": "y"}
    assert json.loads(found["metadata"]["annotations"][LAST_APPLIED])["spec"] == manifest["spec"]


def test_apply_removes_what_is_not_applied_any_more(kubectl: Run, server: Server, deployments: str) -> None:
    manifest = deployment("web", 0, labels={"x": "y", "z": "w"})
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    send(kubectl, manifest, "apply")
    server.patch(f"{deployments}/web", {"metadata": {"labels": {"mine": "too"}}})
    del manifest["metadata"]["labels"]["z"]
    container["env"].pop(0)
    send(kubectl, manifest, "apply")
    found = server.get(f"{deployments}/web")
    assert found["metadata"]["labels"] == {"x": "y", "mine": "too"}
    assert found["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "B", "value": "2"}]


def test_apply_custom_objects(kubectl: Run, server: Server, widgets: Widgets) -> None:
    kind = f"widget.{widgets.group}/a"
    manifest = widgets.new("a", {"labels": {"x": "1", "y": "2"}, "tags": ["a"]})
    assert send(kubectl, manifest, "apply") == f"{kind} created\n"
    manifest["spec"] |= {"labels": {"y": "3"}, "tags": ["b"]}
    assert send(kubectl, manifest, "apply") == f"{kind} configured\n"
    assert send(kubectl, manifest, "apply") == f"{kind} unchanged\n"
    spec = server.get(f"{widgets.path}/a")["spec"]
    assert (spec["labels"], spec["tags"]) == ({"y": "3"}, ["b"])


def test_apply_several_documents_and_a_type_with_its_object(kubectl: Run, server: Server, ns: str) -> None:
    text = "\n---\n".join(json.dumps(configmap(name, {"k": "v"})) for name in ("a", "b"))
    said = kubectl("apply", "-f", "-", stdin=text)
    assert said == "configmap/a created\nconfigmap/b created\n"


def test_apply_of_unknown_fields_is_refused(kubectl: Run, server: Server, widgets: Widgets) -> None:
    manifest = deployment("web", 0)
    manifest["spec"]["replica"] = 1
    refusal = kubectl.refusal("apply", "-f", "-", stdin=json.dumps(manifest))
    assert 'strict decoding error: unknown field "spec.replica"' in refusal
    refusal = kubectl.refusal("apply", "-f", "-", stdin=json.dumps(widgets.new("a", {"sise": 1})))
    assert 'strict decoding error: unknown field "spec.sise"' in refusal
    said = kubectl.run("apply", "--validate=warn", "-f", "-", stdin=json.dumps(widgets.new("a", {"sise": 1})))
    assert said.returncode == 0
    assert 'Warning: unknown field "spec.sise"' in said.stderr


def test_apply_of_invalid_objects_is_refused(kubectl: Run, server: Server, widgets: Widgets) -> None:
    refusal = kubectl.refusal("apply", "-f", "-", stdin=json.dumps(widgets.new("a", {"size": "huge"})))
    assert 'spec.size: Unsupported value: "huge": supported values: "small", "large"' in refusal
    manifest = deployment("web", -1)
    refusal = kubectl.refusal("apply", "-f", "-", stdin=json.dumps(manifest))
    assert 'The Deployment "web" is invalid: ' in refusal
    assert "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in refusal


def test_apply_of_an_unknown_kind_is_refused(kubectl: Run, server: Server) -> None:
    manifest = {"apiVersion": "nope.example/v1", "kind": "Nope", "metadata": {"name": "a"}}
    refusal = kubectl.refusal("apply", "-f", "-", stdin=json.dumps(manifest))
    assert 'no matches for kind "Nope" in version "nope.example/v1"' in refusal
    assert "ensure CRDs are installed first" in refusal


def test_dry_apply_on_the_server_keeps_nothing(kubectl: Run, server: Server, configmaps: str) -> None:
    said = send(kubectl, configmap("a", {"k": "v"}), "apply", "--dry-run=server")
    assert said == "configmap/a created (server dry run)\n"
    server.ask("GET", f"{configmaps}/a").refused(404, "NotFound")


def test_apply_prunes_what_is_not_there_any_more(kubectl: Run, server: Server, secrets: str) -> None:
    both = [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": n, "labels": {"x": "y"}}} for n in ("a", "b")]
    send(kubectl, {"apiVersion": "v1", "kind": "List", "items": both}, "apply")
    said = send(kubectl, both[0], "apply", "--prune", "-l", "x=y", "--prune-allowlist=core/v1/Secret")
    assert "secret/b pruned" in said
    assert server.names(secrets) == ["a"]


def test_server_side_apply_owns_and_conflicts(kubectl: Run, server: Server, configmaps: str) -> None:
    apply = ("apply", "--server-side")
    said = send(kubectl, configmap("a", {"k": "v"}), *apply, "--field-manager=one")
    assert said == "configmap/a serverside-applied\n"
    text = json.dumps(configmap("a", {"k": "w"}))
    refusal = kubectl.refusal(*apply, "--field-manager=two", "-f", "-", stdin=text)
    assert 'error: Apply failed with 1 conflict: conflict with "one": .data.k' in refusal
    said = send(kubectl, configmap("a", {"k": "w"}), *apply, "--field-manager=two", "--force-conflicts")
    assert said == "configmap/a serverside-applied\n"
    assert server.get(f"{configmaps}/a")["data"] == {"k": "w"}


def test_server_side_apply_of_a_custom_object(kubectl: Run, server: Server, widgets: Widgets) -> None:
    send(kubectl, widgets.new("a", {"ports": [{"name": "h", "port": 80}]}), "apply", "--server-side")
    other = widgets.new("a", {"ports": [{"name": "t", "port": 443}]})
    send(kubectl, other, "apply", "--server-side", "--field-manager=two")
    assert [one["name"] for one in server.get(f"{widgets.path}/a")["spec"]["ports"]] == ["h", "t"]


def test_client_side_applied_object_can_be_applied_on_the_server(kubectl: Run, server: Server, configmaps: str) -> None:
    send(kubectl, configmap("a", {"k": "v", "l": "w"}), "apply")
    send(kubectl, configmap("a", {"k": "x"}), "apply", "--server-side", "--force-conflicts")
    assert server.get(f"{configmaps}/a")["data"] == {"k": "x"}


def test_diff_shows_what_would_change(kubectl: Run, server: Server) -> None:
    manifest = deployment("web", 0)
    send(kubectl, manifest, "apply")
    same = kubectl.run("diff", "-f", "-", stdin=json.dumps(manifest))
    assert (same.returncode, same.stdout) == (0, "")
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    changed = kubectl.run("diff", "-f", "-", stdin=json.dumps(manifest))
    assert changed.returncode == 1
    assert "-      - image: nginx:1\n+      - image: nginx:2\n" in changed.stdout


def test_diff_of_a_new_object_shows_all_of_it(kubectl: Run, server: Server, widgets: Widgets) -> None:
    done = kubectl.run("diff", "-f", "-", stdin=json.dumps(widgets.new("a")))
    assert done.returncode == 1
    assert "+  size: small\n" in done.stdout
    assert "+  replicas: 1\n" in done.stdout


def test_edit_by_a_script(kubectl: Run, server: Server, configmaps: str, tmp_path: Path) -> None:
    server.post(configmaps, configmap("a", {"k": "before"}))
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nsed -i "s/before/after/" "$1"\n')
    script.chmod(0o755)
    program = kubectl.program
    done = subprocess.run(
        [program.program, f"--namespace={kubectl.namespace}", "edit", "configmap", "a"],
        env={
            "HOME": str(program.home),
            "KUBECONFIG": server.cluster.kubeconfig(),
            "KUBE_EDITOR": str(script),
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "configmap/a edited\n"), done.stderr
    assert server.get(f"{configmaps}/a")["data"] == {"k": "after"}


def test_patch_of_three_kinds(kubectl: Run, server: Server, deployments: str) -> None:
    server.post(deployments, deployment("web", 0))
    strategic = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:1"}]}}}}
    said = kubectl("patch", "deploy", "web", "-p", json.dumps(strategic))
    assert said == "deployment.apps/web patched\n"
    kubectl("patch", "deploy", "web", "--type=merge", "-p", '{"metadata": {"labels": {"x": "y"}}}')
    patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "side:2"}]
    kubectl("patch", "deploy", "web", "--type=json", "-p", json.dumps(patch))
    found = server.get(f"{deployments}/web")
    images = sorted(one["image"] for one in found["spec"]["template"]["spec"]["containers"])
    assert images == ["nginx:1", "side:2"]
    assert found["metadata"]["labels"] == {"x": "y"}
    again = kubectl("patch", "deploy", "web", "--type=merge", "-p", '{"metadata": {"labels": {"x": "y"}}}')
    assert again == "deployment.apps/web patched (no change)\n"


def test_patch_of_a_status(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    name = f"widgets.{widgets.group}/a"
    kubectl("patch", name, "--subresource=status", "--type=merge", "-p", '{"status": {"replicas": 3}}')
    assert kubectl("get", name, "--subresource=status", "-o", "jsonpath={.status.replicas}") == "3"


def test_strategic_patch_of_a_custom_object_is_refused(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    refusal = kubectl.refusal("patch", f"widgets.{widgets.group}", "a", "-p", '{"spec": {"size": "large"}}')
    said = f"application/strategic-merge-patch+json is not supported by {widgets.group}/v1, Kind=Widget"
    assert said in refusal


def test_scale(kubectl: Run, server: Server, deployments: str, widgets: Widgets) -> None:
    server.post(deployments, deployment("web", 0))
    assert kubectl("scale", "deploy", "web", "--replicas=2") == "deployment.apps/web scaled\n"
    assert server.get(f"{deployments}/web")["spec"]["replicas"] == 2
    refusal = kubectl.refusal("scale", "deploy", "web", "--current-replicas=5", "--replicas=1")
    assert "Expected replicas to be 5, was 2" in refusal
    server.post(widgets.path, widgets.new("a"))
    kubectl("scale", f"widgets.{widgets.group}/a", "--replicas=4")
    assert server.get(f"{widgets.path}/a")["spec"]["replicas"] == 4


def test_label_and_annotate(kubectl: Run, server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    assert kubectl("label", "cm", "a", "x=y") == "configmap/a labeled\n"
    assert "already has a value (y), and --overwrite is false" in kubectl.refusal("label", "cm", "a", "x=z")
    kubectl("label", "cm", "a", "x=z", "--overwrite")
    kubectl("annotate", "cm", "a", "note=some words")
    metadata = server.get(f"{configmaps}/a")["metadata"]
    assert (metadata["labels"], metadata["annotations"]) == ({"x": "z"}, {"note": "some words"})
    assert kubectl("label", "cm", "a", "x-") == "configmap/a unlabeled\n"
    kubectl("annotate", "cm", "--all", "note-")
    assert not {"labels", "annotations"} & set(server.get(f"{configmaps}/a")["metadata"])


def test_set_image_and_replace(kubectl: Run, server: Server, deployments: str) -> None:
    server.post(deployments, deployment("web", 0))
    assert kubectl("set", "image", "deploy/web", "web=nginx:3") == "deployment.apps/web image updated\n"
    kubectl("set", "env", "deploy/web", "A=1")
    container = server.get(f"{deployments}/web")["spec"]["template"]["spec"]["containers"][0]
    assert (container["image"], container["env"]) == ("nginx:3", [{"name": "A", "value": "1"}])
    assert send(kubectl, deployment("web", 0), "replace") == "deployment.apps/web replaced\n"
    assert "env" not in server.get(f"{deployments}/web")["spec"]["template"]["spec"]["containers"][0]
    said = send(kubectl, deployment("web", 0, "nginx:4"), "replace", "--force")
    assert said.endswith("deployment.apps/web replaced\n")


def test_expose_makes_a_service(kubectl: Run, server: Server, deployments: str, ns: str) -> None:
    server.post(deployments, deployment("web", 0))
    assert kubectl("expose", "deploy", "web", "--port=80") == "service/web exposed\n"
    assert server.get(f"{ns}/services/web")["spec"]["selector"] == {"app": "web"}


def test_autoscale_makes_an_autoscaler(kubectl: Run, server: Server, deployments: str) -> None:
    server.post(deployments, deployment("web", 0))
    said = kubectl("autoscale", "deploy", "web", "--min=1", "--max=3", "--cpu=50%")
    assert said == "horizontalpodautoscaler.autoscaling/web autoscaled\n"
    assert kubectl("get", "hpa", "web", "-o", "jsonpath={.spec.maxReplicas}") == "3"


def test_delete_waits_until_it_is_gone(kubectl: Run, server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    assert kubectl("delete", "cm", "a") == f'configmap "a" deleted from {kubectl.namespace} namespace\n'
    server.ask("GET", f"{configmaps}/a").refused(404, "NotFound")
    assert kubectl.refusal("delete", "cm", "a") == 'Error from server (NotFound): configmaps "a" not found\n'
    assert kubectl("delete", "cm", "a", "--ignore-not-found") == ""


def test_delete_without_waiting_leaves_what_is_held(kubectl: Run, server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", finalizers=["example.com/hold"]))
    assert "deleted" in kubectl("delete", "cm", "a", "--wait=false")
    assert server.get(f"{configmaps}/a")["metadata"]["deletionTimestamp"]
    late = kubectl.refusal("delete", "cm", "a", "--timeout=1s")
    assert "timed out waiting for the condition" in late
    kubectl("patch", "cm", "a", "--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    assert kubectl("wait", "--for=delete", "cm/a", "--timeout=10s") in {"", "configmap/a condition met\n"}


def test_delete_by_selector_file_and_all(kubectl: Run, server: Server, secrets: str) -> None:
    for name in ("a", "b", "c", "d"):
        server.post(secrets, {"metadata": {"name": name, "labels": {"x": name}}})
    kubectl("delete", "secrets", "-l", "x in (a)")
    assert server.names(secrets) == ["b", "c", "d"]
    send(kubectl, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}}, "delete")
    assert server.names(secrets) == ["c", "d"]
    kubectl("delete", "secrets", "--all")
    assert server.names(secrets) == []


@pytest.mark.slow
def test_rollout(kubectl: Run, working: Server, deployments: str) -> None:
    send(kubectl, deployment("web", 2), "apply")
    said = kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert said.endswith('deployment "web" successfully rolled out\n')
    kubectl("set", "image", "deploy/web", "web=nginx:2")
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    history = [line.split()[0] for line in kubectl("rollout", "history", "deploy/web").splitlines()[2:] if line]
    assert history == ["1", "2"]
    assert "rolled back" in kubectl("rollout", "undo", "deploy/web")
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    container = working.get(f"{deployments}/web")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "nginx:1"
    assert kubectl("rollout", "restart", "deploy/web") == "deployment.apps/web restarted\n"
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")


@pytest.mark.slow
def test_wait_for_a_workload(kubectl: Run, working: Server) -> None:
    send(kubectl, deployment("web", 1), "apply")
    assert "condition met" in kubectl("wait", "--for=condition=Available", "deploy/web", "--timeout=30s")
    assert "condition met" in kubectl("wait", "--for=condition=Ready", "pod", "-l", "app=web", "--timeout=30s")
    kubectl("delete", "deploy", "web", "--cascade=foreground", "--timeout=30s")
    assert kubectl("get", "pods", "-o", "name") == ""
