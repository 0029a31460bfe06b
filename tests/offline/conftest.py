"""Fixtures for the tests of rendering."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from kfed.offline import inventory
from kfed.rendering import types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def types_read_once() -> Iterator[None]:
    """Read each schema once for all tests of a module: it is the same every time, and what costs most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inventory, "read_release", cache(inventory.read_release))
        patch.setattr(types, "structural", _by_origin(types.structural))
        yield


def _by_origin(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    known: dict[Any, Any] = {}

    def cached(upstream: Any) -> Any:
        key = (upstream.resource.gvk, upstream.origin)
        return known[key] if key in known else known.setdefault(key, read(upstream))

    return cached
