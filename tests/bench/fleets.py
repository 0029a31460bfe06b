"""Measure the sandbox beside a real kube-apiserver: writes, watches, many objects, many members.

Both answer the same client over TLS, which shares the machine's cores with them.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.clusters.assets import find  # found by the line above: this is run as a script
from tests.clusters.fleet import open_fleet
from tests.sandbox.contract.manifests import configmap
from tests.sandbox.contract.sandboxes import run_sandbox
from tests.sandbox.contract.wire import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    Line = Callable[[str, str, str], None]

WRITES, EVENTS, OBJECTS, MEMBERS = 2_000, 300, 20_000, 100
CLIENTS = 4
_MAPS = "/api/v1/namespaces/default/configmaps"


def measure_fleets(scratch: Path, line: Line, scale: int) -> None:
    """Print every figure about servers.

    Args:
        scratch: an empty folder.
        line: prints what, figure and remark.
        scale: how many times less than usual.
    """
    with run_sandbox(scratch / "sandbox", 0) as sandbox:
        _measure("sandbox", sandbox.server(), line, scale)
    programs = find()
    if programs is None:
        line("kube-apiserver", "not run", "`make assets` builds it")
    else:
        with open_fleet(programs, scratch / "real") as fleet:
            _measure("kube-apiserver", Server("real", fleet.clusters("bench")[0]), line, scale)
    _many_objects(scratch / "objects", line, OBJECTS // scale)
    _many_members(scratch / "members", line, MEMBERS // scale)


def _measure(name: str, server: Server, line: Line, scale: int) -> None:
    """Writes per second of one client and of several, and how soon a watch hears of a write."""
    alone = _writes(server, "a", WRITES // scale)
    line(f"{name}: writes of one client", f"{alone:,.0f}/s", f"{1000 / alone:.2f} ms each")
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        each = WRITES // scale // CLIENTS
        list(pool.map(lambda number: _writes(Server(server.name, server.cluster), f"c{number}", each), range(CLIENTS)))
    together = each * CLIENTS / (time.perf_counter() - began)
    line(f"{name}: writes of {CLIENTS} clients", f"{together:,.0f}/s", "")
    delays = sorted(_delays(server, EVENTS // scale))
    median, late = statistics.median(delays), delays[int(len(delays) * 0.99)]
    line(f"{name}: from a write's start to its event", f"{median * 1000:.2f} ms", f"{late * 1000:.2f} ms for 1 in 100")
    server.close()


def _writes(server: Server, prefix: str, count: int) -> float:
    """Create and change ConfigMaps, one after the other; how many a second."""
    began = time.perf_counter()
    for number in range(count // 2):
        server.post(_MAPS, configmap(f"{prefix}-{number}", {"k": "v" * 200}))
        server.put(f"{_MAPS}/{prefix}-{number}", configmap(f"{prefix}-{number}", {"k": "w" * 200}))
    return count / (time.perf_counter() - began)


def _delays(server: Server, count: int) -> list[float]:
    """Seconds from the start of a write until a watch has told of it."""
    server.post(_MAPS, configmap("watched"))
    start = server.get(_MAPS, limit=1)["metadata"]["resourceVersion"]
    arrivals: list[float] = []
    told = threading.Event()
    starts = []
    with server.watch(_MAPS, resourceVersion=start, fieldSelector="metadata.name=watched") as watch:

        def listen() -> None:
            for _ in range(count):
                watch.event()
                arrivals.append(time.perf_counter())
                told.set()

        listener = threading.Thread(target=listen)
        listener.start()
        for number in range(count):
            starts.append(time.perf_counter())
            server.put(f"{_MAPS}/watched", configmap("watched", {"k": str(number)}))
            told.wait(10)
            told.clear()
        listener.join(10)
    return [arrival - begun for begun, arrival in zip(starts, arrivals, strict=True)]


def _many_objects(folder: Path, line: Line, count: int) -> None:
    """What so many ConfigMaps cost in memory, and how long it takes to list them."""
    with run_sandbox(folder, 0) as sandbox:
        server = sandbox.server()
        empty = memory(sandbox.process.pid)
        began = time.perf_counter()
        for number in range(count):
            server.post(_MAPS, configmap(f"c-{number:05}", {"k": "v" * 200}, labels={"app": f"a{number % 100}"}))
        rate = count / (time.perf_counter() - began)
        full = memory(sandbox.process.pid)
        used = (full - empty) * 1024 / count
        line(f"sandbox: {count:,} objects", f"{full:.0f} MB", f"{used:.1f} KB each; {rate:,.0f} written a second")
        began = time.perf_counter()
        answer = server.ask("GET", _MAPS)
        whole = time.perf_counter() - began
        line("sandbox: list them all", f"{whole * 1000:.0f} ms", f"{len(answer.body) / 1e6:.1f} MB")
        began = time.perf_counter()
        server.ask("GET", _MAPS, query={"limit": 500})
        page = time.perf_counter() - began
        began = time.perf_counter()
        server.ask("GET", _MAPS, query={"labelSelector": "app=a7"})
        chosen = time.perf_counter() - began
        line("sandbox: list 500 of them", f"{page * 1000:.0f} ms", f"{chosen * 1000:.0f} ms for 1 in 100 by label")
        server.close()


def _many_members(folder: Path, line: Line, count: int) -> None:
    """Start-up and memory of a fleet of so many members, each with an object of its own."""
    for members in (3, count):
        began = time.perf_counter()
        with run_sandbox(folder / str(members), members) as sandbox:
            ready = time.perf_counter() - began
            for number in range(1, members + 1):
                server = sandbox.server(f"member{number}")
                server.post(_MAPS, configmap("a"))
                server.close()
            used = memory(sandbox.process.pid)
            line(
                f"sandbox: {members} members and a host, ready", f"{ready:.2f} s", f"{used:.0f} MB with a write to each"
            )


def memory(pid: int) -> float:
    """Resident memory of a process in MB; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
