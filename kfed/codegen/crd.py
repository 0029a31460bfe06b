"""The CustomResourceDefinition of a federated type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.codegen.descriptions import BUDGET, Descriptions, fit, keep
from kfed.codegen.filling import fill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.resource import Resource

# Bytes of a CRD beside its schema, whatever its names are, as compact JSON.
FRAME = 3_000


def describe(schema: dict[str, Any], descriptions: Descriptions) -> dict[str, Any]:
    """The schema with the descriptions that are wanted, or that have room beside the rest of the CRD."""
    match descriptions:
        case Descriptions.FULL:
            return schema
        case Descriptions.NONE:
            return keep(schema, 0)
        case Descriptions.FIT:
            return fit(schema, BUDGET - FRAME)


def crd_text(
    federated: Resource,
    schema: dict[str, Any],
    origin: str,
    losses: Iterable[object] = (),
    replicas: tuple[str, ...] = (),
) -> str:
    """The CRD as YAML.

    Args:
        federated: the type.
        schema: of its whole objects.
        origin: where the target's schema came from, for the comment at the top.
        losses: what of it is not in *schema*, for the same place.
        replicas: where in the template the scale sub-resource finds the number of replicas; empty without one.
    """
    values = {
        "origin": origin,
        "losses": list(losses),
        "group": federated.gvk.group,
        "version": federated.gvk.version,
        "kind": federated.gvk.kind,
        "plural": federated.plural,
        "singular": federated.singular,
        "short_names": list(federated.short_names),
        "categories": list(federated.categories),
        "scope": federated.scope.value,
        "replicas_path": ".".join(("", "spec", "template", *replicas)) if replicas else "",
        "schema": schema,
    }
    return fill("crd.yaml.j2", values)


def crd_size(schema: dict[str, Any]) -> int:
    """About how many bytes the CRD has as compact JSON, which is how ``kubectl apply`` keeps it in an annotation."""
    return FRAME + len(orjson.dumps(schema))
