"""Generating: from sources and names of types to every file that is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kfed.codegen.federation import Federation, Wish, federate
from kfed.codegen.federation import files as files_of
from kfed.codegen.naming import why_not, with_own_short_names
from kfed.core.resource import TypeConfig, federated_resource
from kfed.core.words import counted
from kfed.errors import SchemaError, TextError, UnknownTypeError
from kfed.offline.files import read_whole
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import read_documents
from kfed.schema.upstream.release import read_release
from kfed.text.documents import Document, split
from kfed.text.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kfed.core.resource import Gvk, Resource
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


def generate(sources: Sources, names: Sequence[str], wish: Wish, held: Sequence[TypeConfig] = ()) -> Generation:
    """Federate the types with these names; all that can be stored when there are none.

    Args:
        sources: where to look.
        names: as kubectl accepts them.
        wish: what the wrapper types are to be like.
        held: types that are federated already, beside which these are to have their names.

    Raises:
        UnknownTypeError: a name means nothing, or several types; or a wrapper would have the name of another.
        SchemaError: a source cannot be read, or a type has no structural schema.
        UnavailableError: a file cannot be read.
    """
    catalog = Catalog(_read(sources))
    wrappers = [resource for resource in catalog.resources() if _is_wrapper(resource, wish)]
    wanted = map(catalog.find, names) if names else _unwrapped(catalog, wish)
    chosen, refused = _with_names(wanted, wish, held)
    if names and refused:
        raise UnknownTypeError(" ".join(f"{name} cannot be federated: {why}." for name, why in refused.items()))
    if not chosen:
        raise UnknownTypeError("None of the types that were read can be stored; give a source that has such types.")
    federations = sorted((federate(upstream, wish) for upstream in chosen), key=lambda one: one.name)
    owners = [*held, *(TypeConfig(wrapper, wrapper) for wrapper in wrappers)]
    left_out = [f"{name} is left out: {why}." for name, why in refused.items()]
    if wrappers and not names:
        number = counted(len({wrapper.full_name for wrapper in wrappers}), "federated type")
        left_out.append(
            f"{number} of {wish.group} in the source: left out, for they are made and not federated in turn."
        )
    return Generation(tuple(with_own_short_names(federations, owners)), tuple(left_out))


def _unwrapped(catalog: Catalog, wish: Wish) -> Iterator[UpstreamType]:
    return (upstream for upstream in catalog.persisted() if not _is_wrapper(upstream.resource, wish))


def _is_wrapper(resource: Resource, wish: Wish) -> bool:
    """Whether it is a federated type itself, which a host's own document has as well."""
    return resource.gvk.group == wish.group and resource.gvk.kind.startswith("Federated")


def _with_names(
    types: Iterable[UpstreamType], wish: Wish, held: Sequence[TypeConfig]
) -> tuple[list[UpstreamType], dict[str, str]]:
    """The types that can be federated under their names, each once; and why the others cannot, by full name."""
    chosen: dict[Gvk, UpstreamType] = {}
    refused: dict[str, str] = {}
    configs = list(held)
    for upstream in types:
        target = upstream.resource
        config = TypeConfig(target, federated_resource(target, wish.group, wish.version))
        if why := _why_not_stored(upstream) or why_not(config, configs):
            refused[target.full_name] = why
        else:
            chosen[target.gvk] = upstream
            configs.append(config)
    return list(chosen.values()), refused


def _why_not_stored(upstream: UpstreamType) -> str:
    if upstream.persisted:
        return ""
    return f"a {upstream.resource.gvk.kind} is a question to an API server, or its answer, and never stored"


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
        name, data = read_whole(path)
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
