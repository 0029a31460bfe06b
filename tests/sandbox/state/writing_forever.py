"""Writes to a journal until it is killed, and prints what has been acknowledged: ``["name", number]``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import orjson

from kfed.sandbox.state.journal import Journal
from kfed.sandbox.state.records import Key
from kfed.sandbox.state.store import Store

_WRITERS = 20


async def write(store: Store, name: str, number: int) -> None:
    """Write one object again and again, counting on from *number*; every tenth time it is removed."""
    key = Key("", "configmaps", "default", name)
    while True:
        number += 1
        manifest = {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {"name": name},
            "data": {"number": str(number)},
        }
        if number % 10:
            store.put(key, manifest)
        else:
            store.remove(key, manifest)
        await store.settle()
        sys.stdout.buffer.write(orjson.dumps([name, number], option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()


async def write_all(path: Path) -> None:
    """Have many writers at once."""
    store = Store(Journal(path).open("host"))
    await asyncio.gather(*(write(store, f"object-{number}", number % 9) for number in range(_WRITERS)))


if __name__ == "__main__":
    asyncio.run(write_all(Path(sys.argv[1])))
