"""kubectl, the real program, reading: get, describe, explain, wait, api-resources, auth."""

# ruff: noqa: ARG001  # naming a fixture is what makes the object or chooses the server

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.contract.manifests import configmap, deployment, service
from tests.sandbox.contract.wire import WITHIN

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Run, Widgets
    from tests.sandbox.contract.wire import Server


def rows(text: str) -> list[list[str]]:
    """The lines of a table, the cells of each."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


@pytest.fixture
def web(server: Server, deployments: str, ns: str) -> str:
    """A Deployment and a Service of one name."""
    server.post(deployments, deployment("web", 0, labels={"tier": "front"}))
    server.post(f"{ns}/services", service("web"))
    return "web"


def test_get_prints_a_table(kubectl: Run, server: Server, web: str) -> None:
    header, row = rows(kubectl("get", "deployments"))
    assert header == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert row[:4] == [web, "0/0", "0", "0"]
    assert re.fullmatch(r"\d+s", row[4])


def test_get_wide_prints_more(kubectl: Run, server: Server, web: str) -> None:
    header, row = rows(kubectl("get", "deploy", web, "-o", "wide"))
    assert header[5:] == ["CONTAINERS", "IMAGES", "SELECTOR"]
    assert row[5:] == ["web", "nginx:1", "app=web"]


def test_get_yaml_and_json_are_what_the_server_has(kubectl: Run, server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "line 1\nline 2\n"}))
    found = json.loads(kubectl("get", "configmap", "a", "-o", "json", "--show-managed-fields"))
    assert found == server.get(f"{configmaps}/a")
    assert "  k: |\n    line 1\n    line 2\n" in kubectl("get", "configmap", "a", "-o", "yaml")


def test_get_several_types_at_once(kubectl: Run, server: Server, web: str) -> None:
    assert kubectl("get", "deployment,service", "-o", "name").split() == ["deployment.apps/web", "service/web"]
    both = kubectl("get", "deployment/web", "svc/web", "-o", "name").split()
    assert both == ["deployment.apps/web", "service/web"]


def test_get_all_prints_workloads_and_services(kubectl: Run, server: Server, web: str) -> None:
    assert {"deployment.apps/web", "service/web"} <= set(kubectl("get", "all", "-o", "name").split())


def test_get_of_all_namespaces_has_their_names(kubectl: Run, server: Server, web: str) -> None:
    header, row = rows(kubectl("get", "deploy", "-A", f"--field-selector=metadata.namespace={kubectl.namespace}"))
    assert (header[:2], row[:2]) == (["NAMESPACE", "NAME"], [kubectl.namespace, web])


def test_get_by_labels_and_fields(kubectl: Run, server: Server, web: str, deployments: str) -> None:
    server.post(deployments, deployment("api", 0, labels={"tier": "back"}))
    assert kubectl("get", "deploy", "-l", "tier=front", "-o", "name").split() == ["deployment.apps/web"]
    assert kubectl("get", "deploy", "-l", "tier in (front,back)", "-o", "name").split() == [
        "deployment.apps/api",
        "deployment.apps/web",
    ]
    assert kubectl("get", "deploy", "--field-selector=metadata.name!=web", "-o", "name").split() == [
        "deployment.apps/api"
    ]


def test_get_with_labels_shown(kubectl: Run, server: Server, web: str) -> None:
    header, row = rows(kubectl("get", "deploy", "--show-labels"))
    assert (header[-1], row[-1]) == ("LABELS", "tier=front")
    header, row = rows(kubectl("get", "deploy", "-L", "tier"))
    assert (header[-1], row[-1]) == ("TIER", "front")


def test_get_custom_columns(kubectl: Run, server: Server, web: str) -> None:
    wanted = "custom-columns=N:.metadata.name,I:.spec.template.spec.containers[*].image,X:.spec.none"
    assert rows(kubectl("get", "deploy", "-o", wanted)) == [["N", "I", "X"], ["web", "nginx:1", "<none>"]]


def test_get_jsonpath_and_template(kubectl: Run, server: Server, web: str) -> None:
    assert kubectl("get", "deploy", "-o", "jsonpath={.items[*].metadata.name}") == "web"
    assert kubectl("get", "deploy", "web", "-o", "go-template={{.spec.replicas}}") == "0"


def test_get_sorted(kubectl: Run, server: Server, configmaps: str) -> None:
    for name, value in (("a", "2"), ("b", "1")):
        server.post(configmaps, configmap(name, {"k": value}, labels={"x": "y"}))
    found = kubectl("get", "cm", "-l", "x=y", "--sort-by=.data.k", "-o", "name").split()
    assert found == ["configmap/b", "configmap/a"]


def test_get_in_chunks(kubectl: Run, server: Server, secrets: str) -> None:
    for number in range(5):
        server.post(secrets, {"metadata": {"name": f"s{number}"}})
    assert len(rows(kubectl("get", "secrets", "--chunk-size=2", "--no-headers"))) == 5


def test_get_of_nothing_says_so(kubectl: Run, server: Server) -> None:
    assert kubectl.run("get", "jobs").stderr == f"No resources found in {kubectl.namespace} namespace.\n"
    refusal = kubectl.refusal("get", "deploy", "none")
    assert refusal == 'Error from server (NotFound): deployments.apps "none" not found\n'
    assert kubectl("get", "deploy", "none", "--ignore-not-found") == ""


def test_get_of_an_unknown_type_says_so(kubectl: Run, server: Server) -> None:
    refusal = kubectl.refusal("get", "nothings")
    assert refusal == 'error: the server doesn\'t have a resource type "nothings"\n'


def test_get_custom_objects_by_every_name_of_their_type(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a", {"replicas": 2}))
    for name in (f"widgets.{widgets.group}", f"widgets.v1.{widgets.group}", f"w{widgets.group[:6]}"):
        header, row = rows(kubectl("get", name))
        assert header == ["NAME", "SIZE", "REPLICAS", "READY", "AGE"]
        assert row[:3] == ["a", "small", "2"]


def test_get_watches(kubectl: Run, server: Server, configmaps: str) -> None:
    program = kubectl.program
    command = [str(program.program), f"--namespace={kubectl.namespace}", "get", "cm", "-l", "x=y", "-w", "-o", "name"]
    environment = {"HOME": str(program.home), "KUBECONFIG": server.cluster.kubeconfig(), "PATH": os.environ["PATH"]}
    server.post(configmaps, configmap("a", labels={"x": "y"}))
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "configmap/a\n"
            server.post(configmaps, configmap("b", labels={"x": "y"}))
            assert process.stdout.readline() == "configmap/b\n"
            server.delete(f"{configmaps}/a")
            assert process.stdout.readline() == "configmap/a\n"
        finally:
            process.terminate()


def test_get_watches_a_table_with_events(kubectl: Run, server: Server, widgets: Widgets) -> None:
    program = kubectl.program
    command = [str(program.program), f"--namespace={kubectl.namespace}", "get", f"widgets.{widgets.group}"]
    environment = {"HOME": str(program.home), "KUBECONFIG": server.cluster.kubeconfig(), "PATH": os.environ["PATH"]}
    server.post(widgets.path, widgets.new("a"))
    watching = [*command, "-w", "--output-watch-events"]
    with subprocess.Popen(watching, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            assert process.stdout.readline().split() == ["EVENT", "NAME", "SIZE", "REPLICAS", "READY", "AGE"]
            assert process.stdout.readline().split()[:4] == ["ADDED", "a", "small", "1"]
            server.patch(f"{widgets.path}/a", {"spec": {"size": "large"}})
            assert process.stdout.readline().split()[:4] == ["MODIFIED", "a", "large", "1"]
        finally:
            process.terminate()


def test_describe_a_deployment(kubectl: Run, server: Server, web: str) -> None:
    said = kubectl("describe", "deployment", web)
    assert re.search(rf"^Name: +{web}$", said, re.MULTILINE)
    assert re.search(r"^Selector: +app=web$", said, re.MULTILINE)
    assert re.search(r"^    Image: +nginx:1$", said, re.MULTILINE)
    assert "StrategyType:           RollingUpdate" in said
    assert "RollingUpdateStrategy:  25% max unavailable, 25% max surge" in said


def test_describe_tells_events(kubectl: Run, server: Server, web: str, ns: str, deployments: str) -> None:
    found = server.get(f"{deployments}/{web}")
    involved = {"kind": "Deployment", "apiVersion": "apps/v1", "name": web, "namespace": kubectl.namespace}
    involved["uid"] = found["metadata"]["uid"]
    event = {"metadata": {"name": "e"}, "involvedObject": involved, "reason": "Tried", "message": "It was tried."}
    event |= {"type": "Normal", "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z"}
    server.post(f"{ns}/events", event | {"count": 1, "source": {"component": "test"}})
    assert "It was tried." in kubectl("describe", "deployment", web)
    assert "It was tried." in kubectl("events", "--for", f"deployment/{web}")


@pytest.mark.parametrize("what", ["service/web", "configmap/c", "secret/s", "serviceaccount/sa", "pod/p"])
def test_describe_other_kinds(kubectl: Run, server: Server, ns: str, what: str) -> None:
    server.post(f"{ns}/services", service("web"))
    server.post(f"{ns}/configmaps", configmap("c", {"k": "v"}))
    server.post(f"{ns}/secrets", {"metadata": {"name": "s"}, "stringData": {"k": "v"}})
    server.post(f"{ns}/serviceaccounts", {"metadata": {"name": "sa"}})
    pod = {"containers": [{"name": "c", "image": "x"}], "schedulerName": "nobody"}
    server.post(f"{ns}/pods", {"metadata": {"name": "p"}, "spec": pod})
    said = kubectl("describe", what)
    assert re.search(rf"^Name: +{what.partition('/')[2]}$", said, re.MULTILINE)
    assert re.search(rf"^Namespace: +{kubectl.namespace}$", said, re.MULTILINE)


def test_describe_a_custom_object(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    said = kubectl("describe", f"widgets.{widgets.group}", "a")
    assert re.search(r"^Kind: +Widget$", said, re.MULTILINE)
    assert re.search(r"^  Size: +small$", said, re.MULTILINE)


def test_explain_a_built_in_field(kubectl: Run, server: Server) -> None:
    said = kubectl("explain", "deployment.spec.template.spec.containers.image")
    assert "GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n" in said
    assert "FIELD: image <string>" in said
    assert "Container image name." in said


def test_explain_a_whole_type(kubectl: Run, server: Server) -> None:
    said = kubectl("explain", "pods")
    assert "KIND:       Pod" in said
    assert re.search(r"^  spec\t<PodSpec>$", said, re.MULTILINE)
    tree = kubectl("explain", "configmaps", "--recursive")
    assert re.search(r"^  binaryData\t<map\[string\]string>$", tree, re.MULTILINE)


def test_explain_a_custom_field(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.wait("/openapi/v3", lambda found: f"apis/{widgets.group}/v1" in found["paths"])
    said = kubectl("explain", f"w{widgets.group[:6]}.spec.size")
    assert "FIELD: size <string>\nENUM:\n    small\n    large" in said
    assert "How big it is." in said


def test_explain_an_unknown_field_says_so(kubectl: Run, server: Server) -> None:
    assert kubectl.refusal("explain", "pod.spec.nothing") == 'error: field "nothing" does not exist\n'


def test_api_resources_lists_built_in_and_custom_types(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.wait(f"/apis/{widgets.group}/v1", lambda found: found["resources"])
    listed = {tuple(line.split()) for line in kubectl("api-resources", "--no-headers", "--cached=false").splitlines()}
    assert ("configmaps", "cm", "v1", "true", "ConfigMap") in listed
    assert ("deployments", "deploy", "apps/v1", "true", "Deployment") in listed
    assert ("namespaces", "ns", "v1", "false", "Namespace") in listed
    assert ("widgets", f"w{widgets.group[:6]}", f"{widgets.group}/v1", "true", "Widget") in listed
    names = kubectl("api-resources", "--categories=gadgets", "-o", "name", "--cached=false").split()
    assert f"widgets.{widgets.group}" in names


def test_api_versions_lists_group_versions(kubectl: Run, server: Server) -> None:
    assert {"v1", "apps/v1", "batch/v1", "apiextensions.k8s.io/v1"} <= set(kubectl("api-versions").split())


def test_version_tells_the_servers(kubectl: Run, server: Server) -> None:
    said = kubectl("version")
    assert re.search(r"^Server Version: v1\.37\.\d+", said, re.MULTILINE)


def test_cluster_info_tells_where(kubectl: Run, server: Server) -> None:
    assert server.cluster.url in re.sub(r"\x1b\[[\d;]*m", "", kubectl("cluster-info"))


def test_auth_whoami_tells_the_user(kubectl: Run, server: Server) -> None:
    said = rows(kubectl("auth", "whoami"))
    assert said[:2] == [["ATTRIBUTE", "VALUE"], ["Username", "admin"]]


def test_auth_can_i_says_yes(kubectl: Run, server: Server) -> None:
    assert kubectl("auth", "can-i", "delete", "pods") == "yes\n"
    assert "*.*" in kubectl("auth", "can-i", "--list")


def test_wait_for_a_value(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    server.patch(f"{widgets.path}/a/status", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    name = f"widgets.{widgets.group}/a"
    kind = f"widget.{widgets.group}/a"
    assert kubectl("wait", name, "--for=condition=Ready", "--timeout=10s") == f"{kind} condition met\n"
    assert kubectl("wait", name, "--for=jsonpath={.spec.size}=small", "--timeout=10s") == f"{kind} condition met\n"
    assert kubectl("wait", name, "--for=create", "--timeout=10s") == f"{kind} condition met\n"


def test_wait_in_vain_times_out(kubectl: Run, server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    refusal = kubectl.refusal("wait", f"widgets.{widgets.group}/a", "--for=condition=Ready", "--timeout=500ms")
    assert "error: timed out waiting for the condition on widgets/a" in refusal


def test_wait_sees_what_changes_meanwhile(kubectl: Run, server: Server, widgets: Widgets) -> None:
    program = kubectl.program
    environment = {"HOME": str(program.home), "KUBECONFIG": server.cluster.kubeconfig(), "PATH": os.environ["PATH"]}
    server.post(widgets.path, widgets.new("a"))
    what = [f"widgets.{widgets.group}/a", "--for=jsonpath={.spec.size}=large", "--timeout=20s"]
    command = [str(program.program), f"--namespace={kubectl.namespace}", "wait", *what]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        server.patch(f"{widgets.path}/a", {"spec": {"size": "large"}})
        output, _ = process.communicate(timeout=WITHIN + 5)
    assert output == f"widget.{widgets.group}/a condition met\n"


def test_raw_requests_pass_through(kubectl: Run, server: Server) -> None:
    assert kubectl("get", "--raw", "/readyz") == "ok"
    assert json.loads(kubectl("get", "--raw", "/version"))["major"] == "1"


def test_kubectl_without_a_token_is_refused(kubectl: Run, server: Server, tmp_path: Path) -> None:
    config = json.loads(Path(server.cluster.kubeconfig()).read_text())
    for user in config["users"]:
        user["user"] = {"token": "wrong"}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    refusal = kubectl.refusal("get", "pods", f"--kubeconfig={path}")
    assert "error: You must be logged in to the server" in refusal


def test_second_command_is_one_request(kubectl: Run, server: Server) -> None:
    """Discovery is kept."""
    kubectl("get", "configmaps")
    told = kubectl.run("get", "configmaps", "--v=6").stderr
    url = f"{server.cluster.url}/api/v1/namespaces/{kubectl.namespace}/configmaps"
    assert re.findall(r'"Response" verb="(\w+)" url="([^"?]+)', told) == [("GET", url)]
