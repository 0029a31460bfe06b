from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kfed.sandbox.state.history import Expired
from kfed.sandbox.state.records import Key
from kfed.sandbox.state.store import Store

if TYPE_CHECKING:
    from kfed.sandbox.state.records import Event


def key(name: str, namespace: str = "default") -> Key:
    return Key("", "configmaps", namespace, name)


def manifest(name: str, value: str = "1", **metadata: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, **metadata}, "data": {"a": value}}


def names(store: Store, namespace: str | None = None, after: str = "") -> list[str]:
    return [record.key.path for record in store.list("", "configmaps", namespace, after)]


def test_each_write_has_a_revision_of_its_own_which_the_object_carries() -> None:
    store = Store()
    first, second = store.put(key("a"), manifest("a")), store.put(key("a"), manifest("a", "2"))
    assert second.revision == first.revision + 1 == store.revision
    assert second.manifest()["metadata"]["resourceVersion"] == str(second.revision)
    assert first.manifest()["data"] == {"a": "1"}  # what was written stays as it was


def test_removing_counts_as_a_change_and_tells_what_was_there() -> None:
    store = Store()
    store.put(key("a"), manifest("a"))
    removed = store.remove(key("a"), manifest("a", "last"))
    assert removed.revision == store.revision
    assert removed.manifest()["data"] == {"a": "last"}
    assert store.get(key("a")) is None
    with pytest.raises(KeyError):
        store.remove(key("a"), manifest("a"))


def test_objects_are_listed_in_the_order_of_their_paths_as_etcd_has_it() -> None:
    store = Store()
    for place in (("b", "ns"), ("a", "ns"), ("c", "ns-1"), ("d", "default")):
        store.put(key(*place), manifest(place[0]))
    assert names(store) == ["default/d", "ns-1/c", "ns/a", "ns/b"]
    assert names(store, "ns") == ["ns/a", "ns/b"]
    assert names(store, "ns", "ns/a") == ["ns/b"]
    assert names(store, None, "ns-1/c") == ["ns/a", "ns/b"]
    assert names(store, "n") == []


def test_history_tells_what_changed_since_a_revision() -> None:
    store = Store()
    start = store.revision
    store.put(key("a"), manifest("a"))
    store.put(key("a"), manifest("a", "2"))
    store.remove(key("a"), manifest("a", "2"))
    told = [(event.type, event.record.revision, event.previous is not None) for event in store.since(start)]
    assert told == [("ADDED", start + 1, False), ("MODIFIED", start + 2, True), ("DELETED", start + 3, True)]
    assert store.since(store.revision) == []


def test_history_that_is_forgotten_has_expired() -> None:
    store = Store(history=2)
    for value in "123":
        store.put(key("a"), manifest("a", value))
    assert len(store.since(store.revision - 2)) == 2
    with pytest.raises(Expired):
        store.since(store.revision - 3)


def test_history_of_large_objects_is_short() -> None:
    store = Store()
    start = store.revision
    for value in range(40):
        store.put(key("a"), manifest("a", str(value) * 1_000_000))
    assert store.since(store.revision - 1)
    with pytest.raises(Expired):
        store.since(start)


def test_a_list_can_be_had_as_it_was() -> None:
    store = Store()
    store.put(key("a"), manifest("a"))
    store.put(key("b"), manifest("b"))
    then = store.revision
    store.put(key("a"), manifest("a", "2"))
    store.remove(key("b"), manifest("b"))
    store.put(key("c"), manifest("c"))
    store.put(Key("", "secrets", "default", "a"), manifest("a"))
    past = store.list_at("", "configmaps", "default", then)
    assert [(record.key.name, record.manifest()["data"]["a"]) for record in past] == [("a", "1"), ("b", "1")]
    assert names(store) == ["default/a", "default/c"]


def test_listeners_hear_of_every_change_until_they_do_not_want_to() -> None:
    store = Store()
    heard: list[Event] = []
    stop = store.subscribe(heard.append)
    store.put(key("a"), manifest("a"))
    stop()
    stop()
    store.put(key("b"), manifest("b"))
    assert [event.record.key.name for event in heard] == ["a"]


def test_an_object_takes_little_more_room_than_its_json() -> None:
    store = Store()
    record = store.put(key("a"), manifest("a", "x" * 1000))
    assert record.data.__sizeof__() < len(record.data) + 64


def test_a_record_says_whether_its_object_is_being_deleted() -> None:
    store = Store()
    assert not store.put(key("a"), manifest("a")).deleting
    assert store.put(key("a"), manifest("a", deletionTimestamp="2026-01-01T00:00:00Z")).deleting
