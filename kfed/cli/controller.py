"""``kfed controller``: keep every member cluster at what the host's federated objects say."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING
from urllib.request import urlopen

import click

from kfed.cli import output
from kfed.errors import UnavailableError
from kfed.kube.kubeconfig import default_connection
from kfed.runtime.log import log_to
from kfed.sync.probes import LOOPBACK
from kfed.sync.run import run as keep
from kfed.sync.settings import NAMESPACE

if TYPE_CHECKING:
    from kfed.kube.config import Connection

_PROBE_WITHIN = 3.0  # s


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
    "--health-port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Answer /healthz and /readyz on this port of loopback; by default nothing is answered.",
)
@click.option(
    "--leader-election/--no-leader-election",
    "elect",
    default=True,
    show_default=True,
    help="Hold a Lease while working, so that one of several processes does.",
)
def run(
    kubeconfig: str, context: str, namespace: str, log_format: str, log_level: str, health_port: int, *, elect: bool
) -> None:
    """Run the controller, in a cluster or from a kubeconfig, until it is told to stop."""
    log_to(form=log_format, level=log_level)
    asyncio.run(_until_stopped(default_connection(kubeconfig, context), namespace, health_port, elect=elect))


async def _until_stopped(connection: Connection, namespace: str, health_port: int, *, elect: bool) -> None:
    work = asyncio.ensure_future(keep(connection, namespace, elect=elect, health_port=health_port))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return


@command.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="That of --health-port.")
def probe(port: int) -> None:
    """Ask a controller on this machine whether it works; for liveness probes."""
    try:
        with urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=_PROBE_WITHIN) as answer:
            output.write(answer.read().decode() + "\n")
    except OSError as error:
        raise UnavailableError(f"No controller answers on port {port} of this machine: {error}.") from error
