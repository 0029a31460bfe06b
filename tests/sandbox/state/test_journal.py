from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from kfed.errors import UnavailableError
from kfed.sandbox.state.journal import Journal
from kfed.sandbox.state.records import Key
from kfed.sandbox.state.store import Store
from tests.sandbox.clusters import Bench, config_map

WRITER = Path(__file__).with_name("writing_forever.py")


def key(name: str) -> Key:
    return Key("", "configmaps", "default", name)


def manifest(name: str, value: str = "1") -> dict[str, Any]:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, "data": {"a": value}}


def test_what_was_written_is_there_again_with_its_revisions(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    store = Store(journal.open("host"))
    store.put(key("a"), manifest("a"))
    kept = store.put(key("b"), manifest("b", "2"))
    store.remove(key("a"), manifest("a"))
    asyncio.run(store.settle())
    journal.close()

    journal = Journal(tmp_path / "state")
    again = Store(journal.open("host"))
    assert again.revision == store.revision
    assert [record.data for record in again.list("", "configmaps")] == [kept.data]
    assert again.get(key("b")).revision == kept.revision  # type: ignore[union-attr]
    assert again.put(key("c"), manifest("c")).revision == store.revision + 1
    journal.close()


def test_clusters_share_a_journal_and_nothing_else(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    host, member = Store(journal.open("host")), Store(journal.open("member"))
    host.put(key("a"), manifest("a"))
    member.put(key("b"), manifest("b"))
    member.put(key("c"), manifest("c"))
    journal.close()

    journal = Journal(tmp_path / "state")
    found = {name: Store(journal.open(name)) for name in ("host", "member")}
    assert [record.key.name for record in found["host"].list("", "configmaps")] == ["a"]
    assert found["member"].revision == member.revision == host.revision + 1
    journal.close()


def test_many_writers_at_once_are_all_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    store = Store(journal.open("host"))

    async def write(number: int) -> None:
        store.put(key(str(number)), manifest(str(number)))
        await store.settle()

    async def write_many() -> None:
        await asyncio.gather(*(write(number) for number in range(500)))

    asyncio.run(write_many())
    journal.close()
    again = Journal(tmp_path / "state")
    assert len(again.load("host")[1]) == 500
    again.close()


def test_nothing_written_means_nothing_to_wait_for(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    asyncio.run(Store(journal.open("host")).settle())
    asyncio.run(Store().settle())
    journal.close()


def test_a_journal_that_cannot_be_written_is_never_acknowledged_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    store = Store(journal.open("host"))
    journal._database.execute("PRAGMA max_page_count = 1")  # noqa: SLF001  a full disk
    store.put(key("a"), manifest("a", "x" * 1_000_000))
    with pytest.raises(UnavailableError, match="cannot be written"):
        asyncio.run(store.settle())
    with pytest.raises(UnavailableError):
        asyncio.run(store.settle())
    journal.close()


@pytest.mark.parametrize("content", [b"no database at all, but text" * 100, b""])
def test_only_a_journal_is_opened(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    if content:
        with pytest.raises(UnavailableError, match=r"is damaged: file is not a database\. Move it away"):
            Journal(path)
        assert path.read_bytes() == content
    else:
        Journal(path).close()


def test_a_journal_of_another_format_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(UnavailableError, match="another version"):
        Journal(tmp_path / "state")


def test_two_processes_do_not_write_one_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    with pytest.raises(UnavailableError, match="locked"):
        Journal(tmp_path / "state")
    journal.close()


def test_killed_in_the_middle_of_writing_it_has_what_was_acknowledged_and_nothing_else(tmp_path: Path) -> None:
    """The writer prints a line per acknowledged write, and is killed while it goes on."""
    path = tmp_path / "state"
    with subprocess.Popen([sys.executable, WRITER, path], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [orjson.loads(next(writer.stdout)) for _ in range(2107)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [orjson.loads(line) for line in writer.stdout if line.endswith("\n")]

    journal = Journal(path)
    store = Store(journal.open("host"))
    found = {record.key.name: record.manifest() for record in store.list("", "configmaps")}
    journal.close()
    last = dict(acknowledged)
    assert found.keys() <= last.keys()
    for name, number in last.items():
        now = int(found[name]["data"]["number"]) if name in found else None
        # A writer's next write may have become durable without having been acknowledged.
        assert now in {after(number), after(number + 1)}, name
    assert all(int(entry["metadata"]["resourceVersion"]) <= store.revision for entry in found.values())


def after(number: int) -> int | None:
    """What an object holds after a writer's write of this number: every tenth removes it."""
    return number if number % 10 else None


def test_a_cluster_goes_on_where_it_was_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state")
    bench = Bench(Store(journal.open("host")))
    bench.create("configmaps", config_map("a"))
    bench.create("namespaces", {"metadata": {"name": "team"}}, "")
    bench.create("configmaps", config_map("b", finalizers=["example.com/wait"]), "team")
    bench.delete("namespaces", "team", "")
    uid = bench.get("namespaces", "default", "")["metadata"]["uid"]
    journal.close()

    journal = Journal(tmp_path / "state")
    bench = Bench(Store(journal.open("host")))
    assert bench.get("namespaces", "default", "")["metadata"]["uid"] == uid
    assert bench.get("configmaps", "a")["data"] == {"a": "1"}
    assert bench.exists("namespaces", "team", "")
    bench.patch("configmaps", "b", {"metadata": {"finalizers": None}}, namespace="team")
    assert not bench.exists("namespaces", "team", "")
    journal.close()
