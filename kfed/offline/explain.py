"""Explaining: the objects that a user asks about, among all that are rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.core.finding import Finding
from kfed.core.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.core.resource import Resource
    from kfed.offline.run import Output, Report


@dataclass(frozen=True, slots=True)
class ObjectName:
    """An object as a user names it: ``deployment/test-ns/web``; ``clusterrole/reader`` when it has no namespace."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> ObjectName:
        """Read it.

        Raises:
            ValueError: it has not two or three parts.
        """
        match text.split("/"):
            case [kind, name] if kind and name:
                return cls(kind, "", name)
            case [kind, namespace, name] if kind and name:
                return cls(kind, namespace, name)
        raise ValueError("an object is named as kind/namespace/name, or kind/name when it has no namespace")

    def __str__(self) -> str:
        return "/".join(filter(None, (self.kind, self.namespace, self.name)))


def find_object(steps: Iterable[list[Output]], wanted: ObjectName, report: Report) -> Iterator[Output]:
    """What was made of an object for each cluster; that nothing was is a finding.

    Args:
        steps: the objects made of one federated object after the other; what is yielded is good until the next.
        wanted: the object, its kind by any name of it or of the federated kind.
        report: takes the finding.
    """
    others: set[str] = set()
    found = False
    for outputs in steps:
        for output in outputs:
            if _is_meant(output, wanted):
                found = True
                yield output
            else:
                others.add(output.name)
    if not found:
        message = (
            f"No object {wanted} was rendered for the clusters asked for; see what else was found, or correct --object."
        )
        hint = nearest(str(wanted), others)
        report.findings.append(Finding("unknown-object", message, object=str(wanted), nearest=hint))


def _is_meant(output: Output, wanted: ObjectName) -> bool:
    names = {output.kind.config.federated.gvk.kind, *_names(output.kind.config.target)}
    identity = output.item.identity
    return wanted.kind.lower() in {name.lower() for name in names} and (wanted.namespace, wanted.name) == (
        identity.namespace,
        identity.name,
    )


def _names(resource: Resource) -> Iterator[str]:
    yield from (resource.gvk.kind, resource.plural, resource.singular, *resource.short_names)
