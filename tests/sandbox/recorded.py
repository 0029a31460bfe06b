"""What a real kube-apiserver answered to the examples (see ``record.py``), and what the sandbox makes of them."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from kfed.sandbox.state.reading import prepared, read
from kfed.sandbox.surface.registry import Registry
from kfed.sandbox.values.options import Options
from tests.sandbox import examples
from tests.sandbox.record import CASES

if TYPE_CHECKING:
    from kfed.sandbox.kinds.served import ServedType

    Manifest = dict[str, Any]


def recorded(name: str) -> Any:
    """One file of answers."""
    return json.loads((CASES / f"{name}.json").read_text())


@cache
def registry() -> Registry:
    """The built-in types, and that of the examples."""
    types = Registry()
    types.add_crd(examples.CRD)
    return types


def served(kind: str) -> ServedType:
    """A type of the examples."""
    version, plural = examples.TYPES[kind]
    group, _, version = version.rpartition("/")
    found = registry().find(group, version, plural)
    assert found is not None
    return found


def admitted(
    type_: ServedType, body: Manifest, old: Manifest | None = None, opts: Options | None = None, *, patch: bool = False
) -> Manifest:
    """An object that is written, as it is stored, by the steps that a request takes; ``ApiError`` when it is not."""
    return prepared(type_, type_, read(type_, body, "default", opts or Options(), is_patch=patch), old, "")
