"""The command line as a whole: help, exit codes, and one clear error for everything."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
import pytest

import kfed as package
from kfed.cli import main as entry
from kfed.cli.lazy import Entry
from kfed.errors import InputError, KfedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KFED = [sys.executable, "-m", "kfed"]


@pytest.mark.parametrize("name", entry.COMMANDS)
def test_short_help_in_the_list_is_the_commands_own(name: str) -> None:
    command = import_module(entry.COMMANDS[name].module).command
    assert command.name == name
    assert command.get_short_help_str(limit=1000) == entry.COMMANDS[name].short_help


def test_help_lists_every_command(kfed: Callable[..., Any]) -> None:
    result = kfed("--help")
    assert result.code == 0
    assert result.stderr == ""
    for name, command in entry.COMMANDS.items():
        assert f"{name} " in result.stdout
        assert command.short_help in result.stdout


def test_version_is_the_packages(kfed: Callable[..., Any]) -> None:
    assert kfed("--version").stdout == f"kfed {package.__version__}\n"


def test_without_a_command_help_is_shown_as_wrong_usage(kfed: Callable[..., Any]) -> None:
    result = kfed()
    assert result.code == 2
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["rendr"], "Did you mean render?"),
        (["Generate"], "Did you mean generate?"),
        (["frobnicate"], "The commands are generate, render"),
        (["--verison"], "Did you mean --version?"),
        (["generate", "--kubernets", "1.36"], "Did you mean --kubernetes?"),
    ],
)
def test_wrong_usage_is_two_and_names_what_was_meant(args: list[str], hint: str, kfed_here: Callable[..., Any]) -> None:
    result = kfed_here(*args)
    assert result.code == 2
    assert result.stdout == ""
    assert hint in result.stderr.replace("'", "")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, kfed_here: Callable[..., Any]) -> Callable[[BaseException], Any]:
    """Run a command that raises."""

    def run(error: BaseException) -> Any:
        @click.command("fail")
        def command() -> None:
            raise error

        monkeypatch.setattr(sys.modules[__name__], "command", command, raising=False)
        monkeypatch.setitem(entry.COMMANDS, "fail", Entry(__name__, "Fail."))
        monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
        return kfed_here("fail")

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("The input is wrong; mend it."), 1),
        (KfedError("It failed; try again."), 3),
        (UnavailableError("The server is away; wait."), 3),
    ],
)
def test_an_error_of_kfed_is_one_line_and_its_exit_code(
    error: KfedError, code: int, failing: Callable[[BaseException], Any]
) -> None:
    result = failing(error)
    assert (result.code, result.stdout, result.stderr) == (code, "", f"Error: {error}\n")


def test_a_file_that_fails_is_named(failing: Callable[[BaseException], Any]) -> None:
    result = failing(PermissionError(13, "Permission denied", "out/x.yaml"))
    assert result.code == 3
    assert result.stderr.startswith("Error: out/x.yaml: Permission denied.")


def test_an_interrupt_is_130(failing: Callable[[BaseException], Any]) -> None:
    assert failing(KeyboardInterrupt()).code == 130


def test_a_command_may_end_with_a_code_of_its_own(failing: Callable[[BaseException], Any]) -> None:
    assert failing(SystemExit(1)).code == 1
    assert failing(click.exceptions.Exit(1)).code == 1


def test_a_mistake_of_kfed_itself_is_one_line_that_gives_nothing_away(
    failing: Callable[[BaseException], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KFED_DEBUG", raising=False)
    result = failing(KeyError("password123"))
    assert result.code == 3
    assert result.stderr.count("\n") == 1
    assert "KeyError" in result.stderr
    assert "report" in result.stderr
    assert "password123" not in result.stderr


def test_a_mistake_of_kfed_itself_is_shown_whole_for_debugging(
    failing: Callable[[BaseException], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KFED_DEBUG", "1")
    with pytest.raises(AssertionError, match="Traceback"):
        failing(KeyError("password123"))


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stdout:
        done = subprocess.run([*KFED, "--help"], stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (entry.PIPE_CLOSED, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as stdout:
        done = subprocess.run([*KFED, "--help"], stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith(b"Error: No space left on device")
    assert done.stderr.count(b"\n") == 1


def test_a_real_interrupt_ends_the_process_quietly(tmp_path: Path) -> None:
    fifo = tmp_path / "never.yaml"
    os.mkfifo(fifo)
    running = subprocess.Popen([*KFED, "generate", "--from", fifo, "x"], stderr=subprocess.PIPE, cwd=tmp_path)
    writer = _open_once_read(fifo, running)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    os.close(writer)
    assert running.returncode == entry.INTERRUPTED
    assert said == b"Interrupted.\n"


def _open_once_read(fifo: Path, reader: subprocess.Popen[bytes]) -> int:
    """The writing end of *fifo*, opened when *reader* has opened the other one."""
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                reader.wait(timeout=0.05)
            assert reader.poll() is None, reader.communicate()[1]


def test_completion_names_the_commands(kfed: Callable[..., Any]) -> None:
    environment = {"_KFED_COMPLETE": "bash_complete", "COMP_WORDS": "kfed ge", "COMP_CWORD": "1"}
    assert kfed(env=environment).stdout == "plain,generate\nplain,get\n"
    assert "_KFED_COMPLETE" in kfed(env={"_KFED_COMPLETE": "zsh_source"}).stdout
