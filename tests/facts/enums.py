"""Make kfed/schema/upstream/data/enums.json: which fields of built-in types take one of a few words, and which words.

An API server publishes them in its OpenAPI documents, but the definitions that kfed reads lack them. They are in
upstream's generated code, ``pkg/generated/openapi/zz_generated.openapi.go``, from which the server's documents come.
For each folder given, which holds the source of one Kubernetes release, bring the file up to date for that release;
what it knows of other releases stays. For a new release::

    go mod download -json k8s.io/kubernetes@v1.38.0        # says the folder
    python -m tests.facts.enums FOLDER

Run from a working copy in which kfed is installed. The same input makes the same bytes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from kfed.schema.upstream.enums import DATA
from tests.facts.resources import condense, expand, minor_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "pkg/generated/openapi/zz_generated.openapi.go"
FUNCTION = re.compile(r"^func schema_(\w+)\(ref ", re.MULTILINE)
PROPERTY = re.compile(r'^\t{5}"([^"]+)": \{$', re.MULTILINE)
ENUM = re.compile(r"^(\t{7,})Enum:\s+\[\]interface\{\}\{([^{}]*)\}", re.MULTILINE)
OF_FIELD = 7  # tabs before the enum of a field itself; that of its elements or values stands further in
PREFIXES = {
    "k8sio_api_": "io.k8s.api.",
    "pkg_apis_apiextensions_": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.",
    "pkg_apis_apiregistration_": "io.k8s.kube-aggregator.pkg.apis.apiregistration.",
    "pkg_apis_meta_": "io.k8s.apimachinery.pkg.apis.meta.",
}

# A field, as <definition>/<property>, with [] for the elements of a list or * for the values of a map, and its words.
Enum = tuple[str, tuple[str, ...]]


def main(folders: list[str]) -> None:
    """Read *folders* and rewrite the data file."""
    known, minors = load()
    for folder in map(Path, folders):
        minor = minor_of(folder)
        minors.add(minor)
        for releases in known.values():
            releases.discard(minor)
        for enum in read(folder):
            known.setdefault(enum, set()).add(minor)
    DATA.write_bytes(dump({enum: releases for enum, releases in known.items() if releases}, max(minors)))
    print(f"{DATA}: {len({field for field, _ in known})} fields")


def load() -> tuple[dict[Enum, set[int]], set[int]]:
    """What the file says now, and which minor releases it knows of."""
    if not DATA.exists():
        return {}, set()
    content = orjson.loads(DATA.read_bytes())
    newest = max(int(content["newest"].split(".")[1]), 0)
    known = {
        (field, tuple(words)): expand(ranges, newest)
        for field, variants in content["enums"].items()
        for ranges, words in variants.items()
    }
    return known, set().union(*known.values()) | {newest}


def read(folder: Path) -> Iterator[Enum]:
    """Every enum in the source of one release."""
    text = (folder / SOURCE).read_text()
    starts = [*FUNCTION.finditer(text)]
    for start, end in zip(starts, [*(match.start() for match in starts[1:]), len(text)], strict=True):
        definition = definition_of(start[1])
        body = text[start.end() : end]
        if definition is not None and "Enum:" in body:
            yield from of_definition(definition, body)


def of_definition(definition: str, body: str) -> Iterator[Enum]:
    """The enums of one definition's fields."""
    properties = [*PROPERTY.finditer(body)]
    for start, end in zip(properties, [*(match.start() for match in properties[1:]), len(body)], strict=True):
        part = body[start.end() : end]
        for enum in ENUM.finditer(part):
            words = tuple(orjson.loads(f"[{enum[2]}]"))
            below = "" if len(enum[1]) == OF_FIELD else "[]" if "Items: &spec" in part else "*"
            yield f"{definition}/{start[1]}{below}", words


def definition_of(function: str) -> str | None:
    """``k8sio_api_apps_v1_Deployment`` to ``io.k8s.api.apps.v1.Deployment``; ``None`` for what no object holds."""
    for prefix, package in PREFIXES.items():
        if function.startswith(prefix):
            return package + function.removeprefix(prefix).replace("_", ".")
    return None


def dump(known: dict[Enum, set[int]], newest: int) -> bytes:
    """The file's bytes: one field a line, so that a new release shows as a small difference."""
    fields: dict[str, dict[str, tuple[str, ...]]] = {}
    for (field, words), releases in sorted(known.items()):
        fields.setdefault(field, {})[condense(releases, newest)] = words
    lines = [orjson.dumps(field) + b":" + orjson.dumps(variants) for field, variants in sorted(fields.items())]
    return b'{"newest":' + orjson.dumps(f"1.{newest}") + b',\n"enums":{\n' + b",\n".join(lines) + b"\n}}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
