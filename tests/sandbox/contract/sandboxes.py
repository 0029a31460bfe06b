"""Start the sandbox as users do, in a process of its own, and find its clusters in the kubeconfig that it writes."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.clusters.fleet import Cluster
from tests.sandbox.contract.wire import WITHIN, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(slots=True)
class Sandbox:
    """A running ``kfed sandbox up``."""

    process: subprocess.Popen[bytes]
    folder: Path

    def server(self, name: str = "host") -> Server:
        """One of its clusters."""
        return Server("sandbox", _cluster(self.folder, name, self.process.pid))

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def run_sandbox(folder: Path, members: int = 1, *arguments: str) -> Iterator[Sandbox]:
    """A sandbox with its state in *folder*, stopped in the end; a folder that was used before is taken up again."""
    data = folder / "data"
    (data / "kubeconfig").unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "kfed", "sandbox", "up", f"--members={members}", f"--data-dir={data}", *arguments]
    with (folder / "log").open("ab") as log, subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log) as process:
        try:
            sandbox = Sandbox(process, folder)
            _wait_until_ready(sandbox)
            yield sandbox
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _wait_until_ready(sandbox: Sandbox) -> None:
    """Wait until the sandbox answers."""
    deadline = time.monotonic() + WITHIN
    while True:
        said = (sandbox.folder / "log").read_text(errors="replace")
        assert sandbox.process.poll() is None, f"the sandbox ended: {said}"
        assert time.monotonic() < deadline, f"the sandbox is not ready: {said}"
        try:
            server = sandbox.server()
            if server.ask("GET", "/readyz").status == 200:
                server.close()
                return
        except OSError:
            time.sleep(0.02)


def _cluster(folder: Path, name: str, pid: int) -> Cluster:
    """A cluster of the kubeconfig, with files of its own as kubectl and TLS want them.

    Raises:
        OSError: the kubeconfig is not there yet.
    """
    text = (folder / "data" / "kubeconfig").read_text()
    config = yaml.safe_load(text)
    found = {entry["name"]: entry for entry in config["contexts"]}[name]["context"]
    cluster = {entry["name"]: entry["cluster"] for entry in config["clusters"]}[found["cluster"]]
    user = {entry["name"]: entry["user"] for entry in config["users"]}[found["user"]]
    own = folder / name
    own.mkdir(exist_ok=True)
    (own / "ca.crt").write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
    (own / "admin.kubeconfig").write_text(json.dumps(config | {"current-context": name}))
    return Cluster(name, cluster["server"], str(own), str(own / "ca.crt"), {"admin": user["token"]}, pid)
