"""The public library: parse, check, render and generate, as functions over manifests.

It reads no file and writes none; what the commands do with files is theirs. ``import kfed`` loads none of this: each
name is loaded when it is first used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.codegen.federation import Wish, federate, files
from kfed.core.cluster import parse_cluster
from kfed.core.federated import parse_placement
from kfed.core.finding import Severity
from kfed.core.mistake import Mistake
from kfed.core.pointer import to_pointer
from kfed.core.resource import CORE_GROUP, Gvk, TypeConfig
from kfed.core.typeconfig import parse_type_config
from kfed.rendering.checked import render_checked
from kfed.rendering.types import TypeBook
from kfed.rendering.world import World
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import read_document
from kfed.schema.upstream.release import read_release
from kfed.text.documents import split
from kfed.text.parse import parse as parse_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kfed.core.federated import Placement
    from kfed.schema.upstream.types import UpstreamType

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or doubtful, in a federated object.

    Attributes:
        rule: a stable name, as docs/findings.md lists them.
        message: a full sentence.
        path: a JSON pointer to the place in the federated object.
        is_error: whether it keeps the object from some cluster.
        cluster: the only cluster concerned; empty when it is all of them or none.
        expected: what would have been right; empty when that is in the message.
        nearest: the nearest right name, for a name that is wrong.
    """

    rule: str
    message: str
    path: str
    is_error: bool
    cluster: str = ""
    expected: str = ""
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a federated object comes to.

    Attributes:
        objects: the manifest of each cluster that gets one, by the cluster's name; they share parts with one another
            and with the template, so copy them before you change them.
        findings: everything wrong or doubtful. A cluster whose object would be wrong is not among the objects.
    """

    objects: Mapping[str, Manifest]
    findings: tuple[Finding, ...]


def parse(text: str | bytes) -> list[Manifest]:
    """The Kubernetes objects in YAML or JSON, read as kubectl reads it; those of a List one by one.

    Args:
        text: any number of documents.

    Raises:
        TextError: the text is no YAML or JSON, or means something that no API server could take; it has the line.
    """
    decoded = text.decode() if isinstance(text, bytes) else text
    values = (parse_document(document) for document in split(decoded, "<text>"))
    return [manifest for value in values for manifest in _objects(value)]


def render(
    manifest: Manifest,
    world: Iterable[Manifest],
    *,
    kubernetes: str | None = None,
    strict_namespaces: bool = False,
) -> Rendering:
    """Render a federated object for every cluster, checked as ``kfed render`` and the controller check it.

    Args:
        manifest: the federated object, such as a FederatedDeployment.
        world: what else counts: KubeFedClusters, FederatedNamespaces, FederatedTypeConfigs, and the
            CustomResourceDefinitions of types that are not built in; other objects are passed over.
        kubernetes: the release whose built-in types are meant, such as ``1.36``; the newest by default.
        strict_namespaces: without a FederatedNamespace, objects go nowhere, as in KubeFed.

    Raises:
        SchemaError: the release is not known, or a CustomResourceDefinition cannot be used.
    """
    known = list(world)
    types = TypeBook(dict(_type_configs(known)), lambda: [*_crd_types(known), *read_release(kubernetes)])
    gvk = Gvk.parse(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
    kind = types.find(gvk)
    if isinstance(kind, Mistake):
        return Rendering({}, (_finding(kind),))
    outcome = render_checked(manifest, kind, _world(known, strict=strict_namespaces), types)
    objects = {name: dict(rendered.manifest) for name, rendered in outcome.rendered.items()}
    return Rendering(objects, tuple(map(_finding, outcome.mistakes)))


def check(
    manifest: Manifest,
    world: Iterable[Manifest],
    *,
    kubernetes: str | None = None,
    strict_namespaces: bool = False,
) -> tuple[Finding, ...]:
    """What is wrong or doubtful about a federated object; the arguments are those of `render`."""
    return render(manifest, world, kubernetes=kubernetes, strict_namespaces=strict_namespaces).findings


def generate(
    *names: str,
    definitions: Iterable[Manifest] = (),
    kubernetes: str | None = None,
    group: str = Wish().group,
    partial: bool = False,
) -> dict[str, str]:
    """The files of federated types: CustomResourceDefinition, FederatedTypeConfig, ClusterRoles, JSON Schema.

    Args:
        names: of types, as kubectl accepts them: ``deployments``, ``deploy``, ``widgets.example.com``.
        definitions: CustomResourceDefinitions of types that are not built in.
        kubernetes: the release whose built-in types are meant, such as ``1.36``; the newest by default.
        group: the API group of the federated types.
        partial: templates may be incomplete, for overrides to complete them.

    Returns:
        The text of each file, by its path.

    Raises:
        UnknownTypeError: a name means nothing, or several types.
        SchemaError: the release is not known, or a type has no structural schema.
    """
    catalog = Catalog([*_crd_types(list(definitions)), *read_release(kubernetes)])
    wish = Wish(group=group, partial=partial)
    made = [files(federate(catalog.find(name), wish)) for name in names]
    return {path: data.decode() for one in made for path, data in one.items()}


def _objects(value: Any) -> Iterator[Manifest]:
    if not isinstance(value, dict):
        return
    items = value.get("items")
    if str(value.get("kind", "")).endswith("List") and isinstance(items, list):
        for item in items:
            yield from _objects(item)
    else:
        yield value


def _of_kind(manifests: Iterable[Manifest], group: str, kind: str) -> Iterator[Manifest]:
    for manifest in manifests:
        gvk = Gvk.parse(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
        if (gvk.group, gvk.kind) == (group, kind):
            yield manifest


def _type_configs(manifests: Iterable[Manifest]) -> Iterator[tuple[Gvk, TypeConfig]]:
    for manifest in _of_kind(manifests, CORE_GROUP, "FederatedTypeConfig"):
        config = parse_type_config(manifest)
        if not isinstance(config, list):
            yield config.federated.gvk, config


def _crd_types(manifests: Iterable[Manifest]) -> Iterator[UpstreamType]:
    for manifest in _of_kind(manifests, "apiextensions.k8s.io", "CustomResourceDefinition"):
        yield from read_document(manifest, f"CustomResourceDefinition {manifest.get('metadata', {}).get('name', '')}")


def _world(manifests: Iterable[Manifest], *, strict: bool) -> World:
    parsed = [parse_cluster(manifest)[0] for manifest in _of_kind(manifests, CORE_GROUP, "KubeFedCluster")]
    clusters = {cluster.name: cluster for cluster in parsed if cluster is not None}
    return World(clusters, dict(_namespaces(manifests)), strict)


def _namespaces(manifests: Iterable[Manifest]) -> Iterator[tuple[str, Placement]]:
    for manifest in manifests:
        if manifest.get("kind") == "FederatedNamespace":
            namespace = str((manifest.get("metadata") or {}).get("namespace", ""))
            yield namespace, parse_placement((manifest.get("spec") or {}).get("placement"))[0]


def _finding(mistake: Mistake) -> Finding:
    return Finding(
        mistake.rule,
        mistake.message,
        to_pointer(mistake.at),
        mistake.severity is Severity.ERROR,
        mistake.cluster,
        mistake.expected,
        mistake.nearest,
    )


__all__ = ["Finding", "Rendering", "check", "generate", "parse", "render"]
