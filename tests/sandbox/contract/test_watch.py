"""Watches: what has changed, in order, from a version on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.sandbox.contract.manifests import configmap, secret
from tests.sandbox.contract.wire import WITHIN

if TYPE_CHECKING:
    import http.client

    from tests.sandbox.contract.conftest import Widgets
    from tests.sandbox.contract.wire import Server

INITIAL_END = "k8s.io/initial-events-end"


def test_watch_tells_of_every_change_in_order(server: Server, configmaps: str) -> None:
    start = server.get(configmaps)["metadata"]["resourceVersion"]
    with server.watch(configmaps, resourceVersion=start) as watch:
        made = server.post(configmaps, configmap("a", {"k": "v"}))
        assert watch.event() == ("ADDED", made)
        changed = server.put(f"{configmaps}/a", configmap("a", {"k": "w"}))
        assert watch.event() == ("MODIFIED", changed)
        server.delete(f"{configmaps}/a")
        kind, last = watch.event()
        assert (kind, last["data"]) == ("DELETED", {"k": "w"})
        assert int(last["metadata"]["resourceVersion"]) > int(changed["metadata"]["resourceVersion"])


def test_watch_goes_on_after_a_version(server: Server, configmaps: str) -> None:
    first = server.post(configmaps, configmap("a"))
    second = server.post(configmaps, configmap("b"))
    with server.watch(configmaps, resourceVersion=first["metadata"]["resourceVersion"]) as watch:
        assert watch.event() == ("ADDED", second)


def test_watch_without_a_version_begins_with_what_is_there(server: Server, secrets: str) -> None:
    made = [server.post(secrets, secret(name)) for name in ("a", "b")]
    for version in (None, "0"):
        with server.watch(secrets, resourceVersion=version) as watch:
            if version is None:
                assert [watch.event() for _ in made] == [("ADDED", one) for one in made]
            last = server.post(secrets, secret(f"c{version}".lower()))
            assert watch.until(lambda _, found, last=last: found == last)[0] == "ADDED"  # type: ignore[misc]
            made.append(last)


def test_watch_of_one_object_by_name(server: Server, configmaps: str) -> None:
    start = server.get(configmaps)["metadata"]["resourceVersion"]
    selected = {"resourceVersion": start, "fieldSelector": "metadata.name=b"}
    with server.watch(configmaps, **selected) as watch:
        server.post(configmaps, configmap("a"))
        made = server.post(configmaps, configmap("b"))
        assert watch.event() == ("ADDED", made)


def test_watch_of_selected_objects_sees_them_come_and_go(server: Server, secrets: str) -> None:
    start = server.get(secrets)["metadata"]["resourceVersion"]
    with server.watch(secrets, resourceVersion=start, labelSelector="x=y") as watch:
        server.post(secrets, secret("a"))
        server.patch(f"{secrets}/a", {"metadata": {"labels": {"x": "y"}}})
        assert watch.event()[0] == "ADDED"
        server.patch(f"{secrets}/a", {"stringData": {"k": "v"}})
        assert watch.event()[0] == "MODIFIED"
        last = server.patch(f"{secrets}/a", {"metadata": {"labels": {"x": "z"}}})
        kind, gone = watch.event()
        assert (kind, gone["metadata"]["labels"]) == ("DELETED", {"x": "y"})
        assert gone["metadata"]["resourceVersion"] == last["metadata"]["resourceVersion"]


def test_watch_of_all_namespaces(server: Server, configmaps: str, unique: str) -> None:
    start = server.get(configmaps)["metadata"]["resourceVersion"]
    query = {"resourceVersion": start, "fieldSelector": f"metadata.name={unique}"}
    with server.watch("/api/v1/configmaps", **query) as watch:
        made = server.post(configmaps, configmap(unique))
        assert watch.event() == ("ADDED", made)


def test_watch_of_custom_objects(server: Server, widgets: Widgets) -> None:
    start = server.get(widgets.path)["metadata"]["resourceVersion"]
    with server.watch(widgets.path, resourceVersion=start) as watch:
        made = server.post(widgets.path, widgets.new("a"))
        assert watch.event() == ("ADDED", made)
        server.patch(f"{widgets.path}/a/status", {"status": {"replicas": 3}})
        kind, found = watch.event()
        assert (kind, found["status"]) == ("MODIFIED", {"replicas": 3})


def test_old_path_of_watches_works_still(server: Server, secrets: str) -> None:
    made = server.post(secrets, secret("a"))
    namespace = secrets.split("/")[4]
    with server.watch(f"/api/v1/watch/namespaces/{namespace}/secrets") as watch:
        assert watch.event() == ("ADDED", made)


def test_watch_ends_when_its_time_is_up_and_no_other_does(server: Server, secrets: str) -> None:
    made = server.post(secrets, secret("a"))
    with server.watch(secrets, timeoutSeconds=1) as short, server.watch(secrets, timeoutSeconds=60) as long:
        assert short.event() == long.event() == ("ADDED", made)
        assert short.next() is None
        other = server.post(secrets, secret("b"))
        assert long.event() == ("ADDED", other)


def test_bookmark_tells_the_version_before_the_time_is_up(server: Server, configmaps: str, unique: str) -> None:
    start = server.get(configmaps)["metadata"]["resourceVersion"]
    query = {"resourceVersion": start, "allowWatchBookmarks": True, "timeoutSeconds": 3}
    with server.watch(configmaps, **query) as watch:
        elsewhere = server.post("/api/v1/namespaces/default/configmaps", configmap(unique))
        version = elsewhere["metadata"]["resourceVersion"]
        kind, bookmark = watch.event()
        assert kind == "BOOKMARK"
        assert set(bookmark) == {"apiVersion", "kind", "metadata"}
        assert (bookmark["kind"], set(bookmark["metadata"])) == ("ConfigMap", {"resourceVersion"})
        assert int(bookmark["metadata"]["resourceVersion"]) >= int(version)


def test_watch_can_begin_with_what_is_there_and_tell_its_end(server: Server, secrets: str) -> None:
    made = [server.post(secrets, secret(name)) for name in ("a", "b")]
    query = {"sendInitialEvents": True, "allowWatchBookmarks": True, "resourceVersionMatch": "NotOlderThan"}
    with server.watch(secrets, **query) as watch:
        assert [watch.event() for _ in made] == [("ADDED", one) for one in made]
        kind, bookmark = watch.event()
        assert (kind, bookmark["metadata"]["annotations"]) == ("BOOKMARK", {INITIAL_END: "true"})
        assert int(bookmark["metadata"]["resourceVersion"]) >= int(made[-1]["metadata"]["resourceVersion"])
        later = server.post(secrets, secret("c"))
        assert watch.until(lambda kind, _: kind != "BOOKMARK") == ("ADDED", later)


def test_initial_events_need_a_match(server: Server, configmaps: str) -> None:
    query = {"watch": True, "sendInitialEvents": True}
    answer = server.ask("GET", configmaps, query=query).refused(422, "Invalid")
    assert answer.message == (
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting '
        "resourceVersionMatch to NotOlderThan"
    )


def test_watch_from_a_version_long_gone_is_410(server: Server, widgets: Widgets) -> None:
    server.post(widgets.path, widgets.new("a"))
    with server.watch(widgets.path, resourceVersion="1") as watch:
        kind, status = watch.event()
        assert (kind, status["kind"], status["code"], status["reason"]) == ("ERROR", "Status", 410, "Expired")
        assert status["message"].startswith("too old resource version: 1 (")
        assert watch.next() is None


def test_watch_is_answered_in_chunks_without_length(server: Server, configmaps: str) -> None:
    with server.watch(configmaps) as watch:
        assert watch.response.headers["Transfer-Encoding"] == "chunked"
        assert watch.response.headers["Content-Type"] == "application/json"


def test_watch_can_be_of_tables(server: Server, configmaps: str) -> None:
    server.post(configmaps, configmap("a", {"k": "v"}))
    connection = server.connect()
    try:
        headers = {
            "Authorization": f"Bearer {server.token}",
            "Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        }
        connection.request("GET", f"{server.prefix}{configmaps}?watch=true", headers=headers)
        line = connection.getresponse().readline()
    finally:
        connection.close()
    assert b'"type":"ADDED"' in line.replace(b" ", b"")
    assert b'"kind":"Table"' in line.replace(b" ", b"")
    assert b'"cells":["a",1,' in line.replace(b" ", b"")


def test_watch_of_a_deleted_namespace_hears_of_its_end(working: Server, ns: str) -> None:
    name = ns.rpartition("/")[2]
    with working.watch("/api/v1/namespaces", fieldSelector=f"metadata.name={name}") as watch:
        working.delete(ns)
        terminating = watch.until(lambda kind, found: "deletionTimestamp" in found["metadata"] and kind == "MODIFIED")
        assert terminating[1]["status"]["phase"] == "Terminating"
        watch.until(lambda kind, _: kind == "DELETED")


def test_many_watches_all_hear_of_a_change(server: Server, configmaps: str) -> None:
    start = server.get(configmaps)["metadata"]["resourceVersion"]
    target = f"{server.prefix}{configmaps}?watch=true&resourceVersion={start}"
    opened: list[http.client.HTTPSConnection] = []
    try:
        for _ in range(100):
            connection = server.connect()
            opened.append(connection)
            connection.request("GET", target, headers={"Authorization": f"Bearer {server.token}"})
        answers = [connection.getresponse() for connection in opened]
        made = server.post(configmaps, configmap("a"))
        version = made["metadata"]["resourceVersion"].encode()
        deadline = time.monotonic() + WITHIN
        assert all(version in answer.readline() for answer in answers)
        assert time.monotonic() < deadline
    finally:
        for connection in opened:
            connection.close()
