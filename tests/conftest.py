"""Fixtures for the tests of the whole: the real command, in a process of its own or in this one."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from kfed.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# A shell that runs tests in the background has them ignore some signals, and so would all that they start.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# Nothing is timed in a test, nor by what makes up its input.
settings.register_profile("kfed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kfed")

pytest_plugins = ["tests.clusters.fixtures", "tests.skips"]

TIMEOUT = 120


@dataclass(frozen=True)
class Result:
    """What a run of kfed came to."""

    code: int
    stdout: str
    stderr: str
    raw: bytes


def _result(code: int, stdout: bytes, stderr: bytes) -> Result:
    said = stderr.decode()
    assert "Traceback" not in said, said
    return Result(code, stdout.decode("utf-8", "replace"), said, stdout)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


@pytest.fixture
def kfed(tmp_path: Path) -> Callable[..., Result]:
    """Run ``kfed`` as users do, in an empty folder; ``kfed("render", "-f", "-", stdin="…", env={…})``."""

    def run(
        *args: str | Path, stdin: str | bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = tmp_path
    ) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "kfed", *map(str, args)],
            input=_bytes(stdin),
            capture_output=True,
            cwd=cwd,
            env=_clean(os.environ) | dict(env or {}),
            timeout=TIMEOUT,
            check=False,
        )
        return _result(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def kfed_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run ``kfed`` in this process, a hundred times faster; for tests that ask only what it says and writes."""

    def run(*args: str | Path, stdin: str | bytes = b"") -> Result:
        streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")}
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(_bytes(stdin)), encoding="utf-8"))
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            code = main([str(arg) for arg in args])
        said = []
        for stream in streams.values():
            stream.flush()
            said.append(stream.buffer.getvalue())
        return _result(code, *said)

    return run


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what changes how kfed looks."""
    unwanted = ("KFED_DEBUG", "NO_COLOR", "COLUMNS")
    return {name: value for name, value in environment.items() if name not in unwanted}
