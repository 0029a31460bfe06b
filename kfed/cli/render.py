"""``kfed render``: the objects of every cluster, from files."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from kfed.cli import findings as findings_out
from kfed.cli import output
from kfed.core.finding import Finding, Severity, Source, nearest
from kfed.offline.output import add_all, json_stream, yaml_stream
from kfed.offline.run import ObjectName, Output, Report, Request, render_all
from kfed.offline.tree.writer import ForeignFileError, TreeWriter
from kfed.rendering.explaining import explain_json, explain_text
from kfed.report.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.offline.tree.writer import Changes

STREAM = "-"


# What --check finds in the folder: the rule, and what it says of a path.
_DIFFERENCES = {
    "missing": ("out-of-date", "is missing; render again without --check"),
    "differs": ("out-of-date", "differs from what would be rendered; render again without --check"),
    "unwanted": ("out-of-date", "is no longer wanted; render again without --check"),
    "left": ("out-of-date", "is left of a run that was interrupted; render again without --check, which removes it"),
    "foreign": ("foreign-file", "is not of kfed's making, and kfed would write there; move it elsewhere and run again"),
    "stray": ("stray-file", "is not of kfed's making, and is applied by those who apply the folder; move it elsewhere"),
}


@dataclass(frozen=True, slots=True)
class _Wish:
    """How the findings are told, and what counts as failing."""

    form: str
    file: str | None
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
    )
    wish = _Wish(findings, findings_file, strict, stdout_is_taken=target == STREAM and not check)
    if explained and wanted is not None:
        failed = _explain(request, ObjectName.parse(wanted), wish, as_json=form == "json")
    elif target == STREAM:
        failed = _stream(request, wish, as_json=form == "json")
    else:
        failed = _tree(request, target, wish, check=check)
    if failed:
        sys.exit(1)


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
    summary = Report()
    with TreeWriter(None, None) as writer:
        add_all(_steps(request, summary), writer, as_json=as_json)
        if not (failed := _tell(summary, wish)):
            for piece in (json_stream if as_json else yaml_stream)(writer.stream()):
                output.write(piece)
    return failed


def _tree(request: Request, target: str, wish: _Wish, *, check: bool) -> bool:
    summary = Report()
    changes: Changes | None = None
    with TreeWriter(target, frozenset(request.only) or None, check=check) as writer:
        add_all(_steps(request, summary), writer)
        for cluster in summary.clusters:
            writer.add_cluster(cluster)
        if not summary.failed(strict=wish.strict):
            try:
                if check:
                    summary.findings += [_out_of_date(target, path, what) for path, what in writer.compare()]
                else:
                    changes = writer.commit()
            except ForeignFileError as error:
                summary.findings += error.findings
    failed = _tell(summary, wish)
    if changes is not None:
        output.message(
            f"Rendered {_counted(summary.objects, 'federated object')} for "
            f"{_counted(len(summary.clusters), 'cluster')} into {target}: {_counted(changes.written, 'file')} written, "
            f"{changes.removed} removed, {changes.unchanged} as they were."
        )
    return failed


def _explain(request: Request, wanted: ObjectName, wish: _Wish, *, as_json: bool) -> bool:
    summary = Report()
    there: set[str] = set()
    told = False
    for outputs in _steps(request, summary):
        for one in outputs:
            if not one.matches(wanted):
                there.add(_name(one))
                continue
            told = True
            fields = one.explain()
            if as_json:
                output.write(explain_json(one.cluster, fields, redact=one.withheld))
            else:
                output.write(f"# {_name(one)} in {one.cluster}\n{explain_text(fields, redact=one.withheld)}")
    if not told:
        asked = "/".join(filter(None, (wanted.kind, wanted.namespace, wanted.name)))
        message = (
            f"No object {asked} was rendered for the clusters asked for; see what else was found, or correct --object."
        )
        summary.findings.append(Finding("unknown-object", message, object=asked, nearest=nearest(asked, there)))
    return _tell(summary, wish)


def _name(one: Output) -> str:
    identity = one.item.identity
    return "/".join(filter(None, (one.kind.config.target.gvk.kind.lower(), identity.namespace, identity.name)))


def _steps(request: Request, summary: Report) -> Iterator[list[Output]]:
    return output.progress(render_all(request, summary), "Rendering")


def _out_of_date(target: str, path: str, what: str) -> Finding:
    rule, said = _DIFFERENCES[what]
    file = os.path.join(target, path)
    return Finding(rule, f"{file} {said}.", source=Source(file))


def _tell(summary: Report, wish: _Wish) -> bool:
    """Report the findings; whether they are such that the run has failed."""
    found = [_as_error(finding) for finding in summary.findings] if wish.strict else summary.findings
    if wish.file is not None:
        findings_out.save(found, wish.form, wish.file)
    else:
        findings_out.show(found, wish.form, err=wish.form == "text" or wish.stdout_is_taken)
    return summary.failed(strict=wish.strict)


def _as_error(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.ERROR)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
