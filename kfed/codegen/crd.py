"""The CustomResourceDefinition of a federated type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kfed.codegen.descriptions import BUDGET, Descriptions, fit, keep
from kfed.codegen.filling import fill
from kfed.text.documents import Document
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfed.core.resource import Resource

_EMPTY: dict[str, Any] = {"type": "object"}


def describe(federated: Resource, schema: dict[str, Any], descriptions: Descriptions) -> dict[str, Any]:
    """The schema with the descriptions that are wanted, or that have room beside the rest of the CRD."""
    match descriptions:
        case Descriptions.FULL:
            return schema
        case Descriptions.NONE:
            return keep(schema, 0)
        case Descriptions.FIT:
            return fit(schema, BUDGET - _frame_size(federated))


def crd_text(federated: Resource, schema: dict[str, Any], origin: str, losses: Iterable[object] = ()) -> str:
    """The CRD as YAML.

    Args:
        federated: the type.
        schema: of its whole objects.
        origin: where the target's schema came from, for the comment at the top.
        losses: what of it is not in *schema*, for the same place.
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
        "schema": schema,
    }
    return fill("crd.yaml.j2", values)


def crd_size(federated: Resource, schema: dict[str, Any]) -> int:
    """Bytes of the CRD as compact JSON, which is how ``kubectl apply`` keeps it in an annotation."""
    return _frame_size(federated) + len(orjson.dumps(schema))


def _frame_size(federated: Resource) -> int:
    """Bytes of all but the schema; what kubectl adds (an empty annotations map, a newline) counts in."""
    frame = parse(Document("crd.yaml.j2", 0, crd_text(federated, _EMPTY, "")))
    frame["metadata"]["annotations"] = {}
    return len(orjson.dumps(frame)) - len(orjson.dumps(_EMPTY)) + 1
