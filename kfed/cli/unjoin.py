"""``kfed unjoin``: take a cluster out of the federation."""

from __future__ import annotations

import asyncio

import click

from kfed.cli import output
from kfed.cli.host import host_options
from kfed.kube.api import Api
from kfed.kube.kubeconfig import read_kubeconfig
from kfed.kube.session import Session
from kfed.live.unjoin import Objects, unjoin


@click.command("unjoin")
@click.argument("name")
@click.option("--cluster-context", default="", metavar="NAME", help="The context of the cluster; NAME by default.")
@click.option(
    "--objects",
    type=click.Choice([str(choice) for choice in Objects]),
    default=str(Objects.LEAVE),
    show_default=True,
    help="What becomes of what was propagated: leave it as it is, take kfed's marks off (orphan), or delete it.",
)
@click.option("--force", is_flag=True, help="Do not ask the cluster at all; what is there stays.")
@host_options
def command(
    name: str, cluster_context: str, objects: str, kubeconfig: str, context: str, namespace: str, *, force: bool
) -> None:
    """Take the cluster NAME out, and undo there what join did."""
    known = read_kubeconfig(kubeconfig)

    async def run() -> list[str]:
        async with Session(known.connection(context or known.current, name="host")) as host:
            if force:
                return await unjoin(name, namespace, Api(host), None, Objects.LEAVE)
            async with Session(known.connection(cluster_context or name, name=name)) as member:
                return await unjoin(name, namespace, Api(host), Api(member), Objects(objects))

    for line in asyncio.run(run()):
        output.write(f"{line}\n")
