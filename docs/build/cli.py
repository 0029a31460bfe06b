"""Write docs/cli.md, the reference of commands, from what ``--help`` says; ``--check`` only compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from docs.build.pages import write_or_check
from kfed.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
# Commands

What `kfed --help` and `kfed COMMAND --help` say; `make docs` writes this page. Results go to standard output, all else
to standard error. Colours and progress bars show on a terminal only, and colours not at all where `NO_COLOR` is set.
`_KFED_COMPLETE=bash_source kfed` prints what completes commands and options in bash (`zsh_source`, `fish_source`
likewise).

| exit code | |
|---|---|
| 0 | done |
| 1 | the input has findings, or `--check` found a difference |
| 2 | wrong usage |
| 3 | the environment failed: a file, a disk, a server |
| 130 | interrupted |
"""
WIDTH = 100


def main() -> None:
    """Write the page, or compare."""
    root = click.Context(cli, info_name="kfed", terminal_width=WIDTH, **cli.context_settings)
    write_or_check("cli.md", "\n".join([HEAD, *_sections(root)]))


def _sections(context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n\n```text\n{context.get_help()}\n```\n"
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None:
                yield from _sections(click.Context(command, parent=context, info_name=name, terminal_width=WIDTH))


if __name__ == "__main__":
    main()
