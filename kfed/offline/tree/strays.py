"""What stands in a cluster's folder, is not kfed's, and is taken for part of it by what applies the folder.

The tree of a stranger's commit may hold anything. What kfed wrote is compared byte for byte; but ``kubectl apply -R``
takes every manifest in a folder, Argo CD every manifest and its own settings too, and Flux its list of what to leave
out. So a check tells them; notes and the like are nobody's business.
"""

from __future__ import annotations

import os
import re
from itertools import groupby
from typing import TYPE_CHECKING

from kfed.offline.tree.index import folder_of, path_of
from kfed.offline.tree.openat import FOLDER_FLAGS, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TAKEN = re.compile(r"(?i)(?:.+\.(?:ya?ml|json|jsonnet)|kustomization|\.sourceignore)")


def find_strays(root: int, records: Iterable[bytes], scope: frozenset[str] | None) -> Iterator[str]:
    """The paths of all that is taken for part of a tree and is not.

    Args:
        root: the tree.
        records: its files, sorted.
        scope: the cluster folders to look into; ``None`` for all.

    Raises:
        OSError: a folder cannot be read.
    """
    folders = set()
    for folder, own in groupby(records, folder_of):
        folders.add(folder)
        if scope is None or folder in scope:
            yield from _strays_in(root, folder, {path_of(record) for record in own})
    # Where a file system ignores case, these and the folders of clusters are one.
    yield from (name for name in sorted(os.listdir(root)) if name not in folders and name.casefold() in folders)


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
