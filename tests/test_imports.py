"""What may be imported: the layers, and how little a command needs to start."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"

# Top-level packages that are not Python's own. An entry here is paid for by every run: add one with a reason.
HELP = {"click", "kfed"}
RENDER = HELP | {
    "orjson",  # schemas in, JSON out
    "yaml",  # libyaml's events
    "_yaml",  # its name within itself
}

# What asks for an extra, and says so to those who have not installed it; the sandbox as a whole does so too.
OPTIONAL = {
    "aiohttp_socks",  # where a kubeconfig names a SOCKS proxy
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


def _imports(path: Path) -> Iterator[str]:
    """The top-level packages that a module names in its imports, wherever they stand."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


def _with_what_they_need(requirements: Iterable[str]) -> set[str]:
    """The names of distributions, and of those that come along with them."""
    wanted = [Requirement(text) for text in requirements]
    names: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name not in names and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            names.add(name)
            wanted += map(Requirement, requires(name) or ())
    return names


def test_nothing_but_the_sandbox_needs_an_extra() -> None:
    plain = _with_what_they_need(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    modules = [path for path in (ROOT / "kfed").rglob("*.py") if not path.is_relative_to(ROOT / "kfed" / "sandbox")]
    named = {name for path in modules if path.name != "testing.py" for name in _imports(path)}
    owners = packages_distributions()
    foreign = named - set(sys.stdlib_module_names) - {"kfed"}
    beyond = {name for name in foreign if not plain.intersection(map(canonicalize_name, owners.get(name, [])))}
    assert beyond == OPTIONAL
