"""``kfed clusters``: list the members."""

from __future__ import annotations

import click
import orjson

from kfed.cli import output
from kfed.cli.host import ask_host, host_options
from kfed.core.escaping import printable_json
from kfed.live.table import cluster_table


@click.command("clusters")
@click.option("-o", "form", type=click.Choice(["json"]), help="Print JSON, for machines.")
@host_options
def command(form: str | None, kubeconfig: str, context: str, namespace: str) -> None:
    """List the members, with readiness and version."""
    table = ask_host(kubeconfig, context, lambda host: cluster_table(host, namespace))
    output.write(printable_json(orjson.dumps(table.records()).decode()) + "\n" if form else table.text())
