"""``kfed get``: every federated object in every cluster, in one table."""

from __future__ import annotations

import click
import orjson

from kfed.cli import output
from kfed.cli.host import ask_host, host_options
from kfed.core.escaping import printable_json
from kfed.live.table import object_table


@click.command("get")
@click.argument("kind", required=False)
@click.argument("names", nargs=-1)
@click.option("-n", "--namespace", "within", default="", metavar="NAME", help="Only this namespace; all by default.")
@click.option("-o", "form", type=click.Choice(["json"]), help="Print JSON, for machines.")
@host_options
def command(
    kind: str | None,
    names: tuple[str, ...],
    within: str,
    form: str | None,
    kubeconfig: str,
    context: str,
    namespace: str,
) -> None:
    """Show the state of each object in each cluster.

    KIND is a type, federated or not, by any of its names; without it, all types are shown.
    """
    kinds = [kind] if kind else []
    table = ask_host(kubeconfig, context, lambda host: object_table(host, namespace, kinds, within, names=names))
    output.write(printable_json(orjson.dumps(table.records()).decode()) + "\n" if form else table.text())
