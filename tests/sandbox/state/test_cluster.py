from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from kfed.sandbox.state.selectors import compile_selectors, visible
from kfed.sandbox.values.options import DeleteOptions, ListQuery, Options
from tests.sandbox.clusters import APPLY, JSON, MERGE, STRATEGIC, Bench, Manifest, config_map, deployment, refused
from tests.sandbox.crd import crd, version

if TYPE_CHECKING:
    from kfed.sandbox.state.records import Event

WIDGET_SCHEMA: Manifest = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {"size": {"type": "integer", "default": 1}, "color": {"type": "string"}},
        },
        "status": {"type": "object", "properties": {"size": {"type": "integer"}}},
        "note": {"type": "string"},
    },
}


def widgets() -> Bench:
    """A cluster that serves widgets in two versions, with a status and a scale."""
    scale = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}
    first = version(
        storage=True,
        schema={"openAPIV3Schema": WIDGET_SCHEMA},
        subresources={"status": {}, "scale": scale},
        selectableFields=[{"jsonPath": ".spec.color"}],
    )
    second = version("v2", schema={"openAPIV3Schema": WIDGET_SCHEMA})
    bench = Bench()
    bench.create("customresourcedefinitions.apiextensions.k8s.io", crd(first, second), "")
    return bench


def widget(name: str, api: str = "example.com/v1", **fields: Any) -> Manifest:
    return {"apiVersion": api, "kind": "Widget", "metadata": {"name": name}, **fields}


def managers(manifest: Manifest) -> list[tuple[str, str, str]]:
    entries = manifest["metadata"].get("managedFields", ())
    return [(entry["manager"], entry["operation"], entry.get("subresource", "")) for entry in entries]


def test_a_built_in_object_goes_through_its_life() -> None:
    """Create, update, each kind of patch, apply, scale, status, delete: watched all along."""
    bench = Bench()
    seen: list[Event] = []
    bench.store.subscribe(seen.append)

    made = bench.create("deployments.apps", deployment("web"), field_manager="kubectl-create")
    assert made["metadata"]["generation"] == 1
    assert made["metadata"]["creationTimestamp"] == "2026-01-02T03:04:05Z"
    assert made["spec"]["strategy"]["type"] == "RollingUpdate"
    assert made["status"] == {}
    assert managers(made) == [("kubectl-create", "Update", "")]

    made["spec"]["replicas"] = 3
    updated = bench.update("deployments.apps", made, field_manager="kubectl-edit")
    assert (updated["metadata"]["generation"], updated["spec"]["replicas"]) == (2, 3)
    bench.patch("deployments.apps", "web", {"metadata": {"labels": {"tier": "front"}}})
    image = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]}}}}
    merged = bench.patch("deployments.apps", "web", image, STRATEGIC)
    assert len(merged["spec"]["template"]["spec"]["containers"]) == 1
    assert merged["metadata"]["generation"] == 3
    replaced = bench.patch("deployments.apps", "web", [{"op": "replace", "path": "/spec/paused", "value": True}], JSON)
    assert replaced["spec"]["paused"] is True

    config = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 5}}
    assert refused(lambda: bench.apply("deployments.apps", config)).code == 409
    applied = bench.apply("deployments.apps", config, force=True)
    assert applied["spec"]["replicas"] == 5
    assert ("me", "Apply", "") in managers(applied)

    assert bench.get("deployments.apps", "web", subresource="scale")["spec"] == {"replicas": 5}
    bench.patch("deployments.apps", "web", {"spec": {"replicas": 1}}, subresource="scale")
    status = bench.patch("deployments.apps", "web", {"status": {"replicas": 1}}, subresource="status")
    assert status["status"] == {"replicas": 1}
    assert status["spec"]["replicas"] == 1
    assert bench.delete("deployments.apps", "web")["status"] == "Success"

    told = [(event.type, event.record.manifest()["metadata"]["generation"]) for event in seen]
    types = ["ADDED", *["MODIFIED"] * 7, "DELETED"]
    assert told == list(zip(types, [1, 2, 2, 3, 4, 5, 6, 6, 6], strict=True))
    assert [event.record.revision for event in seen] == sorted({event.record.revision for event in seen})


def test_a_custom_object_goes_through_its_life() -> None:
    bench = widgets()
    made = bench.create("widgets.example.com", widget("a", spec={"color": "red"}, status={"size": 9}))
    assert made["spec"] == {"color": "red", "size": 1}
    assert "status" not in made
    made["spec"]["size"] = 2
    assert bench.update("widgets.example.com", made)["metadata"]["generation"] == 2
    noted = bench.patch("widgets.example.com", "a", {"note": "x", "status": {"size": 7}})
    assert (noted["metadata"]["generation"], noted.get("status")) == (3, None)
    told = bench.patch("widgets.example.com", "a", {"note": "y", "status": {"size": 2}}, subresource="status")
    assert (told["note"], told["status"], told["metadata"]["generation"]) == ("x", {"size": 2}, 3)
    assert bench.patch("widgets.example.com", "a", {"spec": {"size": 4}}, subresource="scale")["status"] == {
        "replicas": 2
    }
    applied = bench.apply("widgets.example.com", widget("a", spec={"size": 5}), force=True)
    assert applied["spec"] == {"color": "red", "size": 5}
    assert bench.patch("widgets.example.com", "a", [{"op": "remove", "path": "/note"}], JSON).get("note") is None
    assert refused(lambda: bench.patch("widgets.example.com", "a", {}, STRATEGIC)).code == 415
    assert bench.list("widgets.example.com", field_selector="spec.color=red") == ["a"]
    assert bench.list("widgets.example.com", field_selector="spec.color=blue") == []
    assert bench.delete("widgets.example.com", "a")["status"] == "Success"
    assert bench.list("widgets.example.com", None) == []


def test_versions_of_a_type_share_their_objects() -> None:
    bench = widgets()
    bench.create("widgets.example.com/v2", widget("a", "example.com/v2", spec={"size": 3}))
    assert bench.get("widgets.example.com", "a")["apiVersion"] == "example.com/v1"
    assert bench.patch("widgets.example.com", "a", {"spec": {"size": 4}})["spec"]["size"] == 4
    assert bench.list("widgets.example.com/v2") == ["a"]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "a"}}, 400, "cannot be handled as a ConfigMap"),
        ({"metadata": {"name": "a", "namespace": "other"}}, 400, "does not match the namespace sent"),
        (
            {"metadata": "x"},
            400,
            "cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta",
        ),
        ({"metadata": {"name": "a", "labels": {"a": 1}}}, 400, "ObjectMeta.metadata.labels of type string"),
        ({"metadata": {"name": "a", "resourceVersion": "5"}}, 500, "resourceVersion should not be set"),
        ({"metadata": {}}, 422, "metadata.name: Required value: name or generateName is required"),
        ({"metadata": {"name": "A_b"}}, 422, "a lowercase RFC 1123 subdomain must consist of"),
        ({"metadata": {"name": "a", "labels": {"-x": "a"}}}, 422, "metadata.labels: Invalid value"),
        ({"metadata": {"name": "a", "finalizers": ["nope"]}}, 422, "neither a standard finalizer name nor"),
        ({"metadata": {"name": "a", "annotations": {"a": "x" * 262145}}}, 422, "Too long: may not be more than 262144"),
    ],
)
def test_what_cannot_be_created_is_refused_in_the_server_s_words(body: Manifest, code: int, message: str) -> None:
    bench = Bench()
    error = refused(lambda: bench.create("configmaps", body))
    assert error.code == code
    assert message in error.message
    assert bench.list("configmaps") == ["kube-root-ca.crt"]


def test_what_the_server_alone_says_is_not_taken_from_the_user() -> None:
    bench = Bench()
    given = {"uid": "u", "creationTimestamp": "2020-01-01T00:00:00Z", "selfLink": "s"}
    gone = {"deletionTimestamp": "2020-01-01T00:00:00Z", "deletionGracePeriodSeconds": 5}
    metadata = bench.create("configmaps", config_map("a", **given, **gone))["metadata"]
    assert metadata["uid"] != "u"
    assert metadata["creationTimestamp"] == "2026-01-02T03:04:05Z"
    assert not metadata.keys() & {"selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"}


def test_names_are_made_from_their_beginnings() -> None:
    bench = Bench()
    names = {bench.create("configmaps", {"metadata": {"generateName": "x" * 80}})["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(len(name) == 63 and name.startswith("x" * 58) for name in names)


def test_a_name_is_taken_once() -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a", finalizers=["example.com/wait"]))
    assert refused(lambda: bench.create("configmaps", config_map("a"))).message == 'configmaps "a" already exists'
    bench.delete("configmaps", "a")
    error = refused(lambda: bench.create("configmaps", config_map("a")))
    assert (error.code, error.message) == (409, 'object is being deleted: configmaps "a" already exists')


def test_an_update_of_what_has_changed_since_is_a_conflict() -> None:
    bench = Bench()
    read = bench.create("configmaps", config_map("a"))
    bench.patch("configmaps", "a", {"data": {"a": "2"}})
    error = refused(lambda: bench.update("configmaps", read))
    assert (error.code, error.reason) == (409, "Conflict")
    assert "the object has been modified; please apply your changes to the latest version" in error.message
    assert refused(lambda: bench.patch("configmaps", "a", {"metadata": {"resourceVersion": "1"}})).code == 409
    read["metadata"].pop("resourceVersion")
    assert bench.update("configmaps", read)["data"] == {"a": "1"}  # written blindly


def test_custom_objects_are_not_updated_blindly() -> None:
    bench = widgets()
    bench.create("widgets.example.com", widget("a"))
    error = refused(lambda: bench.update("widgets.example.com", widget("a")))
    assert error.code == 422
    assert error.message.endswith("metadata.resourceVersion: Invalid value: 0: must be specified for an update")


def test_an_update_that_means_an_object_of_the_past_is_a_conflict() -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a"))
    error = refused(lambda: bench.update("configmaps", config_map("a", uid="other")))
    assert error.code == 409
    assert "Precondition failed: UID in precondition: other" in error.message
    error = refused(lambda: bench.patch("configmaps", "a", {"metadata": {"uid": "other"}}))
    assert error.code == 422
    assert error.message.endswith('metadata.uid: Invalid value: "other": field is immutable')


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"metadata": {}}, "was undeterminable: name must be provided"),
        ({"metadata": {"name": "b"}}, "the name of the object (b) does not match the name on the URL (a)"),
    ],
)
def test_an_update_names_the_object_of_its_path(body: Manifest, message: str) -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a"))
    served = bench.type("configmaps")
    error = refused(lambda: bench.cluster.update(served, "default", "a", body, Options()))
    assert error.code == 400
    assert message in error.message


def test_writing_what_is_there_writes_nothing() -> None:
    bench = Bench()
    made = bench.create("deployments.apps", deployment("web"))
    bench.clock.forward(100)
    revision = bench.store.revision
    assert bench.update("deployments.apps", deployment("web")) == made
    assert bench.patch("deployments.apps", "web", {"spec": {"replicas": 2}}) == made
    assert bench.store.revision == revision


def test_generation_counts_what_there_is_to_act_upon() -> None:
    bench = Bench()
    made = bench.create("deployments.apps", deployment("web"))
    labelled = bench.patch("deployments.apps", "web", {"metadata": {"labels": {"a": "b"}}})
    assert labelled["metadata"]["generation"] == made["metadata"]["generation"]
    annotated = bench.patch("deployments.apps", "web", {"metadata": {"annotations": {"a": "b"}}})
    assert annotated["metadata"]["generation"] == 2  # of Deployments, whose ReplicaSets get it too
    bench.create("networkpolicies.networking.k8s.io", {"metadata": {"name": "n"}, "spec": {"podSelector": {}}})
    annotated = bench.patch("networkpolicies.networking.k8s.io", "n", {"metadata": {"annotations": {"a": "b"}}})
    assert annotated["metadata"]["generation"] == 1
    assert "generation" not in bench.create("configmaps", config_map("a"))["metadata"]


def test_the_status_of_a_deployment_leaves_its_labels_and_its_spec() -> None:
    bench = Bench()
    sent = bench.create("deployments.apps", deployment("web", labels={"a": "b"}))
    sent["metadata"]["labels"], sent["spec"]["replicas"], sent["status"] = {"c": "d"}, 9, {"replicas": 4}
    stored = bench.update("deployments.apps", sent, "status")
    assert (stored["metadata"]["labels"], stored["spec"]["replicas"]) == ({"a": "b"}, 2)
    assert (stored["status"], stored["metadata"]["generation"]) == ({"replicas": 4}, 1)


def test_a_dry_run_decides_all_and_stores_nothing() -> None:
    bench = Bench()
    made = bench.create("configmaps", config_map("a"), dry_run=True)
    assert made["metadata"]["uid"]
    assert "resourceVersion" not in made["metadata"]
    assert not bench.exists("configmaps", "a")
    stored = bench.create("configmaps", config_map("a"))
    assert bench.patch("configmaps", "a", {"data": {"a": "2"}}, dry_run=True)["data"] == {"a": "2"}
    assert bench.delete("configmaps", "a", dry=True)["status"] == "Success"
    assert refused(lambda: bench.create("configmaps", config_map("a"), dry_run=True)).code == 409
    assert bench.get("configmaps", "a") == stored


def test_an_update_creates_what_its_type_lets_it_create() -> None:
    bench = Bench()
    lease = {"metadata": {"name": "l"}, "spec": {"holderIdentity": "me"}}
    assert bench.update("leases.coordination.k8s.io", lease)["metadata"]["uid"]
    error = refused(lambda: bench.update("leases.coordination.k8s.io", lease))
    assert "must be specified for an update" in error.message
    assert refused(lambda: bench.update("configmaps", config_map("a"))).code == 404


def test_an_apply_creates_and_takes_back_what_it_applies_no_more() -> None:
    bench = Bench()
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "1", "b": "2"}}
    made = bench.apply("configmaps", config)
    assert managers(made) == [("me", "Apply", "")]
    assert bench.apply("configmaps", config) == made
    assert bench.apply("configmaps", {**config, "data": {"a": "1"}})["data"] == {"a": "1"}
    yaml = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '3'}\n"
    options = Options(field_manager="me")
    patched = bench.cluster.patch(bench.type("configmaps"), "default", "a", yaml, APPLY, options)
    assert patched.manifest()["data"] == {"a": "3"}


@pytest.mark.parametrize(
    ("metadata", "code", "message"),
    [
        ({"name": "b"}, 400, "does not match the name on the URL"),
        ({"name": "a", "uid": "u"}, 409, "the provided object specified uid u, and no existing object was found"),
        ({"name": "a", "managedFields": []}, 400, "metadata.managedFields must be nil"),
        ({"name": "a", "namespace": "x"}, 400, "does not match the namespace sent on the request"),
    ],
)
def test_an_apply_that_means_another_object_is_refused(metadata: Manifest, code: int, message: str) -> None:
    bench = Bench()
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    error = refused(lambda: bench.patch("configmaps", "a", config, APPLY, field_manager="me"))
    assert (error.code, message in error.message) == (code, True)


@pytest.mark.parametrize("kind", [MERGE, STRATEGIC])
def test_a_patch_cannot_make_another_type_of_an_object(kind: str) -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a"))
    error = refused(lambda: bench.patch("configmaps", "a", {"kind": "Foo"}, kind))
    assert error.code == 422
    assert error.message.endswith('no kind "Foo" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"')


@pytest.mark.parametrize(
    ("validation", "code", "warnings"),
    [("Strict", 400, []), ("Warn", 0, ['unknown field "metadata.foo"']), ("Ignore", 0, [])],
)
def test_fields_that_metadata_do_not_have_are_told_as_wanted(validation: str, code: int, warnings: list[str]) -> None:
    bench = widgets()
    body = {**widget("a"), "metadata": {"name": "a", "foo": "bar"}}
    told: list[str] = []
    options = Options(field_validation=validation, warnings=told)
    if code:
        served = bench.type("widgets.example.com")
        error = refused(lambda: bench.cluster.create(served, "default", body, options))
        assert error.message.endswith('strict decoding error: unknown field "metadata.foo"')
    else:
        made = bench.cluster.create(bench.type("widgets.example.com"), "default", body, options).manifest()
        assert "foo" not in made["metadata"]
    assert told == warnings


def test_pages_of_a_list_show_one_moment() -> None:
    bench = Bench()
    for number in range(7):
        bench.create("configmaps", config_map(f"c{number}"))
    served = bench.type("configmaps")
    first = bench.cluster.list(served, "default", ListQuery(limit=3))
    assert [record.key.name for record in first.items] == ["c0", "c1", "c2"]
    assert first.remaining == 5  # kube-root-ca.crt as well
    bench.delete("configmaps", "c3")
    bench.create("configmaps", config_map("c4x"))
    rest = bench.cluster.list(served, "default", ListQuery(limit=9, continue_=first.continue_))
    assert [record.key.name for record in rest.items] == ["c3", "c4", "c5", "c6", "kube-root-ca.crt"]
    assert (rest.revision, rest.continue_, rest.remaining) == (first.revision, "", None)


def test_pages_run_through_all_namespaces() -> None:
    bench = Bench()
    token, seen = "", []
    while True:
        page = bench.cluster.list(bench.type("configmaps"), None, ListQuery(limit=1, continue_=token))
        seen += [record.key.namespace for record in page.items]
        token = page.continue_
        if not token:
            break
    assert seen == ["default", "kube-node-lease", "kube-public", "kube-system"]


def test_a_list_that_is_too_old_to_go_on_is_told_how_to() -> None:
    bench = Bench(history=5)
    for number in range(4):
        bench.create("configmaps", config_map(f"c{number}"))
    page = bench.cluster.list(bench.type("configmaps"), "default", ListQuery(limit=2))
    for number in range(9):
        bench.patch("configmaps", "c0", {"data": {"n": str(number)}})
    error = refused(
        lambda: bench.cluster.list(bench.type("configmaps"), "default", ListQuery(continue_=page.continue_))
    )
    assert (error.code, error.reason) == (410, "Expired")
    token = error.status()["metadata"]["continue"]
    assert bench.list("configmaps", continue_=token) == ["c2", "c3", "kube-root-ca.crt"]
    error = refused(lambda: bench.list("configmaps", resource_version="2", match="Exact"))
    assert (error.code, error.message) == (410, f"too old resource version: 2 ({bench.store.revision - 5})")


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"continue_": "abc"}, 400, "invalid continue token: continue key is not valid: invalid character 'i' looking"),
        ({"continue_": "!"}, 400, "invalid continue token"),
        ({"continue_": "é"}, 400, "invalid continue token"),
        ({"continue_": "eyJ2IjoiIn0"}, 400, "server does not recognize this encoded version"),
        ({"resource_version": "foo"}, 400, 'strconv.ParseUint: parsing "foo": invalid syntax'),
        ({"resource_version": "99999"}, 504, "Too large resource version: 99999, current: "),
        ({"match": "Exact"}, 422, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ({"match": "Exact", "resource_version": "0"}, 422, '"exact" is forbidden for resourceVersion "0"'),
        ({"label_selector": "("}, 400, "found '(', expected: !, identifier, or 'end of string'"),
    ],
)
def test_lists_that_make_no_sense_are_refused(query: dict[str, str], code: int, message: str) -> None:
    error = refused(lambda: Bench().list("configmaps", **query))
    assert (error.code, message in error.message) == (code, True)


def test_a_limit_counts_for_nothing_when_any_state_will_do() -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a"))
    assert len(bench.list("configmaps", limit=1, resource_version="0")) == 2
    assert len(bench.list("configmaps", limit=1)) == 1


def test_what_a_watch_sees_of_a_change_depends_on_what_it_selects() -> None:
    bench = Bench()
    seen: list[Event] = []
    bench.store.subscribe(seen.append)
    bench.create("configmaps", config_map("a", labels={"on": "no"}))
    for value in ("yes", "yes!", "no"):
        patch = {"metadata": {"labels": {"on": value.strip("!")}}, "data": {"v": value}}
        bench.patch("configmaps", "a", patch)
    bench.delete("configmaps", "a")
    matches = compile_selectors(bench.type("configmaps"), "on=yes", "")
    assert [visible(event, matches) for event in seen] == ["", "ADDED", "MODIFIED", "DELETED", ""]


def test_deleting_a_collection_deletes_what_is_selected() -> None:
    bench = Bench()
    for number in range(4):
        bench.create("configmaps", config_map(f"c{number}", labels={"odd": str(number % 2)}))
    served = bench.type("configmaps")
    query = ListQuery(label_selector="odd=1")
    deleted = bench.cluster.delete_collection(served, "default", query, DeleteOptions(), Options(dry_run=True))
    assert len(deleted) == 2
    assert len(bench.list("configmaps", label_selector="odd")) == 4
    bench.cluster.delete_collection(served, "default", query, DeleteOptions(), Options())
    assert bench.list("configmaps", label_selector="odd") == ["c0", "c2"]


def test_stored_json_begins_with_what_tells_objects_apart() -> None:
    bench = Bench()
    bench.create("configmaps", config_map("a"))
    stored = orjson.dumps(bench.get("configmaps", "a"))
    assert stored.startswith(
        b'{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"default","uid":'
    )
