"""Make kfed/sandbox/admission/data/protobuf.json: the numbers of the fields of built-in types in protocol buffers.

kubectl sends what it creates as protocol buffers, and a reader needs to know which field has which number. That is in
the tags of upstream's Go types. Give the folders of k8s.io/api and k8s.io/apimachinery of one Kubernetes release::

    go mod download -json k8s.io/api@v0.38.0 k8s.io/apimachinery@v0.38.0        # says the folders
    python -m tests.facts.protobuf API_FOLDER APIMACHINERY_FOLDER

Run from a working copy in which kfed is installed. The same input makes the same bytes. What a line of the file means,
`kfed.sandbox.admission.protobuf` says.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from kfed.sandbox.admission.protobuf import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("*/v1", "autoscaling/v2")
META = "pkg/apis/meta/v1"
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
ALIAS = re.compile(r"^type (\w+) ([\w.\[\]*]+)$", re.MULTILINE)
FIELD = re.compile(r'^\t(?:(\w+) )?(\S+) `([^`]*protobuf:"[^`]*)`', re.MULTILINE)
TAG = re.compile(r'(json|protobuf):"([^"]*)"')
IMPORT = re.compile(r'^\t(\w*) ?"k8s\.io/(api|apimachinery)/([\w/]+)"$', re.MULTILINE)
SCALARS = {
    "string": "s",
    "bool": "b",
    **dict.fromkeys(("int", "int32", "int64", "uint8", "uint32", "uint64"), "i"),
    **dict.fromkeys(("float32", "float64"), "d"),
    "[]byte": "x",
}
SPECIAL = {
    "meta/v1.Time": "t",
    "meta/v1.MicroTime": "u",
    "meta/v1.Duration": "n",
    "meta/v1.FieldsV1": "r",
    "runtime.RawExtension": "r",
    "resource.Quantity": "q",
    "intstr.IntOrString": "o",
}


def main(api: str, machinery: str) -> None:
    """Read the two folders and rewrite the data file."""
    files = {"meta/v1": Path(machinery, META)}
    for pattern in PACKAGES:
        files |= {str(folder.relative_to(api)): folder for folder in sorted(Path(api).glob(pattern))}
    texts = {package: sources(folder) for package, folder in files.items()}
    aliases = {
        f"{package}.{name}": (package, text, target)
        for package, text in texts.items()
        for name, target in ALIAS.findall(text)
    }
    found = {
        f"{package}.{name}": fields
        for package, text in texts.items()
        for name, body in STRUCT.findall(text)
        if (fields := dict(read(package, text, body, aliases)))
    }
    DATA.write_bytes(orjson.dumps(found, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n")
    print(f"{DATA}: {len(found)} messages, {sum(map(len, found.values()))} fields")


def sources(folder: Path) -> str:
    """The Go files of a package that define its types."""
    found = sorted({*folder.glob("*types*.go"), *folder.glob("group_version.go")})
    return "\n".join(path.read_text() for path in found)


def read(package: str, text: str, body: str, aliases: dict[str, tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """The fields of a struct: number, and name and kind."""
    for _, written, tags in FIELD.findall(body):
        tag = dict(TAG.findall(tags))
        if "protobuf" not in tag or tag["protobuf"] == "-":
            continue
        number = tag["protobuf"].split(",")[1]
        name, *options = tag.get("json", "").split(",")
        kind = kind_of(written, package, text, aliases)
        mark = "" if written.startswith("*") or {"omitempty", "omitzero"} & set(options) else "!"
        yield number, f"{name} {mark}{kind}"


def kind_of(written: str, package: str, text: str, aliases: dict[str, tuple[str, str, str]]) -> str:
    """A Go type in the form of the data file."""
    if written in SCALARS:
        return SCALARS[written]
    if prefix := re.match(r"\*|\[\]", written):
        return f"{prefix[0]}{kind_of(written[prefix.end() :], package, text, aliases)}"
    if written.startswith("map["):
        return "{}" + element_of(written.partition("]")[2], package, text, aliases)
    module, _, name = written.rpartition(".")
    full = f"{imported(module, text) if module else package}.{name}"
    if full in SPECIAL or full.startswith("types."):
        return SPECIAL.get(full, "s")
    if full in aliases:
        where, there, target = aliases[full]
        return kind_of(target, where, there, aliases)
    return full


def element_of(written: str, package: str, text: str, aliases: dict[str, tuple[str, str, str]]) -> str:
    """The type of a map's values; one that is a list by another name is a message of its own."""
    kind = kind_of(written, package, text, aliases)
    return "w" if kind == "[]s" else kind


def imported(alias: str, text: str) -> str:
    """The package that a file knows by a name."""
    for name, _, path in IMPORT.findall(text):
        last = path.rsplit("/", 1)[1]
        if alias in {name, last}:
            return path.removeprefix("pkg/apis/") if re.search(r"/v\d\w*$", path) else last
    raise LookupError(alias)


if __name__ == "__main__":
    main(*sys.argv[1:])
