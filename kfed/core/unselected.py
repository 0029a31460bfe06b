"""What selects nobody: an object that goes nowhere, overrides that no cluster sees.

Each is allowed, and each is most often a slip: a label that is misspelt selects nothing, as an object taken out does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.nearest import nearest
from kfed.core.placement import NamespaceRule, select
from kfed.core.resource import Scope
from kfed.core.selector import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kfed.core.cluster import Cluster
    from kfed.core.federated import Federated
    from kfed.core.pointer import Path
    from kfed.core.rules import Rule
    from kfed.core.selector import Requirement, Selector

_PLACEMENT: Path = ("spec", "placement")


def unselected_mistakes(
    federated: Federated, clusters: Mapping[str, Cluster], namespace: NamespaceRule
) -> Iterator[Mistake]:
    """A warning for each thing that selects nobody.

    Args:
        federated: the object.
        clusters: every cluster there is, by name; without any there is nothing to tell.
        namespace: what holds for the object's namespace.
    """
    if not clusters:
        return
    chosen = select(federated.placement, clusters)
    if not chosen:
        yield from _chosen_by_nobody(federated, clusters)
        return
    if federated.config.target.scope is Scope.NAMESPACED and namespace.placement is not None:
        allowed = chosen & select(namespace.placement, clusters)
        if not allowed:
            yield _shut_out(federated, chosen)
            return
        chosen = allowed
    for entry in federated.selector_overrides:
        if entry.selector is not None and not _matches(entry.selector, chosen, clusters):
            yield from _fits_nobody(
                entry.selector,
                {name: clusters[name] for name in chosen},
                (*entry.at, "clusterSelector"),
                "so these overrides have no effect",
            )


def _matches(selector: Selector, names: Iterable[str], clusters: Mapping[str, Cluster]) -> bool:
    return any(selector.matches(clusters[name].labels) for name in names)


def _chosen_by_nobody(federated: Federated, clusters: Mapping[str, Cluster]) -> Iterator[Mistake]:
    placement = federated.placement
    if placement.clusters:
        return  # each of the names is told to be that of no cluster
    if placement.clusters is not None:
        message = "The placement names no cluster, so the object goes nowhere; name some, or take the object out."
        yield _warning((*_PLACEMENT, "clusters"), message, expected="the names of clusters")
    elif placement.selector is None:
        message = (
            "The object has no placement, so it goes nowhere; write placement: {clusterSelector: {}} for every "
            "cluster, or name some."
        )
        yield _warning(_PLACEMENT, message, expected="clusters or clusterSelector", on_key=True)
    else:
        at = (*_PLACEMENT, "clusterSelector")
        yield from _fits_nobody(placement.selector, clusters, at, "so the object goes nowhere")


def _shut_out(federated: Federated, chosen: set[str]) -> Mistake:
    names = ", ".join(sorted(chosen)[:3]) + (" …" if len(chosen) > len("abc") else "")
    message = (
        f"The namespace {federated.namespace} goes to none of the object's clusters ({names}), so it goes "
        "nowhere; change the placement of the FederatedNamespace, or this one."
    )
    return _warning(_PLACEMENT, message, expected="a cluster of the namespace")


def _fits_nobody(selector: Selector, clusters: Mapping[str, Cluster], at: Path, so: str) -> Iterator[Mistake]:
    """A selector that no cluster satisfies, and the label that is to blame if one is."""
    if selector is NOTHING:
        return  # what is wrong with it was told when it was read
    for requirement in selector.requirements:
        if not any(requirement.matches(cluster.labels) for cluster in clusters.values()):
            said, right = _why(requirement, clusters)
            message = f"{said}, {so}; correct the selector, or label a cluster."
            yield _warning(at, message, expected="labels that a cluster has", near=right)
            return
    message = f"No cluster satisfies all of the selector, {so}; correct it, or label a cluster."
    yield _warning(at, message, expected="labels that one cluster has")


def _why(requirement: Requirement, clusters: Mapping[str, Cluster]) -> tuple[str, str]:
    """What no cluster has, and the nearest that one has."""
    keys = {key for cluster in clusters.values() for key in cluster.labels}
    if requirement.key not in keys:
        return f"No cluster has the label {requirement.key}", nearest(requirement.key, keys)
    if requirement.operator == "DoesNotExist":
        return f"Every cluster has the label {requirement.key}", ""
    values = {cluster.labels[requirement.key] for cluster in clusters.values() if requirement.key in cluster.labels}
    wanted = sorted(requirement.values)
    if requirement.operator == "NotIn":
        return f"Every cluster has one of {', '.join(wanted)} as its label {requirement.key}", ""
    right = nearest(wanted[0], values) if wanted else ""
    return f"No cluster has the label {requirement.key}: {' or '.join(wanted)}", right


def _warning(at: Path, message: str, *, expected: str, near: str = "", on_key: bool = False) -> Mistake:
    rule: Rule = "nothing-selected" if at[:2] == _PLACEMENT else "unused-override"
    return Mistake(rule, message, at, on_key, Severity.WARNING, expected=expected, nearest=near)
