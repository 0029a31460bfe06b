"""``kfed enable``: federate types of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kfed.cli import output
from kfed.cli.host import ask_host, host_options
from kfed.codegen.federation import Wish
from kfed.codegen.lossreport import loss_sentences
from kfed.core.resource import FEDERATED_VERSION, TYPES_GROUP
from kfed.live.enable import enable, federations_of, host_manifests, host_types
from kfed.offline.generate import Sources, generate
from kfed.text.emit import Emitter

if TYPE_CHECKING:
    from kfed.kube.api import Api


@click.command("enable")
@click.argument("types", nargs=-1, required=True, metavar="TYPE...")
@click.option("--federated-group", default=TYPES_GROUP, show_default=True, metavar="GROUP", help="Of the made types.")
@click.option("--federated-version", default=FEDERATED_VERSION, show_default=True, metavar="VERSION")
@click.option("--from", "files", multiple=True, metavar="FILE", help="Read schemas from a file, not from the host.")
@click.option("--kubernetes", metavar="RELEASE", help="Read schemas of a Kubernetes release, not of the host.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@click.option("-o", "form", type=click.Choice(["yaml"]), help="Print the manifests, and make nothing.")
@host_options
def command(
    types: tuple[str, ...],
    federated_group: str,
    federated_version: str,
    files: tuple[str, ...],
    kubernetes: str | None,
    form: str | None,
    kubeconfig: str,
    context: str,
    namespace: str,
    *,
    dry_run: bool,
) -> None:
    """Federate types of the host.

    TYPE is what kubectl accepts, as for kfed generate. It can be run again, after an upgrade too.
    """
    wish = Wish(federated_group, federated_version)

    async def run(host: Api) -> list[str]:
        if files or kubernetes:
            federations = list(generate(Sources(kubernetes, files), types, wish).federations)
        else:
            federations = federations_of(await host_types(host), types, wish)
        for federation in federations:
            for sentence in loss_sentences(federation.losses):
                output.message(f"{federation.config.federated.gvk.kind}: {sentence}")
        if form or dry_run:
            made = [manifest for federation in federations for manifest in host_manifests(federation, namespace)]
            emitter = Emitter()
            if form:
                return ["---\n" + emitter.emit(manifest).rstrip() for manifest in made]
            return [f"{one['kind'].lower()}/{one['metadata']['name']} would be applied" for one in made]
        return await enable(host, namespace, federations)

    for line in ask_host(kubeconfig, context, run):
        output.write(f"{line}\n")
