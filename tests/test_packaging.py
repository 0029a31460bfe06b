"""What users install: wheel, sdist and editable install find templates and data alike."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"

pytestmark = pytest.mark.slow

# Python code is found by looking; these would be missed without a word.
DATA = {
    *(f"_templates/{path.relative_to(ROOT / 'templates')}" for path in (ROOT / "templates").rglob("*.*")),
    *(path.relative_to(ROOT / "kfed").as_posix() for path in (ROOT / "kfed").rglob("data/*")),
}


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def _build(kind: str, source: Path, into: Path) -> Path:
    """Build with what is installed here, so that no network is needed."""
    _run(sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", into, source, cwd=into)
    (built,) = into.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def _from_working_copy(folder: Path) -> Path:
    return _build("wheel", ROOT, folder)


def _from_sdist(folder: Path) -> Path:
    with tarfile.open(_build("sdist", ROOT, folder)) as archive:
        archive.extractall(folder, filter="data")
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    for name in ("LICENSE", "README.md", "Makefile", "requirements.lock", "templates", "tests", "docs", "generated"):
        assert (source / name).exists(), name
    return _build("wheel", source, folder)


@pytest.fixture(params=[_from_working_copy, _from_sdist])
def wheel(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The wheel, made the one way and the other."""
    make: Callable[[Path], Path] = request.param
    return make(tmp_path)


def test_a_wheel_in_a_clean_environment_does_the_whole_job(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {f"kfed/{name}" for name in DATA} <= set(names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"kfed"}
    assert any(name.endswith("licenses/LICENSE") for name in names)

    kfed = _install(wheel, tmp_path / "venv")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "Commands:" in _run(kfed, "--help", cwd=empty)
    assert "kind: CustomResourceDefinition" in _run(kfed, "generate", "deployments", "-o", "-", cwd=empty)
    rendered = _run(
        kfed, "render", "-f", EXAMPLES / "shop.yaml", "--clusters", EXAMPLES / "clusters.yaml", "-o", "-", cwd=empty
    )
    assert "kind: Deployment" in rendered


def _install(wheel: Path, venv: Path) -> Path:
    """Install *wheel* alone; what it depends on is borrowed from here, but not kfed."""
    _run(sys.executable, "-m", "venv", venv, cwd=wheel.parent)
    python = venv / "bin" / "python"
    _run(python, "-m", "pip", "install", "--no-deps", "--no-index", "--disable-pip-version-check", wheel, cwd=venv)
    place = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=venv).strip())
    (place / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    origin = _run(python, "-c", "import kfed; print(kfed.__file__)", cwd=venv).strip()
    assert Path(origin).is_relative_to(venv), "the working copy was run, not the wheel"
    return venv / "bin" / "kfed"
