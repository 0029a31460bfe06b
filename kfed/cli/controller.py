"""``kfed controller``: keep every member cluster at what the host's federated objects say."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from kfed.kube.kubeconfig import default_connection
from kfed.runtime.log import log_to
from kfed.sync.run import run as keep
from kfed.sync.settings import NAMESPACE

if TYPE_CHECKING:
    from kfed.kube.config import Connection


@click.group("controller")
def command() -> None:
    """Keep every member cluster at what the host says."""


@command.command()
@click.option("--kubeconfig", default="", metavar="FILE", help="The kubeconfig of the host; as kubectl finds it.")
@click.option("--context", default="", metavar="NAME", help="The context of the host; the current one by default.")
@click.option(
    "--kubefed-namespace",
    "namespace",
    default=NAMESPACE,
    show_default=True,
    metavar="NAME",
    help="Of kfed's own objects.",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--log-level", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]), default="INFO", show_default=True
)
@click.option(
    "--leader-election/--no-leader-election",
    "elect",
    default=True,
    show_default=True,
    help="Hold a Lease while working, so that one of several processes does.",
)
def run(kubeconfig: str, context: str, namespace: str, log_format: str, log_level: str, *, elect: bool) -> None:
    """Run the controller, in a cluster or from a kubeconfig, until it is told to stop."""
    log_to(form=log_format, level=log_level)
    asyncio.run(_until_stopped(default_connection(kubeconfig, context), namespace, elect=elect))


async def _until_stopped(connection: Connection, namespace: str, *, elect: bool) -> None:
    work = asyncio.ensure_future(keep(connection, namespace, elect=elect))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return
