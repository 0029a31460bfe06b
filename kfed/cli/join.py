"""``kfed join``: make a cluster a member."""

from __future__ import annotations

import asyncio

import click

from kfed.cli import output
from kfed.cli.host import host_options
from kfed.core.names import LABEL_KEY, LABEL_VALUE, is_label
from kfed.kube.api import Api
from kfed.kube.kubeconfig import read_kubeconfig
from kfed.kube.session import Session
from kfed.live.join import Joining, cluster_manifest, enabled_targets, join, member_manifests
from kfed.text.emit import Emitter


@click.command("join")
@click.argument("name")
@click.option("--cluster-context", default="", metavar="NAME", help="The context of the cluster; NAME by default.")
@click.option(
    "--host-cluster-name", default="", metavar="NAME", help="What the host is called; its context by default."
)
@click.option("--secret-name", default="", metavar="NAME", help="The Secret for the token; NAME by default.")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label to select the cluster by.")
@click.option("--all-types", is_flag=True, help="Allow every type in the cluster, not only those that are enabled.")
@click.option("--kubeconfig-secret", default="", metavar="NAME", help="Use the kubeconfig in this Secret of the host.")
@click.option("--print-rbac", is_flag=True, help="Print what the member would allow, and do nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@click.option("-o", "form", type=click.Choice(["yaml"]), help="Print the manifests, without the token, and do nothing.")
@host_options
def command(
    name: str,
    cluster_context: str,
    host_cluster_name: str,
    secret_name: str,
    labels: tuple[str, ...],
    kubeconfig_secret: str,
    form: str | None,
    kubeconfig: str,
    context: str,
    namespace: str,
    *,
    all_types: bool,
    print_rbac: bool,
    dry_run: bool,
) -> None:
    """Make the cluster NAME a member.

    That is a service account there, with its token and a KubeFedCluster on the host. It can be run again: what is there
    is brought up to date. A join that fails takes back what it made.
    """
    if not is_label(name):
        raise click.BadParameter(f"{name!r} is no name for a cluster; use lower-case letters, digits and dashes.")
    known = read_kubeconfig(kubeconfig)
    host_context = context or known.current
    host_name = host_cluster_name or host_context
    if ":" in host_name or "/" in host_name:
        raise click.UsageError(f"The context {host_name!r} is no name for the host; give one with --host-cluster-name.")
    found = dict(_label(label) for label in labels)

    async def run() -> list[str]:
        async with (
            Session(known.connection(host_context, name="host")) as host_session,
            Session(known.connection(cluster_context or name, name=name)) as member_session,
        ):
            host, member = Api(host_session), Api(member_session)
            targets = None if all_types else await enabled_targets(host, namespace)
            joining = Joining(name, host_name, namespace, secret_name, found, targets, kubeconfig_secret)
            made = [] if kubeconfig_secret else member_manifests(joining)
            if print_rbac or form:
                emitter = Emitter()
                shown = made if print_rbac else [*made, cluster_manifest(joining, member)]
                return ["---\n" + emitter.emit(one).rstrip() for one in shown if not print_rbac or "rules" in one]
            if dry_run:
                listed = [*made, cluster_manifest(joining, member)]
                return [f"{one['kind'].lower()}/{one['metadata']['name']} would be applied" for one in listed]
            return await join(joining, host, member)

    for line in asyncio.run(run()):
        output.write(line + "\n")


def _label(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not LABEL_KEY.fits(key) or not LABEL_VALUE.fits(value):
        raise click.BadParameter(f"{text!r} is no label; write it as KEY=VALUE, as in tier=prod.", param_hint="--label")
    return key, value
