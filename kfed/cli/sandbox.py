"""``kfed sandbox``: a host and its members in one process, for trying kfed out and for tests."""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING, Any

import click

from kfed.cli import output
from kfed.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.sandbox.fleet.fleet import Fleet
    from kfed.sandbox.fleet.startup import Settings

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MOST = 1000
_FOLDER_HELP = "The folder that the sandbox was started with."


class _Members(click.ParamType[tuple[str, ...]]):
    """A number of members, or their names."""

    name = "members"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        if value.isascii() and value.isdigit():
            if int(value) > _MOST:
                self.fail(f"{value} are too many; at most {_MOST} can be had.", param, ctx)
            return tuple(f"member{place}" for place in range(1, int(value) + 1))
        names = tuple(value.split(","))
        for name in names:
            if not _NAME.fullmatch(name):
                self.fail(f"{name!r} is no name of a cluster: give a number, or names of a-z, 0-9 and '-'.", param, ctx)
        if len({*names, "host"}) <= len(names):
            self.fail("the names must differ, and none may be 'host'.", param, ctx)
        return names


def _data_dir(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--data-dir", "folder", metavar="DIR", help=help_text)


@click.group("sandbox", short_help="Run a small fleet of API servers for trying out.")
def command() -> None:
    """Run a small fleet of Kubernetes-compatible API servers, for trying out and for tests.

    A host and its members run in one process and listen on this machine only. It is no place for anything that matters.
    """


@command.command("up", short_help="Start a fleet, and run it until it is stopped.")
@click.option(
    "--members",
    type=_Members(),
    metavar="N|NAME,NAME...",
    help="How many members, or their names.  [default: those of --data-dir, or 3]",
)
@_data_dir("Keep what the clusters hold in this folder, and go on from there.  [default: keep nothing]")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen there.  [default: the last one, or any]")
def up(members: tuple[str, ...] | None, folder: str | None, port: int | None) -> None:
    """Start a fleet, and run it until Ctrl-C or `kfed sandbox down`.

    Prints the line that points kubectl to it; each cluster is a context.
    """
    startup = _import_startup()
    settings = startup.Settings(_folder(folder), members, keep=folder is not None, port=port or 0)
    _run(startup, settings)
    output.message("The sandbox has ended.")


@command.command("down", short_help="Stop the fleet.")
@_data_dir(_FOLDER_HELP)
def down(folder: str | None) -> None:
    """Stop the fleet that is running."""
    _ask(folder, "down")
    from kfed.sandbox.fleet.remote import wait_until_down  # noqa: PLC0415  (as in _ask)

    wait_until_down(_folder(folder))


@command.command("status", short_help="Show the clusters of the fleet.")
@_data_dir(_FOLDER_HELP)
@click.option("--as", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(folder: str | None, form: str) -> None:
    """Show the clusters of the fleet that is running."""
    found = _ask(folder, "status")
    output.write(f"{json.dumps(found, indent=2)}\n" if form == "json" else _table(found))


@command.command("reset", short_help="Empty all clusters.")
@_data_dir(_FOLDER_HELP)
def reset(folder: str | None) -> None:
    """Empty all clusters of the fleet that is running; addresses and tokens stay."""
    _ask(folder, "reset")


@command.command("stop", short_help="Make a cluster unreachable.")
@click.argument("cluster")
@_data_dir(_FOLDER_HELP)
def stop(cluster: str, folder: str | None) -> None:
    """Make a cluster unreachable: connections to it are closed without an answer."""
    _ask(folder, "stop", cluster=cluster)


@command.command("start", short_help="Make a cluster reachable again.")
@click.argument("cluster")
@_data_dir(_FOLDER_HELP)
def start(cluster: str, folder: str | None) -> None:
    """Make a cluster reachable again."""
    _ask(folder, "start", cluster=cluster)


@command.command("limit", short_help="Let only so many pods find room in a cluster.")
@click.argument("cluster")
@click.option("--replicas", type=click.IntRange(0), help="How many.  [default: any number]")
@_data_dir(_FOLDER_HELP)
def limit(cluster: str, replicas: int | None, folder: str | None) -> None:
    """Let only so many pods find room in a cluster; further ones are unschedulable. Those that run go on."""
    _ask(folder, "limit", cluster=cluster, replicas=replicas)


def _run(startup: Any, settings: Settings) -> None:
    import asyncio  # noqa: PLC0415  (only this command needs it, and it is slow to import)

    async def run() -> None:
        startup.allow_many_connections()
        async with startup.open_fleet(settings) as running:
            running.heed_signals()
            _tell(running, kept=settings.keep)
            await running.stopping.wait()

    asyncio.run(run())


def _tell(fleet: Fleet, *, kept: bool) -> None:
    names = list(fleet.sites)
    shown = ", ".join(names[:6]) + (", ..." if len(names) > len(names[:6]) else "")
    output.message(
        "This is a sandbox, for trying out and for tests: no place for anything that matters.",
        f"{len(names)} clusters, each a context ({shown}), answer on {fleet.url}.",
        f"What they hold is kept in {fleet.folder.path}." if kept else "What they hold is forgotten in the end.",
        "Ctrl-C or `kfed sandbox down` stops it. To use it from another terminal:",
        "",
    )
    output.write(f"export KUBECONFIG={shlex.quote(fleet.kubeconfig)}\n")
    output.flush()


def _table(status: dict[str, Any]) -> str:
    rows = [("CLUSTER", "STATE", "ROOM", "OBJECTS", "WATCHES", "URL")]
    for cluster in status["clusters"]:
        state = "reachable" if cluster["reachable"] else "stopped"
        room = "any" if cluster["limit"] is None else f"{cluster['limit']} pods"
        rows.append((cluster["name"], state, room, *map(str, (cluster["objects"], cluster["watches"])), cluster["url"]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines) + f"\nKUBECONFIG={status['kubeconfig']}\n"


def _ask(folder: str | None, do: str, **what: Any) -> Any:
    from kfed.sandbox.fleet.remote import ask  # noqa: PLC0415  (`kfed sandbox --help` needs no TLS)

    return ask(_folder(folder), do, **what)


def _folder(given: str | None) -> str:
    from kfed.sandbox.fleet.folder import default_folder  # noqa: PLC0415  (as in _ask)

    return given if given is not None else default_folder(os.environ)


def _import_startup() -> Any:
    """The module that needs the packages of the extra.

    Raises:
        UnavailableError: they are not installed.
    """
    try:
        from kfed.sandbox.fleet import startup  # noqa: PLC0415  (needs packages that may not be there)
    except ModuleNotFoundError as error:
        package = (error.name or "kfed").partition(".")[0]
        if package == "kfed":
            raise
        raise UnavailableError(
            f"The sandbox needs the package {package}, which is not installed. Install all that it needs with: "
            "pip install 'kfed[sandbox]'"
        ) from error
    return startup
