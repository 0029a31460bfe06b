"""Store: the objects of one cluster as bytes, their history, and who wants to hear of changes.

::

    store = Store()
    stop = store.subscribe(lambda event: print(event.type, event.record.key.name))
    store.put(Key("", "configmaps", "default", "web"), {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {...}})

Everything is decided in memory and at once. With a journal, what changed is durable after ``await store.settle()``:
whoever answers a client, or shows it an event, awaits that first.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from sys import intern
from typing import TYPE_CHECKING, Any

import orjson

from kfed.sandbox.state.history import History
from kfed.sandbox.state.records import Event, Key, dressed, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kfed.sandbox.state.history import Events
    from kfed.sandbox.state.journal import Log
    from kfed.sandbox.state.records import Record, Records

    Manifest = dict[str, Any]

_AFTER_SLASH = "0"  # the character after "/"
# A method of the store is called list, which is not to be taken for the type.
TypeNames = list[tuple[str, str]]


class Store:
    """The objects of one cluster.

    Attributes:
        revision: of the newest change.
    """

    def __init__(self, journal: Log | None = None, history: int = 10_000) -> None:
        """Hold what *journal* has, and write to it what changes.

        Args:
            journal: where changes are made durable; ``None`` to forget all in the end.
            history: how many changes are remembered at most, for watches and for lists that are read page by page.
        """
        self.revision = 1
        self._journal = journal
        self._tables: dict[tuple[str, str], _Table] = {}
        self._history = History(history)
        self._listeners: list[Callable[[Event], None]] = []
        if journal is not None:
            self._load(journal)
        self._history.forget(self.revision)

    def get(self, key: Key) -> Record | None:
        """The object, or ``None``."""
        table = self._tables.get((key.group, key.plural))
        return table.records.get(key.path) if table else None

    def put(self, key: Key, manifest: Manifest) -> Record:
        """Write an object under the next revision, which becomes its ``metadata.resourceVersion``."""
        self.revision += 1
        manifest = dressed(manifest, self.revision)
        record = record_of(Key(intern(key.group), intern(key.plural), intern(key.namespace), key.name), manifest)
        previous = self._table(key).put(record)
        if self._journal is not None:
            self._journal.put(record)
        self._tell(Event("MODIFIED" if previous else "ADDED", record, previous))
        return record

    def remove(self, key: Key, manifest: Manifest) -> Record:
        """Remove an object, and say to those who listen that it last was *manifest*.

        Raises:
            KeyError: there is no such object.
        """
        previous = self._table(key).remove(key.path)
        self.revision += 1
        record = record_of(previous.key, dressed(manifest, self.revision))
        if self._journal is not None:
            self._journal.remove(record)
        self._tell(Event("DELETED", record, previous))
        return record

    def list(self, group: str, plural: str, namespace: str | None = None, after: str = "") -> Iterator[Record]:
        """The objects of a type, in all namespaces or in one, by their path, from behind the path *after* on.

        Nothing may be written while they are walked through.
        """
        table = self._tables.get((group, plural))
        return table.walk(namespace, after) if table else iter(())

    def list_at(self, group: str, plural: str, namespace: str | None, revision: int) -> Records:
        """As ``list``, of the objects that there were at an earlier revision.

        Raises:
            Expired: it is too long ago.
        """
        found = {record.key.path: record for record in self.list(group, plural, namespace)}
        for event in reversed(self.since(revision)):
            key = event.record.key
            if (key.group, key.plural) != (group, plural) or namespace not in {None, key.namespace}:
                continue
            if event.previous is None:
                del found[key.path]
            else:
                found[key.path] = event.previous
        return [found[path] for path in sorted(found)]

    def count(self, group: str, plural: str) -> int:
        """How many objects of a type there are."""
        table = self._tables.get((group, plural))
        return len(table.records) if table else 0

    def types(self) -> TypeNames:
        """Group and plural of each type that has objects."""
        return [name for name, table in self._tables.items() if table.records]

    def since(self, revision: int) -> Events:
        """What changed after *revision*, the oldest first.

        Raises:
            Expired: it is too long ago.
        """
        return self._history.since(revision)

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call *callback* at every change, at once; it may not write. What is returned ends that."""
        self._listeners.append(callback)

        def unsubscribe() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return unsubscribe

    async def settle(self) -> None:
        """Wait until everything written so far is durable.

        Raises:
            UnavailableError: it cannot be made durable.
        """
        if self._journal is not None:
            await self._journal.settle()

    def _load(self, journal: Log) -> None:
        self.revision, rows = journal.load()
        for group, plural, namespace, name, data in rows:
            key = Key(intern(group), intern(plural), intern(namespace), name)
            self._table(key).put(record_of(key, orjson.loads(data), data))

    def _table(self, key: Key) -> _Table:
        table = self._tables.get((key.group, key.plural))
        if table is None:
            table = self._tables[intern(key.group), intern(key.plural)] = _Table()
        return table

    def _tell(self, event: Event) -> None:
        self._history.add(event)
        for listener in tuple(self._listeners):
            listener(event)


class _Table:
    """The objects of one type, by path."""

    __slots__ = ("paths", "records")

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.paths: list[str] = []

    def put(self, record: Record) -> Record | None:
        path = record.key.path
        previous = self.records.get(path)
        if previous is None:
            insort(self.paths, path)
        self.records[path] = record
        return previous

    def remove(self, path: str) -> Record:
        record = self.records.pop(path)
        del self.paths[bisect_left(self.paths, path)]
        return record

    def walk(self, namespace: str | None, after: str) -> Iterator[Record]:
        start, end = 0, len(self.paths)
        if namespace:
            start = bisect_left(self.paths, f"{namespace}/")
            end = bisect_left(self.paths, f"{namespace}{_AFTER_SLASH}")
        if after:
            start = max(start, bisect_left(self.paths, f"{after}\0"))
        return (self.records[self.paths[place]] for place in range(start, end))
