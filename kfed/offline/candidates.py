"""Candidates: objects that may be federated, kept until the whole input has said which types are."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kfed.core.finding import Finding
from kfed.errors import UnavailableError
from kfed.offline.documents import read_documents
from kfed.offline.objects import read_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kfed.offline.files import File
    from kfed.offline.objects import Item

# Characters of text whose objects stay in memory, where they take some ten times that; the rest is read again.
KEPT = 8 * 2**20


@dataclass(frozen=True, slots=True)
class _Entry:
    """A document with candidates.

    Attributes:
        file: where it stands.
        number: which of the file's documents it is.
        items: the candidates in it; ``None`` if they are to be read again.
    """

    file: File
    number: int
    items: Sequence[Item] | None


class Candidates:
    """The documents that hold candidates, in the order of the input."""

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque()
        self._kept = 0

    def add(self, file: File, number: int, items: Sequence[Item]) -> None:
        """Keep the candidates of a document, or where they are."""
        self._kept += len(items[0].document.text)
        self._entries.append(_Entry(file, number, items if self._kept <= KEPT else None))

    def take(self, wanted: Callable[[Item], bool]) -> Iterator[Item]:
        """The candidates that are *wanted*, none of them kept any longer.

        Raises:
            UnavailableError: a file cannot be read again.
        """
        for file, entries in groupby(self._drain(), key=lambda entry: entry.file):
            yield from filter(wanted, _read(file, entries))

    def _drain(self) -> Iterator[_Entry]:
        while self._entries:
            yield self._entries.popleft()


def _read(file: File, entries: Iterable[_Entry]) -> Iterator[Item]:
    documents = enumerate(read_documents(file))  # a file is opened when the first of its documents is asked for
    for entry in entries:
        if entry.items is not None:
            yield from entry.items
            continue
        document = next((document for number, document in documents if number == entry.number), None)
        if document is None or isinstance(document, Finding):
            raise UnavailableError(f"{file.name} changed while kfed read it; run again.")
        yield from (item for item in read_items(document) if not isinstance(item, Finding))
