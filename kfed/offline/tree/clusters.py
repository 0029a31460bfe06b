"""The layout of what ``kfed render`` writes: a folder for each cluster, and an index of every file."""

from __future__ import annotations

import os
import re
from itertools import groupby
from typing import TYPE_CHECKING

from kfed.offline.tree.index import Listing, folder_of, index_blocks, path_of
from kfed.offline.tree.openat import FOLDER_FLAGS, walk
from kfed.offline.tree.paths import folder_name, kustomization_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from kfed.offline.tree.folder import Folder
    from kfed.offline.tree.spool import Spool

# ``kubectl apply -R`` takes every manifest in a folder, Argo CD every manifest and its own settings too, and Flux its
# list of what to leave out.
_TAKEN = re.compile(r"(?i)(?:.+\.(?:ya?ml|json|jsonnet)|kustomization|\.sourceignore)")
_KUSTOMIZATION = b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:"


class ClusterFolders:
    """Which files of a folder are kfed's: those in its index."""

    def __init__(self, folder: Folder, only: Collection[str]) -> None:
        """Read the index.

        Args:
            folder: where the tree is.
            only: the clusters that are rendered; the files of others stay as they are. All of them when empty.

        Raises:
            InputError: the index is not as kfed writes it.
        """
        self._folder = folder
        self._scope = frozenset(map(folder_name, only))
        self._listing = Listing(folder.root, folder.path)

    def own(self) -> Iterable[bytes]:
        """The records that the index lists, sorted."""
        return self._listing

    def drops(self, record: bytes) -> bool:
        """Whether the file is in the folder of a cluster that is rendered."""
        return self._renders(folder_of(record))

    def index(self, records: Iterable[bytes]) -> Iterator[bytes]:
        """The text of an index that lists *records*."""
        return index_blocks(records)

    def strays(self, records: Iterable[bytes]) -> Iterator[str]:
        """What is applied with the folder of a cluster, and is not among *records*; notes and the like are not.

        Raises:
            OSError: a folder cannot be read.
        """
        root = self._folder.root
        if root is None:
            return
        folders = set()
        for folder, own in groupby(records, folder_of):
            folders.add(folder)
            if self._renders(folder):
                yield from _strays_in(root, folder, {path_of(record) for record in own})
        # Where a file system ignores case, these and the folders of clusters are one.
        yield from (name for name in sorted(os.listdir(root)) if name not in folders and name.casefold() in folders)

    def _renders(self, folder: str) -> bool:
        return not self._scope or folder in self._scope


def add_kustomizations(spool: Spool, clusters: Iterable[str]) -> None:
    """Put beside the objects of each cluster a kustomization that lists them.

    A cluster without objects gets one of nothing, so that what was there is pruned.

    Args:
        spool: holds the objects, and takes the kustomizations.
        clusters: the names of all clusters.
    """
    empty = {folder_name(cluster) for cluster in clusters}
    for folder, records in groupby(list(spool.records()), folder_of):
        spool.add(kustomization_in(folder), _kustomization(folder, records))
        empty.discard(folder)
    for folder in empty:
        spool.add(kustomization_in(folder), _kustomization(folder, ()))


def _strays_in(root: int, folder: str, own: set[str]) -> Iterator[str]:
    try:
        descriptor = os.open(folder, FOLDER_FLAGS, dir_fd=root)
    except (FileNotFoundError, NotADirectoryError):
        return  # the comparison tells it
    try:
        for path, regular in sorted(walk(descriptor, f"{folder}/")):
            if path not in own and _is_taken(path, regular=regular):
                yield path
    finally:
        os.close(descriptor)


def _is_taken(path: str, *, regular: bool) -> bool:
    *folders, name = path.split("/")
    if not name or ".git" in folders:
        return False
    return not regular or _TAKEN.fullmatch(name) is not None


def _kustomization(folder: str, records: Iterable[bytes]) -> bytes:
    """The text of a cluster's kustomization; the paths need no quotes, see `kfed.offline.tree.paths`."""
    lines = b"".join(b"\n- " + path_of(record)[len(folder) + 1 :].encode() for record in records)
    return b"%b%b\n" % (_KUSTOMIZATION, lines or b" []")
