"""Tables: the columns that ``kubectl get`` prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.contract.manifests import configmap, deployment, pod, service

if TYPE_CHECKING:
    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
AGE = re.compile(r"\d+[smh]|<unknown>|<invalid>")


def table(server: Server, path: str, **query: object) -> Any:
    """A table, which must be one."""
    answer = server.done("GET", path, accept=TABLE, query=query)
    assert (answer["kind"], answer["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    return answer


def columns(found: Any) -> list[str]:
    """The names of columns, those that are for ``-o wide`` in brackets."""
    return [f"[{one['name']}]" if one["priority"] else one["name"] for one in found["columnDefinitions"]]


# ruff: noqa: E501  # a row is a row
COLUMNS = """\
api/v1/configmaps: Name Data Age
api/v1/events: Last_Seen Type Reason Object [Subobject] [Source] Message [First_Seen] [Count] [Name]
api/v1/namespaces: Name Status Age
api/v1/nodes: Name Status Roles Age Version [Internal-IP] [External-IP] [OS-Image] [Kernel-Version] [Container-Runtime]
api/v1/pods: Name Ready Status Restarts Age [IP] [Node] [Nominated_Node] [Readiness_Gates]
api/v1/persistentvolumeclaims: Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age [VolumeMode]
api/v1/secrets: Name Type Data Age
api/v1/serviceaccounts: Name Age
api/v1/services: Name Type Cluster-IP External-IP Port(s) Age [Selector]
apis/apps/v1/daemonsets: Name Desired Current Ready Up-to-date Available Node_Selector Age [Containers] [Images] [Selector]
apis/apps/v1/deployments: Name Ready Up-to-date Available Age [Containers] [Images] [Selector]
apis/apps/v1/replicasets: Name Desired Current Ready Age [Containers] [Images] [Selector]
apis/apps/v1/statefulsets: Name Ready Age [Containers] [Images]
apis/autoscaling/v2/horizontalpodautoscalers: Name Reference Targets MinPods MaxPods Replicas Age
apis/batch/v1/cronjobs: Name Schedule Timezone Suspend Active Last_Schedule Age [Containers] [Images] [Selector]
apis/batch/v1/jobs: Name Status Completions Duration Age [Containers] [Images] [Selector]
apis/coordination.k8s.io/v1/leases: Name Holder Age
apis/networking.k8s.io/v1/ingresses: Name Class Hosts Address Ports Age
apis/networking.k8s.io/v1/networkpolicies: Name Pod-Selector Age
apis/policy/v1/poddisruptionbudgets: Name Min_Available Max_Unavailable Allowed_Disruptions Age
apis/rbac.authorization.k8s.io/v1/clusterroles: Name Created_At
apis/rbac.authorization.k8s.io/v1/rolebindings: Name Role Age [Users] [Groups] [ServiceAccounts]
apis/scheduling.k8s.io/v1/priorityclasses: Name Value Global-Default Age PreemptionPolicy
apis/storage.k8s.io/v1/storageclasses: Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age
apis/apiextensions.k8s.io/v1/customresourcedefinitions: Name Scope Versions Created_At [Group] [Kind] [ShortNames] [Established]
"""


@pytest.mark.parametrize("row", COLUMNS.splitlines(), ids=lambda row: row.partition(":")[0].rpartition("/")[2])
def test_columns_of_a_built_in_type(server: Server, row: str) -> None:
    path, _, names = row.partition(": ")
    assert columns(table(server, f"/{path}", limit=1)) == [name.replace("_", " ") for name in names.split(" ")]


def test_table_has_a_row_for_each_object(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v", "l": "w"}))
    found = table(server, configmaps, fieldSelector="metadata.name=a")
    (row,) = found["rows"]
    assert row["cells"][:2] == ["a", 2]
    assert AGE.fullmatch(row["cells"][2])
    assert (row["object"]["kind"], row["object"]["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert row["object"]["metadata"]["name"] == "a"
    first = found["columnDefinitions"][0]
    assert (first["name"], first["type"], first["format"]) == ("Name", "string", "name")
    assert found["metadata"]["resourceVersion"]


def test_table_of_one_object(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a"))
    assert [row["cells"][0] for row in table(server, f"{configmaps}/a")["rows"]] == ["a"]


def test_rows_may_hold_whole_objects_or_none(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    assert table(server, f"{configmaps}/a", includeObject="Object")["rows"][0]["object"]["data"] == {"k": "v"}
    assert table(server, f"{configmaps}/a", includeObject="None")["rows"][0]["object"] is None
    answer = server.ask("GET", f"{configmaps}/a", accept=TABLE, query={"includeObject": "Some"})
    assert answer.status == 400


def test_tables_come_in_pages_and_selected(server: Server, secrets: str) -> None:
    for name in ("a", "b", "c"):
        server.post(secrets, {"metadata": {"name": name, "labels": {"n": name}}})
    first = table(server, secrets, limit=2)
    assert [row["cells"][0] for row in first["rows"]] == ["a", "b"]
    rest = table(server, secrets, limit=2, **{"continue": first["metadata"]["continue"]})
    assert [row["cells"][0] for row in rest["rows"]] == ["c"]
    assert [row["cells"][0] for row in table(server, secrets, labelSelector="n=b")["rows"]] == ["b"]


def cells(server: Server, path: str) -> dict[str, Any]:
    """The cells of one object by the names of their columns, less those that change with time."""
    found = table(server, path)
    names = [one["name"] for one in found["columnDefinitions"]]
    return {name: cell for name, cell in zip(names, found["rows"][0]["cells"], strict=True) if name != "Age"}


def test_cells_of_a_deployment(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0))
    assert cells(server, f"{deployments}/a") == {
        "Name": "a",
        "Ready": "0/0",
        "Up-to-date": 0,
        "Available": 0,
        "Containers": "web",
        "Images": "nginx:1",
        "Selector": "app=a",
    }


def test_cells_of_a_service(server: Server, ns: str) -> None:
    made = server.post(f"{ns}/services", service("a", ports=[{"name": "h", "port": 80}, {"name": "t", "port": 443}]))
    found = cells(server, f"{ns}/services/a")
    assert found == {
        "Name": "a",
        "Type": "ClusterIP",
        "Cluster-IP": made["spec"]["clusterIP"],
        "External-IP": "<none>",
        "Port(s)": "80/TCP,443/TCP",
        "Selector": "app=a",
    }


def test_cells_of_a_pod(server: Server, ns: str) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    found = cells(server, f"{ns}/pods/a")
    assert found == {
        "Name": "a",
        "Ready": "0/1",
        "Status": "Pending",
        "Restarts": "0",
        "IP": "<none>",
        "Node": "<none>",
        "Nominated Node": "<none>",
        "Readiness Gates": "<none>",
    }


def test_cells_of_a_secret(server: Server, ns: str) -> None:
    server.post(f"{ns}/secrets", {"metadata": {"name": "a"}, "stringData": {"k": "v"}})
    assert cells(server, f"{ns}/secrets/a") == {"Name": "a", "Type": "Opaque", "Data": 1}


def test_cells_of_a_namespace(server: Server, ns: str) -> None:
    assert cells(server, ns) == {"Name": ns.rpartition("/")[2], "Status": "Active"}


def test_cells_of_a_custom_object_follow_its_columns(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a", {"replicas": 3, "note": "hi"}))
    conditions = [{"type": "Other", "status": "False"}, {"type": "Ready", "status": "True"}]
    server.patch(f"{widgets.path}/a/status", {"status": {"conditions": conditions}})
    found = table(server, f"{widgets.path}/a")
    assert columns(found) == ["Name", "Size", "Replicas", "Ready", "[Note]", "Age"]
    assert found["rows"][0]["cells"][:5] == ["a", "small", 3, "True", "hi"]
    assert found["columnDefinitions"][2]["type"] == "integer"
    assert found["columnDefinitions"][1]["description"] == "How big it is."


def test_cells_without_a_value_are_null(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    assert table(server, f"{widgets.path}/a")["rows"][0]["cells"][3:5] == [None, None]


def test_type_without_columns_has_name_and_age(server: Server, define: Any) -> None:
    path = define()
    version = "/".join(path.split("/")[2:4])
    server.post(path, {"apiVersion": version, "kind": "Widget", "metadata": {"name": "a"}})
    assert columns(table(server, path)) == ["Name", "Age"]


def test_metadata_alone_can_be_asked_for(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    found = server.done("GET", f"{configmaps}/a", accept=accept)
    assert (found["kind"], found["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert "data" not in found
    accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    listed = server.done("GET", configmaps, accept=accept)
    assert listed["kind"] == "PartialObjectMetadataList"
    assert all("data" not in item for item in listed["items"])
