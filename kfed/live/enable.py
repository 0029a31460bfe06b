"""Enable and disable: types of the host, federated; the controller sees the FederatedTypeConfig and does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import yaml

from kfed.codegen.federation import Federation, Wish, federate, manifests
from kfed.core.key import Key
from kfed.core.typeconfig import parse_type_config
from kfed.errors import UnknownTypeError
from kfed.kube.discovery import openapi_document, openapi_documents
from kfed.kube.request import Selection
from kfed.live.objects import CLUSTERS, CRDS, TYPE_CONFIGS, Making
from kfed.schema.upstream.catalog import Catalog
from kfed.schema.upstream.documents import read_documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfed.core.resource import TypeConfig
    from kfed.kube.api import Api


async def host_types(host: Api) -> Catalog:
    """The types that the host serves, as its OpenAPI documents and its CustomResourceDefinitions describe them."""
    crds: list[tuple[Any, str]] = [
        (crd, f"CustomResourceDefinition {crd['metadata']['name']} of the host") for crd in await host.list(CRDS)
    ]
    documents: list[tuple[Any, str]] = []
    own = {crd["spec"]["group"] for crd, _ in crds}
    for path, url in sorted((await openapi_documents(host)).items()):
        is_of_types = path.startswith("apis/") and path.count("/") == len(("group", "version"))
        if (is_of_types and path.split("/")[1] not in own) or path == "api/v1":
            documents.append((orjson.loads(await openapi_document(host, url)), f"the host's /openapi/v3/{path}"))
    return Catalog([*read_documents(documents, None), *(read_documents(crds, None) if crds else [])])


async def enable(host: Api, namespace: str, federations: Sequence[Federation]) -> list[str]:
    """Make the federated types, or bring them up to date, on the host.

    Returns:
        What was done, an object a line.

    Raises:
        UnknownTypeError: the type is federated as another one already.
        UnavailableError: something was not taken; what was made before has been taken back.
    """
    for federation in federations:
        await _refuse_other(host, namespace, federation)
    making = Making()
    try:
        for federation in federations:
            for manifest in host_manifests(federation, namespace):
                await making.apply(host, manifest)
    except Exception:
        await making.undo()
        raise
    return [*making.said, *await _advice(host, namespace)]


async def _advice(host: Api, namespace: str) -> list[str]:
    """Members allow what was enabled when they were joined."""
    members = [one["metadata"]["name"] for one in await host.list(CLUSTERS, Selection(namespace=namespace))]
    if not members:
        return []
    return [f"Let the members allow it: run kfed join again for {', '.join(sorted(members))}."]


def host_manifests(federation: Federation, namespace: str) -> list[dict[str, Any]]:
    """What is made on the host of one type: the definition, the roles, and last the FederatedTypeConfig."""
    texts = manifests(federation)
    made = [
        manifest
        for name in ("crds", "rbac", "typeconfigs")
        for manifest in yaml.load_all(texts[name], Loader=yaml.CSafeLoader)
    ]
    made[-1]["metadata"]["namespace"] = namespace
    return made


async def _refuse_other(host: Api, namespace: str, federation: Federation) -> None:
    there = await host.find(TYPE_CONFIGS, Key(namespace, federation.config.target.full_name))
    config = parse_type_config(there) if there else []
    if isinstance(config, list) or config.federated.full_name == federation.config.federated.full_name:
        return
    raise UnknownTypeError(
        f"{config.target.full_name} is federated as {config.federated.full_name} already; disable it first, or leave "
        "--federated-group as it was."
    )


def federations_of(catalog: Catalog, names: Sequence[str], wish: Wish) -> list[Federation]:
    """The types with these names, federated.

    Raises:
        UnknownTypeError: a name means nothing, several types, or one that cannot be stored.
    """
    return [federate(catalog.find(name), wish) for name in names]


async def type_configs(host: Api, namespace: str) -> dict[str, tuple[dict[str, Any], TypeConfig]]:
    """Every type that is federated, by the name of its FederatedTypeConfig."""
    found = {}
    for manifest in await host.list(TYPE_CONFIGS, Selection(namespace=namespace)):
        config = parse_type_config(manifest)
        if not isinstance(config, list):
            found[manifest["metadata"]["name"]] = (manifest, config)
    return found


async def disable(host: Api, namespace: str, name: str, *, delete_crd: bool) -> list[str]:
    """Keep a type no longer; nothing in any member is touched.

    Args:
        host: the cluster.
        namespace: of kfed's own objects.
        name: of the type, as kubectl accepts it.
        delete_crd: delete the federated type as well; refused while it has objects.

    Raises:
        UnknownTypeError: the type is not federated, or still has objects.
    """
    known = await type_configs(host, namespace)
    chosen = [one for one, (_, config) in known.items() if name.lower() in _names(config)]
    if len(chosen) != 1:
        there = ", ".join(sorted(known)) or "none"
        raise UnknownTypeError(f"{name!r} is not one of the federated types; there are: {there}.")
    _, config = known[chosen[0]]
    if delete_crd and (left := await host.list(config.federated, Selection(metadata_only=True))):
        raise UnknownTypeError(
            f"{config.federated.full_name} still has {len(left)} objects; delete them first, or leave out --delete-crd."
        )
    await host.delete(TYPE_CONFIGS, Key(namespace, chosen[0]))
    said = [f"federatedtypeconfig/{namespace}/{chosen[0]} deleted"]
    if delete_crd and await host.delete(CRDS, Key("", config.federated.full_name)):
        said.append(f"customresourcedefinition/{config.federated.full_name} deleted")
    return said


def _names(config: TypeConfig) -> set[str]:
    target = config.target
    return {
        target.full_name,
        target.plural,
        target.gvk.kind.lower(),
        config.federated.full_name,
        config.federated.plural,
    }
