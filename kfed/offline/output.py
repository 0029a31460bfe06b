"""Writing: rendered objects into a tree of files, or as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from kfed.text.emit import Emitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.offline.run import Output
    from kfed.offline.tree.writer import TreeWriter

JSON_OPTIONS = orjson.OPT_SORT_KEYS


def add_all(steps: Iterable[list[Output]], writer: TreeWriter, *, as_json: bool = False) -> None:
    """Give every rendered object that is not withheld to *writer*, as YAML, or as compact JSON.

    Args:
        steps: the objects made of one federated object after the other.
        writer: where they go.
        as_json: for a stream of JSON Lines.
    """
    emitter = Emitter()
    for outputs in steps:
        shared: dict[int, bytes] = {}
        for output in outputs:
            if output.withheld:
                continue
            # Clusters without overrides get the very same object.
            manifest = output.rendered.manifest
            data = shared.get(id(manifest))
            if data is None:
                data = orjson.dumps(manifest, option=JSON_OPTIONS) if as_json else emitter.emit(manifest).encode()
                shared[id(manifest)] = data
            identity = output.item.identity
            writer.add(output.cluster, _namespace(output), output.kind.file_kind, identity.name, data)
        emitter.forget()


def yaml_stream(entries: Iterable[tuple[str, str, bytes]]) -> Iterator[bytes]:
    """One YAML document per object, with a comment that says whose it is.

    Args:
        entries: cluster, path and YAML of each.
    """
    for cluster, _, data in entries:
        yield b"---\n# cluster: " + cluster.encode() + b"\n" + data


def json_stream(entries: Iterable[tuple[str, str, bytes]]) -> Iterator[bytes]:
    """One line of JSON per object: ``{"cluster": …, "manifest": …}``.

    Args:
        entries: cluster, path and compact JSON of each.
    """
    for cluster, _, data in entries:
        yield b'{"cluster":' + orjson.dumps(cluster) + b',"manifest":' + data + b"}\n"


def _namespace(output: Output) -> str:
    """The namespace of the object in the member; a Namespace is in none, though its FederatedNamespace is."""
    metadata = output.rendered.manifest["metadata"]
    return str(metadata.get("namespace") or "")
