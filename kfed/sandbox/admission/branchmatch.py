"""How far a value matches one of several schemas: when an ``anyOf`` or ``oneOf`` fails, one of them tells why.

It is the one for which k8s.io/kube-openapi (``pkg/validation/validate``) has run the most checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.kinds.pruning import field_of

if TYPE_CHECKING:
    from kfed.schema.check.node import Node

# Every value has its branches, its choices and its kind looked at; numbers and lists count once more.
_EACH = 3


def match_count(node: Node, value: Any) -> int:
    """How many checks of a value there are, with those of what is below it."""
    count = _EACH + ("format" in node.schema)
    match value:
        case dict():
            fields = ((field_of(node, name), item) for name, item in value.items())
            return count + sum(match_count(field, item) for field, item in fields if field is not None and field.schema)
        case list():
            return count + 1 + sum(match_count(node.element, item) for item in value if node.element.schema)
        case int() | float() if not isinstance(value, bool):
            return count + 1
    return count
