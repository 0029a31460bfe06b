"""The layout of what ``kfed generate`` writes: a folder for each kind of file, each saying at its head whose it is."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kfed.codegen.federation import HEADER
from kfed.core.resource import TypeConfig
from kfed.core.typeconfig import parse_type_config
from kfed.errors import TextError
from kfed.offline.tree.folder import Folder, WritableFolder
from kfed.offline.tree.index import to_record
from kfed.offline.tree.openat import Folders
from kfed.offline.tree.paths import TYPE_FOLDERS, is_type_path
from kfed.offline.tree.spool import Spool
from kfed.offline.tree.tree import commit, compare
from kfed.text.documents import Document
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kfed.offline.tree.tree import Counts, Difference

_HEAD = 200  # bytes in which a file that kfed made says so
_NAMING = ("crds", "typeconfigs")
_HEAD_OF_MANIFEST = 65_536  # bytes in which it names its type


def compare_files(folder: str, files: Mapping[str, bytes], *, whole: bool) -> list[Difference]:
    """What differs between a folder and the files that would be written into it.

    Args:
        folder: where they are.
        files: content by path below the folder.
        whole: nothing else of kfed's making belongs there.

    Raises:
        InputError: it is no folder.
        UnavailableError: a file cannot be read, or another run writes there.
    """
    with Folder(folder) as opened, Spool() as spool:
        return compare(opened, _spooled(spool, files), GeneratedFiles(opened, whole=whole))


def write_files(folder: str, files: Mapping[str, bytes], *, whole: bool) -> Counts:
    """Make a folder hold *files*, as a whole or, after a crash, not at all; what kfed did not make is never touched.

    Args:
        folder: where they go.
        files: content by path below the folder.
        whole: nothing else of kfed's making is to stay there.

    Raises:
        InputError: a file that kfed did not make is in the way, or it is no folder.
        UnavailableError: the folder cannot be written, or another run has it.
    """
    with WritableFolder(folder) as opened, Spool() as spool:
        return commit(opened, _spooled(spool, files), GeneratedFiles(opened, whole=whole))


def held_types(folder: str) -> list[TypeConfig]:
    """The types that a folder's files federate, with the names that they take up; none where there is no such folder.

    Raises:
        InputError: it is no folder.
        UnavailableError: it cannot be opened, or another run writes there.
    """
    with Folder(folder) as opened:
        if opened.root is None:
            return []
        with Folders(opened.root) as tree:
            heads = {path: _head(tree, path) for path in _candidates(tree, _NAMING) if _is_ours(tree, path)}
    configs = {path: parse_type_config(head) for path, head in heads.items() if path.startswith("typeconfigs/")}
    return [
        _with_short_names(config, heads.get(path.replace("typeconfigs/", "crds/"), {}))
        for path, config in configs.items()
        if isinstance(config, TypeConfig)
    ]


def _with_short_names(config: TypeConfig, crd: Mapping[str, Any]) -> TypeConfig:
    """The same type with the short names that its CRD takes up."""
    match crd:
        case {"spec": {"names": {"singular": str(singular), "shortNames": list(names)}}}:
            federated = replace(config.federated, singular=singular, short_names=tuple(map(str, names)))
            return replace(config, federated=federated)
    return config


def _head(tree: Folders, path: str) -> dict[str, Any]:
    """What a manifest says before it comes to versions and their schemas; nothing when it is no manifest."""
    text = (tree.read(path, _HEAD_OF_MANIFEST) or b"").decode(errors="replace")
    try:
        head = parse(Document(path, 0, text.partition("\n  versions:")[0]))
    except TextError:
        return {}
    return head if isinstance(head, dict) else {}


class GeneratedFiles:
    """Which files of a folder are kfed's: those that say so."""

    def __init__(self, folder: Folder, *, whole: bool) -> None:
        """Take no action yet.

        Args:
            folder: where the files are.
            whole: nothing else of kfed's making belongs there.
        """
        self._folder = folder
        self._whole = whole

    def own(self) -> list[bytes]:
        """The records of the files that kfed made, sorted.

        Raises:
            OSError: a folder or a file cannot be read.
        """
        root = self._folder.root
        if root is None:
            return []
        with Folders(root) as tree:
            return sorted(to_record(path) for path in _candidates(tree) if _is_ours(tree, path))

    def drops(self, record: bytes) -> bool:  # noqa: ARG002  (a file like any other)
        """Whether a file that is not wanted goes."""
        return self._whole

    def index(self, records: Iterable[bytes]) -> None:
        """No index: the files say by themselves whose they are."""

    def strays(self, records: Iterable[bytes]) -> tuple[str, ...]:  # noqa: ARG002  (whatever they are)
        """None: users keep types of their own beside those of kfed."""
        return ()


def _spooled(spool: Spool, files: Mapping[str, bytes]) -> Spool:
    for path, data in files.items():
        spool.add(path, data)
    return spool


def _candidates(tree: Folders, folders: Sequence[str] = TYPE_FOLDERS) -> Iterator[str]:
    for folder in folders:
        try:
            descriptor, _ = tree.locate(f"{folder}/")
        except (FileNotFoundError, NotADirectoryError):
            continue  # a link or a file in its place is in the way of what is wanted there
        yield from (path for name in os.listdir(descriptor) if is_type_path(path := f"{folder}/{name}"))


def _is_ours(tree: Folders, path: str) -> bool:
    try:
        return HEADER.encode() in (tree.read(path, _HEAD) or b"")
    except IsADirectoryError:
        return False
