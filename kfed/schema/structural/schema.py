"""One structural schema per type: what a wrapper CRD carries under ``spec.template``.

A structural schema says of each field its type, and refers to nothing ("Specifying a structural schema" in the
Kubernetes documentation). What upstream says and such a schema cannot is a `Loss`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from kfed.errors import SchemaError
from kfed.schema.structural.conversion import shape
from kfed.schema.structural.inline import Document
from kfed.schema.structural.loss import Loss, Shaped
from kfed.schema.structural.root import served_object, whole_object
from kfed.schema.structural.wellformed import MalformedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfed.core.resource import Scope

__all__ = ["Document", "Loss", "Structural", "from_crd", "inline", "serve_crd", "serve_inline"]

T = TypeVar("T")

# Levels of maps and lists. Who writes JSON here goes down 254 of them, some of which are the wrapper's.
_DEEPEST = 200
_TOO_DEEP = "The schema is nested too deeply; simplify it."


@dataclass(frozen=True, slots=True)
class Structural:
    """A structural schema, and what it does not say of what upstream said.

    Attributes:
        schema: of the whole object but its status: ``apiVersion``, ``kind``, ``metadata``, ``spec``… Parts of it are
            shared with other schemas, so it is never to be changed, only copied.
        losses: what was loosened or left out, and why; by path.
    """

    schema: dict[str, Any]
    losses: tuple[Loss, ...]


def inline(document: Document, name: str) -> Structural:
    """The definition *name* as one structural schema, with what it refers to in it.

    Args:
        document: the definitions of an OpenAPI document, v2 or v3, or of a JSON Schema.
        name: the one meant, such as ``io.k8s.api.apps.v1.Deployment``.

    Raises:
        SchemaError: there is no such definition, it refers to one that is not there, or it is of no object.
    """
    return _structural(lambda: document.definition(name), None)


def from_crd(schema: dict[str, Any], scope: Scope | None = None) -> Structural:
    """The ``openAPIV3Schema`` of a CRD's version as one structural schema; that of a v1beta1 CRD need not be one yet.

    Args:
        schema: as it stands in the CRD.
        scope: an object of cluster scope has no ``metadata.namespace``.

    Raises:
        SchemaError: the schema is malformed, has a reference in it, or is of no object.
    """
    return _structural(lambda: _node(schema), scope)


def serve_inline(document: Document, name: str) -> dict[str, Any]:
    """As `inline`, for a server that is to serve the type: the whole object, its status included."""
    return _bounded(lambda: served_object(document.definition(name), None))


def serve_crd(schema: dict[str, Any], scope: Scope | None = None) -> dict[str, Any]:
    """As `from_crd`, for a server that is to serve the type: the whole object, with its status and with all rules."""
    return _bounded(lambda: served_object(_node(schema), scope))


def _structural(read: Callable[[], Shaped], scope: Scope | None) -> Structural:
    schema, losses = _bounded(lambda: whole_object(read(), scope))
    if not _fits(schema, _DEEPEST):
        raise SchemaError(_TOO_DEEP)
    return Structural(schema, tuple(sorted(set(losses))))


def _bounded(make: Callable[[], T]) -> T:
    try:
        return make()
    except RecursionError:
        raise SchemaError(_TOO_DEEP) from None


def _fits(value: Any, levels: int) -> bool:
    """Whether nothing in *value* is nested deeper than so many levels."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(levels > 0 and _fits(one, levels - 1) for one in below if isinstance(one, dict | list))


def _node(node: Any) -> Shaped:
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        raise MalformedError(f"The schema of a CRD cannot refer to {node['$ref']!r:.80}; write out what it means.")
    return shape(node, _node)
