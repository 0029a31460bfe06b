"""``kfed disable``: keep types no longer."""

from __future__ import annotations

import click

from kfed.cli import output
from kfed.cli.host import ask_host, host_options
from kfed.live.enable import disable


@click.command("disable")
@click.argument("name", metavar="TYPE")
@click.option("--delete-crd", is_flag=True, help="Delete the federated type as well; refused while it has objects.")
@host_options
def command(name: str, kubeconfig: str, context: str, namespace: str, *, delete_crd: bool) -> None:
    """Keep TYPE no longer. What is in the members stays there."""
    for line in ask_host(kubeconfig, context, lambda host: disable(host, namespace, name, delete_crd=delete_crd)):
        output.write(f"{line}\n")
