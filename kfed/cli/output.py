"""Where words go: results to standard output, as bytes; everything else to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from kfed.core.escaping import printable_line
from kfed.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")


def write(data: str | bytes) -> None:
    """Write a result to standard output: UTF-8 whatever the locale, and no byte changed on its way.

    Raises:
        UnavailableError: standard output is closed.
        OSError: it cannot be written; a BrokenPipeError where nobody reads on.
    """
    if sys.stdout is None:
        raise UnavailableError("Standard output is closed; leave it open, or write into a folder with -o.")
    sys.stdout.flush()
    sys.stdout.buffer.write(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)


def message(*lines: str) -> None:
    """Tell the user something on standard error, each line as one, whatever it quotes."""
    tell("".join(f"{printable_line(line)}\n" for line in lines))


def tell(words: str) -> None:
    """Write to standard error what is laid out and escaped; where that is closed there is nobody to tell."""
    with contextlib.suppress(OSError):
        click.echo(words, nl=False, err=True, color=colours(sys.stderr))


def colours(stream: IO[Any] | None) -> bool:
    """Whether *stream* should get colours: a terminal that knows them, and a user who did not set ``NO_COLOR``."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_terminal(stream: IO[Any] | None) -> bool:
    """Whether a person is looking at *stream*."""
    return stream is not None and not stream.closed and stream.isatty()


def progress(steps: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Hand on *steps* one by one, with a progress bar on standard error where that is a terminal.

    Args:
        steps: what is worked on.
        label: what is being done, in a word.
        total: how many steps there are, where that is known.
    """
    if not is_terminal(sys.stderr):
        yield from steps
        return
    with click.progressbar(steps, length=total, label=label, file=sys.stderr, color=colours(sys.stderr)) as bar:
        yield from bar


def flush() -> None:
    """Bring what was written to its reader, so that a full disk is known before the exit code is chosen.

    Raises:
        OSError: it cannot be written.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def discard() -> None:
    """Drop what standard output still holds: nobody reads it, or it has no place; the interpreter would complain."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
