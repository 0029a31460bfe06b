"""``kfed generate``: write the federated types of upstream types."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kfed.cli import output
from kfed.codegen.descriptions import Descriptions
from kfed.codegen.federation import Federation, Wish, manifests
from kfed.codegen.lossreport import loss_sentences
from kfed.core.escaping import printable
from kfed.core.names import is_label, is_subdomain
from kfed.core.resource import FEDERATED_VERSION, TYPES_GROUP
from kfed.core.words import counted
from kfed.offline.generate import Generation, Sources, generate
from kfed.offline.generated import compare_files, held_types, write_files
from kfed.offline.tree.tree import What

if TYPE_CHECKING:
    from kfed.offline.tree.tree import Difference

STREAM = "-"


@click.command("generate", short_help="Write the federated types of upstream types.")
@click.argument("types", nargs=-1, metavar="[TYPE]...")
@click.option("--all", "every", is_flag=True, help="Every type whose objects can be stored.")
@click.option(
    "--kubernetes",
    metavar="VERSION",
    help="Kubernetes release whose built-in types are meant, such as 1.36.  [default: the newest]",
)
@click.option(
    "--from",
    "files",
    multiple=True,
    metavar="FILE",
    help="OpenAPI document (v2 or v3) or CustomResourceDefinitions, as YAML or JSON; - is standard input. May be "
    "given several times. Built-in types are then known only with --kubernetes.",
)
@click.option("--version", metavar="VERSION", help="Version of the CRDs in FILE.  [default: the storage version]")
@click.option("--federated-group", default=TYPES_GROUP, show_default=True, help="API group of the federated types.")
@click.option("--federated-version", default=FEDERATED_VERSION, show_default=True, help="Version of them.")
@click.option("--partial", is_flag=True, help="Let templates be incomplete, for overrides to complete them.")
@click.option(
    "--descriptions",
    type=click.Choice([choice.value for choice in Descriptions]),
    default=Descriptions.FIT.value,
    show_default=True,
    help="Keep as many descriptions as plain kubectl apply can take, all of them, or none.",
)
@click.option("-o", "--output", "target", default=STREAM, show_default=True, help="Folder to write into; - prints.")
@click.option(
    "--check", is_flag=True, help="Write nothing; tell what in the folder differs, and fail if anything does."
)
@click.option("--strict", is_flag=True, help="Fail, writing nothing, when anything had to be loosened or left out.")
def command(
    types: tuple[str, ...],
    *,
    every: bool,
    kubernetes: str | None,
    files: tuple[str, ...],
    version: str | None,
    federated_group: str,
    federated_version: str,
    partial: bool,
    descriptions: str,
    target: str,
    check: bool,
    strict: bool,
) -> None:
    """Write the federated types of upstream types.

    TYPE is what kubectl accepts: deployments, deployment, deploy, Deployment, deployments.apps, deployments.v1.apps.

    For each type: a CustomResourceDefinition with a typed template, the FederatedTypeConfig, ClusterRoles, and a JSON
    Schema for editors. What of the upstream schema had to be loosened or left out is told on standard error and at the
    head of the CRD.
    """
    _check_usage(types, target, federated_group, federated_version, every=every, check=check)
    wish = Wish(federated_group, federated_version, partial=partial, descriptions=Descriptions(descriptions))
    held = [] if every or target == STREAM else held_types(target)
    generation = generate(Sources(kubernetes, files, version), types, wish, held)
    lossy = _tell_losses(generation, briefly=target != STREAM and every and not strict)
    if strict and lossy:
        output.message("Nothing is written, as --strict wants types without losses.")
        sys.exit(1)
    if target == STREAM:
        for federation in generation.federations:
            output.write(_stream(federation))
    elif check:
        _report(compare_files(target, generation.files(), whole=every), target)
    else:
        counts = write_files(target, generation.files(), whole=every)
        changed = counts.written + counts.removed
        output.message(
            f"{target} holds {counted(len(generation.federations), 'type')}; {counted(changed, 'file')} changed."
        )


def _check_usage(types: tuple[str, ...], target: str, group: str, version: str, *, every: bool, check: bool) -> None:
    if every == bool(types):
        raise click.UsageError("Name the types to generate, or give --all, and not both.")
    if not target:
        raise click.UsageError("-o names no folder; give one, or - to print.")
    if check and target == STREAM:
        raise click.UsageError("--check compares with a folder; name it with -o.")
    if not is_subdomain(group) or "." not in group:
        raise click.UsageError(f"--federated-group {group!r} is no API group; write one like {TYPES_GROUP}.")
    if not is_label(version):
        raise click.UsageError(f"--federated-version {version!r} is no version; write one like {FEDERATED_VERSION}.")


def _tell_losses(generation: Generation, *, briefly: bool) -> bool:
    """Report what was loosened or left out; whether there was anything."""
    for sentence in generation.left_out:
        output.message(sentence)
    lossy = [federation for federation in generation.federations if federation.losses]
    if briefly and lossy:
        kinds = ", ".join(federation.config.target.gvk.kind for federation in lossy)
        output.message(f"Something was loosened or left out in {kinds}; the head of each CRD says what, and why.")
        return True
    for federation in lossy:
        output.message(f"{federation.config.federated.gvk.kind}:")
        for sentence in loss_sentences(federation.losses):
            output.message(f"  {sentence}")
    return bool(lossy)


def _stream(federation: Federation) -> str:
    """The manifests as a YAML stream that ``kubectl apply -f -`` takes."""
    return "".join(f"---\n{text}" for text in manifests(federation).values())


def _report(differences: list[Difference], target: str) -> None:
    for difference in differences:
        output.write(printable(f"{difference.what}: {difference.path}") + "\n")
    if not differences:
        return
    if any(difference.what is What.FOREIGN for difference in differences):
        output.message("What is foreign is not of kfed's making, and in its way; move it elsewhere first.")
    verb = "differs" if len(differences) == 1 else "differ"
    output.message(f"{counted(len(differences), 'file')} in {target} {verb}; run the same command without --check.")
    sys.exit(1)
