"""Objects: those in documents, and the way from a mistake in one to its line in a file."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from kfed.core.finding import Finding, Source
from kfed.core.manifest import Identity, parse_identity
from kfed.core.mistake import Mistake
from kfed.core.pointer import to_pointer
from kfed.errors import TextError
from kfed.offline.bystanders import check_bystander
from kfed.text.locate import locate
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfed.core.pointer import Path
    from kfed.core.resource import Gvk
    from kfed.core.rules import Rule
    from kfed.text.documents import Document

_MOST_TOLD = 20  # elements of one list that are no objects


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

    def finding(self, mistake: Mistake, *others: Mistake) -> Finding:
        """*mistake*, made in this object, as something to report; *others* are the same as `gather` has it."""
        made = sorted(
            ((self.source(one.at, key=one.on_key), one.cluster) for one in (mistake, *others)), key=itemgetter(0)
        )
        places = [place for place, _ in made]
        return Finding(
            rule=mistake.rule,
            message=mistake.message,
            severity=mistake.severity,
            source=places[0],
            object=str(self.identity),
            clusters=tuple(dict.fromkeys(cluster for _, cluster in made if cluster)),
            path=to_pointer(mistake.at),
            expected=mistake.expected,
            nearest=mistake.nearest,
            also=tuple(dict.fromkeys(place for place in places if place != places[0])),
        )


def read_items(document: Document) -> Iterator[Item | Finding]:
    """The objects of a document, those of a list one by one; what cannot be read is a finding."""
    try:
        value = parse(document)
    except TextError as error:
        yield Finding(cast("Rule", error.rule), str(error), source=Source(document.file, error.line, error.column))
        return
    identity = parse_identity(value)
    if not isinstance(identity, Mistake):
        yield from _items(Item(identity, value, document))
    elif (mistake := check_bystander(value, document, identity)) is not None:
        yield _finding(mistake, document, ())


def _items(item: Item) -> Iterator[Item | Finding]:
    """An object, or what is in it if it is a list: ``List`` of anything, or ``XList`` as a server answers it."""
    if not item.identity.gvk.kind.endswith("List") or "items" not in item.manifest or item.identity.name:
        yield item
        return
    elements = item.manifest["items"]
    if isinstance(elements, list):
        yield from _elements(item, elements)
    elif elements is not None:
        message = f"The items of a {item.identity.gvk.kind} are a list; write a dash before each."
        yield item.finding(Mistake("wrong-type", message, ("items",), expected="a list of objects"))


def _elements(parent: Item, elements: list[Any]) -> Iterator[Item | Finding]:
    mistakes = 0
    for index, element in enumerate(elements):
        manifest = _typed(element, parent.identity.gvk)
        identity = parse_identity(manifest)
        base: Path = (*parent.base, "items", index)
        if not isinstance(identity, Mistake):
            yield from _items(Item(identity, manifest, parent.document, base))
            continue
        mistakes += 1
        if mistakes <= _MOST_TOLD:
            yield _finding(identity, parent.document, base)
    if mistakes > _MOST_TOLD:
        message = (
            f"{mistakes - _MOST_TOLD} more of the items of this {parent.identity.gvk.kind} are no Kubernetes objects."
        )
        yield parent.finding(Mistake("not-a-manifest", message, ("items",)))


def _typed(element: Any, of: Gvk) -> Any:
    """An element with the type that the list gives it: a server says it once for all, and kubectl reads it so."""
    if of.kind == "List" or not isinstance(element, dict) or "kind" in element or "apiVersion" in element:
        return element
    return {"apiVersion": of.api_version, "kind": of.kind.removesuffix("List"), **element}


def _finding(mistake: Mistake, document: Document, base: Path) -> Finding:
    """*mistake*, made in what is no object."""
    source = Source(document.file, *locate(document, (*base, *mistake.at)))
    return Finding(mistake.rule, mistake.message, mistake.severity, source, expected=mistake.expected)
