"""Input of 200 MB: told in bounded memory, whatever is in it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="a process's peak is read from /proc"),
]

SIZE = 200 * 2**20
MEMORY = 500 * 2**20

# The process measures itself, and what it is since it began: getrusage counts in what its parent held when it forked.
MEASURED = """
import json, re, sys
from kfed.cli.main import main
code = main(sys.argv[1:])
sys.stdout.flush()
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
print(json.dumps([code, peak * 1024]), file=sys.stderr)
"""

CLUSTER = "apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: berlin}\n"
OBJECT = """---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {{name: web-{number}, namespace: shop}}
spec: {{template: {{data: {{text: {text}}}}}, placement: {{clusterSelector: {{}}}}}}
"""


def run(folder: Path, *args: str) -> tuple[int, int, Any]:
    """Exit code, peak memory in bytes, and the rules of the findings."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "render", "-f", "in", *args, "-o", "out", "--findings", "json"],
        cwd=folder,
        capture_output=True,
        check=True,
        timeout=600,
    )
    code, memory = json.loads(done.stderr.splitlines()[-1])
    return code, memory, [one["rule"] for one in json.loads(done.stdout)["findings"]]


def filled(piece: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("wb") as stream:
            for _ in range(SIZE // len(piece) + 1):
                stream.write(piece)

    return write


HUGE = {
    "one line": (filled(b"x" * 2**20), "too-large"),
    "one document of many lines": (filled(b"a: b\n" * 2**18), "too-large"),
    "a list that never ends": (filled(b"- a\n" * 2**18), "too-large"),
    "open brackets": (filled(b"[" * 2**20), "too-large"),
    "open braces": (filled(b'{"a":' * 2**18), "too-large"),
    "zeros": (filled(b"\0" * 2**20), "binary-file"),
    "blank lines": (filled(b"\n" * 2**20), "too-large"),
    "comments": (filled(b"# nothing\n" * 2**17), "too-large"),
    "empty documents": (filled(b"--- # nothing %b\n" % (b"-" * 100) * 2**13), "no-federated-objects"),
}


@pytest.mark.parametrize("what", HUGE)
def test_a_huge_file_without_sense_is_one_finding(what: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clusters.yaml").write_text(CLUSTER)
    write, rule = HUGE[what]
    write(tmp_path / "in" / "huge.yaml")
    code, memory, rules = run(tmp_path)
    assert code == 1
    assert rules == [rule]
    assert memory < MEMORY


def test_many_small_objects_are_read_in_bounded_memory_and_rendered(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    count = SIZE // 10_000
    with (tmp_path / "in" / "all.yaml").open("w") as stream:
        stream.write(CLUSTER)
        for number in range(count):
            stream.write(OBJECT.format(number=number, text="x" * 9_850))
    assert (tmp_path / "in" / "all.yaml").stat().st_size > SIZE * 0.99
    code, memory, rules = run(tmp_path)
    assert (code, rules) == (0, [])
    assert sum(1 for _ in (tmp_path / "out" / "berlin" / "shop").iterdir()) == count
    assert memory < MEMORY
    (tmp_path / "in" / "all.yaml").unlink()
