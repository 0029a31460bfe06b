"""A click group whose commands are imported when they run, so that ``kfed --help`` costs no more than its own text."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import click

from kfed.core.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is, and what the list of commands says of it.

    Attributes:
        module: the module that defines it as ``command``.
        short_help: the first sentence of its help; a test compares it with the command's own.
    """

    module: str
    short_help: str


class LazyGroup(click.Group):
    """A group that knows its commands by name, and imports one when it is asked for."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **options: Any) -> None:
        super().__init__(*args, **options)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """The names of the commands, in the order of the table: the order in which they are used."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """The command of a name, imported now; ``None`` where there is none."""
        entry = self.entries.get(cmd_name)
        return cast("click.Command", import_module(entry.module).command) if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name for one that is wrong.

        Raises:
            click.UsageError: no command has that name.
        """
        name = args[0]
        if name in self.entries or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        hint = nearest(name, self.entries)
        meant = f"Did you mean {hint}?" if hint else f"The commands are {', '.join(self.entries)}."
        raise click.UsageError(f"There is no command {name!r}. {meant}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's signature)
        """Write the list of commands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short_help) for name, entry in self.entries.items()])
