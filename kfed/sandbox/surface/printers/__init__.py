"""What ``kubectl get`` shows of built-in types: columns and cells as kube-apiserver 1.37 prints them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfed.sandbox.surface.printers.printer import Printer


@cache
def printers() -> Mapping[tuple[str, str], Printer]:
    """The printers of built-in types, by group and kind; a type without one shows its name and when it was made."""
    from kfed.sandbox.surface.printers import cluster, core, events, networking, pods, policies, storage, workloads  # noqa: PLC0415  # read when the first table is asked for

    modules = (cluster, core, events, networking, pods, policies, storage, workloads)
    return {key: printer for module in modules for key, printer in module.PRINTERS.items()}
