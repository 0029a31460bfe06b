"""Whether federated types can have their names: within a group, an API server gives each name to one type.

It gives plural, singular and short names to one type, and kind and list kind likewise; a type that wants one which is
taken is never served (k8s.io/apiextensions-apiserver, pkg/controller/status/naming_controller.go). A name has at most
63 characters (pkg/apis/apiextensions/validation, ValidateCustomResourceDefinitionNames).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kfed.core.resource import TYPES_GROUP, TypeConfig, federated_resource
from kfed.schema.structural.schema import Loss
from kfed.schema.upstream.discovery import built_in, stable_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kfed.codegen.federation import Federation
    from kfed.core.resource import Resource

LONGEST = 63


def why_not(config: TypeConfig, others: Iterable[TypeConfig]) -> str:
    """Why a type cannot be federated under its names, a clause; empty when it can.

    In the usual group, the wrapper of a stable built-in type is the one that everybody expects under its names, whether
    it is made in the same run or not. Of those that are served twice, the group that had them first has the name.

    Args:
        config: the type, and what it is to be federated as.
        others: types that are federated already.
    """
    federated = config.federated
    name = max((*_names(federated), *_kinds(federated)), key=len)
    if len(name) > LONGEST:
        return f"{name} has {len(name)} characters, and an API server takes {LONGEST} in the name of a type"
    owner = next((other for other in (*others, *_expected(federated)) if _clash(federated, other.federated)), config)
    if _is_same(owner.target, config.target):
        return ""
    named = f"{owner.federated.gvk.kind} of {owner.federated.gvk.group}"
    return f"{named} is the federated type of {owner.target.full_name}; choose another group with --federated-group"


def with_own_short_names(federations: Sequence[Federation], others: Iterable[TypeConfig]) -> list[Federation]:
    """The same types, each without the short names that another type has; of two, a built-in type keeps its own.

    Args:
        federations: all in one group.
        others: types that are federated already, and keep their names.
    """
    made = [federation.config for federation in federations]
    names = {config.federated.full_name for config in made}
    kept = [other for other in others if other.federated.full_name not in names]
    owners = {
        (name, config.federated.gvk.group): config for config in (*kept, *made) for name in _names(config.federated)
    }
    for config in (*kept, *sorted(made, key=_rank)):
        for name in config.federated.short_names:
            owners.setdefault((name, config.federated.gvk.group), config)
    return [_without_others(federation, owners) for federation in federations]


def _rank(config: TypeConfig) -> tuple[bool, str]:
    return built_in(config.target.gvk.group, config.target.gvk.kind) is None, config.federated.plural


def _without_others(federation: Federation, owners: Mapping[tuple[str, str], TypeConfig]) -> Federation:
    """The same type without the short names that have another owner."""
    config = federation.config
    federated = config.federated
    taken = {name: owners[name, federated.gvk.group] for name in federated.short_names}
    taken = {name: owner for name, owner in taken.items() if owner is not config}
    if not taken:
        return federation
    short_names = tuple(name for name in federated.short_names if name not in taken)
    why = "{} has it, and an API server gives a name to one type."
    losses = [
        Loss("", f"The short name {name} is left out.", why.format(owner.federated.gvk.kind))
        for name, owner in taken.items()
    ]
    config = replace(config, federated=replace(federated, short_names=short_names))
    return replace(federation, config=config, losses=(*federation.losses, *losses))


def _expected(federated: Resource) -> Iterable[TypeConfig]:
    if federated.gvk.group != TYPES_GROUP:
        return ()
    return (TypeConfig(target, federated_resource(target)) for target in stable_types())


def _clash(one: Resource, other: Resource) -> bool:
    """Whether one server cannot have both types; short names do not count, as a type can do without them."""
    if one.gvk.group != other.gvk.group:
        return False
    return bool({*_names(one)} & {*_names(other)} or {*_kinds(one)} & {*_kinds(other)})


def _is_same(one: Resource, other: Resource) -> bool:
    return (one.gvk.group, one.gvk.kind) == (other.gvk.group, other.gvk.kind)


def _names(resource: Resource) -> tuple[str, str]:
    return resource.plural, resource.singular


def _kinds(resource: Resource) -> tuple[str, str]:
    return resource.gvk.kind, f"{resource.gvk.kind}List"
