"""Lists: order, pages, and selectors of labels and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.contract.manifests import deployment, pod, secret, service
from tests.sandbox.contract.wire import LABEL_NAME, LABEL_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server


def test_list_is_in_order_of_names(server: Server, secrets: str) -> None:
    for name in ("b", "a.b", "c", "a", "a-b"):
        server.post(secrets, secret(name))
    assert server.names(secrets) == ["a", "a-b", "a.b", "b", "c"]


def test_list_has_a_kind_of_its_own_and_its_items_none(server: Server, secrets: str, widgets: Widgets) -> None:
    server.post(secrets, secret("a"))
    page = server.get(secrets)
    assert (page["kind"], page["apiVersion"]) == ("SecretList", "v1")
    assert not {"kind", "apiVersion"} & set(page["items"][0])
    server.post(widgets.path, widgets.new("a"))
    page = server.get(widgets.path)
    assert (page["kind"], page["apiVersion"]) == ("WidgetList", f"{widgets.group}/v1")
    assert page["items"][0]["kind"] == "Widget"


def test_empty_list_has_no_items(server: Server, secrets: str) -> None:
    page = server.get(secrets)
    assert page["items"] == []
    assert set(page["metadata"]) == {"resourceVersion"}


def test_list_of_a_namespace_that_is_not_there_is_empty(server: Server, unique: str) -> None:
    assert server.names(f"/api/v1/namespaces/{unique}/secrets") == []


def test_pages_make_up_the_whole(server: Server, secrets: str) -> None:
    names = [f"c{number}" for number in range(5)]
    for name in names:
        server.post(secrets, secret(name))
    first = server.get(secrets, limit=2)
    assert [item["metadata"]["name"] for item in first["items"]] == names[:2]
    assert first["metadata"]["remainingItemCount"] == 3
    second = server.get(secrets, limit=2, **{"continue": first["metadata"]["continue"]})
    assert [item["metadata"]["name"] for item in second["items"]] == names[2:4]
    assert second["metadata"]["remainingItemCount"] == 1
    third = server.get(secrets, limit=2, **{"continue": second["metadata"]["continue"]})
    assert [item["metadata"]["name"] for item in third["items"]] == names[4:]
    assert not {"continue", "remainingItemCount"} & set(third["metadata"])
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


def test_pages_are_of_one_moment(server: Server, secrets: str) -> None:
    for name in ("a", "b", "d"):
        server.post(secrets, secret(name))
    first = server.get(secrets, limit=1)
    server.post(secrets, secret("c"))
    server.delete(f"{secrets}/d")
    rest = server.names(secrets, **{"continue": first["metadata"]["continue"]})
    assert rest == ["b", "d"]


def test_page_as_large_as_the_whole_is_the_last(server: Server, secrets: str) -> None:
    for name in ("a", "b"):
        server.post(secrets, secret(name))
    assert "continue" not in server.get(secrets, limit=2)["metadata"]


def test_pages_of_selected_objects_do_not_tell_how_many_remain(server: Server, secrets: str) -> None:
    for name in ("a", "b", "c"):
        server.post(secrets, secret(name, labels={"x": "y"}))
    first = server.get(secrets, limit=1, labelSelector="x=y")
    assert "remainingItemCount" not in first["metadata"]
    token = first["metadata"]["continue"]
    assert server.names(secrets, labelSelector="x=y", **{"continue": token}) == ["b", "c"]


def test_bad_continue_token_is_a_bad_request(server: Server, secrets: str) -> None:
    answer = server.ask("GET", secrets, query={"continue": "nonsense!"}).refused(400, "BadRequest")
    assert answer.message == ("invalid continue token: continue key is not valid: illegal base64 data at input byte 8")


def test_bad_limit_is_a_bad_request(server: Server, secrets: str) -> None:
    answer = server.ask("GET", secrets, query={"limit": "x"}).refused(400, "BadRequest")
    assert answer.message == 'strconv.ParseInt: parsing "x": invalid syntax'


LABELLED = {"a": {"tier": "web", "env": "prod"}, "b": {"tier": "web", "env": "test"}, "c": {"tier": "db"}, "d": {}}


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("tier=web", "ab"),
        ("tier==web", "ab"),
        ("tier!=web", "cd"),
        ("tier=web,env=prod", "a"),
        ("tier", "abc"),
        ("!tier", "d"),
        ("env in (prod, test)", "ab"),
        ("env in (prod)", "a"),
        ("env notin (prod)", "bcd"),
        ("tier in (web,db),!env", "c"),
        ("tier=none", ""),
        ("", "abcd"),
        (" tier = web , env != test ", "a"),
        ("tier=", ""),
    ],
)
def test_label_selector_selects(server: Server, secrets: str, selector: str, names: str) -> None:
    for name, labels in LABELLED.items():
        server.post(secrets, secret(name, labels=labels))
    assert "".join(server.names(secrets, labelSelector=selector)) == names


def test_label_selector_compares_numbers(server: Server, secrets: str) -> None:
    for number in (5, 15, 25):
        server.post(secrets, secret(f"n{number}", labels={"size": str(number)}))
    assert server.names(secrets, labelSelector="size>5,size<25") == ["n15"]


BAD_SELECTORS = {
    "a in": "unable to parse requirement: found '' expected: '('",
    "a in (b": "unable to parse requirement: found '', expected: ',' or ')'",
    "=b": "found '=', expected: !, identifier, or 'end of string'",
    "a=b=c": "found '=', expected: ',' or 'end of string'",
    "a,,b": "found ',', expected: identifier after ','",
    "a b": "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    "-a=b": f'unable to parse requirement: <nil>: Invalid value: "-a": {LABEL_NAME}',
    "a=-b-": f'unable to parse requirement: values[0][a]: Invalid value: "-b-": {LABEL_VALUE}',
    "a>x": (
        "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an "
        "integer"
    ),
    "a in b": "unable to parse requirement: found 'b' expected: '('",
}


@pytest.mark.parametrize("selector", BAD_SELECTORS)
def test_bad_label_selector_is_a_bad_request(server: Server, secrets: str, selector: str) -> None:
    answer = server.ask("GET", secrets, query={"labelSelector": selector})
    answer.refused(400, "BadRequest", BAD_SELECTORS[selector])


def test_field_selector_knows_name_and_namespace(server: Server, secrets: str) -> None:
    for name in ("a", "b"):
        server.post(secrets, secret(name))
    namespace = secrets.split("/")[4]
    assert server.names(secrets, fieldSelector="metadata.name=a") == ["a"]
    assert server.names(secrets, fieldSelector="metadata.name==b") == ["b"]
    assert server.names(secrets, fieldSelector="metadata.name!=a") == ["b"]
    assert server.names("/api/v1/secrets", fieldSelector=f"metadata.namespace={namespace}") == ["a", "b"]
    both = f"metadata.name=a,metadata.namespace={namespace}"
    assert server.names("/api/v1/secrets", fieldSelector=both) == ["a"]
    assert server.names(secrets, fieldSelector="metadata.name=a,metadata.name!=a") == []


def test_unknown_field_selector_is_a_bad_request(server: Server, configmaps: str, widgets: Widgets) -> None:
    answer = server.ask("GET", configmaps, query={"fieldSelector": "data.x=y"}).refused(400, "BadRequest")
    assert answer.message == '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
    answer = server.ask("GET", widgets.path, query={"fieldSelector": "spec.size=small"}).refused(400, "BadRequest")
    assert answer.message == "field label not supported: spec.size"


def test_bad_field_selector_is_a_bad_request(server: Server, secrets: str) -> None:
    answer = server.ask("GET", secrets, query={"fieldSelector": "nonsense"})
    answer.refused(400, "BadRequest", "invalid selector: 'nonsense'; can't understand 'nonsense'")


def test_custom_objects_are_selected_by_name(server: Server, widgets: Widgets) -> None:
    for name in ("a", "b"):
        server.post(widgets.path, widgets.new(name))
    assert server.names(widgets.path, fieldSelector="metadata.name=b") == ["b"]


def test_custom_objects_are_selected_by_fields_that_their_type_names(
    server: Server, define: Callable[..., str]
) -> None:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "string"}}}}}
    path = define(schema, selectableFields=[{"jsonPath": ".spec.size"}])
    for size in ("small", "large"):
        body = {"apiVersion": "/".join(path.split("/")[2:4]), "kind": "Widget", "metadata": {"name": size}}
        server.post(path, body | {"spec": {"size": size}})
    assert server.names(path, fieldSelector="spec.size=large") == ["large"]


def test_pods_are_selected_by_phase_and_node(server: Server, ns: str) -> None:
    server.post(f"{ns}/pods", pod("a", schedulerName="nobody"))
    server.post(f"{ns}/pods", pod("b", nodeName="n1", schedulerName="nobody"))
    assert server.names(f"{ns}/pods", fieldSelector="spec.nodeName=n1") == ["b"]
    assert "a" in server.names(f"{ns}/pods", fieldSelector="status.phase=Pending")
    assert server.names(f"{ns}/pods", fieldSelector="status.phase=Failed") == []
    assert server.names(f"{ns}/pods", fieldSelector="spec.restartPolicy=Always") == ["a", "b"]


def test_secrets_are_selected_by_type(server: Server, ns: str) -> None:
    server.post(f"{ns}/secrets", {"metadata": {"name": "a"}, "type": "example.com/one"})
    server.post(f"{ns}/secrets", {"metadata": {"name": "b"}})
    assert server.names(f"{ns}/secrets", fieldSelector="type=example.com/one") == ["a"]
    assert "b" in server.names(f"{ns}/secrets", fieldSelector="type=Opaque")


def test_services_are_selected_by_type(server: Server, ns: str) -> None:
    server.post(f"{ns}/services", service("a"))
    assert server.names(f"{ns}/services", fieldSelector="spec.type=ClusterIP") == ["a"]
    assert server.names(f"{ns}/services", fieldSelector="spec.clusterIP=None") == []


def test_namespaces_are_selected_by_name_label(server: Server, ns: str) -> None:
    name = ns.rpartition("/")[2]
    assert server.names("/api/v1/namespaces", labelSelector=f"kubernetes.io/metadata.name={name}") == [name]


def test_list_of_all_namespaces_holds_those_of_each(server: Server, deployments: str) -> None:
    server.post(deployments, deployment("a", 0))
    namespace = deployments.split("/")[5]
    found = server.get("/apis/apps/v1/deployments", fieldSelector=f"metadata.namespace={namespace}")
    assert [item["metadata"]["name"] for item in found["items"]] == ["a"]
    assert found["kind"] == "DeploymentList"


def test_deletion_of_a_collection_deletes_what_is_selected(server: Server, secrets: str) -> None:
    for name, labels in LABELLED.items():
        server.post(secrets, secret(name, labels=labels))
    answer = server.ask("DELETE", secrets, query={"labelSelector": "tier=web"})
    assert answer.status == 200
    assert answer.json["kind"] == "SecretList"
    assert [item["metadata"]["name"] for item in answer.json["items"]] == ["a", "b"]
    assert server.names(secrets) == ["c", "d"]
    server.delete(secrets, fieldSelector="metadata.name!=c")
    assert server.names(secrets) == ["c"]
    server.delete(secrets)
    assert server.names(secrets) == []
