"""Show what kfed does: generate a federated type, render objects of it, and meet mistakes.

Every line after a ``$`` is a command as a user would type it, run for real, in the folder of the repository.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
EXAMPLES = "docs/examples"


def main() -> None:
    """Run the demonstration; it fails when a command does not do what is said of it."""
    with tempfile.TemporaryDirectory(prefix="kfed-demo-") as scratch:
        generate(f"{scratch}/types")
        render(f"{scratch}/out")
    mistakes()
    say("That is the first half of kfed: types and manifests. README.md goes on from here.")


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
        env={"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    for line in done.stdout.splitlines()[:lines]:
        print(f"   {line}")
    print(flush=True)
    if done.returncode not in codes:
        sys.exit(f"The command ended with {done.returncode}, not as it should.")


if __name__ == "__main__":
    main()
