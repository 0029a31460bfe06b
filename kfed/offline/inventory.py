"""Inventory: all of the input that is not itself rendered, and that every rendering needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kfed.core.cluster import parse_cluster
from kfed.core.federated import Placement, parse_placement
from kfed.core.finding import Finding, Severity
from kfed.core.mistake import Mistake
from kfed.core.resource import CORE_GROUP, KARMADA_GROUP, SCHEDULING_GROUP, Gvk, TypeConfig
from kfed.core.typeconfig import parse_type_config
from kfed.errors import SchemaError
from kfed.offline.documents import read_documents
from kfed.offline.objects import Item, is_federated, read_items
from kfed.rendering.mistakes import tell_once
from kfed.rendering.world import World
from kfed.schema.check.checker import Checker
from kfed.schema.structural.objectmeta import OBJECT_META
from kfed.schema.upstream.documents import read_document
from kfed.schema.upstream.release import read_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kfed.core.cluster import Cluster
    from kfed.core.pointer import Path
    from kfed.offline.files import File
    from kfed.schema.upstream.types import UpstreamType

APIEXTENSIONS_GROUP = "apiextensions.k8s.io"
_METADATA = Checker(
    {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"metadata": OBJECT_META}},
    redact=False,
)
_LATER = {
    (SCHEDULING_GROUP, "ReplicaSchedulingPreference"): "dividing replicas among clusters",
    (KARMADA_GROUP, "PropagationPolicy"): "Karmada's policies",
    (KARMADA_GROUP, "ClusterPropagationPolicy"): "Karmada's policies",
    (KARMADA_GROUP, "OverridePolicy"): "Karmada's policies",
    (KARMADA_GROUP, "ClusterOverridePolicy"): "Karmada's policies",
}


@dataclass(slots=True)
class Inventory:
    """What the input holds besides the federated objects.

    Attributes:
        clusters: every KubeFedCluster, by name.
        namespaces: the placement of each FederatedNamespace, by the namespace's name.
        type_configs: every FederatedTypeConfig, by the federated type.
        crds: CustomResourceDefinitions of types that may be federated.
        deferred: the documents, by file and line, that hold federated objects and had to be parsed to know it.
        findings: what is wrong with any of this.
    """

    clusters: dict[str, Cluster] = field(default_factory=dict)
    namespaces: dict[str, Placement] = field(default_factory=dict)
    type_configs: dict[Gvk, TypeConfig] = field(default_factory=dict)
    crds: list[Item] = field(default_factory=list)
    deferred: set[tuple[str, int]] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    _seen: dict[tuple[str, str, str, str], tuple[str, int, Path]] = field(default_factory=dict)

    def world(self, *, strict: bool) -> World:
        """The clusters and namespaces; *strict* as in `World`."""
        return World(self.clusters, self.namespaces, strict)

    def read_types(self, release: str | None) -> Iterator[UpstreamType]:
        """Every type there is a schema of; what the CRDs given say goes before what is built in.

        Args:
            release: the Kubernetes release whose built-in types are meant; ``None`` for the newest.

        Raises:
            SchemaError: the release is not known.
        """
        for item in self.crds:
            origin = f"CustomResourceDefinition {item.identity.name} in {item.document.file}"
            try:
                yield from read_document(item.manifest, origin)
            except SchemaError as error:
                self.findings.append(item.finding(Mistake("unreadable-schema", str(error), ("spec",), on_key=True)))
        yield from read_release(release)

    def note_duplicate(self, item: Item, target: Gvk | None = None) -> bool:
        """Whether an object of that name was given before; then that is a finding.

        Args:
            item: the object.
            target: what it is made into, if that is to be there once: two groups may federate one type.
        """
        gvk, document = target or item.identity.gvk, item.document
        key = (gvk.group, gvk.kind, item.identity.namespace, item.identity.name)
        here = (document.file, document.line, item.base)
        file, line, _ = first = self._seen.setdefault(key, here)
        if first == here:
            return False
        message = f"{item.identity} is given twice, first in the document at {file}:{line + 1}; keep one."
        self.findings.append(item.finding(Mistake("duplicate-object", message, ("metadata", "name"))))
        return True


def take_inventory(files: Sequence[File], *, clusters_only: Iterable[File] = ()) -> Inventory:
    """Read everything but the plain federated objects.

    Args:
        files: what was given as objects, to be read more than once.
        clusters_only: what was given as clusters; anything else in there is passed over with a warning.
    """
    inventory = Inventory()
    given = {file.key for file in files}
    for file in files:
        _read(file, inventory, clusters_only=False)
    for file in clusters_only:
        if file.key not in given:
            _read(file, inventory, clusters_only=True)
    return inventory


def _read(file: File, inventory: Inventory, *, clusters_only: bool) -> None:
    for document in read_documents(file):
        if isinstance(document, Finding):
            inventory.findings.append(document)
        elif clusters_only or not is_federated(document):
            for item in read_items(document):
                if isinstance(item, Finding):
                    inventory.findings.append(item)
                else:
                    _sort(item, inventory, clusters_only=clusters_only)


def _sort(item: Item, inventory: Inventory, *, clusters_only: bool) -> None:
    group, kind = item.identity.gvk.group, item.identity.gvk.kind
    match group, kind:
        case _ if (group, kind) == (CORE_GROUP, "KubeFedCluster"):
            _add_cluster(item, inventory)
        case _ if clusters_only:
            _ignore(
                item, inventory, "only KubeFedClusters are read from --clusters; give it with -f if it is to be used"
            )
        case _ if (group, kind) == (CORE_GROUP, "FederatedTypeConfig"):
            _add_type_config(item, inventory)
        case _ if group == APIEXTENSIONS_GROUP and kind == "CustomResourceDefinition":
            inventory.crds.append(item)
        case _ if (group, kind) in _LATER:
            message = (
                f"{kind} is not supported yet: {_LATER[group, kind]} will come with a later version; leave it out."
            )
            inventory.findings.append(item.finding(Mistake("unsupported-kind", message, ("kind",))))
        case _ if kind.startswith("Federated") and group != CORE_GROUP:
            inventory.deferred.add((item.document.file, item.document.line))
            if kind == "FederatedNamespace":
                _add_namespace(item, inventory)
        case _:
            _ignore(
                item, inventory, "it is no federated object and nothing that kfed reads; leave it out, or federate it"
            )


def _ignore(item: Item, inventory: Inventory, why: str) -> None:
    mistake = Mistake("ignored-object", f"{item.identity} is ignored: {why}.", ("kind",), severity=Severity.WARNING)
    inventory.findings.append(item.finding(mistake))


def _add_cluster(item: Item, inventory: Inventory) -> None:
    """Note a cluster; one that has mistakes is noted as well, so that naming it is not called another mistake."""
    cluster, mistakes = parse_cluster(item.manifest)
    mistakes = tell_once(_METADATA.check(item.manifest), mistakes)
    inventory.findings += [item.finding(mistake) for mistake in mistakes]
    if cluster is not None and not inventory.note_duplicate(item):
        inventory.clusters[cluster.name] = cluster


def _add_type_config(item: Item, inventory: Inventory) -> None:
    config = parse_type_config(item.manifest)
    if isinstance(config, list):
        inventory.findings += [item.finding(mistake) for mistake in config]
    elif not inventory.note_duplicate(item):
        inventory.type_configs[config.federated.gvk] = config


def _add_namespace(item: Item, inventory: Inventory) -> None:
    """A placement that is wrong selects nothing here; the object's own rendering says what is wrong."""
    spec = item.manifest.get("spec")
    placement, _ = parse_placement(spec.get("placement") if isinstance(spec, dict) else None)
    inventory.namespaces[item.identity.namespace] = placement
