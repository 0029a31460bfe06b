"""How well a pod is served when its node runs short, by what it requests and by its limits.

The rules are those of kube-apiserver, ``pkg/apis/core/v1/helper/qos``: only processor and memory count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kfed.sandbox.values.filling import maps, part
from kfed.sandbox.values.quantities import value_of

if TYPE_CHECKING:
    from fractions import Fraction

    Manifest = dict[str, Any]

_COUNTED = ("cpu", "memory")


def qos_class(spec: Manifest) -> str:
    """``Guaranteed``, ``Burstable`` or ``BestEffort``.

    Args:
        spec: of a pod; what is limited and not requested counts as requested.
    """
    containers = [*maps(spec, "containers"), *maps(spec, "initContainers")]
    known = [_counted(container) for container in containers]
    if not any(requests or limits for requests, limits in known):
        return "BestEffort"
    if all(len(limits) == len(_COUNTED) and requests == limits for requests, limits in known):
        return "Guaranteed"
    return "Burstable"


def _counted(container: Manifest) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """What a container requests and its limits, of what counts and is more than nothing."""
    resources = part(container, "resources")
    limits = part(resources, "limits")
    return _positive({**limits, **part(resources, "requests")}), _positive(limits)


def _positive(quantities: Manifest) -> dict[str, Fraction]:
    values = {name: value_of(quantities[name]) for name in _COUNTED if name in quantities}
    return {name: value for name, value in values.items() if value}
