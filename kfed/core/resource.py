"""The names of types: group, version, kind; plural and scope; and which type is federated as which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TYPES_GROUP = "types.kubefed.io"
CORE_GROUP = "core.kubefed.io"
SCHEDULING_GROUP = "scheduling.kubefed.io"
KARMADA_GROUP = "policy.karmada.io"
FEDERATED_VERSION = "v1beta1"
SYSTEM_NAMESPACE = "kube-federation-system"  # KubeFed's


class Scope(StrEnum):
    """Whether objects of a type live in a namespace."""

    CLUSTER = "Cluster"
    NAMESPACED = "Namespaced"


@dataclass(frozen=True, slots=True, order=True)
class Gvk:
    """Group, version and kind of a type; the core group is ``""``."""

    group: str
    version: str
    kind: str

    @classmethod
    def parse(cls, api_version: str, kind: str) -> Gvk:
        """``("apps/v1", "Deployment")`` to a Gvk; ``/v1``, which KubeFed wrote for the core group, is ``v1``."""
        group, _, version = api_version.rpartition("/")
        return cls(group, version, kind)

    @property
    def api_version(self) -> str:
        """``apps/v1``, or ``v1`` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"


def owners_of_name(gvks: Iterable[Gvk]) -> list[Gvk]:
    """Of types with one name, those that it means when no group is named: the core group's, where there are any.

    So it is in kubectl and in KubeFed. Events are the case in question: two groups show one store of them.
    """
    every = list(gvks)
    return [gvk for gvk in every if not gvk.group] or every


@dataclass(frozen=True, slots=True)
class Resource:
    """A type as an API server serves it.

    Plural, singular, short names and scope are facts, taken from discovery or from a CRD; they are never derived from
    the kind by rules of English.
    """

    gvk: Gvk
    plural: str
    scope: Scope
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """``deployments.apps``; the bare plural for the core group."""
        return f"{self.plural}.{self.gvk.group}" if self.gvk.group else self.plural


@dataclass(frozen=True, slots=True)
class TypeConfig:
    """Which type is federated as which; a FederatedTypeConfig, or what one would say by default.

    Attributes:
        target: the type whose objects are written to members.
        federated: the wrapper type whose objects users write.
        propagating: ``spec.propagation`` is ``Enabled``.
        collecting: ``spec.statusCollection`` is ``Enabled``: the status of each member's object is to be shown.
    """

    target: Resource
    federated: Resource
    propagating: bool = True
    collecting: bool = False


def federated_resource(target: Resource, group: str = TYPES_GROUP, version: str = FEDERATED_VERSION) -> Resource:
    """The wrapper type of *target*, named as KubeFed names it.

    FederatedNamespace is namespaced although Namespace is not: it lives inside the namespace it describes.
    """
    is_namespace = target.gvk.group == "" and target.gvk.kind == "Namespace"
    return Resource(
        gvk=Gvk(group, version, f"Federated{target.gvk.kind}"),
        plural=f"federated{target.plural}",
        scope=Scope.NAMESPACED if is_namespace else target.scope,
        singular=f"federated{target.gvk.kind.lower()}",
        short_names=tuple(f"f{name}" for name in target.short_names),
        categories=("federated",),
    )
