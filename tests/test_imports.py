"""What may be imported: the layers, and how little a command needs to start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"

# Top-level packages that are not Python's own. An entry here is paid for by every run: add one with a reason.
HELP = {"click", "kfed"}
RENDER = HELP | {
    "orjson",  # schemas in, JSON out
    "yaml",  # libyaml's events
    "_yaml",  # its name within itself
}

# Modules of Python's own that are slow to import, and that neither needs.
SLOW = {"asyncio", "http", "importlib.metadata", "logging", "multiprocessing", "socket", "sqlite3", "ssl", "unittest"}

_RENDER = ["render", "-f", str(EXAMPLES / "shop.yaml"), "--clusters", str(EXAMPLES / "clusters.yaml"), "-o"]


def _imported(tmp_path: Path, *args: str) -> set[str]:
    """The modules that a run of kfed imports; what a compiled one makes up in memory is left out."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "from kfed.cli.main import main\n"
        f"code = main({list(args)!r})\n"
        "assert code == 0, code\n"
        "new = (name for name in set(sys.modules) - before if getattr(sys.modules[name], '__spec__', None))\n"
        "print('\\n'.join(new), file=open('modules', 'w'))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    return set((tmp_path / "modules").read_text().split())


def _foreign(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("args", [("--help",), ("--version",)])
def test_help_imports_click_and_nothing_that_a_command_needs(args: tuple[str, ...], tmp_path: Path) -> None:
    modules = _imported(tmp_path, *args)
    assert _foreign(modules) == HELP
    assert modules & SLOW == set()
    layers = {name.split(".")[1] for name in modules if name.startswith("kfed.")}
    assert layers == {"cli", "core", "errors"}


@pytest.mark.parametrize("target", ["-", "out"])
def test_render_imports_only_what_it_needs(target: str, tmp_path: Path) -> None:
    modules = _imported(tmp_path, *_RENDER, target)
    assert _foreign(modules) <= RENDER
    assert modules & SLOW == set()


@pytest.mark.slow
def test_layers_hold() -> None:
    checker = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([checker, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
