"""Show what kfed does: generate a federated type, render objects of it, meet mistakes, and try it on a fleet.

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
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
EXAMPLES = "docs/examples"
WRONG = f"sed 's/replicas: 3/replicas: three/' {EXAMPLES}/shop.yaml"
ENVIRONMENT = {"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}


def main() -> None:
    """Run the demonstration; it fails when a command does not do what is said of it."""
    parser = argparse.ArgumentParser(description="Show what kfed does.")
    parser.add_argument("--keep", action="store_true", help="leave the fleet running in the end")
    keep = parser.parse_args().keep
    scratch = tempfile.mkdtemp(prefix="kfed-demo-")
    try:
        generate(f"{scratch}/types")
        render(f"{scratch}/out")
        mistakes()
        with fleet(f"{scratch}/fleet", keep=keep):
            enable(f"{scratch}/types")
            members(f"{scratch}/out")
        if keep:
            paste(scratch)
    finally:
        if not keep:
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


def enable(types: str) -> None:
    """Enable the types, and show what the API server says to objects of them."""
    say("5. The types are enabled, and the API server knows every field of a template, with upstream's own words.")
    if not has_kubectl():
        without_kubectl(types)
        return
    run(f"kubectl apply -f {types}/crds")
    run("kubectl wait --for=condition=Established crd --all")
    run("kubectl explain federateddeployment.spec.template.spec.minReadySeconds")
    say("   It takes what is right ...")
    run("kubectl create namespace shop")
    run(f"kubectl apply -f {EXAMPLES}/shop.yaml")
    run("kubectl get federated -n shop")
    say("   ... and refuses what is wrong, with the place of it:")
    run(f"{WRONG} | kubectl apply -f - 2>&1 | grep -v unchanged", codes=(0, 1))


def members(out: str) -> None:
    """Apply what was rendered."""
    if not has_kubectl():
        return
    say("6. What was rendered for a cluster is what it gets; its workloads are played.")
    run(f"kubectl --context berlin apply -k {out}/berlin")
    run("kubectl --context berlin -n shop rollout status deployment/web")
    run("kubectl --context berlin -n shop get deployments,pods -o wide")
    say("   (Syncing comes with the controller.)")


def has_kubectl() -> bool:
    """Whether there is a kubectl; the one that the tests have built counts."""
    sys.path.insert(0, str(ROOT))
    from tests.clusters.assets import PROGRAMS, find  # noqa: PLC0415  (only this half needs it)

    built = find({"kubectl": PROGRAMS["kubectl"]})
    if built is not None:
        ENVIRONMENT["PATH"] += f":{built}"
    return shutil.which("kubectl", path=ENVIRONMENT["PATH"]) is not None


def without_kubectl(types: str) -> None:
    """The same with kfed's own client."""
    from kfed.testing import Cluster, RefusedError  # noqa: PLC0415  (only where there is no kubectl)

    config = json.loads(Path(ENVIRONMENT["KUBECONFIG"]).read_text())
    server = config["clusters"][0]["cluster"]
    authority = base64.b64decode(server["certificate-authority-data"]).decode()
    host = Cluster("host", server["server"], config["users"][0]["user"]["token"], authority)
    say("   (There is no kubectl here, so this is done with kfed's own client, over HTTP.)")
    for path in sorted(Path(types, "crds").iterdir()):
        print(f"   {host.apply(path.read_text())[0]['metadata']['name']} applied", flush=True)
    host.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    good = (ROOT / EXAMPLES / "shop.yaml").read_text()
    for made in host.apply(good):
        print(f"   {made['kind']} {made['metadata']['name']} applied", flush=True)
    try:
        host.apply(good.replace("replicas: 3", "replicas: three"))
    except RefusedError as error:
        say(f"   A wrong one is refused: {error}")
    else:
        sys.exit("The API server took what it should have refused.")


def paste(scratch: str) -> None:
    """Say how to go on."""
    say("The fleet goes on. Paste this to use it:")
    print(f"export KUBECONFIG={scratch}/fleet/kubeconfig")
    print("kubectl get federated -n shop")
    print("kubectl --context berlin -n shop get pods")
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
