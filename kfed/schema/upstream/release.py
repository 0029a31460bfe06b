"""Kubernetes releases by number, offline: the definitions that the package kubernetes-validate ships as data."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from kfed.errors import SchemaError, UnavailableError
from kfed.schema.upstream.enums import add_enums
from kfed.schema.upstream.openapi import read_definitions

if TYPE_CHECKING:
    from kfed.schema.upstream.types import UpstreamType

_FOLDER = re.compile(r"v(\d+)\.(\d+)\.\d+-local")
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.\d+)?(?:[-+].*)?")


def releases() -> list[str]:
    """Every release that can be read, ``["1.25", …, "1.37"]``, the newest last.

    Raises:
        UnavailableError: the package kubernetes-validate, or its data, is not there.
    """
    return list(_folders())


def read_release(version: str | None = None) -> list[UpstreamType]:
    """The types of one Kubernetes release.

    Args:
        version: ``1.36``, ``v1.36`` or ``1.36.2``, a patch release having the types of its minor release; the newest
            one that is shipped when ``None``.

    Raises:
        SchemaError: the release is not shipped.
        UnavailableError: the package kubernetes-validate, or its data, is not there or not readable.
    """
    folders = _folders()
    release = next(reversed(folders)) if version is None else _release(version)
    path = folders[release] / "_definitions.json"
    try:
        definitions = orjson.loads(path.read_bytes())["$defs"]
    except (OSError, ValueError, KeyError) as error:
        raise UnavailableError(f"{path} cannot be read: {error}. Install kubernetes-validate anew.") from error
    add_enums(definitions, release)
    return read_definitions(definitions, {}, f"Kubernetes {release}")


def _release(version: str) -> str:
    shipped = releases()
    match = _VERSION.fullmatch(version)
    release = f"{match[1]}.{match[2]}" if match else version
    if release in shipped:
        return release
    closest = min(shipped, key=lambda known: abs(_minor(known) - _minor(release))) if match else shipped[-1]
    raise SchemaError(
        f"There are no definitions of Kubernetes {version!r}: this installation has {shipped[0]} to {shipped[-1]}. "
        f"The nearest is {closest}."
    )


def _minor(release: str) -> int:
    return int(release.split(".")[1])


@cache
def _folders() -> dict[str, Path]:
    """Release to the folder of its definitions, the newest last.

    The package is found without being imported, as that would import jsonschema.
    """
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError("The package kubernetes-validate, which holds the definitions, is not installed.")
    root = Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"
    found = {}
    for folder in root.iterdir() if root.is_dir() else ():
        if match := _FOLDER.fullmatch(folder.name):
            found[int(match[1]), int(match[2])] = folder
    if not found:
        raise UnavailableError(f"There are no definitions in {root}. Install kubernetes-validate 1.37 or newer.")
    return {f"{major}.{minor}": found[major, minor] for major, minor in sorted(found)}
