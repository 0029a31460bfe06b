"""Generated files in a folder: written, and compared with what would be written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfed.codegen.federation import HEADER
from kfed.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDERS = ("crds", "rbac", "schemas", "typeconfigs")

_HEAD = 200  # bytes in which a file that kfed made says so


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as it would be made: ``missing``, ``differs`` or ``unwanted``."""

    path: str
    what: str


def compare(folder: str, files: Mapping[str, bytes], *, whole: bool) -> list[Difference]:
    """What differs between a folder and the files that would be written into it.

    Args:
        folder: where they are.
        files: content by path below the folder.
        whole: nothing else of kfed's making belongs there.
    """
    found = [Difference(path, what) for path, data in files.items() if (what := _state(folder, path, data))]
    if whole:
        found += [Difference(path, "unwanted") for path in _ours(folder) if path not in files]
    return sorted(found, key=lambda one: one.path)


def write(folder: str, files: Mapping[str, bytes], *, whole: bool) -> list[Difference]:
    """Make a folder hold *files*; what is as it should be is not touched, and what kfed did not make never.

    Every file is written beside its place first, so that a full disk leaves what was there.

    Returns:
        What differed before.

    Raises:
        InputError: a file that kfed did not make is in the way.
        UnavailableError: the folder cannot be written.
    """
    differences = compare(folder, files, whole=whole)
    for difference in differences:
        if difference.what == "differs" and not _is_ours(os.path.join(folder, difference.path)):
            raise InputError(
                f"{os.path.join(folder, difference.path)} was not made by kfed; move it away, or choose another folder."
            )
    try:
        with tempfile.TemporaryDirectory(prefix=".kfed-", dir=_made(folder)) as staging:
            wanted = [one.path for one in differences if one.what != "unwanted"]
            staged = [os.path.join(staging, str(number)) for number, _ in enumerate(wanted)]
            for path, temporary in zip(wanted, staged, strict=True):
                with open(temporary, "wb") as stream:
                    stream.write(files[path])
            for path, temporary in zip(wanted, staged, strict=True):
                _made(os.path.dirname(os.path.join(folder, path)))
                os.replace(temporary, os.path.join(folder, path))
        for difference in differences:
            if difference.what == "unwanted":
                os.unlink(os.path.join(folder, difference.path))
    except OSError as error:
        raise UnavailableError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
    return differences


def _made(folder: str) -> str:
    os.makedirs(folder, exist_ok=True)
    return folder


def _state(folder: str, path: str, data: bytes) -> str:
    try:
        with open(os.path.join(folder, path), "rb") as stream:
            return "" if stream.read() == data else "differs"
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError as error:
        raise UnavailableError(f"{error.filename} cannot be read: {error.strerror}.") from error


def _ours(folder: str) -> Iterator[str]:
    for name in FOLDERS:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for entry in sorted(os.listdir(os.path.join(folder, name))):
                if _is_ours(os.path.join(folder, name, entry)):
                    yield f"{name}/{entry}"


def _is_ours(path: str) -> bool:
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as stream:
        return HEADER.encode() in stream.read(_HEAD)
