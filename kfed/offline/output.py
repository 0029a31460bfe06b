"""Rendered objects as text: as the files of their clusters, or one after the other as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from kfed.core.mistake import Mistake
from kfed.errors import TextError
from kfed.offline.tree.index import folder_of
from kfed.offline.tree.paths import folder_name, object_path
from kfed.text.emit import Emitter
from kfed.text.limits import ROOM, room
from kfed.text.quoting import comment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kfed.offline.run import Output, Report
    from kfed.offline.tree.spool import Spool

JSON_OPTIONS = orjson.OPT_SORT_KEYS


def spool_objects(
    steps: Iterable[list[Output]], spool: Spool, report: Report, *, as_json: bool = False
) -> dict[str, str]:
    """Put every rendered object that is not withheld into a file of its cluster, as YAML, or as compact JSON.

    Args:
        steps: the objects made of one federated object after the other.
        spool: takes the files.
        report: of the run that makes the steps; objects that cannot be written are added to it.
        as_json: for a stream of JSON Lines.

    Returns:
        The clusters that have objects, by the names of their folders.
    """
    emitter = Emitter()
    clusters: dict[str, str] = {}
    for outputs in steps:
        shared: dict[int, bytes | None] = {}
        for output in outputs:
            if output.withheld:
                continue
            # Clusters without overrides get the very same object.
            identity = id(output.rendered.manifest)
            if identity not in shared:
                shared[identity] = _written(output, emitter, report, as_json=as_json)
            data = shared[identity]
            if data is not None:
                clusters[folder_name(output.cluster)] = output.cluster
                spool.add(_path(output), data)
        emitter.forget()
    return clusters


def _written(output: Output, emitter: Emitter, report: Report, *, as_json: bool) -> bytes | None:
    """The object as text; ``None`` if that would be too large, which is told."""
    manifest = output.rendered.manifest
    if as_json:
        return orjson.dumps(manifest, option=JSON_OPTIONS)
    try:
        return emitter.emit(manifest, limit=room(len(output.item.document.text))).encode()
    except TextError:
        message = f"Written as YAML the object would be larger than {ROOM}; make it smaller, or nest it less."
        mistake = Mistake("too-large", message, ("spec",), on_key=True, cluster=output.cluster)
        report.findings.append(output.item.finding(mistake))
        return None


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
            yield b"---\n# cluster: " + comment_of(cluster).encode() + b"\n" + data


def _path(output: Output) -> str:
    """The path of its file. A Namespace is in no namespace of the member, though its FederatedNamespace is."""
    namespace = str(output.rendered.manifest["metadata"].get("namespace") or "")
    return object_path(output.cluster, namespace, output.kind.file_kind, output.item.identity.name)
