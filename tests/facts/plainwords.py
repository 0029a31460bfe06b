"""Make kfed/schema/structural/data/plainwords.json: the fields with a few words that may as well be empty.

Where upstream's Go field is an optional plain string, an API server cannot tell ``""`` from a field left out, and takes
both; where it is a pointer, ``""`` is a word like others, and refused. No OpenAPI document says which is which, but the
Go types do. For each folder given, which holds the source of one release of k8s.io/api, add what it says; a field may
come and go with releases, but never change from one to the other. For a new release::

    go mod download -json k8s.io/api@v0.38.0        # says the folder
    python -m tests.facts.plainwords FOLDER

Run from a working copy in which kfed is installed, after ``tests.facts.enums``. The same input makes the same bytes.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from kfed.schema.structural.builtin import PLAIN_WORDS
from kfed.schema.upstream.enums import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r'^\t(?:\w+\s+)?(?P<type>\S+)\s+`json:"(?P<name>\w*)(?P<flags>[^"]*)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Field:
    """What Go says of one field of a struct: its type, and whether it may be left out."""

    type: str
    optional: bool


def main(folders: list[str]) -> None:
    """Read *folders* and rewrite the data file."""
    enums = [field for field in orjson.loads(DATA.read_bytes())["enums"] if not field.endswith(("[]", "*"))]
    plain = set(orjson.loads(PLAIN_WORDS.read_bytes())) if PLAIN_WORDS.exists() else set()
    others: set[str] = set()
    for folder in map(Path, folders):
        fields = dict(read(folder))
        for enum in enums:
            if (field := fields.get(enum)) is not None:
                (plain if field.optional and not field.type.startswith("*") else others).add(enum)
    if both := sorted(plain & others):
        sys.exit(f"{both} may be empty in one release and not in another: the file has to learn releases first.")
    PLAIN_WORDS.write_bytes(b"[\n" + b",\n".join(map(orjson.dumps, sorted(plain))) + b"\n]\n")
    print(f"{PLAIN_WORDS}: {len(plain)} fields, and {len(others)} that may not be empty")


def read(folder: Path) -> Iterator[tuple[str, Field]]:
    """Every field of every struct in the source of one release, as <definition>/<property>."""
    for package in sorted({path.parent for path in folder.glob("*/v*/types*.go")}):
        text = "".join(path.read_text() for path in sorted(package.glob("types*.go")))
        structs = dict(STRUCT.findall(text))
        prefix = ".".join(("io.k8s.api", *package.relative_to(folder).parts))
        for struct in structs:
            for name, field in fields_of(struct, structs):
                yield f"{prefix}.{struct}/{name}", field


def fields_of(struct: str, structs: dict[str, str]) -> Iterator[tuple[str, Field]]:
    """The fields of a struct, those of structs that are written into it included."""
    for field in FIELD.finditer(structs.get(struct, "")):
        if field["name"]:
            yield field["name"], Field(field["type"], optional=",omitempty" in field["flags"])
        else:
            yield from fields_of(field["type"], structs)


if __name__ == "__main__":
    main(sys.argv[1:])
