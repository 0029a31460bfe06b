"""Intake: every object of the input into the inventory, by what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.core.cluster import parse_cluster
from kfed.core.federated import Placement, parse_placement
from kfed.core.finding import Finding, Severity
from kfed.core.mistake import Mistake
from kfed.core.resource import CORE_GROUP, KARMADA_GROUP, SCHEDULING_GROUP, TYPES_GROUP
from kfed.core.typeconfig import parse_type_config
from kfed.offline.bystanders import KUSTOMIZE, is_made_by_us
from kfed.offline.documents import read_documents
from kfed.offline.inventory import Inventory, Undecided
from kfed.offline.objects import read_items
from kfed.offline.wrappers import NAMESPACE, PREFIX
from kfed.rendering.mistakes import tell_once
from kfed.schema.check.checker import Checker
from kfed.schema.structural.objectmeta import OBJECT_META
from kfed.schema.upstream.discovery import built_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kfed.offline.files import File
    from kfed.offline.objects import Item

APIEXTENSIONS_GROUP = "apiextensions.k8s.io"
KUSTOMIZE_GROUP = "kustomize.config.k8s.io"
_NOTHING_TO_US = "it is no federated object and nothing that kfed reads"
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


def take_inventory(files: Sequence[File], *, clusters_only: Iterable[File] = ()) -> Inventory:
    """Read everything once, and keep what is to be rendered.

    Args:
        files: what was given as objects.
        clusters_only: what was given as clusters; anything else in there is passed over with a warning.
    """
    inventory = Inventory()
    given = {file.key for file in files}
    for file in files:
        for number, items in _read(file, inventory):
            candidates = [item for item in items if not _add(item, inventory)]
            if candidates:
                inventory.candidates.add(file, number, candidates)
    for file in clusters_only:
        if file.key not in given:
            for _, items in _read(file, inventory):
                for item in items:
                    _add_cluster_only(item, inventory)
    inventory.decide()
    return inventory


def _read(file: File, inventory: Inventory) -> Iterator[tuple[int, list[Item]]]:
    """The objects of each document of a file, which is told by its number."""
    for number, document in enumerate(read_documents(file)):
        if isinstance(document, Finding):
            inventory.findings.append(document)
            continue
        items: list[Item] = []
        for item in read_items(document):
            if isinstance(item, Finding):
                inventory.findings.append(item)
            else:
                items.append(item)
        yield number, items


def _add(item: Item, inventory: Inventory) -> bool:
    """Take in an object; ``False`` when it is, or may be, one to render."""
    gvk = item.identity.gvk
    if inventory.is_federated(item):
        if gvk.kind == NAMESPACE:
            inventory.namespaces[item.identity.namespace] = _placement(item)
        return False
    if (take_in := _TAKEN_IN.get((gvk.group, gvk.kind))) is not None:
        take_in(item, inventory)
        return True
    return _pass_over(item, inventory)


def _pass_over(item: Item, inventory: Inventory) -> bool:
    """Say that an object is ignored; ``False`` when something further on in the input may say that it is not."""
    gvk = item.identity.gvk
    if is_made_by_us(item.identity):
        return True
    if gvk.group == KUSTOMIZE_GROUP:
        inventory.findings.append(_ignored(item, KUSTOMIZE))
        return True
    if built_in(gvk.group, gvk.kind) is not None:
        inventory.findings.append(_ignored(item, f"{_NOTHING_TO_US}; leave it out, or federate it"))
        return True
    why = f"{_NOTHING_TO_US}; leave it out, or federate it"
    if gvk.kind.startswith(PREFIX):
        why = (
            f"its group is not {TYPES_GROUP}, and no FederatedTypeConfig says that {gvk.kind} of {gvk.group} is a "
            "federated type; leave it out, or give that with -f"
        )
    placement = _placement(item) if gvk.kind == NAMESPACE else None
    inventory.undecided.append(Undecided(gvk, item.identity.namespace, placement, _ignored(item, why)))
    return False


def _ignored(item: Item, why: str) -> Finding:
    message = f"{item.identity} is ignored: {why}."
    return item.finding(Mistake("ignored-object", message, ("kind",), severity=Severity.WARNING))


def _add_cluster_only(item: Item, inventory: Inventory) -> None:
    if (item.identity.gvk.group, item.identity.gvk.kind) == (CORE_GROUP, "KubeFedCluster"):
        _add_cluster(item, inventory)
    else:
        why = "only KubeFedClusters are read from --clusters; give it with -f if it is to be used"
        inventory.findings.append(_ignored(item, why))


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


def _add_crd(item: Item, inventory: Inventory) -> None:
    inventory.crds.append(item)


def _refuse(item: Item, inventory: Inventory) -> None:
    kind, what = item.identity.gvk.kind, _LATER[item.identity.gvk.group, item.identity.gvk.kind]
    message = f"{kind} is not supported yet: {what} will come with a later version; leave it out."
    inventory.findings.append(item.finding(Mistake("unsupported-kind", message, ("kind",))))


def _placement(item: Item) -> Placement:
    """A placement that is wrong selects nothing here; the object's own rendering says what is wrong."""
    spec = item.manifest.get("spec")
    placement, _ = parse_placement(spec.get("placement") if isinstance(spec, dict) else None)
    return placement


_TAKEN_IN: dict[tuple[str, str], Callable[[Item, Inventory], None]] = {
    (CORE_GROUP, "KubeFedCluster"): _add_cluster,
    (CORE_GROUP, "FederatedTypeConfig"): _add_type_config,
    (APIEXTENSIONS_GROUP, "CustomResourceDefinition"): _add_crd,
    **dict.fromkeys(_LATER, _refuse),
}
