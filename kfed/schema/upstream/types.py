"""UpstreamType: one version of one type, as somebody described it, and the way to its structural schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kfed.core.names import is_label, is_subdomain
from kfed.errors import SchemaError
from kfed.schema.structural.scale import has_integer, with_replicas
from kfed.schema.structural.schema import Document, Structural, from_crd, inline, serve_crd, serve_inline
from kfed.schema.upstream.discovery import built_in

if TYPE_CHECKING:
    from kfed.core.resource import Resource

_KUBE_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")
_KIND = re.compile(r"[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?")
_REPLICAS = ("spec", "replicas")
_STAGES = {None: 0, "beta": 1, "alpha": 2}


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A schema that stands in a document of many, and refers to others of them by ``$ref``.

    Attributes:
        document: every definition of the document.
        name: the one meant, such as ``io.k8s.api.apps.v1.Deployment``.
    """

    document: Document
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class CrdSchema:
    """The ``openAPIV3Schema`` of one version of a CustomResourceDefinition.

    Attributes:
        schema: as it stands there.
        replicas: where its scale sub-resource keeps the number, as ``("spec", "replicas")``; empty when it has none.
    """

    schema: dict[str, Any]
    replicas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpstreamType:
    """One version of one type, as upstream describes it.

    Attributes:
        resource: its names and its scope.
        persisted: objects of it can be created, read, listed and deleted; a TokenReview, which is an answer and not an
            object, is not.
        preferred: the version that is meant when none is named, among the versions that the same source has.
        origin: who said so, such as ``Kubernetes 1.37`` or ``CustomResourceDefinition foos.example.com in foo.yaml``.
        raw: the schema as it was given.
        missing: a sentence about what the source does not say and kfed would have to know; such a type cannot be used,
            and its resource has no plural. Empty for all others.
    """

    resource: Resource
    persisted: bool
    preferred: bool
    origin: str
    raw: Definition | CrdSchema = field(compare=False, repr=False)
    missing: str = ""


def structural(upstream: UpstreamType) -> Structural:
    """The structural schema of *upstream*: the whole object but its ``status``, and what had to be loosened for it.

    Raises:
        SchemaError: the schema has no structural form, refers to a definition that is nowhere, or is of a type that
            lacks a fact.
    """
    made = described(upstream)
    replicas = replicas_path(upstream, made.schema)
    return replace(made, schema=with_replicas(made.schema, replicas)) if replicas else made


def described(upstream: UpstreamType) -> Structural:
    """As `structural`, without what is known of the type beyond what its schema says."""
    if upstream.missing:
        raise SchemaError(upstream.missing)
    try:
        match upstream.raw:
            case Definition(document, name):
                return inline(document, name)
            case CrdSchema(schema):
                return from_crd(schema, upstream.resource.scope)
    except SchemaError as error:
        raise SchemaError(f"{upstream.origin}: {error}") from error


def replicas_path(upstream: UpstreamType, schema: dict[str, Any]) -> tuple[str, ...]:
    """Where the scale sub-resource of a type keeps the number of replicas; empty when it has none, or none is known of.

    Every built-in type with an integer there has the sub-resource. Documents of other types tell of it, but not where.

    Args:
        upstream: the type.
        schema: its structural schema.
    """
    if isinstance(upstream.raw, CrdSchema):
        return upstream.raw.replicas
    gvk = upstream.resource.gvk
    return _REPLICAS if built_in(gvk.group, gvk.kind) and has_integer(schema, _REPLICAS) else ()


def served_schema(upstream: UpstreamType) -> dict[str, Any]:
    """The structural schema of *upstream* for a server that stores its objects: with ``status``, and with every rule.

    Parts of it are shared with other schemas, so it is never to be changed, only copied.

    Raises:
        SchemaError: as for `structural`.
    """
    if upstream.missing:
        raise SchemaError(upstream.missing)
    match upstream.raw:
        case Definition(document, name):
            return serve_inline(document, name)
        case CrdSchema(schema):
            return serve_crd(schema, upstream.resource.scope)


def check_names(resource: Resource, owner: str) -> None:
    """Make sure that the names of a type are ones that an API server would take: files and paths are called by them.

    Raises:
        SchemaError: one is not.
    """
    gvk = resource.gvk
    if gvk.group and not is_subdomain(gvk.group):
        raise SchemaError(f"{owner}: the group {gvk.group!r:.80} is to be a DNS name, as in example.com.")
    if not is_label(gvk.version):
        raise SchemaError(f"{owner}: the version {gvk.version!r:.80} is to be a DNS label, as in v1beta1.")
    if _KIND.fullmatch(gvk.kind) is None:
        raise SchemaError(f"{owner}: the kind {gvk.kind!r:.80} is to be letters, digits and dashes, as in Widget.")
    if resource.plural and not is_label(resource.plural):
        raise SchemaError(f"{owner}: the plural {resource.plural!r:.80} is to be a DNS label, as in widgets.")
    for name in (resource.singular, *resource.short_names, *resource.categories):
        if name and not is_label(name):
            raise SchemaError(f"{owner}: the name {name!r:.80} is to be a DNS label, as in widget.")


def preference(version: str) -> tuple[int, int, int, int, str]:
    """Sort key that puts the version which a server prefers first: ``v2``, ``v1``, ``v1beta1``, ``v1alpha1``, ``foo``.

    The order is that of CustomResourceDefinition versions in the Kubernetes documentation ("Version priority"):
    stable, beta, alpha, the higher number first, then every other name by the alphabet.
    """
    match = _KUBE_VERSION.fullmatch(version)
    if match is None:
        return (1, 0, 0, 0, version)
    return (0, _STAGES[match[2]], -int(match[1]), -int(match[3] or 0), "")
