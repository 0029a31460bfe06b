r"""The output of ``kfed render -o``: a folder for each cluster, replaced as a whole or not at all.

::

    with TreeWriter("out") as writer:
        writer.add_cluster("cluster1")
        writer.add("cluster1", "test-ns", "deployment", "web", b"apiVersion: apps/v1\n...")
        print(writer.commit())  # Changes(written=2, removed=0, unchanged=0)

Why it is done this way is told in docs/decisions/0002-output-tree.md.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from dataclasses import dataclass
from itertools import groupby
from typing import IO, TYPE_CHECKING, Self

from kfed.core.finding import Finding, Source
from kfed.errors import InputError
from kfed.offline.tree.changes import DROP, KEEP, NEW, PUT, Plan, change, fill, make_plan
from kfed.offline.tree.folder import Place, reporting
from kfed.offline.tree.index import (
    extent_of,
    find_twin,
    folder_of,
    index_blocks,
    is_kustomization,
    path_of,
    to_record,
)
from kfed.offline.tree.paths import INDEX, folder_name, kustomization_in, object_path
from kfed.offline.tree.strays import find_strays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

_WORDS = {NEW: "missing", PUT: "differs", DROP: "unwanted"}
_KUSTOMIZATION = b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:"


class ForeignFileError(InputError):
    """Files that kfed did not write stand where it would write; nothing was changed.

    Attributes:
        findings: one for each of them, in the order of their paths.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(finding.message for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Changes:
    """What a commit did, in files, kustomizations included and the index not."""

    written: int
    removed: int
    unchanged: int


class TreeWriter:
    """Collects the files of a tree on disk, and then compares, commits or streams them.

    What is collected and not committed is gone when the ``with`` is left.
    """

    def __init__(self, directory: str | None, partial: frozenset[str] | None = None, *, check: bool = False) -> None:
        """Take no action yet; ``with`` does.

        Args:
            directory: the output folder, which need not exist; ``None`` to stream only.
            partial: the clusters that are being rendered; the files of others stay as they are. ``None`` for all.
            check: the tree will only be compared, so that others may do so at the same time.
        """
        self._directory = directory
        self._scope = None if partial is None else frozenset(map(folder_name, partial))
        self._check = check
        self._records: list[bytes] = []
        self._clusters: dict[str, str] = {}
        self._place: Place | None = None
        self._sealed = False
        self._size = 0

    def __enter__(self) -> Self:
        """Lock the folder, and finish or undo what an interrupted run left there.

        Raises:
            UnavailableError: another run has the folder, or it cannot be read.
            InputError: it is no folder, or its index is not as kfed writes it.
        """
        with reporting("keep what it renders in the folder for temporary files"):
            self._spool: IO[bytes] = tempfile.TemporaryFile(prefix="kfed-")
        try:
            if self._directory is not None:
                with reporting(f"open the output folder {self._directory}"):
                    self._place = Place(self._directory, check=self._check)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let go of the folder, and forget what was collected."""
        if self._place is not None:
            self._place.close()
        self._spool.close()

    def add_cluster(self, cluster: str) -> None:
        """Have a kustomization for *cluster* even if nothing is added for it, so that what was there is pruned.

        Nothing happens for a cluster that is not being rendered.
        """
        if self._renders(cluster):
            self._clusters[folder_name(cluster)] = cluster

    def _renders(self, cluster: str) -> bool:
        return self._scope is None or folder_name(cluster) in self._scope

    def add(self, cluster: str, namespace: str, kind: str, name: str, data: bytes) -> None:
        """Collect the file of one object.

        Two files of one path are the caller's mistake; it is found when all are there, by a ``ValueError`` from
        `commit`, `compare` or `stream`.

        Args:
            cluster: whose object it is.
            namespace: empty for what has none.
            kind: the kind as files have it, ``deployment``; two types of one kind need two of these.
            name: the object's name.
            data: what the file is to hold.

        Raises:
            UnavailableError: there is no room for temporary files.
        """
        if self._sealed or not self._renders(cluster):
            raise ValueError(f"{cluster} is not being rendered, or the time for adding is over.")
        self.add_cluster(cluster)
        self._records.append(self._spooled(object_path(cluster, namespace, kind, name), data))

    def stream(self) -> Iterator[tuple[str, str, bytes]]:
        """Everything collected, by cluster, namespace (none first), kind and name: cluster, path and content."""
        self._seal()
        for record in self._records:
            if not is_kustomization(record):
                yield self._clusters[folder_of(record)], path_of(record), self._content(record)

    def compare(self) -> list[tuple[str, str]]:
        """What is not in the folder as `commit` would leave it; nothing is changed, not even what a run left half done.

        Returns:
            Each path with ``missing``, ``differs`` or ``unwanted``; with ``foreign`` for what is not kfed's and stands
            in its way, ``stray`` for what is not and is taken for part of the tree by those who apply it, and
            ``left`` for what is left of a run that was interrupted. Paths are below the folder, or absolute beside it.

        Raises:
            UnavailableError: a file cannot be read.
        """
        place = self._open_place()
        self._seal()
        with reporting(f"read the output folder {self._directory}"):
            left = [(path, "left") for path in place.leavings()]
            plan = make_plan(self._records, place.listed(), place.root, self._scope)
            # What a run has moved already and the index does not list yet is the run's.
            found = [(path, "differs" if left else "foreign") for path in plan.obstacles]
            found += [(path_of(record), _WORDS[action]) for record, action in plan.steps() if action in _WORDS]
            if state := self._index_state(plan, place):
                found.append((INDEX, state))
            if place.root is not None and not left:
                obstacles = set(plan.obstacles)
                strays = find_strays(place.root, plan.records, self._scope)
                found += [(path, "stray") for path in strays if path not in obstacles]
        return left + found

    def commit(self) -> Changes:
        """Make the folder hold what was collected: all of it, or after a crash all or nothing.

        Files that are right already are left as they are. When nothing is to be changed, nothing is touched.

        Raises:
            ForeignFileError: a file that is not kfed's stands in the way.
            UnavailableError: the folder cannot be written, or another run has it.
        """
        if self._check:
            raise ValueError("A writer made to check does not commit.")
        place = self._open_place()
        with reporting(f"write to the output folder {self._directory}"):
            plan = self._plan(place)
            if plan.count(PUT, NEW, DROP) or self._index_state(plan, place):
                self._carry_out(plan, place)
        return Changes(plan.count(PUT, NEW), plan.count(DROP), plan.count(KEEP))

    def _spooled(self, path: str, data: bytes) -> bytes:
        with reporting("keep what it renders in the folder for temporary files"):
            self._spool.write(data)
        record = to_record(path, hashlib.sha256(data).digest(), self._size, len(data))
        self._size += len(data)
        return record

    def _content(self, record: bytes) -> bytes:
        offset, length = extent_of(record)
        return os.pread(self._spool.fileno(), length, offset)

    def _seal(self) -> None:
        if self._sealed:
            return
        self._sealed = True
        self._records.sort()
        if twin := find_twin(self._records):
            raise ValueError(f"{twin} was added twice.")
        kustomizations, empty = [], set(self._clusters)
        for folder, records in groupby(self._records, folder_of):
            kustomizations.append(self._spooled(kustomization_in(folder), _kustomization(folder, records)))
            empty.remove(folder)
        kustomizations += [self._spooled(kustomization_in(folder), _kustomization(folder, ())) for folder in empty]
        self._records += kustomizations
        self._records.sort()
        self._spool.flush()

    def _plan(self, place: Place) -> Plan:
        self._seal()
        plan = make_plan(self._records, place.listed(), place.root, self._scope)
        if plan.obstacles:
            raise ForeignFileError(tuple(self._obstacle(path) for path in plan.obstacles))
        return plan

    def _obstacle(self, path: str) -> Finding:
        file = os.path.join(self._directory or "", path)
        cluster = self._clusters.get(path.partition("/")[0], "")
        message = f"{file} is not of kfed's making, and kfed would write there; move it elsewhere and run again."
        return Finding("foreign-file", message, source=Source(file), cluster=cluster)

    def _open_place(self) -> Place:
        if self._place is None:
            raise ValueError("A writer without a folder can only stream.")
        return self._place

    def _index_state(self, plan: Plan, place: Place) -> str:
        """Why the index is to be written; empty when it is not."""
        digest = place.index_digest()
        if digest is None:
            return "missing"
        wanted = hashlib.sha256()
        for block in index_blocks(plan.afterwards()):
            wanted.update(block)
        return "" if digest == wanted.digest() else "differs"

    def _carry_out(self, plan: Plan, place: Place) -> None:
        root = place.root
        whole = root is None or place.is_replaceable(plan.there)
        if whole and place.replace(lambda new: fill(plan, self._content, root, new)):
            return
        if root is None:
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), place.path)
        change(plan, self._content, root)


def _kustomization(folder: str, records: Iterable[bytes]) -> bytes:
    """The text of a cluster's kustomization; the paths need no quotes, see `kfed.offline.tree.paths`."""
    lines = b"".join(b"\n- " + path_of(record)[len(folder) + 1 :].encode() for record in records)
    return b"%b%b\n" % (_KUSTOMIZATION, lines or b" []")
