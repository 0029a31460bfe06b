"""Inventory: what the input holds: what every rendering needs, and the objects that are to be rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kfed.core.mistake import Mistake
from kfed.core.resource import TYPES_GROUP, Scope
from kfed.errors import SchemaError
from kfed.offline.candidates import Candidates
from kfed.offline.wrappers import declared_kinds, has_federated_form
from kfed.rendering.world import World
from kfed.schema.upstream.documents import read_document
from kfed.schema.upstream.release import read_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.core.cluster import Cluster
    from kfed.core.federated import Placement
    from kfed.core.finding import Finding
    from kfed.core.pointer import Path
    from kfed.core.resource import Gvk, TypeConfig
    from kfed.offline.objects import Item
    from kfed.schema.upstream.types import UpstreamType


class Undecided(NamedTuple):
    """An object of a type that may be federated, if something says so further on in the input.

    Attributes:
        gvk: its type.
        namespace: the namespace it is in.
        placement: if it is the placement of that namespace.
        finding: what to say if nothing does.
    """

    gvk: Gvk
    namespace: str
    placement: Placement | None
    finding: Finding


@dataclass(slots=True)
class Inventory:
    """What the input holds, all but the federated objects parsed for good.

    Attributes:
        clusters: every KubeFedCluster, by name.
        namespaces: the placement of each FederatedNamespace, by the namespace's name.
        type_configs: every FederatedTypeConfig, by the federated type.
        crds: CustomResourceDefinitions of types that may be federated.
        candidates: the objects that are federated, or may be.
        undecided: those of them of which `decide` says what they are.
        findings: what is wrong with any of this.
    """

    clusters: dict[str, Cluster] = field(default_factory=dict)
    namespaces: dict[str, Placement] = field(default_factory=dict)
    type_configs: dict[Gvk, TypeConfig] = field(default_factory=dict)
    crds: list[Item] = field(default_factory=list)
    candidates: Candidates = field(default_factory=Candidates)
    undecided: list[Undecided] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _declared: set[tuple[str, str]] = field(default_factory=set)
    _seen: dict[tuple[str, str, str, str], tuple[str, int, Path]] = field(default_factory=dict)

    def decide(self) -> None:
        """Say of every object what it is, now that the whole input is known."""
        self._declared = declared_kinds(self.type_configs, self.crds)
        for gvk, namespace, placement, finding in self.undecided:
            if (gvk.group, gvk.kind) not in self._declared:
                self.findings.append(finding)
            elif placement is not None:
                self.namespaces[namespace] = placement
        self.undecided.clear()

    def is_federated(self, item: Item) -> bool:
        """Whether an object is federated, or was meant to be: by its group, by what the input says, or by its form."""
        gvk = item.identity.gvk
        return gvk.group == TYPES_GROUP or (gvk.group, gvk.kind) in self._declared or has_federated_form(item.manifest)

    def take_federated(self) -> Iterator[Item]:
        """The federated objects, in the order of the input; they can be had once.

        Raises:
            UnavailableError: a file cannot be read again.
        """
        return self.candidates.take(self.is_federated)

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

    def note_duplicate(self, item: Item, config: TypeConfig | None = None) -> bool:
        """Whether an object of that name was given before; then that is a finding.

        Args:
            item: the object.
            config: of a federated object, whose target is to be there once: two groups may federate one type. Other
                objects are told apart by their names alone.
        """
        gvk, document = config.target.gvk if config else item.identity.gvk, item.document
        namespaced = config is not None and config.federated.scope is Scope.NAMESPACED
        key = (gvk.group, gvk.kind, item.identity.namespace if namespaced else "", item.identity.name)
        here = (document.file, document.line, item.base)
        file, line, _ = first = self._seen.setdefault(key, here)
        if first == here:
            return False
        message = f"{item.identity} is given twice, first in the document at {file}:{line + 1}; keep one."
        self.findings.append(item.finding(Mistake("duplicate-object", message, ("metadata", "name"))))
        return True
