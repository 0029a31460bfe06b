"""Rendered objects as text: as the files of their clusters, or one after the other as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from kfed.offline.tree.index import folder_of
from kfed.offline.tree.paths import folder_name, object_path
from kfed.text.emit import Emitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.offline.run import Output
    from kfed.offline.tree.spool import Spool

JSON_OPTIONS = orjson.OPT_SORT_KEYS


def spool_objects(steps: Iterable[list[Output]], spool: Spool, *, as_json: bool = False) -> dict[str, str]:
    """Put every rendered object that is not withheld into a file of its cluster, as YAML, or as compact JSON.

    Args:
        steps: the objects made of one federated object after the other.
        spool: takes the files.
        as_json: for a stream of JSON Lines.

    Returns:
        The clusters that have objects, by the names of their folders.
    """
    emitter = Emitter()
    clusters: dict[str, str] = {}
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
            clusters[folder_name(output.cluster)] = output.cluster
            spool.add(_path(output), data)
        emitter.forget()
    return clusters


def stream(spool: Spool, clusters: dict[str, str], *, as_json: bool) -> Iterator[bytes]:
    """What was spooled, by cluster, namespace (none first), kind and name.

    It is one YAML document per object, with a comment that says whose it is, or one line of JSON per object:
    ``{"cluster": …, "manifest": …}``.

    Args:
        spool: holds the objects, in the form that is to be printed.
        clusters: as `spool_objects` gives them.
        as_json: whether that is JSON.
    """
    for record in spool.records():
        cluster, data = clusters[folder_of(record)], spool.content(record)
        if as_json:
            yield b'{"cluster":' + orjson.dumps(cluster) + b',"manifest":' + data + b"}\n"
        else:
            yield b"---\n# cluster: " + cluster.encode() + b"\n" + data


def _path(output: Output) -> str:
    """The path of its file. A Namespace is in no namespace of the member, though its FederatedNamespace is."""
    namespace = str(output.rendered.manifest["metadata"].get("namespace") or "")
    return object_path(output.cluster, namespace, output.kind.file_kind, output.item.identity.name)
