"""Show what kfed does: generate a federated type, render objects of it, meet mistakes, and keep a fleet.

Every line after a ``$`` is a command as a user would type it, run for real, in the folder of the repository. With
``--keep`` the fleet goes on running in the end.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kfed.testing import Cluster

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
EXAMPLES = "docs/examples"
MEMBERS = ("berlin", "osaka", "lab")
WITHIN = 30.0
WRONG = f"sed 's/replicas: 3/replicas: three/' {EXAMPLES}/shop.yaml"
ENVIRONMENT = {"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}


def main() -> None:
    """Run the demonstration; it fails when a command does not do what is said of it."""
    parser = argparse.ArgumentParser(description="Show what kfed does.")
    parser.add_argument("--keep", action="store_true", help="leave the fleet running in the end")
    leave = parser.parse_args().keep
    scratch = tempfile.mkdtemp(prefix="kfed-demo-")
    try:
        generate(f"{scratch}/types")
        render(f"{scratch}/out")
        mistakes()
        with fleet(f"{scratch}/fleet", keep=leave):
            enable()
            with controller(f"{scratch}/fleet"):
                keep()
        if leave:
            paste(scratch)
    finally:
        if not leave:
            shutil.rmtree(scratch)


def generate(types: str) -> None:
    """Make a typed FederatedDeployment."""
    say("1. A federated type is generated from the schema of the type that it wraps, descriptions and all.")
    run(f"kfed generate deployments services namespaces -o {types}")
    run(f"ls {types}/crds {types}/schemas")
    run(f"grep -A 12 'containers:' {types}/crds/types.kubefed.io_federateddeployments.yaml", lines=13)


def render(out: str) -> None:
    """Render the example for its clusters."""
    say("2. Federated objects and clusters are rendered into one folder of manifests per cluster.")
    run(f"kfed render -f {EXAMPLES}/shop.yaml --clusters {EXAMPLES}/clusters.yaml -o {out}")
    run(f"find {out} -type f | sort")
    say("   The clusters differ by their overrides and by nothing else:")
    run(f"diff -u {out}/berlin/shop/deployment_web.yaml {out}/osaka/shop/deployment_web.yaml", codes=(1,))
    say("   kfed knows which rule made it so:")
    run(
        f"kfed render -f {EXAMPLES}/shop.yaml --clusters {EXAMPLES}/clusters.yaml "
        "--explain --object deployment/shop/web --cluster lab"
    )
    say("   In CI, --check fails when somebody forgot to render again:")
    run(f"kfed render -f {EXAMPLES}/shop.yaml --clusters {EXAMPLES}/clusters.yaml -o {out} --check")


def mistakes() -> None:
    """Show findings."""
    say("3. Mistakes are found before anything is written, all of them at once.")
    run(f"kfed render -f {EXAMPLES}/mistakes.yaml --clusters {EXAMPLES}/clusters.yaml", codes=(1,))


@contextmanager
def fleet(folder: str, *, keep: bool) -> Iterator[None]:
    """Run a fleet."""
    say("4. A host and its members, each an API server, in one process: for trying out, and forgotten in the end.")
    command = f"kfed sandbox up --members berlin,osaka,lab --data-dir {folder}"
    print(f"   $ {command} &", flush=True)
    Path(folder).mkdir()
    with Path(folder).with_suffix(".log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603  (the command is the one above)
            [str(BIN / "kfed"), *command.split()[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # so that it goes on when the terminal is closed
            text=True,
        )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            sys.exit(f"The sandbox did not start: {Path(folder).with_suffix('.log').read_text()}")
        print(f"   {line}   $ {line}", end="", flush=True)
        ENVIRONMENT["KUBECONFIG"] = f"{folder}/kubeconfig"
        run(f"kfed sandbox status --data-dir {folder}")
        yield
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            process.terminate()
            process.wait()


def enable() -> None:
    """Install kfed on the host, federate types, and join the members."""
    say("5. The host gets kfed's own types, types are enabled by the host's own schemas, and the members are joined.")
    if has_kubectl():
        run("kfed install | kubectl apply --server-side -f -")
    else:
        say("   (There is no kubectl here, so what it would do is done with kfed's own client, over HTTP.)")
        cluster("host").apply(output("kfed install"))
    run("kfed enable deployments services namespaces", lines=4)
    for member, tier in (("berlin", "prod"), ("osaka", "prod"), ("lab", "test")):
        run(f"kfed join {member} --label tier={tier}", lines=3)
    if has_kubectl():
        say("   The API server knows every field of a template, with upstream's own words, and refuses what is wrong:")
        run("kubectl explain federateddeployment.spec.template.spec.minReadySeconds")
        run("kubectl create namespace shop")
        run(f"{WRONG} | kubectl apply --dry-run=server -f - 2>&1 | grep -i invalid", codes=(0,))


@contextmanager
def controller(folder: str) -> Iterator[None]:
    """Run the controller."""
    say("6. The controller keeps every member at what render says.")
    print("   $ kfed controller run &", flush=True)
    with Path(folder).with_suffix(".controller.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603  (the command is the one above)
            [str(BIN / "kfed"), "controller", "run"], stdout=log, stderr=log, env=ENVIRONMENT, start_new_session=True
        )
    try:
        wait("kfed clusters", lambda said: said.count("True") == len(MEMBERS))
        yield
    finally:
        process.terminate()
        process.wait()


def keep() -> None:
    """Let an object arrive, differ, drift and come back, and go."""
    say("7. A federated object arrives in every member, with what differs there:")
    if has_kubectl():
        run(f"kubectl apply -f {EXAMPLES}/shop.yaml")
    else:
        cluster("host").apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        cluster("host").apply((ROOT / EXAMPLES / "shop.yaml").read_text())
    wait("kfed get federateddeployments", lambda said: said.count("Current") == len(MEMBERS))
    if not has_kubectl():
        return
    for member in ("berlin", "osaka"):
        run(f"kubectl --context {member} -n shop get deployments -o wide")
    say("   What somebody changes there is put right at once:")
    run("kubectl --context osaka -n shop scale deployment web --replicas 9")
    columns = "custom-columns=NAME:.metadata.name,REPLICAS:.spec.replicas"
    wait(f"kubectl --context osaka -n shop get deployments -o {columns}", lambda said: "   3" in said)
    say("   It scales as a Deployment does:")
    run("kubectl -n shop scale federateddeployment web --replicas 5")
    wait(f"kubectl --context berlin -n shop get deployments -o {columns}", lambda said: "   5" in said)
    say("   And it goes, everywhere, before the federated object does:")
    run("kubectl -n shop delete federateddeployment web")
    run("kubectl --context osaka -n shop get deployments")


def has_kubectl() -> bool:
    """Whether there is a kubectl; the one that the tests have built counts."""
    sys.path.insert(0, str(ROOT))
    from tests.clusters.assets import PROGRAMS, find  # noqa: PLC0415  (only this half needs it)

    built = find({"kubectl": PROGRAMS["kubectl"]})
    if built is not None:
        ENVIRONMENT["PATH"] += f":{built}"
    return shutil.which("kubectl", path=ENVIRONMENT["PATH"]) is not None


def cluster(name: str) -> Cluster:
    """The client of kfed's own, where there is no kubectl."""
    from kfed.testing import Cluster  # noqa: PLC0415  (only where it is needed)

    config = json.loads(Path(ENVIRONMENT["KUBECONFIG"]).read_text())
    server = next(one["cluster"] for one in config["clusters"] if one["name"] == name)
    user = next(one["user"] for one in config["users"] if one["name"] == name)
    authority = base64.b64decode(server["certificate-authority-data"]).decode()
    return Cluster(name, server["server"], user["token"], authority)


def output(command: str) -> str:
    """What a command prints."""
    done = subprocess.run(command, shell=True, check=True, cwd=ROOT, text=True, capture_output=True, env=ENVIRONMENT)  # noqa: S602
    return done.stdout


def wait(command: str, holds: Callable[[str], bool]) -> None:
    """Run a command until it says what it should, and show that."""
    deadline = time.monotonic() + WITHIN
    while not holds(output(command)):
        if time.monotonic() > deadline:
            run(command)
            sys.exit("That is not what it should say.")
        time.sleep(0.1)
    run(command)


def paste(scratch: str) -> None:
    """Say how to go on."""
    say("The fleet goes on. Paste this to use it:")
    print(f"export KUBECONFIG={scratch}/fleet/kubeconfig")
    print("kubectl get federated -n shop")
    print("kfed controller run &")
    print("kfed get")
    print(f"{BIN}/kfed sandbox stop osaka --data-dir {scratch}/fleet")
    print(f"{BIN}/kfed sandbox down --data-dir {scratch}/fleet; rm -r {scratch}      # ends it")


def say(text: str) -> None:
    """Tell what comes next."""
    print(f"\n{text}\n", flush=True)


def run(command: str, *, codes: tuple[int, ...] = (0,), lines: int | None = None) -> None:
    """Run a command and show it with what it says."""
    print(f"   $ {command}", flush=True)
    done = subprocess.run(  # noqa: S602  (the commands are the ones above)
        command,
        shell=True,
        check=False,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT,
    )
    for line in done.stdout.splitlines()[:lines]:
        print(f"   {line}")
    print(flush=True)
    if done.returncode not in codes:
        sys.exit(f"The command ended with {done.returncode}, not as it should.")


if __name__ == "__main__":
    main()
