"""The CustomResourceDefinition of a federated type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.codegen.descriptions import BUDGET, Descriptions, fit, without_descriptions
from kfed.codegen.filling import fill
from kfed.codegen.wrapper import template_of, with_template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.resource import Resource

# Bytes of a CRD beside its schema, whatever its names are, as compact JSON.
FRAME = 3_000


def describe(schema: dict[str, Any], descriptions: Descriptions) -> dict[str, Any]:
    """A wrapper's schema with the descriptions that are wanted, or of its template as many as the CRD has room for."""
    match descriptions:
        case Descriptions.FULL:
            return schema
        case Descriptions.NONE:
            return without_descriptions(schema)
        case Descriptions.FIT:
            template = template_of(schema)
            rest = crd_size(schema) - len(orjson.dumps(template))
            return with_template(schema, fit(template, BUDGET - rest))


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
