"""Files: what the paths that a user gives hold. Only regular files are read, and none that a link has elsewhere."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import IO, TYPE_CHECKING

from kfed.core.finding import Finding, Severity, Source
from kfed.errors import UnavailableError
from kfed.offline.tree.folder import SIBLING
from kfed.offline.tree.index import written_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "-"
# Of what can be read only once a copy is kept, and it may have no end.
MOST_KEPT = 256 * 2**20

_BLOCK = 8 * 2**20


@dataclass(frozen=True, slots=True)
class File:
    """A file to read.

    Attributes:
        name: what the user called it.
        path: where its bytes are.
        key: one for every file there is, whatever it is called.
    """

    name: str
    path: str
    key: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What there is to read.

    Attributes:
        files: each once, in the order of their names.
        findings: what was passed over that one could have meant.
    """

    files: list[File]
    findings: list[Finding]


@contextmanager
def open_inputs(paths: Sequence[str], *, skip: str | None = None, written: Iterable[str] = ()) -> Iterator[Inputs]:
    """The files that *paths* mean.

    A folder is searched through for ``.yaml``, ``.yml`` and ``.json`` of any case, hidden ones passed over. Links are
    followed as long as they lead to something within one of *paths*: where the files come from strangers, a link must
    not bring in what is theirs to name and not theirs to read. Standard input, what a shell's ``<(...)`` names, and
    devices are kept in a temporary file, up to `MOST_KEPT`, so that they can be read more than once.

    Args:
        paths: files, folders and ``-``.
        skip: where the output goes, a folder that is not searched; if it is one of *paths*, what kfed wrote there is
            passed over.
        written: files that the run writes, which the folders that are searched may hold from the last time.

    Raises:
        UnavailableError: a path does not exist, a folder cannot be listed, or an input cannot be kept.
        InputError: the index of what kfed wrote cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="kfed-") as scratch:
        search = _Search(paths, scratch, skip, written)
        for path in sorted(set(paths)):
            search.visit(path)
        search.leave_out_written()
        yield Inputs(sorted(search.files.values(), key=lambda file: file.name), search.findings)


def read_whole(path: str) -> tuple[str, bytes]:
    """What a file or ``-`` is called, and what is in it, up to `MOST_KEPT`.

    Raises:
        UnavailableError: it cannot be read, or is larger.
    """
    name = "<stdin>" if path == STDIN else path
    data = BytesIO()
    try:
        with _open_stdin() if path == STDIN else open(path, "rb") as source:
            whole = _copy(source, data)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}.") from error
    if not whole:
        raise UnavailableError(f"{name} is larger than {MOST_KEPT // 2**20} MiB; give a smaller one.")
    return name, data.getvalue()


def _copy(source: IO[bytes], target: IO[bytes]) -> bool:
    """Copy at most `MOST_KEPT`, and no further than shows that it is no text; ``False`` if there is more."""
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > MOST_KEPT:
            return False
        target.write(block)
        if b"\0" in block:
            break
    return True


class _Search:
    """Goes through paths and notes the files there, and what is passed over."""

    def __init__(self, paths: Sequence[str], scratch: str, skip: str | None, written: Iterable[str]) -> None:
        self.files: dict[tuple[int, int], File] = {}
        self.findings: list[Finding] = []
        self._scratch = scratch
        self._roots = [os.path.realpath(path) for path in paths if path != STDIN]
        self._skipped = os.path.realpath(skip) if skip and os.path.isdir(skip) else None
        own = [*written, *([self._skipped, self._skipped + SIBLING] if self._skipped else [])]
        self._own = {_key(os.stat(path)) for path in own if os.path.exists(path)} | set(_redirected())
        self._folders: set[tuple[int, int]] = set()

    def visit(self, path: str) -> None:
        """Note what a path that was given holds."""
        if path == STDIN:
            self._keep("<stdin>", _open_stdin)
            return
        try:
            status = os.stat(path)
        except FileNotFoundError:
            raise UnavailableError(f"{path} does not exist; give a file, a folder or -.") from None
        except OSError as error:
            raise UnavailableError(f"{path} cannot be read: {error.strerror}.") from error
        if stat.S_ISDIR(status.st_mode):
            self._visit_folder(path, status)
        elif stat.S_ISREG(status.st_mode):
            self._add(path, path, status)
        else:
            self._keep(path, partial(_open, path))

    def leave_out_written(self) -> None:
        """Forget what kfed wrote itself into a folder that is searched as well, as by ``-f . -o .``."""
        if self._skipped is None or not any(_contains(self._skipped, root) for root in self._roots):
            return
        written = {os.path.join(self._skipped, path) for path in written_in(self._skipped)}
        self.files = {key: file for key, file in self.files.items() if os.path.realpath(file.path) not in written}

    def _visit_folder(self, path: str, status: os.stat_result) -> None:
        if _key(status) in self._folders:
            return  # by another of its names
        self._folders.add(_key(status))
        try:
            with os.scandir(path) as entries:
                names = sorted((entry.name, entry.is_symlink()) for entry in entries if not entry.name.startswith("."))
        except OSError as error:
            raise UnavailableError(f"{path} cannot be listed: {error.strerror}.") from error
        for name, linked in names:
            self._visit_member(os.path.join(path, name), linked=linked)

    def _visit_member(self, path: str, *, linked: bool) -> None:
        """Note a file, folder or link in a folder."""
        try:
            status = os.stat(path)
        except OSError as error:
            # By its name it was a manifest, or may have been a folder of some.
            severity = Severity.ERROR if path.lower().endswith(SUFFIXES) else Severity.WARNING
            why = f"it cannot be reached ({error.strerror}); put there what it stands for, or remove it"
            self._pass_over(path, why, severity)
            return
        is_folder = stat.S_ISDIR(status.st_mode)
        if not is_folder and not path.lower().endswith(SUFFIXES):
            return
        if linked and not self._is_within(os.path.realpath(path)):
            why = (
                f"it is a link to {os.readlink(path)}, outside of what is given; give that as well, or put a copy here"
            )
            self._pass_over(path, why)
        elif _key(status) in self._own:
            return
        elif is_folder:
            self._visit_folder(path, status)
        elif stat.S_ISREG(status.st_mode):
            self._add(path, path, status)
        else:
            self._pass_over(path, "it is no regular file; name it itself if it is to be read")

    def _is_within(self, real: str) -> bool:
        return any(_contains(root, real) for root in self._roots)

    def _pass_over(self, path: str, why: str, severity: Severity = Severity.WARNING) -> None:
        message = f"{path} is passed over: {why}."
        self.findings.append(Finding("passed-over", message, severity, Source(path)))

    def _add(self, name: str, path: str, status: os.stat_result) -> None:
        file = File(name, path, _key(status))
        if name <= self.files.setdefault(file.key, file).name:
            self.files[file.key] = file

    def _keep(self, name: str, open_source: Callable[[], AbstractContextManager[IO[bytes]]]) -> None:
        """Note what can be read only once, by a copy."""
        try:
            descriptor, path = tempfile.mkstemp(dir=self._scratch)
            with os.fdopen(descriptor, "wb") as copy, open_source() as source:
                whole = _copy(source, copy)
        except OSError as error:
            raise UnavailableError(f"{name} cannot be read and kept: {error.strerror}.") from error
        if whole:
            self._add(name, path, os.stat(path))
            return
        os.unlink(path)
        message = (
            f"{name} holds more than {MOST_KEPT // 2**20} MiB, and no more is kept of what can be read only once; "
            "put it into files, and give those."
        )
        self.findings.append(Finding("too-large", message, source=Source(name)))


def _open(path: str) -> IO[bytes]:
    return open(path, "rb")


def _open_stdin() -> AbstractContextManager[IO[bytes]]:
    if sys.stdin is None:
        raise UnavailableError("Standard input is closed, so - has nothing to read; name a file instead.")
    return nullcontext(sys.stdin.buffer)


def _contains(folder: str, path: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _redirected() -> Iterator[tuple[int, int]]:
    """The files that a shell has made for what is printed, as by ``> all.yaml``."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            status = os.fstat(stream.fileno())
            if stat.S_ISREG(status.st_mode):
                yield _key(status)


def _key(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
