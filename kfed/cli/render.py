"""``kfed render``: the objects of every cluster, from files."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kfed.cli import findings as findings_out
from kfed.cli import output
from kfed.core.escaping import printable
from kfed.core.words import counted
from kfed.offline.explain import ObjectName, find_object
from kfed.offline.output import spool_objects, stream
from kfed.offline.rendered import check_tree, write_tree
from kfed.offline.run import Output, Report, Request, render_all
from kfed.offline.tree.spool import Spool
from kfed.rendering.explaining import explain_json, explain_text
from kfed.report.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAM = "-"

# Manifests are trees without cycles: looking for cycles less often than Python's 700 takes a tenth off a large render.
COLLECT_EVERY = 50_000


@dataclass(frozen=True, slots=True)
class _Wish:
    """How the findings are told, and what counts as failing."""

    form: str
    file: str | None
    whole: bool
    strict: bool
    stdout_is_taken: bool


@click.command("render", short_help="Render federated objects for every cluster.")
@click.option(
    "-f",
    "--filename",
    "paths",
    multiple=True,
    required=True,
    metavar="PATH",
    help="Federated objects, KubeFedClusters, FederatedTypeConfigs and CRDs: a file, a folder with all that is in it, "
    "or - for standard input. May be given several times.",
)
@click.option("--clusters", "cluster_paths", multiple=True, metavar="PATH", help="More KubeFedClusters, likewise.")
@click.option("-o", "--output", "target", default=STREAM, show_default=True, help="Folder to write into; - prints.")
@click.option(
    "--as", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="What -o - prints."
)
@click.option(
    "--cluster", "only", multiple=True, metavar="NAME", help="Render for this cluster only; several times for more."
)
@click.option(
    "--check", is_flag=True, help="Write nothing; list what in the folder differs, and fail if anything does."
)
@click.option(
    "--explain",
    "explained",
    is_flag=True,
    help="Print where each field of --object that differs from the template comes from.",
)
@click.option("--object", "wanted", metavar="KIND/NAMESPACE/NAME", help="The object to explain.")
@click.option(
    "--namespaces",
    type=click.Choice(["own", "strict"]),
    default="own",
    show_default=True,
    help="Without a FederatedNamespace, objects go where their own placement says, or, as in KubeFed, nowhere.",
)
@click.option("--with-secrets", is_flag=True, help="Write Secrets too, and show what is in them.")
@click.option(
    "--kubernetes", metavar="VERSION", help="Kubernetes release of the built-in types.  [default: the newest]"
)
@click.option(
    "--findings", type=click.Choice(list(FORMS)), default="text", show_default=True, help="Form of the findings."
)
@click.option("--findings-file", metavar="FILE", help="Write the findings there.  [default: standard error, or output]")
@click.option(
    "--all-findings", is_flag=True, help="Print all findings as text, and not only the first few of each rule."
)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
def command(
    paths: tuple[str, ...],
    cluster_paths: tuple[str, ...],
    target: str,
    form: str,
    only: tuple[str, ...],
    *,
    check: bool,
    explained: bool,
    wanted: str | None,
    namespaces: str,
    with_secrets: bool,
    kubernetes: str | None,
    findings: str,
    findings_file: str | None,
    all_findings: bool,
    strict: bool,
) -> None:
    """Render federated objects for every cluster.

    Everything is checked first: templates, overrides and what comes of them. With a finding that is an error, nothing
    is written.
    """
    _check_usage(target, form, wanted, check=check, explained=explained)
    request = Request(
        paths,
        cluster_paths,
        only,
        kubernetes,
        strict_namespaces=namespaces == "strict",
        with_secrets=with_secrets,
        skip=None if target == STREAM else target,
        written=[findings_file] if findings_file else (),
    )
    wish = _Wish(findings, findings_file, all_findings, strict, stdout_is_taken=target == STREAM and not check)
    with _collecting_rarely():
        if explained and wanted is not None:
            failed = _explain(request, ObjectName.parse(wanted), wish, as_json=form == "json")
        elif target == STREAM:
            failed = _stream(request, wish, as_json=form == "json")
        else:
            failed = (_check if check else _tree)(request, target, wish)
    if failed:
        sys.exit(1)


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _check_usage(target: str, form: str, wanted: str | None, *, check: bool, explained: bool) -> None:
    if not target:
        raise click.UsageError("-o names no folder; give one, or - to print.")
    if check and target == STREAM:
        raise click.UsageError("--check compares with a folder; name it with -o.")
    if explained != (wanted is not None):
        raise click.UsageError("--explain and --object go together, as in --explain --object deployment/test-ns/web.")
    if wanted is not None:
        try:
            ObjectName.parse(wanted)
        except ValueError as error:
            raise click.BadParameter(f"{wanted}: {error}.", param_hint="--object") from error
    if form == "json" and target != STREAM:
        raise click.UsageError("--as json is for what is printed; a folder holds YAML, which -o - prints too.")


def _stream(request: Request, wish: _Wish, *, as_json: bool) -> bool:
    report = _report(wish)
    with Spool() as spool:
        clusters = spool_objects(_steps(request, report), spool, report, as_json=as_json)
        if not (failed := _tell(report, wish)):
            for piece in stream(spool, clusters, as_json=as_json):
                output.write(piece)
    return failed


def _tree(request: Request, target: str, wish: _Wish) -> bool:
    report = _report(wish)
    counts = write_tree(_steps(request, report), report, target, request.only, strict=wish.strict)
    failed = _tell(report, wish)
    if counts is not None:
        output.message(
            f"Rendered {counted(report.objects, 'federated object')} for {counted(len(report.clusters), 'cluster')} "
            f"into {target}: {counted(counts.written, 'file')} written, {counts.removed} removed, {counts.unchanged} "
            "as they were."
        )
    return failed


def _check(request: Request, target: str, wish: _Wish) -> bool:
    report = _report(wish)
    check_tree(_steps(request, report), report, target, request.only, strict=wish.strict)
    return _tell(report, wish)


def _explain(request: Request, wanted: ObjectName, wish: _Wish, *, as_json: bool) -> bool:
    report = _report(wish)
    for found in find_object(_steps(request, report), wanted, report):
        fields = found.explain()
        if as_json:
            output.write(explain_json(found.cluster, fields, redact=found.withheld))
        else:
            heading = printable(f"# {found.name} in {found.cluster}")
            output.write(f"{heading}\n{explain_text(fields, redact=found.withheld)}")
    return _tell(report, wish)


def _report(wish: _Wish) -> Report:
    """One that is brief where a person is to read it."""
    return Report(brief=wish.form == "text" and wish.file is None and not wish.whole)


def _steps(request: Request, report: Report) -> Iterator[list[Output]]:
    return output.progress(render_all(request, report), "Rendering")


def _tell(report: Report, wish: _Wish) -> bool:
    """Report the findings; whether they are such that the run has failed."""
    if wish.strict:
        report.make_strict()
    if wish.file is not None:
        findings_out.save(report.findings, wish.form, wish.file)
    else:
        err = wish.form == "text" or wish.stdout_is_taken
        findings_out.show(report.findings, wish.form, report.omitted, whole=wish.whole, err=err)
    return report.failed(strict=wish.strict)
