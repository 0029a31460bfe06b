"""Discovery: which types there are, in the aggregated form and in the older one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.wire import WITHIN

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
ALL = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}

TYPES = """\
api/v1 configmaps ConfigMap namespaced cm
api/v1 endpoints Endpoints namespaced ep
api/v1 events Event namespaced ev
api/v1 limitranges LimitRange namespaced limits
api/v1 namespaces Namespace cluster ns
api/v1 nodes Node cluster no
api/v1 persistentvolumeclaims PersistentVolumeClaim namespaced pvc
api/v1 persistentvolumes PersistentVolume cluster pv
api/v1 pods Pod namespaced po
api/v1 podtemplates PodTemplate namespaced -
api/v1 replicationcontrollers ReplicationController namespaced rc
api/v1 resourcequotas ResourceQuota namespaced quota
api/v1 secrets Secret namespaced -
api/v1 serviceaccounts ServiceAccount namespaced sa
api/v1 services Service namespaced svc
apis/apps/v1 controllerrevisions ControllerRevision namespaced -
apis/apps/v1 daemonsets DaemonSet namespaced ds
apis/apps/v1 deployments Deployment namespaced deploy
apis/apps/v1 replicasets ReplicaSet namespaced rs
apis/apps/v1 statefulsets StatefulSet namespaced sts
apis/autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler namespaced hpa
apis/batch/v1 cronjobs CronJob namespaced cj
apis/batch/v1 jobs Job namespaced -
apis/coordination.k8s.io/v1 leases Lease namespaced -
apis/discovery.k8s.io/v1 endpointslices EndpointSlice namespaced -
apis/networking.k8s.io/v1 ingressclasses IngressClass cluster -
apis/networking.k8s.io/v1 ingresses Ingress namespaced ing
apis/networking.k8s.io/v1 networkpolicies NetworkPolicy namespaced netpol
apis/policy/v1 poddisruptionbudgets PodDisruptionBudget namespaced pdb
apis/rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster -
apis/rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster -
apis/rbac.authorization.k8s.io/v1 rolebindings RoleBinding namespaced -
apis/rbac.authorization.k8s.io/v1 roles Role namespaced -
apis/scheduling.k8s.io/v1 priorityclasses PriorityClass cluster pc
apis/storage.k8s.io/v1 storageclasses StorageClass cluster sc
apis/apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition cluster crd,crds
"""


@pytest.mark.parametrize("row", TYPES.splitlines(), ids=lambda row: row.split()[1])
def test_built_in_type_is_served(server: Server, row: str) -> None:
    version, plural, kind, scope, short = row.split()
    listed = server.get(f"/{version}")
    assert (listed["kind"], f"/{listed['groupVersion']}") == ("APIResourceList", f"/{version.partition('/')[2]}")
    (found,) = [one for one in listed["resources"] if one["name"] == plural]
    assert (found["kind"], found["namespaced"]) == (kind, scope == "namespaced")
    assert found["singularName"] == ("endpoints" if plural == "endpoints" else kind.lower())
    assert set(found.get("shortNames", [])) == set(short.split(",")) - {"-"}
    assert set(found["verbs"]) == ALL - ({"deletecollection"} if plural == "namespaces" else set())
    assert server.get(f"/{version}/{plural}")["kind"] == f"{kind}List"


def test_core_has_one_version(server: Server) -> None:
    found = server.get("/api")
    assert (found["kind"], found["versions"]) == ("APIVersions", ["v1"])


def test_groups_are_listed_with_their_versions(server: Server) -> None:
    found = server.get("/apis")
    assert (found["kind"], found["apiVersion"]) == ("APIGroupList", "v1")
    groups = {group["name"]: group for group in found["groups"]}
    version = {"groupVersion": "apps/v1", "version": "v1"}
    assert groups["apps"] == {"name": "apps", "versions": [version], "preferredVersion": version}
    assert server.get("/apis/apps") == {"kind": "APIGroup", "apiVersion": "v1", **groups["apps"]}
    assert groups["autoscaling"]["preferredVersion"]["version"] == "v2"


def test_subresources_are_listed(server: Server) -> None:
    core = {one["name"]: one for one in server.get("/api/v1")["resources"]}
    assert {"pods/status", "pods/eviction", "pods/binding", "serviceaccounts/token", "namespaces/finalize"} <= set(core)
    assert core["serviceaccounts/token"]["kind"] == "TokenRequest"
    apps = {one["name"]: one for one in server.get("/apis/apps/v1")["resources"]}
    assert set(apps["deployments/status"]["verbs"]) == {"get", "patch", "update"}
    scale = apps["deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")


def test_workloads_are_in_the_category_all(server: Server) -> None:
    named = {
        one["name"]
        for path in ("/api/v1", "/apis/apps/v1", "/apis/batch/v1", "/apis/autoscaling/v2")
        for one in server.get(path)["resources"]
        if "all" in one.get("categories", [])
    }
    assert {"pods", "services", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"} <= named
    assert not {"configmaps", "secrets"} & named


def aggregated(server: Server, path: str) -> Any:
    """A document of aggregated discovery."""
    answer = server.ask("GET", path, accept=AGGREGATED)
    assert answer.status == 200
    kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    assert answer.headers["Content-Type"].replace(" ", "") == kind
    assert answer.headers["Etag"]
    return answer.json


def test_aggregated_discovery_lists_all_types_of_all_groups(server: Server) -> None:
    core = aggregated(server, "/api")
    assert (core["kind"], core["apiVersion"]) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")
    (version,) = core["items"][0]["versions"]
    pods = next(one for one in version["resources"] if one["resource"] == "pods")
    assert pods["responseKind"]["kind"] == "Pod"
    assert (pods["scope"], pods["singularResource"], pods["shortNames"]) == ("Namespaced", "pod", ["po"])
    assert set(pods["verbs"]) == ALL
    assert {"status", "eviction"} <= {one["subresource"] for one in pods["subresources"]}
    groups = {item["metadata"]["name"]: item for item in aggregated(server, "/apis")["items"]}
    assert {"apps", "batch", "apiextensions.k8s.io"} <= set(groups)
    (apps,) = groups["apps"]["versions"]
    assert (apps["version"], apps["freshness"]) == ("v1", "Current")
    assert {"deployments", "statefulsets"} <= {one["resource"] for one in apps["resources"]}


def test_both_forms_of_discovery_tell_the_same(server: Server, widgets: Widgets) -> None:
    server.wait(f"/apis/{widgets.group}/v1", lambda found: found["resources"])
    groups = aggregated(server, "/apis")["items"]
    deadline = time.monotonic() + WITHIN
    while widgets.group not in {item["metadata"]["name"] for item in groups}:
        assert time.monotonic() < deadline
        groups = aggregated(server, "/apis")["items"]
    for item in groups:
        name = item["metadata"]["name"]
        if name not in {"apps", "batch", widgets.group}:
            continue
        for version in item["versions"]:
            old = {one["name"] for one in server.get(f"/apis/{name}/{version['version']}")["resources"]}
            new = {one["resource"] for one in version["resources"]}
            new |= {
                f"{one['resource']}/{sub['subresource']}"
                for one in version["resources"]
                for sub in one.get("subresources", [])
            }
            assert new == old


def test_aggregated_discovery_is_not_sent_again_unless_it_has_changed(server: Server) -> None:
    answer = server.ask("GET", "/api", accept=AGGREGATED)
    again = server.ask("GET", "/api", accept=AGGREGATED, headers={"If-None-Match": answer.headers["Etag"]})
    assert (again.status, again.body) == (304, b"")


def test_root_lists_paths(server: Server) -> None:
    assert {"/api", "/apis", "/healthz", "/version", "/openapi/v3"} <= set(server.get("/")["paths"])
