"""``kfed install``: everything that the host needs, as manifests."""

from __future__ import annotations

import click

import kfed
from kfed.cli import output
from kfed.core.resource import SYSTEM_NAMESPACE, TYPES_GROUP
from kfed.live.install import host_manifests
from kfed.text.emit import Emitter


@click.command("install")
@click.option("--image", default=f"kfed:{kfed.__version__}", show_default=True, help="Of the controller.")
@click.option("--replicas", type=click.IntRange(1), default=2, show_default=True, help="Of the controller.")
@click.option(
    "--federated-group", default=TYPES_GROUP, show_default=True, metavar="GROUP", help="Which types it keeps."
)
@click.option("--kubefed-namespace", "namespace", default=SYSTEM_NAMESPACE, show_default=True, metavar="NAME")
@click.option("-o", "form", type=click.Choice(["yaml"]), default="yaml", show_default=True)
def command(image: str, replicas: int, federated_group: str, namespace: str, form: str) -> None:  # noqa: ARG001  (one form)
    """Print what the host needs.

    As in: kfed install -o yaml | kubectl apply --server-side -f -
    """
    emitter = Emitter()
    for manifest in host_manifests(namespace, image, group=federated_group, replicas=replicas):
        output.write(f"---\n{emitter.emit(manifest)}")
