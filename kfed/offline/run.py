"""Rendering: all of the input to all of the output, one federated object at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kfed.core.finding import Finding, Severity
from kfed.core.mistake import Mistake, gather
from kfed.core.nearest import nearest
from kfed.core.resource import CORE_GROUP
from kfed.offline.files import STDIN, open_inputs
from kfed.offline.intake import take_inventory
from kfed.rendering.checked import Outcome, render_checked
from kfed.rendering.explaining import FieldOrigin, explain
from kfed.rendering.types import FederatedKind, TypeBook
from kfed.report.brief import MOST, Omitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kfed.core.render import Rendered
    from kfed.offline.inventory import Inventory
    from kfed.offline.objects import Item


@dataclass(frozen=True, slots=True)
class Request:
    """What to render.

    Attributes:
        paths: files and folders with federated objects, clusters, types.
        cluster_paths: files and folders of which only the clusters are read.
        only: the clusters to render for; all of them when empty.
        release: the Kubernetes release of the built-in types; ``None`` for the newest.
        strict_namespaces: without a FederatedNamespace, objects go nowhere, as in KubeFed.
        with_secrets: hand out Secrets as well.
        skip: a folder that is never read: where the output goes.
        written: files that are not read either: what else the run writes.
    """

    paths: Sequence[str]
    cluster_paths: Sequence[str] = ()
    only: Sequence[str] = ()
    release: str | None = None
    strict_namespaces: bool = False
    with_secrets: bool = False
    skip: str | None = None
    written: Sequence[str] = ()


@dataclass(slots=True)
class Report:
    """What a run has to say; it is whole when the run is over.

    Attributes:
        findings: everything wrong or doubtful.
        objects: how many federated objects there were.
        clusters: the names of the clusters that were rendered for.
        brief: it is for a person, so no more of a rule is looked up than is shown.
        omitted: what is not, by severity and rule.
    """

    findings: list[Finding] = field(default_factory=list)
    objects: int = 0
    clusters: tuple[str, ...] = ()
    brief: bool = False
    omitted: dict[tuple[Severity, str], Omitted] = field(default_factory=dict)
    _told: Counter[tuple[Severity, str]] = field(default_factory=Counter)

    def tell(self, item: Item, mistakes: Iterable[Mistake]) -> None:
        """Add what is wrong with one object; what is one thing, once."""
        for group in gather(mistakes):
            key = group[0].severity, group[0].rule
            if self.brief and self._told[key] > MOST[key[0]]:
                self.omitted.setdefault(key, Omitted()).add(1, (item.document.file,))
            else:
                self._told[key] += 1
                self.findings.append(item.finding(*group))

    def make_strict(self) -> None:
        """Make an error of every warning."""
        self.findings = [replace(finding, severity=Severity.ERROR) for finding in self.findings]
        for (severity, rule), omitted in list(self.omitted.items()):
            if severity is not Severity.ERROR:
                self.omitted.setdefault((Severity.ERROR, rule), Omitted()).add(omitted.count, omitted.files)
                del self.omitted[severity, rule]

    def failed(self, *, strict: bool = False) -> bool:
        """Whether an error was found; *strict* counts warnings as well."""
        return any(strict or finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Output:
    """One rendered object, with how to write it.

    Attributes:
        cluster: whose object it is.
        item: the federated object it was made of.
        kind: the type of that.
        template: what it was made of.
        rendered: the object.
        withheld: it is not to be written, nor its values to be shown.
    """

    cluster: str
    item: Item
    kind: FederatedKind
    template: Mapping[str, Any]
    rendered: Rendered
    withheld: bool

    def explain(self) -> list[FieldOrigin]:
        """Each field that is not the template's, and the rules that made it so, with their lines in the files."""
        return explain(self.template, self.rendered, lambda path: str(self.item.source(path)))

    @property
    def name(self) -> str:
        """The object as a user names it: ``deployment/test-ns/web``."""
        identity = self.item.identity
        return "/".join(filter(None, (self.kind.config.target.gvk.kind.lower(), identity.namespace, identity.name)))


def render_all(request: Request, report: Report) -> Iterator[list[Output]]:
    """The objects of every cluster, all those of one federated object at a time, in the order of the input.

    What is yielded is good until the next step. *report* fills as the run goes on: nothing may be handed to anybody
    before the end, for a later object may have a mistake in it.

    Raises:
        UnavailableError: a file cannot be read.
        SchemaError: the release is not known.
    """
    # Standard input can be read but once; as objects, its clusters are found as well.
    cluster_paths = [path for path in request.cluster_paths if path != STDIN or STDIN not in request.paths]
    with (
        open_inputs(request.paths, skip=request.skip, written=request.written) as inputs,
        open_inputs(cluster_paths, skip=request.skip, written=request.written) as cluster_inputs,
    ):
        inventory = take_inventory(inputs.files, clusters_only=cluster_inputs.files)
        inventory.findings += dict.fromkeys([*inputs.findings, *cluster_inputs.findings])
        report.clusters = tuple(sorted(name for name in inventory.clusters if not request.only or name in request.only))
        _limit_clusters(request, inventory, report)
        types = TypeBook(inventory.type_configs, lambda: inventory.read_types(request.release))
        try:
            for item in inventory.take_federated():
                yield _render_one(item, request, inventory, types, report)
        finally:
            report.findings[:0] = inventory.findings
        if not report.objects and not report.failed():
            message = "There is no federated object in the input; give the files that hold them with -f."
            if request.skip is not None:
                message += f" What is in {request.skip}, where the output goes, is not read."
            report.findings.append(Finding("no-federated-objects", message, expected="a FederatedDeployment, for one"))


def _limit_clusters(request: Request, inventory: Inventory, report: Report) -> None:
    if not inventory.clusters:
        message = (
            f"No cluster is known; give the KubeFedClusters ({CORE_GROUP}/v1beta1) with --clusters, or among the files."
        )
        report.findings.append(Finding("no-clusters", message, expected="a KubeFedCluster"))
    for name in request.only:
        if inventory.clusters and name not in inventory.clusters:
            message = f"There is no KubeFedCluster named {name!r} to limit the rendering to; correct --cluster."
            hint = nearest(name, inventory.clusters)
            report.findings.append(Finding("unknown-cluster", message, clusters=(name,), nearest=hint))


def _render_one(item: Item, request: Request, inventory: Inventory, types: TypeBook, report: Report) -> list[Output]:
    report.objects += 1
    kind = types.find(item.identity.gvk)
    if isinstance(kind, Mistake):
        report.tell(item, [kind])
        return []
    if inventory.note_duplicate(item, kind.config):
        return []
    world = inventory.world(strict=request.strict_namespaces)
    outcome = render_checked(item.manifest, kind, world, types)
    report.tell(item, (mistake for mistake in outcome.mistakes if _wanted(mistake, request, inventory)))
    rendered = {name: one for name, one in outcome.rendered.items() if not request.only or name in request.only}
    withheld = kind.secret and not request.with_secrets
    if withheld and rendered:
        report.tell(item, [_secret_left_out(outcome)])
    return [Output(name, item, kind, outcome.federated.template, one, withheld) for name, one in rendered.items()]


def _wanted(mistake: Mistake, request: Request, inventory: Inventory) -> bool:
    """Whether a mistake is this run's: it concerns a cluster that was asked for, and was not told already."""
    if not inventory.clusters and mistake.rule == "unknown-cluster":
        return False  # no cluster is known at all
    return not request.only or not mistake.cluster or mistake.cluster in request.only


def _secret_left_out(outcome: Outcome) -> Mistake:
    message = (
        f"The Secret {outcome.federated.name} is checked and not written, so that its data lands nowhere by accident; "
        "--with-secrets writes it."
    )
    return Mistake("secret-not-written", message, ("kind",), severity=Severity.WARNING)
