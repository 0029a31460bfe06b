"""Built-in kinds: what is checked, what is filled in, and what is special."""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import configmap, deployment, pod, service
from tests.sandbox.contract.wire import MERGE_PATCH

if TYPE_CHECKING:
    from tests.sandbox.contract.wire import Server


def test_defaults_of_a_deployment_are_filled_in(server: Server, deployments: str) -> None:
    spec = server.post(deployments, deployment("a", None) | {"metadata": {"name": "a"}}, dryRun="All")["spec"]
    assert spec["replicas"] == 1
    assert spec["revisionHistoryLimit"] == 10
    assert spec["progressDeadlineSeconds"] == 600
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    pod_spec = spec["template"]["spec"]
    assert pod_spec["restartPolicy"] == "Always"
    assert pod_spec["terminationGracePeriodSeconds"] == 30
    assert pod_spec["dnsPolicy"] == "ClusterFirst"
    assert pod_spec["schedulerName"] == "default-scheduler"
    assert pod_spec["securityContext"] == {}
    assert pod_spec["containers"] == [
        {
            "name": "web",
            "image": "nginx:1",
            "resources": {},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "imagePullPolicy": "IfNotPresent",
        }
    ]


def test_image_of_no_or_the_latest_version_is_always_pulled(server: Server, deployments: str) -> None:
    for name, image in (("a", "nginx"), ("b", "nginx:latest")):
        made = server.post(deployments, deployment(name, 0, image), dryRun="All")
        assert made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == "Always"


def test_defaults_of_a_service_are_filled_in(server: Server, ns: str) -> None:
    spec = server.post(f"{ns}/services", service("a"))["spec"]
    assert (spec["type"], spec["sessionAffinity"], spec["internalTrafficPolicy"]) == ("ClusterIP", "None", "Cluster")
    assert spec["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert spec["clusterIP"].count(".") == 3
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")


def test_services_have_addresses_of_their_own(server: Server, ns: str) -> None:
    addresses = {server.post(f"{ns}/services", service(name))["spec"]["clusterIP"] for name in ("a", "b")}
    assert len(addresses) == 2
    headless = server.post(f"{ns}/services", service("c", clusterIP="None"))["spec"]
    assert (headless["clusterIP"], headless["clusterIPs"]) == ("None", ["None"])


def test_what_the_server_allots_belongs_to_nobody(server: Server, ns: str) -> None:
    made = server.post(f"{ns}/services", service("a"))
    (entry,) = made["metadata"]["managedFields"]
    assert "f:clusterIP" not in entry["fieldsV1"]["f:spec"]


def test_address_of_a_service_cannot_be_changed(server: Server, ns: str) -> None:
    server.post(f"{ns}/services", service("a"))
    change = {"spec": {"clusterIP": "10.0.0.77", "clusterIPs": ["10.0.0.77"]}}
    answer = server.ask("PATCH", f"{ns}/services/a", change, content_type=MERGE_PATCH)
    answer.invalid("Service", "a", 'spec.clusterIPs[0]: Invalid value: ["10.0.0.77"]: may not change once set')


def test_service_keeps_its_address_when_it_is_replaced_without(server: Server, ns: str) -> None:
    made = server.post(f"{ns}/services", service("a"))
    kept = server.put(f"{ns}/services/a", service("a", selector={"app": "b"}))
    assert kept["spec"]["clusterIP"] == made["spec"]["clusterIP"]


def test_defaults_of_a_pod_are_filled_in(server: Server, ns: str) -> None:
    made = server.post(f"{ns}/pods", pod("a"), dryRun="All")
    assert made["spec"]["restartPolicy"] == "Always"
    assert made["spec"]["enableServiceLinks"] is True
    assert made["status"]["phase"] == "Pending"
    assert made["status"]["qosClass"] == "BestEffort"


BOTH = {"cpu": "1", "memory": "1Gi"}
QUALITIES: list[tuple[str, list[dict[str, Any]]]] = [
    ("BestEffort", [{}]),
    ("BestEffort", [{"requests": {"cpu": "0"}}]),
    ("BestEffort", [{"requests": {"ephemeral-storage": "1Gi"}}]),
    ("Burstable", [{"limits": {"cpu": "1"}}]),
    ("Burstable", [{"limits": BOTH}, {}]),
    ("Burstable", [{"limits": BOTH, "requests": {"cpu": "500m"}}]),
    ("Guaranteed", [{"limits": BOTH}]),
    ("Guaranteed", [{"limits": BOTH, "requests": {"cpu": "1000m", "memory": "1024Mi"}}]),
]


@pytest.mark.parametrize(("quality", "resources"), QUALITIES)
def test_quality_of_a_pod_follows_from_its_resources(
    server: Server, ns: str, quality: str, resources: list[dict[str, Any]]
) -> None:
    containers = [{"name": f"c{place}", "image": "x", "resources": one} for place, one in enumerate(resources)]
    made = server.post(f"{ns}/pods", pod("a", containers=containers), dryRun="All")
    assert made["status"]["qosClass"] == quality


def test_defaults_of_a_job_are_filled_in(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}
    body = {"metadata": {"name": "a"}, "spec": {"template": template}}
    spec = server.post(f"/apis/batch/v1/namespaces/{namespace}/jobs", body, dryRun="All")["spec"]
    wanted = {"parallelism": 1, "completions": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": False}
    assert {key: spec[key] for key in wanted} == wanted


SELECTOR = "`selector` does not match template `labels`"
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
BAD_DEPLOYMENTS: dict[str, tuple[str, Any]] = {
    "spec.replicas: Invalid value: -1: must be greater than or equal to 0": ("/spec/replicas", -1),
    "spec.selector: Required value": ("/spec/selector", None),
    f'spec.template.metadata.labels: Invalid value: {{"app":"other"}}: {SELECTOR}': (
        "/spec/template/metadata/labels",
        {"app": "other"},
    ),
    "spec.template.spec.containers: Required value": ("/spec/template/spec/containers", []),
    "spec.template.spec.containers[0].image: Required value": ("/spec/template/spec/containers/0/image", ""),
    "spec.template.spec.containers[0].name: Required value": ("/spec/template/spec/containers/0/name", ""),
    f'spec.template.spec.containers[0].name: Invalid value: "Web": {LABEL}': (
        "/spec/template/spec/containers/0/name",
        "Web",
    ),
    'spec.template.spec.containers[0].imagePullPolicy: Unsupported value: "Often": supported values: "Always", '
    '"IfNotPresent", "Never"': ("/spec/template/spec/containers/0/imagePullPolicy", "Often"),
    'spec.template.spec.containers[1].name: Duplicate value: "web"': (
        "/spec/template/spec/containers/1",
        {"name": "web", "image": "x"},
    ),
    "spec.template.spec.containers[0].ports[0].containerPort: Required value": (
        "/spec/template/spec/containers/0/ports",
        [{"name": "http"}],
    ),
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"': (
        "/spec/template/spec/restartPolicy",
        "Never",
    ),
    'spec.template.spec.dnsPolicy: Unsupported value: "Sometimes": supported values: "ClusterFirstWithHostNet", '
    '"ClusterFirst", "Default", "None"': (
        "/spec/template/spec/dnsPolicy",
        "Sometimes",
    ),
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "none"': (
        "/spec/template/spec/containers/0/volumeMounts",
        [{"name": "none", "mountPath": "/x"}],
    ),
}


@pytest.mark.parametrize("complaint", BAD_DEPLOYMENTS, ids=lambda text: text.partition(": ")[0])
def test_deployment_is_checked_with_the_field_and_what_it_wants(
    server: Server, deployments: str, complaint: str
) -> None:
    body = deployment("a", 0)
    path, value = BAD_DEPLOYMENTS[complaint]
    _set(body, path, value)
    further = []
    if path == "/spec/selector":
        further = [f'spec.template.metadata.labels: Invalid value: {{"app":"a"}}: {SELECTOR}']
    server.ask("POST", deployments, body).invalid("Deployment.apps", "a", complaint, *further)


def test_unknown_strategy_is_told_with_all_of_it(server: Server, deployments: str) -> None:
    body = deployment("a", 0)
    body["spec"]["strategy"] = {"type": "Fast"}
    shown = '{"Type":"Fast","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"'
    answer = server.ask("POST", deployments, body)
    answer.invalid("Deployment.apps", "a", f"spec.strategy: Unsupported value: {shown}")


def _set(body: Any, pointer: str, value: Any) -> None:
    """Put a value where a JSON pointer leads; ``None`` removes what is there."""
    *way, last = [int(token) if token.isdigit() else token for token in pointer.split("/")[1:]]
    for token in way:
        body = body[token]
    if value is None:
        del body[last]
    elif isinstance(body, list) and last == len(body):
        body.append(value)
    else:
        body[last] = value


BAD_TYPES: dict[str, tuple[str, Any]] = {
    "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32": (
        "/spec/replicas",
        "two",
    ),
    "json: cannot unmarshal array into Go struct field DeploymentSpec.spec.template of type v1.PodTemplateSpec": (
        "/spec/template",
        [],
    ),
    "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string": (
        "/metadata/labels",
        {"x": 1},
    ),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'": (
        "/spec/template/spec/containers/0/resources",
        {"limits": {"cpu": "lots"}},
    ),
}


@pytest.mark.parametrize("complaint", BAD_TYPES)
def test_wrong_types_in_a_deployment_are_bad_requests(server: Server, deployments: str, complaint: str) -> None:
    body = deployment("a", 0)
    _set(body, *BAD_TYPES[complaint])
    answer = server.ask("POST", deployments, body).refused(400, "BadRequest")
    assert answer.message == f'Deployment in version "v1" cannot be handled as a Deployment: {complaint}'


def test_unknown_fields_of_a_deployment_are_warned_of_or_refused(server: Server, deployments: str) -> None:
    body = deployment("a", 0)
    body["spec"]["template"]["spec"]["containers"][0]["imagee"] = "x"
    body["spec"]["replica"] = 1
    strict = server.ask("POST", deployments, body, query={"fieldValidation": "Strict"}).refused(400, "BadRequest")
    fields = 'unknown field "spec.template.spec.containers[0].imagee", unknown field "spec.replica"'
    assert strict.message == (
        f'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: {fields}'
    )
    loose = server.ask("POST", deployments, body)
    assert loose.status == 201
    assert loose.warnings == [
        'unknown field \\"spec.template.spec.containers[0].imagee\\"',
        'unknown field \\"spec.replica\\"',
    ]
    assert "replica" not in loose.json["spec"]


def test_selector_of_a_deployment_cannot_be_changed(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0))
    body = deployment("b", 0) | {"metadata": {"name": "a"}}
    answer = server.ask("PUT", f"{deployments}/a", body)
    shown = '{"matchLabels":{"app":"b"}}'
    answer.invalid("Deployment.apps", "a", f"spec.selector: Invalid value: {shown}: field is immutable")


def test_containers_of_a_pod_cannot_be_added(server: Server, ns: str) -> None:
    made = server.post(f"{ns}/pods", pod("a", nodeName="n"))
    made["spec"]["containers"].append({"name": "more", "image": "x"})
    answer = server.ask("PUT", f"{ns}/pods/a", made)
    answer.invalid("Pod", "a", "spec.containers: Forbidden: pod updates may not add or remove containers")


def test_string_data_of_a_secret_is_encoded_and_not_kept(server: Server, ns: str) -> None:
    body = {"metadata": {"name": "a"}, "data": {"k": "djE=", "l": "djI="}, "stringData": {"k": "new", "m": "é"}}
    made = server.post(f"{ns}/secrets", body)
    encoded = {"k": b"new", "l": b"v2", "m": "é".encode()}
    assert made["data"] == {key: base64.b64encode(value).decode() for key, value in encoded.items()}
    assert "stringData" not in made
    assert made["type"] == "Opaque"
    kept = server.patch(f"{ns}/secrets/a", {"stringData": {"k": "newer"}})
    assert base64.b64decode(kept["data"]["k"]) == b"newer"


UNREADABLE = 'Secret in version "v1" cannot be handled as a Secret: '


def test_data_of_a_secret_must_be_base64(server: Server, ns: str) -> None:
    body = {"metadata": {"name": "a"}, "data": {"k": "not base64!"}}
    answer = server.ask("POST", f"{ns}/secrets", body).refused(400, "BadRequest")
    assert answer.message == UNREADABLE + "illegal base64 data at input byte 3"


@pytest.mark.parametrize(
    ("text", "place"), [("abc", 0), ("ab c=", 2), ("a=bc", 1), ("ab=c", 2), ("YQ==x", 4), ("YQ=", 3)]
)
def test_data_that_is_not_base64_is_told_by_the_byte(server: Server, ns: str, text: str, place: int) -> None:
    answer = server.ask("POST", f"{ns}/secrets", {"metadata": {"name": "a"}, "data": {"k": text}})
    assert answer.refused(400, "BadRequest").message == f"{UNREADABLE}illegal base64 data at input byte {place}"


def test_type_of_a_secret_cannot_be_changed_and_asks_for_its_keys(server: Server, ns: str) -> None:
    server.post(f"{ns}/secrets", {"metadata": {"name": "a"}})
    answer = server.ask("PATCH", f"{ns}/secrets/a", {"type": "other"}, content_type=MERGE_PATCH)
    answer.invalid("Secret", "a", 'type: Invalid value: "other": field is immutable')
    body = {"metadata": {"name": "b"}, "type": "kubernetes.io/tls"}
    answer = server.ask("POST", f"{ns}/secrets", body)
    answer.invalid("Secret", "b", "data[tls.crt]: Required value", "data[tls.key]: Required value")


def test_keys_of_a_configmap_are_checked(server: Server, configmaps: str) -> None:
    why = (
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
        "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    )
    answer = server.ask("POST", configmaps, configmap("a", {"not ok": "v"}))
    answer.invalid("ConfigMap", "a", f'data[not ok]: Invalid value: "not ok": {why}')


def test_lease_is_taken_by_who_has_its_version(server: Server, ns: str) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/leases"
    now = "2026-01-02T03:04:05.123456Z"
    spec = {"holderIdentity": "one", "leaseDurationSeconds": 15, "acquireTime": now, "renewTime": now}
    made = server.post(leases, {"metadata": {"name": "a"}, "spec": spec})
    assert made["spec"] == spec
    taken = server.put(f"{leases}/a", {**made, "spec": spec | {"holderIdentity": "two", "leaseTransitions": 1}})
    assert taken["spec"]["holderIdentity"] == "two"
    server.ask("PUT", f"{leases}/a", {**made, "spec": spec}).refused(409, "Conflict")


def test_lease_without_a_sensible_duration_is_invalid(server: Server, ns: str) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/leases"
    body = {"metadata": {"name": "a"}, "spec": {"leaseDurationSeconds": 0}}
    why = "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"
    server.ask("POST", leases, body).invalid("Lease.coordination.k8s.io", "a", why)


def test_event_is_kept_and_found_by_its_object(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]
    involved = {"kind": "Pod", "namespace": namespace, "name": "p", "apiVersion": "v1"}
    body: dict[str, Any] = {
        "metadata": {"name": "a"},
        "involvedObject": involved,
        "reason": "Tried",
        "message": "It was tried.",
    }
    body |= {"type": "Normal", "source": {"component": "test"}, "count": 1}
    server.post(f"{ns}/events", body)
    assert server.names(f"{ns}/events", fieldSelector="involvedObject.name=p,reason=Tried") == ["a"]
    assert server.names(f"{ns}/events", fieldSelector="involvedObject.name=q") == []


def test_event_can_be_read_in_its_newer_form(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]
    involved = {"kind": "Pod", "namespace": namespace, "name": "p", "apiVersion": "v1"}
    server.post(f"{ns}/events", {"metadata": {"name": "a"}, "involvedObject": involved, "message": "It was tried."})
    newer = server.get(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events/a")
    assert (newer["note"], newer["regarding"]["name"]) == ("It was tried.", "p")


def test_pod_is_evicted(server: Server, ns: str) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
    eviction |= {"deleteOptions": {"gracePeriodSeconds": 0}}
    answer = server.ask("POST", f"{ns}/pods/a/eviction", eviction)
    assert (answer.status, answer.json["status"]) == (201, "Success")
    server.wait_gone(f"{ns}/pods/a")


def test_event_must_be_of_its_own_namespace(server: Server, ns: str) -> None:
    body = {"metadata": {"name": "a"}, "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"}}
    why = 'involvedObject.namespace: Invalid value: "default": does not match event.namespace'
    server.ask("POST", f"{ns}/events", body).invalid("Event", "a", why)


def test_two_versions_of_a_built_in_kind_serve_the_same_objects(server: Server, ns: str) -> None:
    namespace = ns.rpartition("/")[2]
    scale = {"scaleTargetRef": {"kind": "Deployment", "name": "a", "apiVersion": "apps/v1"}, "maxReplicas": 3}
    newer = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    server.post(newer, {"metadata": {"name": "a"}, "spec": scale})
    older = server.get(f"/apis/autoscaling/v1/namespaces/{namespace}/horizontalpodautoscalers/a")
    assert (older["apiVersion"], older["spec"]["maxReplicas"]) == ("autoscaling/v1", 3)


def test_role_binding_cannot_change_its_role(server: Server, ns: str) -> None:
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/rolebindings"
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    server.post(path, {"metadata": {"name": "a"}, "roleRef": reference})
    change = {"roleRef": reference | {"name": "edit"}}
    answer = server.ask("PATCH", f"{path}/a", change, content_type=MERGE_PATCH)
    shown = '{"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}'
    why = f"roleRef: Invalid value: {shown}: field is immutable"
    answer.invalid("RoleBinding.rbac.authorization.k8s.io", "a", why)


def _with(manifest: dict[str, Any], **words: str) -> dict[str, Any]:
    """A copy of a manifest with words at paths, such as ``spec__ports__0__protocol``."""
    changed = copy.deepcopy(manifest)
    for path, word in words.items():
        *way, last = path.split("__")
        node: Any = changed
        for token in way:
            node = node[int(token)] if token.isdecimal() else node.setdefault(token, {})
        node[last] = word
    return changed


EMPTY_WORDS = {
    "pods": (
        pod(
            "a",
            containers=[
                {
                    "name": "web",
                    "image": "nginx:1",
                    "ports": [{"containerPort": 80}],
                    "livenessProbe": {"httpGet": {"port": 80}},
                }
            ],
            tolerations=[{"key": "zone", "value": "b"}],
        ),
        {
            "spec__restartPolicy": "",
            "spec__dnsPolicy": "",
            "spec__tolerations__0__operator": "",
            "spec__tolerations__0__effect": "",
            "spec__containers__0__imagePullPolicy": "",
            "spec__containers__0__terminationMessagePolicy": "",
            "spec__containers__0__ports__0__protocol": "",
            "spec__containers__0__livenessProbe__httpGet__scheme": "",
        },
    ),
    "services": (
        service("a", clusterIP="None"),
        {
            "spec__type": "",
            "spec__sessionAffinity": "",
            "spec__externalTrafficPolicy": "",
            "spec__ports__0__protocol": "",
        },
    ),
    "deployments": (
        deployment("a"),
        {"spec__strategy__type": "", "spec__template__spec__restartPolicy": ""},
    ),
}


@pytest.mark.parametrize("plural", list(EMPTY_WORDS))
def test_an_empty_word_is_one_left_out_where_go_has_a_plain_string(
    server: Server, ns: str, deployments: str, plural: str
) -> None:
    manifest, words = EMPTY_WORDS[plural]
    collection = deployments if plural == "deployments" else f"{ns}/{plural}"
    without = server.post(collection, manifest, dryRun="All")["spec"]
    assert server.post(collection, _with(manifest, **words), dryRun="All")["spec"] == without


def test_an_empty_word_is_refused_where_go_has_a_pointer(server: Server, ns: str) -> None:
    policies = f"/apis/networking.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/networkpolicies"
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "a"},
        "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80, "protocol": ""}]}]},
    }
    why = 'spec.ingress[0].ports[0].protocol: Unsupported value: "": supported values: "TCP", "UDP", "SCTP"'
    server.ask("POST", policies, policy).invalid("NetworkPolicy.networking.k8s.io", "a", why)
    why = 'spec.internalTrafficPolicy: Unsupported value: "": supported values: "Cluster", "Local"'
    server.ask("POST", f"{ns}/services", service("a", internalTrafficPolicy="")).invalid("Service", "a", why)


def test_an_empty_word_is_missing_where_there_has_to_be_one(server: Server, ns: str) -> None:
    slices = f"/apis/discovery.k8s.io/v1/namespaces/{ns.rpartition('/')[2]}/endpointslices"
    answer = server.ask("POST", slices, {"metadata": {"name": "a"}, "addressType": "", "endpoints": []})
    answer.invalid("EndpointSlice.discovery.k8s.io", "a", "addressType: Required value")
