"""RBAC: who may read and write the objects of a federated type.

Whoever may write FederatedX makes X in every member, so a role of Kubernetes gets on FederatedX what it has on X, and
never more. What its default roles have is told in "User-facing roles" of the Kubernetes documentation, and
field by field in the policy that the API server of release 1.37 installs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.core.resource import Resource, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch", "delete", "deletecollection")

_VIEW, _EDIT, _ADMIN = "view", "edit", "admin"

# By plural and group: the narrowest default role that may read objects of the type, and the one that may write them.
_DEFAULT_ROLES: Mapping[tuple[str, str], tuple[str | None, str | None]] = {
    ("configmaps", ""): (_VIEW, _EDIT),
    ("endpoints", ""): (_VIEW, None),
    ("events", ""): (_VIEW, _EDIT),
    ("limitranges", ""): (_VIEW, None),
    ("namespaces", ""): (_VIEW, None),
    ("persistentvolumeclaims", ""): (_VIEW, _EDIT),
    ("pods", ""): (_VIEW, _EDIT),
    ("replicationcontrollers", ""): (_VIEW, _EDIT),
    ("resourcequotas", ""): (_VIEW, None),
    ("secrets", ""): (_EDIT, _EDIT),
    ("serviceaccounts", ""): (_VIEW, _EDIT),
    ("services", ""): (_VIEW, _EDIT),
    ("controllerrevisions", "apps"): (_VIEW, None),
    ("daemonsets", "apps"): (_VIEW, _EDIT),
    ("deployments", "apps"): (_VIEW, _EDIT),
    ("replicasets", "apps"): (_VIEW, _EDIT),
    ("statefulsets", "apps"): (_VIEW, _EDIT),
    ("horizontalpodautoscalers", "autoscaling"): (_VIEW, _EDIT),
    ("cronjobs", "batch"): (_VIEW, _EDIT),
    ("jobs", "batch"): (_VIEW, _EDIT),
    ("leases", "coordination.k8s.io"): (_EDIT, _EDIT),
    ("endpointslices", "discovery.k8s.io"): (_VIEW, None),
    ("events", "events.k8s.io"): (_VIEW, _EDIT),
    ("ingresses", "networking.k8s.io"): (_VIEW, _EDIT),
    ("networkpolicies", "networking.k8s.io"): (_VIEW, _EDIT),
    ("poddisruptionbudgets", "policy"): (_VIEW, _EDIT),
    ("rolebindings", "rbac.authorization.k8s.io"): (_ADMIN, _ADMIN),
    ("roles", "rbac.authorization.k8s.io"): (_ADMIN, _ADMIN),
    ("resourceclaims", "resource.k8s.io"): (_VIEW, _EDIT),
    ("resourceclaimtemplates", "resource.k8s.io"): (_VIEW, _EDIT),
}

# An API server lets nobody grant through a Role what they do not have themselves. Through a FederatedRole it cannot
# see what is granted, so writing one is for those whom somebody gave that right by name.
_ESCALATING = frozenset({("rolebindings", "rbac.authorization.k8s.io"), ("roles", "rbac.authorization.k8s.io")})


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done to which resources of one group."""

    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A ClusterRole.

    Attributes:
        name: of the ClusterRole.
        aggregate_to: the default role that takes its rules up, and with that whatever includes that role; none when
            it is for an administrator to bind.
        rules: what it grants.
    """

    name: str
    aggregate_to: tuple[str, ...]
    rules: tuple[Rule, ...]


def roles(target: Resource, federated: Resource, *, built_in: bool, scales: bool = False) -> tuple[Role, Role]:
    """The roles for reading and for writing a federated type.

    Nobody gets to write the status of an object by them: that is the controller's. Types of custom resources have no
    default role; those that live in a namespace are read with view and written with edit, as is the custom among
    those who publish them, and those that do not are left to an administrator, like the built-in ones.

    Args:
        target: the type that is federated.
        federated: its wrapper type.
        built_in: *target* is one of Kubernetes' own types.
        scales: the wrapper type has a scale sub-resource. Whoever may write an object may scale it.
    """
    reader, writer = _who(target, built_in=built_in)
    name = f"kfed:{federated.full_name}"
    status, scale = f"{federated.plural}/status", f"{federated.plural}/scale"
    reads = (Rule((federated.plural, status), READ), *((Rule((scale,), ("get",)),) if scales else ()))
    writes = (Rule((federated.plural,), WRITE), *((Rule((scale,), ("update", "patch")),) if scales else ()))
    return (
        Role(f"{name}:view", (reader,) if reader else (), reads),
        Role(f"{name}:edit", (writer,) if writer else (), (*reads, *writes)),
    )


def _who(target: Resource, *, built_in: bool) -> tuple[str | None, str | None]:
    key = (target.plural, target.gvk.group)
    if built_in:
        reader, writer = _DEFAULT_ROLES.get(key, (None, None))
        return reader, None if key in _ESCALATING else writer
    return (_VIEW, _EDIT) if target.scope is Scope.NAMESPACED else (None, None)
