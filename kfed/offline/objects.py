"""Items: the objects in documents, and the way from a mistake in one to its line in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from kfed.core.finding import Finding, Source
from kfed.core.manifest import Identity, parse_identity
from kfed.core.mistake import Mistake
from kfed.core.pointer import to_pointer
from kfed.core.resource import CORE_GROUP
from kfed.errors import TextError
from kfed.text.locate import locate
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.core.pointer import Path
    from kfed.core.rules import Rule
    from kfed.text.documents import Document

# A document whose kind stands alone at the start of a line is known to be a federated object without being parsed.
_FEDERATED = re.compile(r"^kind:[ \t]+Federated(?!Namespace\b|TypeConfig\b)[A-Za-z0-9]+[ \t]*\r?$", re.MULTILINE)
_CORE_API = re.compile(rf"^apiVersion:[ \t]+['\"]?{re.escape(CORE_GROUP)}/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a document.

    Attributes:
        identity: what it is called.
        manifest: the object.
        document: where it stands.
        base: where in the document; empty unless the document is a List.
    """

    identity: Identity
    manifest: dict[str, Any]
    document: Document
    base: Path = ()

    def source(self, path: Path = (), *, key: bool = False) -> Source:
        """The place in the file of the value at *path* of the object, or of its key."""
        return Source(self.document.file, *locate(self.document, (*self.base, *path), key=key))

    def finding(self, mistake: Mistake) -> Finding:
        """*mistake*, made in this object, as something to report."""
        return Finding(
            rule=mistake.rule,
            message=mistake.message,
            severity=mistake.severity,
            source=self.source(mistake.at, key=mistake.on_key),
            object=str(self.identity),
            cluster=mistake.cluster,
            path=to_pointer(mistake.at),
            expected=mistake.expected,
            nearest=mistake.nearest,
        )


def is_federated(document: Document) -> bool:
    """Whether a document is for certain a federated object that is not needed to render others, told by its text."""
    return _FEDERATED.search(document.text) is not None and _CORE_API.search(document.text) is None


def read_items(document: Document) -> Iterator[Item | Finding]:
    """The objects of a document, those of a List one by one; what cannot be read is a finding."""
    try:
        value = parse(document)
    except TextError as error:
        yield Finding(cast("Rule", error.rule), str(error), source=Source(document.file, error.line, error.column))
        return
    yield from _items(value, document, ())


def _items(value: Any, document: Document, base: Path) -> Iterator[Item | Finding]:
    identity = parse_identity(value)
    if isinstance(identity, Mistake):
        source = Source(document.file, *locate(document, (*base, *identity.at)))
        yield Finding(identity.rule, identity.message, source=source, expected=identity.expected)
    elif identity.gvk.kind.endswith("List") and "items" in value:
        yield from _list_items(Item(identity, value, document, base))
    else:
        yield Item(identity, value, document, base)


def _list_items(item: Item) -> Iterator[Item | Finding]:
    items = item.manifest["items"]
    if isinstance(items, list):
        for index, one in enumerate(items):
            yield from _items(one, item.document, (*item.base, "items", index))
    elif items is not None:
        message = f"The items of a {item.identity.gvk.kind} are a list; write a dash before each."
        yield item.finding(Mistake("wrong-type", message, ("items",), expected="a list of objects"))
