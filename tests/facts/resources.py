"""Make kfed/schema/upstream/data/resources.json: what upstream's discovery says of every built-in type.

For each folder given, which holds the source of one Kubernetes release, read ``api/discovery/`` (there from 1.28 on) or
else the paths of ``api/openapi-spec/swagger.json``, and bring the file up to date for that release; what it knows of
other releases stays. A new release is thus two commands::

    go mod download -json k8s.io/kubernetes@v1.38.0        # says the folder
    python -m tests.facts.resources FOLDER

Run from a working copy in which kfed is installed. The same input makes the same bytes.
Only discovery tells short names, singular and categories, so a release without it takes them from the other releases.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson

from kfed.schema.upstream.discovery import DATA
from kfed.schema.upstream.openapi import read_paths
from kfed.schema.upstream.types import preference

PERSISTED = {"create", "get", "list", "delete"}
Record = dict[str, Any]
Serving = dict[tuple[str, str, str], set[int]]


def main(folders: list[str]) -> None:
    """Read *folders*, those with discovery first, and rewrite the data file."""
    records, serving, minors = load()
    for folder in sorted(map(Path, folders), key=lambda folder: (not has_discovery(folder), folder)):
        minor = minor_of(folder)
        minors.add(minor)
        for releases in serving.values():
            releases.discard(minor)
        for version, record in discovered(folder) if has_discovery(folder) else served(folder):
            merge(records, record)
            serving.setdefault((record["group"], record["kind"], version), set()).add(minor)
    DATA.write_bytes(dump(records, serving, minors))
    print(f"{DATA}: {len(records)} types, {len(minors)} releases")


def load() -> tuple[dict[tuple[str, str], Record], Serving, set[int]]:
    """What the file says now: facts by group and kind, minor releases by type, all minor releases."""
    if not DATA.exists():
        return {}, {}, set()
    content = orjson.loads(DATA.read_bytes())
    minors = {int(release.split(".")[1]) for release in content["releases"]}
    records, serving = {}, {}
    for record in content["resources"]:
        for version, ranges in record.pop("versions").items():
            serving[record["group"], record["kind"], version] = expand(ranges, max(minors))
        records[record["group"], record["kind"]] = record
    return records, serving, minors


def has_discovery(folder: Path) -> bool:
    """Whether the release came with its discovery documents."""
    return (folder / "api/discovery/api__v1.json").exists()


def minor_of(folder: Path) -> int:
    """37 for a folder named ``kubernetes@v1.37.2``."""
    return int(folder.resolve().name.rpartition("@")[2].split(".")[1])


def discovered(folder: Path) -> list[tuple[str, Record]]:
    """Version and facts of each type, from discovery."""
    found = []
    for path in sorted((folder / "api/discovery").glob("api*__v*.json")):
        content = orjson.loads(path.read_bytes())
        group, _, version = content["groupVersion"].rpartition("/")
        found += [
            (entry.get("version", version), discovered_record(entry, group))
            for entry in content["resources"]
            if "/" not in entry["name"]
        ]
    return found


def discovered_record(entry: dict[str, Any], group: str) -> Record:
    """The facts that one entry of an APIResourceList holds."""
    record = {
        "group": entry.get("group", group),
        "kind": entry["kind"],
        "plural": entry["name"],
        "singular": entry["singularName"],
        "shortNames": entry.get("shortNames", []),
        "categories": entry.get("categories", []),
        "scope": "Namespaced" if entry["namespaced"] else "Cluster",
        "persisted": set(entry["verbs"]) >= PERSISTED,
    }
    return {key: value for key, value in record.items() if value != []}


def served(folder: Path) -> list[tuple[str, Record]]:
    """Version and facts of each type, from OpenAPI paths."""
    paths = orjson.loads((folder / "api/openapi-spec/swagger.json").read_bytes())["paths"]
    return [
        (
            gvk.version,
            {
                "group": gvk.group,
                "kind": gvk.kind,
                "plural": here.plural,
                "scope": here.scope.value,
                "persisted": here.persisted,
            },
        )
        for gvk, here in read_paths(paths, str(folder)).items()
    ]


def merge(records: dict[tuple[str, str], Record], record: Record) -> None:
    """Add *record*; stop when it contradicts what another release says, as the file has one fact for all of them."""
    known = records.setdefault((record["group"], record["kind"]), record)
    differing = sorted(key for key in record.keys() & known.keys() if known[key] != record[key])
    if differing:
        sys.exit(f"{known} and {record} differ in {differing}: resources.json has to learn facts per release first.")
    known.update(record)


def expand(ranges: str, newest: int) -> set[int]:
    """``1.25-1.27,1.29-`` to minor releases."""
    minors: set[int] = set()
    for part in ranges.split(","):
        first, last = part.split("-")
        minors |= set(range(int(first[2:]), (int(last[2:]) if last else newest) + 1))
    return minors


def condense(minors: set[int], newest: int) -> str:
    """The inverse of `expand`; what the newest release serves has an open end."""
    parts = []
    for minor in sorted(minors):
        if minor - 1 not in minors:
            last = minor
            while last + 1 in minors:
                last += 1
            parts.append(f"1.{minor}-" + ("" if last == newest else f"1.{last}"))
    return ",".join(parts)


def dump(records: dict[tuple[str, str], Record], serving: Serving, minors: set[int]) -> bytes:
    """The file's bytes: one type a line, so that a new release shows as a small difference."""
    lines = []
    for (group, kind), record in sorted(records.items()):
        versions = {
            version: condense(releases, max(minors))
            for (of_group, of_kind, version), releases in serving.items()
            if (of_group, of_kind) == (group, kind) and releases
        }
        ordered = {version: versions[version] for version in sorted(versions, key=preference)}
        record.setdefault("singular", kind.lower())  # what every API server answers for a built-in type
        if ordered:
            lines.append(orjson.dumps(dict(sorted(record.items())) | {"versions": ordered}))
    releases = orjson.dumps([f"1.{minor}" for minor in sorted(minors)])
    return b'{"releases":' + releases + b',\n"resources":[\n' + b",\n".join(lines) + b"\n]}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
