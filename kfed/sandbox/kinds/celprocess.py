"""CEL in a process of its own: what an expression costs is bounded by the kernel, and what it breaks is broken there.

The library that evaluates it has no bounds: two loops within each other take minutes, a long chain of fields ends the
process. So this one is ended by the kernel when an expression has had its share of processor time or of memory, and who
asked goes on with another. Nothing here knows rules or schemas.
"""

from __future__ import annotations

import atexit
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

_SECONDS = 0.5
_BYTES = 512 << 20
_MANY = 8192


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be known of an expression that can be read."""

    variables: frozenset[str]
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A condition, and what it is to be evaluated with.

    Attributes:
        condition: the expression.
        wording: the expression that makes the message when the condition does not hold; empty for none.
        variables: by name.
        optional: a variable that there may be none of, and whether there is.
    """

    condition: str
    wording: str
    variables: dict[str, Any]
    optional: tuple[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an evaluation: whether the condition holds, the message that was made, or what went wrong."""

    holds: bool
    message: str = ""
    error: str = ""


def read(expression: str) -> Program | str:
    """What is to be known of an expression, or why it cannot be read."""
    answers: list[Program | str] = _CHILD.ask([expression])
    return answers[0] if answers else "it is too long"


def evaluate(evaluations: Sequence[Evaluation]) -> list[Outcome]:
    """The outcomes, in order; they end before one that took too much time or memory."""
    return _CHILD.ask(evaluations) if evaluations else []


class _Child:
    """The process, from when it is first needed; it ends with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, asked: Sequence[str | Evaluation]) -> list[Any]:
        """What it answers to each, until it is ended."""
        data, answers = pickle.dumps(list(asked)), []
        with self._lock:
            process = self._process = self._process or _started()
            stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
            try:
                stdin.write(data)
                stdin.flush()
                for _ in asked:
                    answers.append(pickle.load(stdout))  # noqa: PERF401, S301  what came before it ended; by this module
            except (EOFError, OSError, pickle.UnpicklingError):
                self.end()
        return answers

    def end(self) -> None:
        """End it; who asks next has another."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None


_CHILD = _Child()
atexit.register(_CHILD.end)


def _started() -> subprocess.Popen[bytes]:
    # It finds modules where this process does, and nowhere else.
    command = [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    # In a session of its own, for Ctrl-C is not meant for it.
    return subprocess.Popen(  # noqa: S603  this Python, and this module
        command, stdin=pipe, stdout=pipe, stderr=quiet, env=environment, start_new_session=True
    )


def serve() -> None:
    """Answer what is asked on stdin, until it is closed: what the process does."""
    with suppress(ValueError, OSError):  # not every system can
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    with suppress(ImportError):  # it is missed when an expression is read
        import_module("cel")  # before time counts: the first import on a machine takes longer than an expression may
    with suppress(EOFError):
        while True:
            for each in pickle.load(sys.stdin.buffer):  # noqa: S301  what this module wrote
                signal.setitimer(signal.ITIMER_PROF, _SECONDS)
                answer = _read(each) if isinstance(each, str) else _evaluate(each)
                signal.setitimer(signal.ITIMER_PROF, 0)
                pickle.dump(answer, sys.stdout.buffer)
                sys.stdout.buffer.flush()


def _read(expression: str) -> Program | str:
    try:
        program = _compiled(expression)
    except ImportError:
        return "the package common-expression-language is not installed"
    except ValueError as error:
        return str(error).partition("\n")[0].rpartition("ERROR: ")[2]
    return Program(frozenset(program.variables()), tuple(program.functions()))


def _evaluate(evaluation: Evaluation) -> Outcome:
    import cel  # noqa: PLC0415  of the child alone

    from kfed.sandbox.kinds.celfunctions import FUNCTIONS  # noqa: PLC0415  as above

    context = cel.Context(evaluation.variables, FUNCTIONS)
    if evaluation.optional is not None:
        name, is_there = evaluation.optional
        value = cel.OptionalValue.of(evaluation.variables[name]) if is_there else cel.OptionalValue.none()
        context.add_variable(name, value)
    try:
        if _compiled(evaluation.condition).execute(context) is True:
            return Outcome(holds=True)
    except (KeyError, TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        return Outcome(holds=False, error=_words(error))
    message = ""
    with suppress(KeyError, TypeError, ValueError, RuntimeError, ArithmeticError):
        made = _compiled(evaluation.wording).execute(context) if evaluation.wording else ""
        message = made if isinstance(made, str) and "\n" not in made else ""
    return Outcome(holds=False, message=message)


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no such key: {error.args[0]}"
    return str(error).partition("\n")[0].partition(":")[0]


@lru_cache(maxsize=_MANY)
def _compiled(expression: str) -> Any:
    import cel  # noqa: PLC0415  of the child alone

    return cel.compile(expression)
