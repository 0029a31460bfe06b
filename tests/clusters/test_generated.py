"""What a real API server makes of the types under ``generated/``: it takes them, explains them, enforces them."""

from __future__ import annotations

import copy
import fcntl
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kfed.schema.check.checker import Checker
from kfed.schema.upstream.release import read_release
from kfed.schema.upstream.types import Definition
from tests.clusters.crds import crds, wait_until_established
from tests.clusters.samples import Schema, full

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clusters.fleet import Cluster, Fleet
    from tests.clusters.kubectl import Kubectl

pytestmark = pytest.mark.cluster

GENERATED = Path(__file__).resolve().parents[2] / "generated"
NAMES = sorted(path.stem for path in (GENERATED / "crds").glob("*.yaml"))
TYPES = "/apis/types.kubefed.io/v1beta1"

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "types.kubefed.io/v1beta1",
    "kind": "FederatedDeployment",
    "metadata": {"name": "web"},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "replicas": 3,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": "nginx:1.17"}]},
                },
            },
        },
        "placement": {"clusters": [{"name": "cluster1"}, {"name": "cluster2"}]},
    },
}


@pytest.fixture(scope="session")
def typed_host(fleet: Fleet, kubectl: Kubectl) -> Cluster:
    """A cluster with every generated CRD, applied as a user would; not ``cluster_host``, which should stay small."""
    (cluster,) = fleet.clusters("typed-host")
    with (fleet.folder / "typed-host.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of a run share the cluster: the first applies
        if len(crds(cluster)) < len(NAMES):
            kubectl(cluster, "apply", "-f", str(GENERATED / "crds"))
            wait_until_established(cluster, [_generated("crds", name)["metadata"]["name"] for name in NAMES])
    return cluster


@cache
def _generated(folder: str, name: str) -> Any:
    return yaml.load((GENERATED / folder / f"{name}.yaml").read_text(), yaml.CSafeLoader)


def test_every_built_in_kind_is_there() -> None:
    assert len(NAMES) >= 65


def test_every_crd_is_established_and_structural(typed_host: Cluster) -> None:
    found = crds(typed_host)
    assert set(found) == {_generated("crds", name)["metadata"]["name"] for name in NAMES}
    for name, crd in found.items():
        conditions = {condition["type"]: condition for condition in crd["status"]["conditions"]}
        assert conditions["Established"]["status"] == "True", (name, conditions)
        assert conditions["NamesAccepted"]["status"] == "True", (name, conditions)
        assert "NonStructuralSchema" not in conditions, (name, conditions)


def test_what_kubectl_applied_says_what_was_applied(typed_host: Cluster) -> None:
    for name, crd in crds(typed_host).items():
        kept = crd["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
        assert len(kept) < 262_144, name


def test_applying_again_changes_nothing(typed_host: Cluster, kubectl: Kubectl) -> None:
    name = "types.kubefed.io_federateddeployments"
    assert kubectl(typed_host, "apply", "-f", str(GENERATED / "crds" / f"{name}.yaml")).endswith(" unchanged\n")


def test_explain_prints_the_words_of_upstream(typed_host: Cluster, kubectl: Kubectl) -> None:
    path = "spec.template.spec.containers.image"
    upstream = kubectl(typed_host, "explain", f"deployment.{path}")
    ours = kubectl(typed_host, "explain", f"federateddeployment.spec.template.{path}")
    _, field, words = ours.partition("FIELD: image <string>")
    assert field
    assert words == upstream.partition(field)[2]
    assert "Container image name" in words


def test_all_federated_objects_are_listed_by_their_category(
    typed_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    name = namespace(typed_host)
    _apply(typed_host, kubectl, name, DEPLOYMENT)
    listed = kubectl(typed_host, "get", "federated", "-n", name)
    assert "federateddeployment.types.kubefed.io/web" in listed
    header, row = kubectl(typed_host, "get", "fdeploy", "-n", name).splitlines()
    assert header.split() == ["NAME", "CLUSTERS", "PROPAGATED", "BEHIND", "AGE"]
    assert row.startswith("web ")


@pytest.mark.parametrize("name", NAMES)
def test_full_object_goes_in_and_comes_out_with_nothing_pruned(
    typed_host: Cluster, namespace: Callable[..., str], name: str
) -> None:
    inside = namespace(typed_host)
    wrapper = _generated("crds", name)["spec"]
    config = _generated("typeconfigs", name)["spec"]
    schema = wrapper["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    spec = dict(schema["spec"], properties=dict(schema["spec"]["properties"]))
    del spec["properties"]["template"]
    sent = {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": config["federatedType"]["kind"],
        "metadata": {"name": inside},
        "spec": {**full(spec, {}, {"path": "/spec/some/field"}), "template": _full_template(typed_host, config)},
    }
    parent = f"/namespaces/{inside}" if wrapper["scope"] == "Namespaced" else ""
    objects = f"{TYPES}{parent}/{wrapper['names']['plural']}"
    status, kept = typed_host.call("POST", f"{objects}?fieldValidation=Strict", sent)
    assert status == 201, kept["message"]
    assert kept["spec"] == sent["spec"]
    report = full(schema["status"], {})
    merge = {"Content-Type": "application/merge-patch+json"}
    path = f"{objects}/{sent['metadata']['name']}/status?fieldValidation=Strict"
    status, kept = typed_host.call("PATCH", path, {"status": report}, headers=merge)
    assert status == 200, kept["message"]
    assert kept["status"] == report


@pytest.mark.parametrize("name", NAMES)
def test_what_the_host_stores_is_what_render_starts_from(
    typed_host: Cluster, namespace: Callable[..., str], name: str
) -> None:
    inside = namespace(typed_host)
    wrapper, config = _generated("crds", name)["spec"], _generated("typeconfigs", name)["spec"]
    schema = wrapper["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["template"]
    template = _without_defaults(schema, _full_template(typed_host, config))
    sent = {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": config["federatedType"]["kind"],
        "metadata": {"name": inside},
        "spec": {"template": template},
    }
    parent = f"/namespaces/{inside}" if wrapper["scope"] == "Namespaced" else ""
    status, kept = typed_host.call("POST", f"{TYPES}{parent}/{wrapper['names']['plural']}?dryRun=All", sent)
    assert status == 201, kept["message"]
    assert kept["spec"]["template"] == Checker(schema, redact=False).settled(template)


def _without_defaults(schema: Schema, value: Any) -> Any:
    """The value without every field that a server fills in."""
    match value:
        case dict():
            fields = schema.get("properties", {})
            other = schema.get("additionalProperties", {})
            return {
                key: _without_defaults(fields.get(key, other), item)
                for key, item in value.items()
                if "default" not in fields.get(key, {})
            }
        case list():
            return [_without_defaults(schema.get("items", {}), item) for item in value]
    return value


def _full_template(cluster: Cluster, config: dict[str, Any]) -> dict[str, Any]:
    """An object of the target type with every field that upstream knows, but for its status."""
    target = config["targetType"]
    identity = {"group": target.get("group", ""), "version": target["version"], "kind": target["kind"]}
    named = _upstream_schemas(cluster, identity["group"], identity["version"])
    (name,) = (name for name, one in named.items() if identity in one.get("x-kubernetes-group-version-kind", ()))
    template: dict[str, Any] = full(named[name], named)
    template.pop("status", None)
    return template


@cache
def _upstream_schemas(cluster: Cluster, group: str, version: str) -> dict[str, Schema]:
    """Upstream's own schemas: as the server publishes them, else (alpha types) as they are released."""
    path = f"apis/{group}/{version}" if group else f"api/{version}"
    status, document = cluster.call("GET", f"/openapi/v3/{path}")
    if status == 200:
        return dict(document["components"]["schemas"])
    return _released_schemas()


@cache
def _released_schemas() -> dict[str, Schema]:
    raw = read_release("1.37")[0].raw
    assert isinstance(raw, Definition)
    return dict(raw.document.definitions)


def _changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The spec of a good FederatedDeployment, after a change."""
    changed = copy.deepcopy(DEPLOYMENT)
    change(changed["spec"])
    return changed


def _override(path: str, **rest: Any) -> Callable[[dict[str, Any]], object]:
    patch = {"path": path, "value": 1} | rest
    return lambda spec: spec.update(overrides=[{"clusterName": "cluster1", "clusterOverrides": [patch]}])


def _selected(path: str) -> Callable[[dict[str, Any]], object]:
    entry = {"name": "all", "clusterSelector": {}, "clusterOverrides": [{"path": path, "value": 1}]}
    return lambda spec: spec.update(selectorOverrides=[entry])


_PATH = "spec.overrides[0].clusterOverrides[0].path: Invalid value"
_IDENTITY = '"spec.overrides[0].clusterOverrides[0].path" must not validate the schema (not)'
_CONTAINER = "spec.template.spec.template.spec.containers"
BAD = {
    "template: a word for a number": (
        lambda spec: spec["template"]["spec"].update(replicas="three"),
        'spec.template.spec.replicas: Invalid value: "string": spec.template.spec.replicas in body must be of type int',
    ),
    "template: no selector": (
        lambda spec: spec["template"]["spec"].pop("selector"),
        "spec.template.spec.selector: Required",
    ),
    "template: an unknown field": (
        lambda spec: spec["template"]["spec"].update(replica=3),
        'unknown field "spec.template.spec.replica"',
    ),
    "template: an unknown value": (
        lambda spec: spec["template"]["spec"]["template"]["spec"].update(dnsPolicy="Sometimes"),
        'spec.template.spec.template.spec.dnsPolicy: Unsupported value: "Sometimes"',
    ),
    "template: an empty value behind a pointer": (
        lambda spec: spec["template"]["spec"]["template"]["spec"].update(preemptionPolicy=""),
        'spec.template.spec.template.spec.preemptionPolicy: Unsupported value: ""',
    ),
    "template: two containers of a name": (
        lambda spec: spec["template"]["spec"]["template"]["spec"]["containers"].append({"name": "web"}),
        f'{_CONTAINER}[1]: Duplicate value: {{"name":"web"}}',
    ),
    "op: unknown": (
        _override("/spec/replicas", op="move"),
        'spec.overrides[0].clusterOverrides[0].op: Unsupported value: "move"',
    ),
    "path: none": (_override("spec/replicas"), _PATH),
    "path: the kind": (_override("/kind"), _IDENTITY),
    "path: the name": (_override("/metadata/name"), _IDENTITY),
    "path: the namespace": (_override("/metadata/namespace"), _IDENTITY),
    "path: all metadata": (_override("/metadata"), _IDENTITY),
    "path: inside of the name": (_override("/metadata/name/x"), _IDENTITY),
    "path: the whole object": (_override(""), _PATH),
    "path: the name, for selected clusters": (
        _selected("/metadata/name"),
        '"spec.selectorOverrides[0].clusterOverrides[0].path" must not validate the schema (not)',
    ),
    "overrides: a cluster twice": (
        lambda spec: spec.update(overrides=[{"clusterName": "cluster1"}, {"clusterName": "cluster1"}]),
        'spec.overrides[1]: Duplicate value: {"clusterName":"cluster1"}',
    ),
    "overrides: no cluster": (
        lambda spec: spec.update(overrides=[{"clusterOverrides": []}]),
        "spec.overrides[0].clusterName: Required value",
    ),
    "placement: a cluster twice": (
        lambda spec: spec["placement"]["clusters"].append({"name": "cluster1"}),
        'spec.placement.clusters[2]: Duplicate value: {"name":"cluster1"}',
    ),
    "placement: an unknown operator": (
        lambda spec: spec["placement"].update(
            clusterSelector={"matchExpressions": [{"key": "region", "operator": "Is", "values": ["north"]}]}
        ),
        'spec.placement.clusterSelector.matchExpressions[0].operator: Unsupported value: "Is"',
    ),
}


@pytest.mark.parametrize("mistake", list(BAD))
def test_mistake_is_refused_at_admission_with_the_path_of_the_field(
    typed_host: Cluster, kubectl: Kubectl, mistake: str
) -> None:
    change, complaint = BAD[mistake]
    manifest = json.dumps(_changed(change))
    assert complaint in kubectl.refusal(typed_host, "apply", "-n", "default", "-f", "-", stdin=manifest)


@pytest.mark.parametrize(
    "change",
    [
        _override("/spec/replicas"),
        _override("/spec/replicas", op=""),
        _override("/spec/template/spec/containers/[name=web]/image", value="nginx:1.18"),
        _override("/spec/template/spec/containers/-", op="add", value={"name": "side"}),
        _override("/metadata/annotations/example.com~1a", op="add", value="b"),
        _override("/metadata/annotations", op="add", value={"a": "b"}),
        _override("/metadata/namespaced"),
        _override("/spec/paused", op="remove"),
        lambda spec: spec.pop("placement"),
        lambda spec: spec["placement"].update(clusterSelector={}),
        lambda spec: spec.update(retainReplicas=True),
        lambda spec: spec["template"]["spec"].update(
            strategy={"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}
        ),
        lambda spec: spec["template"]["spec"]["template"]["spec"]["containers"][0].update(
            resources={"limits": {"cpu": 2, "memory": "1.5Gi"}}
        ),
    ],
)
def test_what_is_right_is_taken_whole(
    typed_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str], change: Callable[[dict[str, Any]], object]
) -> None:
    sent = _changed(change)
    kept = _apply(typed_host, kubectl, namespace(typed_host), sent)
    assert kept["spec"] == sent["spec"]


def test_nulls_are_taken_as_nothing_as_for_built_in_kinds(
    typed_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    def nullify(spec: dict[str, Any]) -> None:
        spec["template"]["metadata"]["annotations"] = None
        spec["template"]["spec"]["template"]["metadata"]["creationTimestamp"] = None
        spec["template"]["spec"]["template"]["spec"]["containers"][0]["env"] = None

    kept = _apply(typed_host, kubectl, namespace(typed_host), _changed(nullify))
    assert kept["spec"] == DEPLOYMENT["spec"]


def test_port_without_a_protocol_gets_the_one_upstream_gives(
    typed_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    def expose(spec: dict[str, Any]) -> None:
        spec["template"]["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 80}]

    kept = _apply(typed_host, kubectl, namespace(typed_host), _changed(expose))
    (container,) = kept["spec"]["template"]["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]


def test_a_word_may_be_empty_where_the_member_would_take_it(
    typed_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    inside = namespace(typed_host)
    text = (GENERATED.parent / "tests/cases/render/empty_words/in/objects.yaml").read_text()
    manifests = list(yaml.load_all(text, yaml.CSafeLoader))
    assert len(manifests) == 6
    for manifest in manifests:
        manifest["metadata"] = {"name": inside}
        assert _apply(typed_host, kubectl, inside, manifest, "--server-side")["spec"] == manifest["spec"]


def test_bytes_may_be_nothing_or_stand_on_many_lines_where_the_member_would_take_it(
    typed_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    inside = namespace(typed_host)
    template = {"type": "Opaque", "data": {"none": "", "lines": "aGVs\nbG8=\n", "line": "aGk="}}
    manifest = {
        "apiVersion": "types.kubefed.io/v1beta1",
        "kind": "FederatedSecret",
        "metadata": {"name": inside},
        "spec": {"template": template},
    }
    assert _apply(typed_host, kubectl, inside, manifest)["spec"]["template"] == template
    plain = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": inside}, **template}
    assert _apply(typed_host, kubectl, inside, plain)["data"].keys() == template["data"].keys()
    template["data"] = {"line": "aGk"}
    assert "spec.template.data.line" in kubectl.refusal(typed_host, "apply", "-f", "-", stdin=json.dumps(manifest))


def _apply(cluster: Cluster, kubectl: Kubectl, namespace: str, manifest: dict[str, Any], *how: str) -> Any:
    """Apply a manifest, and return the object that is there afterwards."""
    arguments = ["apply", *how, "-n", namespace, "-o", "json", "-f", "-"]
    return json.loads(kubectl(cluster, *arguments, stdin=json.dumps(manifest)))


def test_two_users_own_what_differs_in_their_clusters(
    typed_host: Cluster, kubectl: Kubectl, namespace: Callable[..., str]
) -> None:
    name = namespace(typed_host)
    kubectl(typed_host, "apply", "-f", str(GENERATED / "rbac" / "types.kubefed.io_federateddeployments.yaml"))
    role = "kfed:federateddeployments.types.kubefed.io:edit"
    users = ["--user=alice", "--user=bob"]
    kubectl(typed_host, "create", "rolebinding", "teams", "-n", name, f"--clusterrole={role}", *users)
    # Not by client-side apply: kubectl hands what that owns to the first who applies on the server.
    _apply(typed_host, kubectl, name, DEPLOYMENT, "--server-side", "--field-manager=platform")

    _own(kubectl, typed_host, name, "alice", {"cluster1": "nginx:alice"})
    _own(kubectl, typed_host, name, "bob", {"cluster2": "nginx:bob"})
    _own(kubectl, typed_host, name, "alice", {"cluster1": "nginx:alice-2"})
    assert _images(typed_host, name) == {"cluster1": "nginx:alice-2", "cluster2": "nginx:bob"}

    complaint = _own(kubectl, typed_host, name, "bob", {"cluster1": "nginx:mine", "cluster2": "nginx:bob"})
    assert 'conflict with "alice"' in complaint
    assert '.spec.overrides[clusterName="cluster1"].clusterOverrides' in complaint
    assert _images(typed_host, name) == {"cluster1": "nginx:alice-2", "cluster2": "nginx:bob"}

    _own(kubectl, typed_host, name, "alice", {})
    assert _images(typed_host, name) == {"cluster2": "nginx:bob"}


def _own(kubectl: Kubectl, cluster: Cluster, namespace: str, user: str, images: dict[str, str]) -> str:
    """Let a user apply their part, an image for some clusters, and return what kubectl complains of."""
    path = "/spec/template/spec/containers/[name=web]/image"
    overrides = [
        {"clusterName": name, "clusterOverrides": [{"path": path, "value": image}]} for name, image in images.items()
    ]
    part = json.dumps({**DEPLOYMENT, "spec": {"overrides": overrides} if overrides else {}})
    arguments = ["apply", "--server-side", f"--field-manager={user}", "-n", namespace, "-f", "-"]
    return kubectl.run(cluster, *arguments, stdin=part, user=user).stderr


def _images(cluster: Cluster, namespace: str) -> dict[str, str]:
    spec = cluster.call("GET", f"{TYPES}/namespaces/{namespace}/federateddeployments/web")[1]["spec"]
    assert spec["template"] == DEPLOYMENT["spec"]["template"]
    return {one["clusterName"]: one["clusterOverrides"][0]["value"] for one in spec["overrides"]}
