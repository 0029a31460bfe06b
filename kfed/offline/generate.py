"""Generating: from sources and names of types to every file that is made of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kfed.codegen.federation import Federation, Wish, federate
from kfed.codegen.federation import files as files_of
from kfed.errors import SchemaError, TextError, UnavailableError, UnknownTypeError
from kfed.offline.documents import STDIN
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import read_documents
from kfed.schema.upstream.release import read_release
from kfed.text.documents import Document, split
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kfed.schema.upstream.types import UpstreamType


@dataclass(frozen=True, slots=True)
class Sources:
    """Where upstream schemas come from.

    Attributes:
        release: a Kubernetes release; without one, the newest, unless files are given.
        files: OpenAPI documents and CustomResourceDefinitions; ``-`` is standard input.
        version: the version of CustomResourceDefinitions that is meant when none is named.
    """

    release: str | None = None
    files: Sequence[str] = ()
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """What a run makes.

    Attributes:
        federations: every type, federated, in the order of their names.
        left_out: sentences about types that were asked for with all the others and cannot be had.
    """

    federations: tuple[Federation, ...]
    left_out: tuple[str, ...] = field(default=())

    def files(self) -> dict[str, bytes]:
        """Every file, by its path below the output folder."""
        return {path: data for federation in self.federations for path, data in files_of(federation).items()}


def generate(sources: Sources, names: Sequence[str], wish: Wish) -> Generation:
    """Federate the types with these names; all that can be stored when there are none.

    Args:
        sources: where to look.
        names: as kubectl accepts them.
        wish: what the wrapper types are to be like.

    Raises:
        UnknownTypeError: a name means nothing, or several types; or two types would have one wrapper.
        SchemaError: a source cannot be read, or a type has no structural schema.
        UnavailableError: a file cannot be read.
    """
    catalog = Catalog(_read(sources))
    left_out: list[str] = []
    if names:
        chosen = _without_repeats([catalog.find(name) for name in names])
        _refuse_passing(chosen)
        _refuse_clashes(chosen)
    else:
        wanted, left_out = _without_wrappers(catalog.persisted(), wish)
        chosen = _one_each(wanted, left_out)
    if not chosen:
        raise UnknownTypeError("None of the types that were read can be stored; give a source that has such types.")
    federations = sorted((federate(upstream, wish) for upstream in chosen), key=lambda one: one.name)
    return Generation(tuple(federations), tuple(left_out))


def _read(sources: Sources) -> list[UpstreamType]:
    types = read_documents(list(_documents(sources.files)), sources.version) if sources.files else []
    if sources.release or not sources.files:
        types += read_release(sources.release)
    return types


def _documents(paths: Sequence[str]) -> Iterator[tuple[Any, str]]:
    """The parsed documents of files, each with where it stands.

    Of a bundle, in which CustomResourceDefinitions come with what serves them, the other objects are passed over.
    """
    for path in dict.fromkeys(paths):
        name, data = _load(path)
        found = list(_parsed(name, data))
        if not found:
            raise SchemaError(f"{name} is empty; give an OpenAPI document or CustomResourceDefinitions.")
        yield from [one for one in found if not _is_other_object(one[0])] or found


def _is_other_object(document: Any) -> bool:
    """Whether a document is an object of a kind that defines no types."""
    if not isinstance(document, dict) or not isinstance(document.get("metadata"), dict):
        return False
    return document.get("kind") != "CustomResourceDefinition" and "items" not in document


def _parsed(name: str, data: bytes) -> Iterator[tuple[Any, str]]:
    # What a server says of all its types is larger than any manifest may be, so a JSON file is taken as it is.
    if data.lstrip()[:1] == b"{":
        try:
            yield orjson.loads(data), name
        except ValueError:
            pass
        else:
            return
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise SchemaError(
            f"{name} is not UTF-8 text; give an OpenAPI document or CustomResourceDefinitions."
        ) from error
    for document in split(text, name):
        yield _parse(document), name


def _parse(document: Document) -> Any:
    try:
        return parse(document)
    except TextError as error:
        raise SchemaError(f"{document.file}:{error.line}:{error.column}: {error}") from error


def _load(path: str) -> tuple[str, bytes]:
    if path == STDIN:
        if sys.stdin is None:
            raise UnavailableError("Standard input is closed, so - has nothing to read; name a file instead.")
        return "<stdin>", sys.stdin.buffer.read()
    try:
        with open(path, "rb") as stream:
            return path, stream.read()
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}.") from error


def _without_repeats(types: list[UpstreamType]) -> list[UpstreamType]:
    return list({upstream.resource.gvk: upstream for upstream in types}.values())


def _refuse_passing(types: list[UpstreamType]) -> None:
    for upstream in types:
        if not upstream.persisted:
            raise UnknownTypeError(
                f"{upstream.resource.full_name} cannot be federated: a {upstream.resource.gvk.kind} is a question to "
                "an API server, or its answer, and never stored."
            )


def _refuse_clashes(types: list[UpstreamType]) -> None:
    seen: dict[str, UpstreamType] = {}
    for upstream in types:
        other = seen.setdefault(upstream.resource.plural, upstream)
        if other is not upstream:
            raise UnknownTypeError(
                f"{other.resource.full_name} and {upstream.resource.full_name} would both be federated as "
                f"federated{upstream.resource.plural}; generate one of them with another --federated-group."
            )


def _without_wrappers(types: list[UpstreamType], wish: Wish) -> tuple[list[UpstreamType], list[str]]:
    """The types that are no federated types themselves, which a host's own document has as well."""
    wrappers = [
        upstream
        for upstream in types
        if upstream.resource.gvk.group == wish.group and upstream.resource.gvk.kind.startswith("Federated")
    ]
    if not wrappers:
        return types, []
    count = "1 federated type" if len(wrappers) == 1 else f"{len(wrappers)} federated types"
    return (
        [upstream for upstream in types if upstream not in wrappers],
        [f"{count} of {wish.group} in the source: left out, for they are made and not federated in turn."],
    )


def _one_each(types: list[UpstreamType], left_out: list[str]) -> list[UpstreamType]:
    """One type for each wrapper's name: types come sorted by group, so that the core group's is the one.

    Of the others, it is told in *left_out*.
    """
    chosen: dict[str, UpstreamType] = {}
    for upstream in types:
        kept = chosen.setdefault(upstream.resource.plural, upstream)
        if kept is not upstream:
            left_out.append(
                f"{upstream.resource.full_name} is left out, for federated{upstream.resource.plural} is the wrapper of "
                f"{kept.resource.full_name}; generate it by name with another --federated-group."
            )
    return list(chosen.values())
